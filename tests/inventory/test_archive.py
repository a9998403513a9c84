"""Are archives read like folders, and are those made to harm refused without harm?"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
import tracemalloc
import zipfile
import zlib

import pytest

from tests.inventory.archives import deflated, raw_zip, tarred, zipped
from tests.inventory.test_load import LINK, PODS, kinds
from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.reading.archive import entries
from vxlan_dissect.inventory.reading.archive import zip as zip_reader
from vxlan_dissect.inventory.reading.archive.entries import ArchiveError, Budget, Inflater

FOLDER = {"inv/node-7/ip-a-l.txt": LINK, "inv/node-7/pod-web-1/ip-a-l.txt": LINK, "inv/pods.txt": PODS}
KINDS = {
    "x.zip": zipped(FOLDER),
    "stored.zip": zipped(FOLDER, method=zipfile.ZIP_STORED),
    "prefix.zip": b"#!/bin/sh\nexit 0\n" + zipped(FOLDER),
    "x.tar": tarred(FOLDER, mode="w"),
    "x.tar.gz": tarred(FOLDER),
    "x.tgz": tarred(FOLDER, form=tarfile.GNU_FORMAT),
    "old.tar": tarred(FOLDER, mode="w", form=tarfile.USTAR_FORMAT),
}


def written(tmp_path, name, content):
    """A file in a folder of its own, which is given back with it."""
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", KINDS)
def test_archives(tmp_path, name):
    """An archive is read as the folder would be, given as a path or lying in a folder, and its members are cited."""
    path = written(tmp_path, name, KINDS[name])
    for given in (path, tmp_path):
        inventory = Inventory.load(given)
        assert inventory.hosts() == (Host("node-7"), Host("node-7", "web-1"))
        assert inventory.node_of_pod("web-1") == "node-7"
        source = inventory.interfaces[0].source
        assert (source.file, source.line) == (f"{path}/inv/node-7/ip-a-l.txt", 2)
    assert os.listdir(tmp_path) == [name]


def test_a_single_compressed_file(tmp_path):
    """A file that is compressed alone is read under its name without `.gz`, several members one after the other."""
    half = len(LINK) // 2
    data = gzip.compress(LINK[:half].encode()) + gzip.compress(LINK[half:].encode()) + b"\0" * 100
    inventory = Inventory.load(written(tmp_path, "ip-a.txt.gz", data))
    assert inventory.interfaces[0].mac == 0x020000000002


def test_archives_in_archives(tmp_path):
    """An archive may hold archives, and no more than that."""
    inner = tarred(FOLDER)
    two = zipped({"dump/agent.tar.gz": inner})
    inventory = Inventory.load(written(tmp_path, "two.zip", two))
    assert inventory.interfaces[0].source.file.endswith("/two.zip/dump/agent.tar.gz/inv/node-7/ip-a-l.txt")
    three = zipped({"two.zip": two, "node-8/ip-a.txt": LINK})
    inventory = Inventory.load(written(tmp_path, "three.zip", three))
    assert inventory.hosts() == (Host("node-8"),)
    assert [note.why for note in inventory.notes] == ["not read: more than 2 archives in one another"]


def link(name, target, kind=tarfile.SYMTYPE):
    """A link or device in a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, ""


LEAVING = ["../up/ip-a.txt", "/abs/ip-a.txt", "C:\\win\\ip-a.txt", "n/../../ip-a.txt", "\\\\server\\ip-a.txt", ".hid/x"]


