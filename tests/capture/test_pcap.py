"""Is every record of a pcap file found, with its time, lengths and place?"""

from __future__ import annotations

import io
import struct

import dpkt
import pytest
from scapy.utils import RawPcapReader

from tests.capture.reading import read
from tests.capture.writers import START, Frame, pcap_header, write_pcap
from vxlan_dissect.capture import pcap
from vxlan_dissect.capture.records import BATCH_RECORDS, MAX_CAPTURED

FRAMES = [Frame(b"\x01" * 60, START), Frame(b"\x02" * 7, START + 1, 1500), Frame(b"", START + 999_999_999)]
VARIANTS = [(order, nanosecond) for order in "<>" for nanosecond in (False, True)]


@pytest.mark.parametrize(("order", "nanosecond"), VARIANTS)
def test_records(order: str, nanosecond: bool) -> None:
    """Bytes, lengths and exact times are the same in both byte orders and both units."""
    got = read(write_pcap(FRAMES, order=order, nanosecond=nanosecond))
    assert got.error is None
    assert got.frames == [frame.data for frame in FRAMES]
    unit = 1 if nanosecond else 1000
    assert got.times == [frame.time // unit * unit for frame in FRAMES]
    (batch,) = got.batches
    assert batch.original.tolist() == [60, 1500, 0]
    assert batch.offsets.tolist() == [24 + 16, 24 + 16 + 60 + 16, 24 + 16 + 60 + 16 + 7 + 16]
    assert (batch.first, batch.base, batch.dated) == (1, 0, True)
    assert batch.interfaces_of.tolist() == [0, 0, 0]
    assert [(i.linktype, i.snaplen, i.name) for i in batch.interfaces] == [(1, 262144, None)]


@pytest.mark.parametrize(("order", "nanosecond"), VARIANTS)
def test_other_readers(order: str, nanosecond: bool) -> None:
    """dpkt and scapy find the same bytes and lengths in the same file."""
    data = write_pcap(FRAMES, order=order, nanosecond=nanosecond)
    got = read(data)
    assert [bytes(frame) for _, frame in dpkt.pcap.Reader(io.BytesIO(data))] == got.frames
    with RawPcapReader(io.BytesIO(data)) as reader:
        theirs = [(bytes(frame), about.sec, about.usec, about.wirelen) for frame, about in reader]
    seconds = [divmod(time, 1_000_000_000) for time in got.times]
    unit = 1 if nanosecond else 1000
    ours = [
        (f, s, rest // unit, FRAMES[i].on_wire)
        for i, (f, (s, rest)) in enumerate(zip(got.frames, seconds, strict=True))
    ]
    assert ours == theirs


def test_linktypes() -> None:
    """All link types that can be decoded are read; the check sequence bits above them are no part of them."""
    for linktype in (0, 1, 101, 108, 113, 228, 229, 276):
        assert read(write_pcap([b"x"], linktype)).batches[0].interfaces[0].linktype == linktype
    assert read(write_pcap([b"x"], 0xF0000001)).batches[0].interfaces[0].linktype == 1
    assert read(write_pcap([b"x"], 0x44000001)).batches[0].interfaces[0].linktype == 1


def test_raw_ip_by_other_numbers() -> None:
    """Files of systems that wrote their own number of raw IP (12, 14) are raw IP."""
    assert [read(write_pcap([b"x"], number)).batches[0].interfaces[0].linktype for number in (12, 14)] == [101, 101]


@pytest.mark.parametrize(("linktype", "name"), [(127, "127 (IEEE802_11_RADIOTAP)"), (4711, "4711")])
def test_unsupported_linktype(linktype: int, name: str) -> None:
    """Records of a link type that nothing decodes are read, and then it is named."""
    got = read(write_pcap([b"x", b"yz"], linktype))
    assert got.frames == [b"x", b"yz"]
    assert got.error.reason == f"link type {name} is not supported"
    assert str(got.error) == f"made, offset 20: link type {name} is not supported"


def test_unsupported_version() -> None:
    """A version with another record layout is refused."""
    got = read(pcap_header(version="2.2") + bytes(100))
    assert not got.batches
    assert got.error.reason == "pcap version 2.2 is not supported"


def test_fraction_beyond_a_second() -> None:
    """A fraction of more than a second is added as it stands."""
    record = struct.pack("<IIII", 100, 1_500_000, 0, 0)
    assert read(pcap_header() + record).times == [101_500_000_000]


def test_times_to_2106() -> None:
    """Seconds are unsigned."""
    record = struct.pack("<IIII", 0xFFFFFFFF, 999_999, 0, 0)
    assert read(pcap_header() + record).times == [0xFFFFFFFF * 1_000_000_000 + 999_999_000]


def test_captured_more_than_original() -> None:
    """A record that claims to hold more than was on the wire keeps both lengths."""
    (batch,) = read(write_pcap([Frame(b"abcdef", original=4)])).batches
    assert (batch.captured.tolist(), batch.original.tolist()) == ([6], [4])


def test_no_records() -> None:
    """A file with a header only is a capture of nothing, not an error."""
    assert read(pcap_header()) == ([], None)


def test_batches() -> None:
    """A long file comes in batches of BATCH_RECORDS at most, numbered through, all pointing into the whole file."""
    count = 2 * BATCH_RECORDS + 5
    got = read(write_pcap([struct.pack(">I", index) for index in range(count)]))
    sizes = [len(batch) for batch in got.batches]
    assert max(sizes) <= BATCH_RECORDS
    assert len(sizes) == 3
    assert [batch.first for batch in got.batches] == [1, 1 + sizes[0], 1 + sizes[0] + sizes[1]]
    assert got.frames == [struct.pack(">I", index) for index in range(count)]


def test_mapped_file(tmp_path: object) -> None:
    """A file on disk gives the same records; its bytes outlive the reader."""
    path = tmp_path / "a.bin"
    path.write_bytes(write_pcap(FRAMES))
    got = read(path)
    path.unlink()
    assert got.frames == [frame.data for frame in FRAMES]
    assert not got.batches[0].buffer.flags.writeable
    assert len(got.batches[0].buffer) == len(write_pcap(FRAMES))


@pytest.mark.parametrize("mapped", [True, False])
def test_cut_anywhere(tmp_path: object, mapped: bool) -> None:
    """Cut at every byte: the whole records before it, then an error with the frame, its place, and what is missing."""
    data = write_pcap(FRAMES)
    begins = [24, 24 + 76, 24 + 76 + 23, len(data)]
    for size in range(4, len(data)):
        source: object = data[:size]
        if mapped:
            source = tmp_path / "cut"
            source.write_bytes(data[:size])
        got = read(source)
        whole = sum(end <= size for end in begins[1:])
        assert got.frames == [frame.data for frame in FRAMES[:whole]]
        if size in begins:
            assert got.error is None
            continue
        if size < 24:
            assert (got.error.frame, got.error.offset) == (None, 0)
            assert got.error.reason == f"the capture is cut: the file header needs 24 bytes, {size} are left"
            continue
        left = size - begins[whole]
        need = 16 if left < 16 else begins[whole + 1] - begins[whole]
        assert (got.error.frame, got.error.offset) == (whole + 1, begins[whole])
        assert f"needs {need} bytes, {left} are left" in got.error.reason


@pytest.mark.parametrize("length", [MAX_CAPTURED + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_forged_length(length: int) -> None:
    """A length that no frame has ends the reading there; nothing after it is guessed."""
    good, forged = struct.pack("<IIII", 1, 0, 2, 2) + b"ok", struct.pack("<IIII", 1, 0, length, length)
    got = read(pcap_header() + good + forged + good)
    assert got.frames == [b"ok"]
    assert (got.error.frame, got.error.offset) == (2, 24 + 18)
    assert got.error.reason == f"a record claims {length} captured bytes, more than any frame has"


def test_forged_length_inside_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds also where the file is long enough."""
    monkeypatch.setattr(pcap, "MAX_CAPTURED", 100)
    got = read(write_pcap([b"a" * 100, b"b" * 101, b"c"]))
    assert got.frames == [b"a" * 100]
    assert got.error.frame == 2
