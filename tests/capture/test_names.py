"""Are the names that a pcapng holds beside its packets found, and bounded?"""

from __future__ import annotations

import io
import shutil
import struct
import subprocess

import pytest

from tests.capture.writers import START, Frame, block, enhanced, interface, padded, section, write_pcapng
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.capture import names, open_capture


def resolution(order: str, *records: tuple[int, bytes]) -> bytes:
    """A name resolution block: records of a kind and a value, then the end mark (draft-ietf-opsawg-pcapng, 4.5)."""
    body = b"".join(struct.pack(f"{order}HH", kind, len(value)) + padded(value) for kind, value in records)
    return block(order, 4, body + bytes(4))


def names_of(data: bytes):
    """All names of a capture, once it was read."""
    capture = open_capture("x", stream=io.BytesIO(data))
    for _ in capture:
        pass
    return capture.names


@pytest.mark.parametrize("order", ["<", ">"])
def test_names(order: str) -> None:
    """Each name of each record, IPv4, IPv6 and MAC, wherever the block stands; kinds that are not known are passed."""
    data = (
        section(order, (1, b"worker"), (4, b"netobserv-cli"))
        + interface(order, (2, b"eth0"), (1, b"ifIndex: 5"))
        + resolution(order, (1, bytes([10, 0, 0, 1]) + b"web\0web.shop\0"), (9, b"what is that"))
        + enhanced(Frame(b"a"), order)
        + resolution(order, (2, bytes.fromhex("fd00") + bytes(13) + b"\1" + b"db\0"), (3, bytes(5) + b"\2lxc\0"))
    )
    found = names_of(data)
    assert found.addresses == [
        (parse_ip("10.0.0.1"), "web"),
        (parse_ip("10.0.0.1"), "web.shop"),
        (parse_ip("fd00::1"), "db"),
        (2, "lxc"),
    ]
    assert (found.section_comments, found.interface_comments, found.left) == (["worker"], ["ifIndex: 5"], 0)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound names are counted; a record that does not fit ends its block, and no packet is lost."""
    monkeypatch.setattr(names, "MOST_NAMES", 2)
    records = [(1, bytes([10, 0, 0, number]) + b"a\0b\0") for number in range(3)]
    broken = block("<", 4, struct.pack("<HH", 1, 400) + bytes(40))
    data = section("<") + interface("<") + resolution("<", *records) + broken + enhanced(Frame(b"a"), "<")
    capture = open_capture("x", stream=io.BytesIO(data))
    assert [len(batch) for batch in capture] == [1]
    assert (len(capture.names.addresses), capture.names.left) == (2, 4)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_what_tshark_writes(tmp_path) -> None:
    """The names that tshark writes into a file are those of its list of hosts."""
    (tmp_path / "hosts").write_text("10.0.0.1 web.shop\nfd00::1 db.shop\n")
    packet = bytes.fromhex("02000000000102000000000208004500001400000000401166d60a0000010a000002")
    (tmp_path / "in.pcapng").write_bytes(write_pcapng([Frame(packet, START)]))
    command = "tshark -P -N n -r in.pcapng -H hosts -W n -F pcapng -w out.pcapng".split()
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    found = names_of((tmp_path / "out.pcapng").read_bytes())
    assert (parse_ip("10.0.0.1"), "web.shop") in found.addresses