def test_names_that_leave_the_archive(tmp_path):
    """Members whose names lead elsewhere are left out, named and counted; nothing is written anywhere."""
    inside = tmp_path / "in"
    inside.mkdir()
    members = [*((name, LINK) for name in LEAVING), ("good/ip-a.txt", LINK), ("good\\pod-x\\ip-a.txt", LINK)]
    for name, data in (("x.zip", zipped(members)), ("x.tar", tarred(members, mode="w"))):
        inventory = Inventory.load(written(inside, name, data))
        assert inventory.hosts() == (Host("good"), Host("good", "x"))
        whys = {note.why: note.count for note in inventory.notes}
        assert whys == {
            "not read: a name that leaves the archive (2 members)": 2,
            "not read: a name that is not relative (3 members)": 3,
            "not read: hidden": 1,
        }
    assert sorted(os.listdir(tmp_path)) == ["in"]
    assert sorted(os.listdir(inside)) == ["x.tar", "x.zip"]


def test_names_that_would_move_a_cursor(tmp_path):
    """A member's name comes out without control characters, and one with a null character does not come out."""
    name = b"n\x1b[2J\xe2\x80\xae/ip-a.txt"
    data = raw_zip(
        [(name, 0x800, 0, zlib.crc32(LINK.encode()), LINK.encode(), None), (b"a\0b/ip-a.txt", 0, 0, 0, b"", None)]
    )
    inventory = Inventory.load(written(tmp_path, "x.zip", data))
    assert inventory.interfaces[0].source.file.endswith("/n\ufffd[2J\ufffd/ip-a.txt")
    assert [note.why for note in inventory.notes] == ["not read: a name with a null character"]
    assert inventory.notes[0].file.isprintable()


def test_links_and_devices(tmp_path):
    """Links are not followed and devices not opened, in a zip as in a tar."""
    info = zipfile.ZipInfo("n/link.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    data = zipped([(info, "/etc/passwd"), ("n/ip-a.txt", LINK)])
    assert kinds(Inventory.load(written(tmp_path, "x.zip", data))) == [("link.txt", "skipped")]
    members = [
        link("n/away", "/etc/passwd"),
        link("n/hard", "n/ip-a.txt", tarfile.LNKTYPE),
        link("n/null", "", tarfile.CHRTYPE),
        link("n/pipe", "", tarfile.FIFOTYPE),
        ("n/ip-a.txt", LINK),
    ]
    inventory = Inventory.load(written(tmp_path, "x.tar", tarred(members, mode="w")))
    assert [(note.why, note.count) for note in inventory.notes] == [
        ("not read: a link (2 members)", 2),
        ("not read: neither file nor folder (2 members)", 2),
    ]
    assert inventory.hosts() == (Host("n"),)


def test_a_second_member_of_one_name(tmp_path):
    """Of two members with one name the first is read, and the other is said to be left out."""
    info = tarfile.TarInfo("n/ip-a.txt")
    other = LINK.replace("00:02 brd", "00:03 brd")
    inventory = Inventory.load(written(tmp_path, "x.tar", tarred([("n/ip-a.txt", LINK), (info, other)], mode="w")))
    assert [device.mac for device in inventory.interfaces] == [0x020000000002]
    assert [note.why for note in inventory.notes] == ["not read: a second member of the same name"]


def test_long_names(tmp_path):
    """Names above 100 characters are read in each format of tar; one of 100 folders is left out."""
    name = "/".join(["inventory-of-a-cluster"] * 7) + "/node-7/ip-a.txt"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        path = written(tmp_path, "x.tar", tarred({name: LINK, "d/" * 100 + "ip-a.txt": LINK}, form=form))
        inventory = Inventory.load(path)
        assert inventory.hosts() == (Host("node-7"),)
        assert [note.why for note in inventory.notes] == ["not read: more than 16 folders deep"]


def test_encrypted_and_unknown_members(tmp_path):
    """What is encrypted or compressed in another way is named, and the rest is read."""
    good = LINK.encode()
    data = raw_zip(
        [
            (b"n/secret.txt", 1, 0, 0, good, None),
            (b"n/lzma.txt", 0, 14, 0, good, None),
            (b"n/ip-a.txt", 0, 0, zlib.crc32(good), good, None),
        ]
    )
    inventory = Inventory.load(written(tmp_path, "x.zip", data))
    assert [note.why for note in inventory.notes] == [
        "not read: encrypted",
        "not read: compressed by method 14, which is not read",
    ]
    assert inventory.hosts() == (Host("n"),)


def test_damaged_members(tmp_path):
    """A member whose checksum does not fit is left out, the others are read."""
    good = LINK.encode()
    data = raw_zip([(b"m/ip-a.txt", 0, 0, 5, good, None), (b"n/ip-a.txt", 0, 0, zlib.crc32(good), good, None)])
    inventory = Inventory.load(written(tmp_path, "x.zip", data))
    assert [note.why for note in inventory.notes] == ["not read: damaged: the checksum does not fit"]
    assert inventory.hosts() == (Host("n"),)


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_cut_archives(tmp_path, name):
    """Of an archive that breaks off, what stood before is kept, wherever it breaks; it is never a crash."""
    members = {f"n{number}/ip-a.txt": LINK + os.urandom(300).hex() for number in range(5)}
    whole = zipped(members) if name == "x.zip" else tarred(members, mode="w" if name == "x.tar" else "w:gz")
    most = 0
    for end in [*range(1, len(whole), max(1, len(whole) // 60)), len(whole) - 3]:
        path = written(tmp_path, name, whole[:end])
        try:
            inventory = Inventory.load(path)
        except InventoryError:
            continue
        most = max(most, len(inventory.interfaces))
        if len(inventory.interfaces) < 5:
            assert any("cut" in note.why or "damaged" in note.why for note in inventory.notes), end
    assert most >= 4


def test_a_cut_archive_of_a_go_program(tmp_path):
    """Go writes the sizes behind each member: a cut zip of `cilium sysdump` is read all the same."""

    class Unseekable(io.RawIOBase):
        def __init__(self):
            self.data = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.data += data
            return len(data)

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"n{number}/ip-a.txt", LINK)
    data = bytes(stream.data)
    cut = data[: data.index(b"n3/ip-a.txt") + 15]
    inventory = Inventory.load(written(tmp_path, "x.zip", cut))
    assert inventory.node_names() == ("n0", "n1", "n2")
    assert ["after 3 files" in note.why for note in inventory.notes] == [True]


BOMB = b"\0" * (1 << 20)


def test_bombs(tmp_path):
    """A member that grows beyond all measure is refused before it takes memory, whatever sizes it claims."""
    packed = zlib.compressobj(9, wbits=-15)
    data = b"".join(packed.compress(BOMB) for _ in range(100)) + packed.flush()
    for name, whole in (
        ("x.zip", raw_zip([(b"n/ip-a.txt", 0, 8, 0, data, None)])),
        ("x.tar.gz", gzip.compress(b"".join(BOMB for _ in range(100)))),
    ):
        path = written(tmp_path, name, whole)
        tracemalloc.start()
        start = time.perf_counter()
        with pytest.raises(InventoryError, match="bomb"):
            Inventory.load(path)
        assert time.perf_counter() - start < 10
        assert tracemalloc.get_traced_memory()[1] < 60 << 20  # of 100 MiB
        tracemalloc.stop()


def test_a_bomb_without_nesting(tmp_path):
    """Members that share their bytes are refused, all of them."""
    inner = deflated(BOMB)
    data = raw_zip([(b"n/a.txt", 0, 8, 0, inner, None), *((b"n/b%d.txt" % n, 0, 8, 0, inner, 0) for n in range(50))])
    with pytest.raises(InventoryError, match="lie over each other"):
        Inventory.load(written(tmp_path, "x.zip", data))


def test_all_archives_together_are_bounded(tmp_path, monkeypatch):
    """What comes out of all archives is counted together."""
    monkeypatch.setattr("vxlan_dissect.inventory.reading.load.Budget", lambda: Budget(5000))
    inside = tmp_path / "in"
    inside.mkdir()
    for number in range(4):
        written(inside, f"x{number}.tar.gz", tarred({f"n{number}/ip-a.txt": LINK}))
    inventory = Inventory.load(inside)
    assert 0 < len(inventory.interfaces) < 4
    assert any("more than is read of all archives" in note.why for note in inventory.notes)


def test_many_entries(tmp_path, monkeypatch):
    """An archive of more entries than are read is refused before objects are made of them."""
    data = raw_zip([(b"n/ip-a.txt", 0, 0, zlib.crc32(LINK.encode()), LINK.encode(), None)], count=1)
    claimed = data[:-12] + b"\xff\xff" + data[-10:]
    assert Inventory.load(written(tmp_path, "claimed.zip", claimed))  # the count of a small directory is no harm
    name = b"n/a"
    many = raw_zip([(name, 0, 0, 0, b"", 0 if number else None) for number in range(100_001)], count=60_000)
    tracemalloc.start()
    with pytest.raises(InventoryError, match="more than 100000 entries"):
        Inventory.load(written(tmp_path, "many.zip", many))
    assert tracemalloc.get_traced_memory()[1] < 200 << 20
    tracemalloc.stop()
    block = tarfile.TarInfo("n/a").tobuf()
    path = written(tmp_path, "many.tar.gz", gzip.compress(block * 110_000, 1))
    monkeypatch.setattr(entries, "MOST_RATIO", 1000)
    start = time.perf_counter()
    with pytest.raises(InventoryError, match="more than 100000 entries"):
        Inventory.load(path)
    assert time.perf_counter() - start < 20


def test_headers_of_any_length(tmp_path):
    """An extended header of a tar that claims a gigabyte is refused."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    data = info.tobuf(format=tarfile.USTAR_FORMAT) + b"x" * 4096
    with pytest.raises(InventoryError, match="a header of 1073741824 bytes"):
        Inventory.load(written(tmp_path, "x.tar", data))


def test_a_directory_of_any_size(tmp_path):
    """A zip whose directory claims gigabytes, or lies elsewhere, is refused."""
    end = b"PK\5\6" + b"\0" * 8 + (0x7FFFFFFF).to_bytes(4, "little") + b"\0" * 6
    for data in (b"PK\3\4" + b"\0" * 60 + end, raw_zip([])[:-6] + b"\0" * 6 + b"x" * 70):
        with pytest.raises(InventoryError):
            Inventory.load(written(tmp_path, "x.zip", data))


def test_any_bytes(tmp_path):
    """Archives with bytes changed anywhere are read or refused, and nothing else happens."""
    for name, whole in KINDS.items():
        for number in range(60):
            data = bytearray(whole)
            for place in range(1 + number % 4):
                data[(number * 7919 + place * 104_729) % len(data)] ^= 1 << number % 8
            path = written(tmp_path, name, bytes(data))
            try:
                Inventory.load(path)
            except InventoryError:
                continue


def test_nothing_comes_at_once():
    """A decompressor gives as many bytes as are asked for, not more."""
    data = zlib.compress(b"a" * 10_000_000)
    stream = Inflater(data, 0, len(data), 15, Budget())
    assert len(stream.take(10)) == 10
    assert stream.out < 1000
    assert stream.peek(5) == b"aaaaa"
    assert len(stream.take(20_000_000)) == 10_000_000 - 10
    with pytest.raises(ArchiveError, match="cut"):
        Inflater(data[:-10], 0, len(data) - 10, 15, Budget()).take(20_000_000)


def test_zip64(tmp_path):
    """Sizes and places beyond 32 bits stand in fields of their own."""
    info = zipfile.ZipInfo("n/ip-a.txt")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open(info, "w", force_zip64=True) as member:
        member.write(LINK.encode())
    assert Inventory.load(written(tmp_path, "x.zip", stream.getvalue())).hosts() == (Host("n"),)
    extra = b"\1\0\x10\0" + (7).to_bytes(8, "little") + (9).to_bytes(8, "little")
    assert zip_reader._sizes64(extra, 0xFFFFFFFF, 5, 0xFFFFFFFF) == (7, 5, 9)
