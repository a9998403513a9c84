"""Is every packet of a pcapng file found, whatever other blocks, sections and interfaces there are?"""

from __future__ import annotations

import io
import struct

import dpkt
import pytest
from pcapng import FileScanner
from pcapng.blocks import EnhancedPacket
from scapy.utils import RawPcapNgReader

from tests.capture.reading import read
from tests.capture.writers import (
    START,
    Frame,
    block,
    enhanced,
    interface,
    obsolete,
    options,
    section,
    simple,
    write_pcapng,
)  # fmt: skip
from vxlan_dissect.capture.records import BATCH_RECORDS

FRAMES = [Frame(b"\x01" * 60, START), Frame(b"\x02" * 7, START + 1000, 1500), Frame(b"", START + 999_999_000)]


def one(order: str, *blocks: bytes) -> bytes:
    """A section with one Ethernet interface and these blocks."""
    return section(order) + interface(order) + b"".join(blocks)


@pytest.mark.parametrize("order", ["<", ">"])
def test_records(order: str) -> None:
    """Bytes, lengths and times of enhanced packet blocks are the same in both byte orders."""
    got = read(write_pcapng(FRAMES, order=order))
    assert got.error is None
    assert got.frames == [frame.data for frame in FRAMES]
    assert got.times == [frame.time for frame in FRAMES]
    assert got.batches[0].original.tolist() == [60, 1500, 0]
    assert got.batches[0].timed is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_other_readers(order: str) -> None:
    """dpkt, scapy and python-pcapng find the same bytes in the same file."""
    data = write_pcapng(FRAMES, order=order)
    ours = read(data).frames
    assert [bytes(frame) for _, frame in dpkt.pcapng.Reader(io.BytesIO(data))] == ours
    with RawPcapNgReader(io.BytesIO(data)) as reader:
        assert [bytes(frame) for frame, _ in reader] == ours
    theirs = [b for b in FileScanner(io.BytesIO(data)) if isinstance(b, EnhancedPacket)]
    assert [(b.packet_data, b.packet_len) for b in theirs] == [(f.data, f.on_wire) for f in FRAMES]


def test_sections_and_interfaces() -> None:
    """Interfaces count within their section; each section has its byte order and may name its host's system."""
    data = (
        section("<", (2, b"x86"), (3, b"Linux 6.1"))
        + interface("<", (2, b"eth0"), (3, b"to the switch"), linktype=1, snaplen=96)
        + enhanced(Frame(b"a"), "<")
        + interface("<", (2, b"any\0"), (15, b"card"), (12, b"BPF"), linktype=276)
        + enhanced(Frame(b"b", interface=1), "<")
        + section(">")
        + interface(">", (2, b"lxc1"))
        + enhanced(Frame(b"c", interface=0), ">")
    )
    got = read(data)
    assert got.error is None
    assert got.frames == [b"a", b"b", b"c"]
    assert got.interfaces == ["eth0", "any", "lxc1"]
    first, second, third = got.batches[-1].interfaces
    assert (first.description, first.snaplen, first.hardware, first.os) == ("to the switch", 96, "x86", "Linux 6.1")
    assert (second.linktype, second.hardware, second.os) == (276, "card", "BPF")
    assert (third.linktype, third.description, third.hardware, third.os) == (1, None, None, None)
    assert [batch.first for batch in got.batches] == [1]  # short sections come together


@pytest.mark.parametrize(
    ("resolution", "ticks", "time"),
    [
        (6, 1_720_770_268_594_775, 1_720_770_268_594_775_000),
        (9, 1_720_770_268_594_775_123, 1_720_770_268_594_775_123),
        (3, 1_720_770_268_594, 1_720_770_268_594_000_000),
        (0, 1_720_770_268, 1_720_770_268_000_000_000),
        (12, 1_720_770_268_594_775_123, 1_720_770_268_594_775),  # picoseconds are cut to nanoseconds
        (0x80 | 10, 1024 * 5 + 512, 5_500_000_000),
        (0x80 | 32, (7 << 32) + 1, 7_000_000_000),  # 0.23 ns
        (0x80 | 0, 5, 5_000_000_000),
        (19, 10**19 + 10**10, 1_000_000_001),
    ],
)
def test_resolutions(resolution: int, ticks: int, time: int) -> None:
    """Any if_tsresol, decimal or binary, gives exact nanoseconds."""
    data = section() + interface("<", (9, bytes([resolution]))) + enhanced(Frame(b"x"), ticks=ticks)
    assert read(data).times == [time]


def test_offsets() -> None:
    """if_tsoffset is added in seconds, and may be negative."""
    for seconds in (1_720_000_000, -1_000):
        data = section() + interface("<", (14, struct.pack("<q", seconds))) + enhanced(Frame(b"x"), ticks=2_000_000_001)
        assert read(data).times == [2_000_000_001_000 + seconds * 1_000_000_000]


def test_times_that_do_not_fit() -> None:
    """A time beyond what int64 nanoseconds hold is absent, and the frames beside it keep theirs."""
    data = one("<", enhanced(Frame(b"a")), enhanced(Frame(b"b"), ticks=2**64 - 1), enhanced(Frame(b"c")))
    assert read(data).times == [START, None, START]
    far = section() + interface("<", (14, struct.pack("<q", 2**62))) + enhanced(Frame(b"x"))
    assert read(far).times == [None]


def test_clocks_side_by_side() -> None:
    """Frames of interfaces with different resolutions mix in one batch."""
    data = (
        section()
        + interface("<", (9, b"\x09"))
        + interface("<", (9, b"\x00"))
        + enhanced(Frame(b"a", interface=1), ticks=5)
        + enhanced(Frame(b"b", interface=0), ticks=5)
        + enhanced(Frame(b"c", interface=1), ticks=6)
    )
    assert read(data).times == [5_000_000_000, 5, 6_000_000_000]


@pytest.mark.parametrize("order", ["<", ">"])
def test_simple_packets(order: str) -> None:
    """A simple packet block has no time; its captured length is what the block, the snaplen and the wire allow."""
    data = section(order) + interface(order, snaplen=4) + simple(b"abc", order) + simple(b"abcd", order, original=900)
    got = read(data + enhanced(Frame(b"later"), order))
    assert got.frames == [b"abc", b"abcd", b"later"]
    assert got.times == [None, None, START]
    assert got.batches[0].original.tolist() == [3, 900, 5]


@pytest.mark.parametrize("order", ["<", ">"])
def test_obsolete_packets(order: str) -> None:
    """A packet block of the first drafts has its interface in 16 bits."""
    data = section(order) + interface(order, (2, b"a")) + interface(order, (2, b"b"))
    got = read(data + obsolete(Frame(b"xyz", START, 80, interface=1), order))
    assert (got.frames, got.times, got.interfaces) == ([b"xyz"], [START], ["b"])


def test_comments() -> None:
    """Comments of packets are kept by frame number; what is not UTF-8 is replaced."""
    body = struct.pack("<5I", 0, 0, 0, 1, 1) + b"x\0\0\0" + options("<", (1, b"one"), (2, bytes(4)), (1, b"tw\xff"))
    got = read(one("<", enhanced(Frame(b"a")), enhanced(Frame(b"b", comment="sent by \u4e00")), block("<", 6, body)))
    assert got.batches[0].comments == {2: "sent by \u4e00", 3: "one\ntw\ufffd"}


def test_other_blocks() -> None:
    """Blocks that hold no packets are passed: name resolution, statistics, secrets, custom and unknown ones."""
    others = [block("<", kind, bytes(8)) for kind in (4, 5, 10, 0xBAD, 0x40000BAD, 0x12345678)]
    between = b"".join(enhanced(Frame(bytes([index]))) + other for index, other in enumerate(others))
    got = read(one("<", between))
    assert got.error is None
    assert got.frames == [bytes([index]) for index in range(len(others))]


def test_damaged_options() -> None:
    """Options are read up to the first that does not fit; the packet is not lost."""
    for bad in (struct.pack("<HH", 1, 60000), struct.pack("<HH", 2, 4), b"\x01\x00\x01\x00"):
        body = struct.pack("<5I", 0, 0, 0, 1, 1) + b"x\0\0\0" + bad
        got = read(one("<", block("<", 6, body)))
        assert (got.frames, got.error) == ([b"x"], None)
    described = block("<", 1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH", 2, 9999))
    assert read(section() + described + enhanced(Frame(b"x"))).interfaces == [None]


def test_unsupported_interface() -> None:
    """An interface whose link type nothing decodes is named at the end, if there is a packet of it."""
    radio = interface("<", linktype=127)
    good = enhanced(Frame(b"a"))
    assert read(section() + interface() + radio + good).error is None
    got = read(section() + interface() + radio + good + enhanced(Frame(b"b", interface=1)) + good)
    assert got.frames == [b"a", b"b", b"a"]
    assert got.error.reason == "link type 127 (IEEE802_11_RADIOTAP) is not supported"
    assert (got.error.frame, got.error.offset) == (2, len(section() + interface() + radio + good))


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        (struct.pack("<II", 6, 34) + bytes(30), "a block of type 6 claims 34 bytes"),
        (struct.pack("<II", 6, 8) + bytes(30), "a block of type 6 claims 8 bytes"),
        (struct.pack("<II", 9, 0) + bytes(30), "a block of type 9 claims 0 bytes"),
        (struct.pack("<II", 6, 28) + bytes(16) + struct.pack("<I", 28), "a block of type 6 claims 28 bytes"),
        (struct.pack("<II", 99, 0x7FFFFFF0) + bytes(30), "a block of type 99 claims 2147483632 bytes"),
        (block("<", 6, bytes(40))[:-4] + bytes(4), "a block begins with the length 52 and ends with another"),
        (
            block("<", 6, struct.pack("<5I", 0, 0, 0, 99, 99) + b"abcd"),
            "a packet block of 36 bytes claims 99 captured bytes",
        ),
        (enhanced(Frame(b"b", interface=1)), "a packet of interface 1, but 1 are described"),
        (struct.pack("<III", 0x0A0D0D0A, 28, 0) + bytes(16), "a section header without its byte-order magic"),
        (section(version=(2, 0)), "pcapng version 2.0 is not supported"),
    ],
)
def test_damage(blocks: bytes, reason: str) -> None:
    """A block that cannot be ends the reading, with its place; what came before is there."""
    before = one("<", enhanced(Frame(b"a")))
    got = read(before + blocks + enhanced(Frame(b"c")))
    assert got.frames == [b"a"]
    assert got.error.reason == reason
    assert got.error.offset == len(before)


def test_simple_packet_without_interface() -> None:
    """A packet before any interface is described has no link type."""
    assert "interface 0, but 0 are described" in read(section() + simple(b"x")).error.reason
    assert "interface 0, but 0 are described" in read(one("<") + section() + enhanced(Frame(b"x"))).error.reason


def test_no_packets() -> None:
    """A file without packets is a capture of nothing, not an error."""
    assert read(section()) == ([], None)
    assert read(one(">", block(">", 5, bytes(8)))) == ([], None)


def test_batches() -> None:
    """A long file comes in batches of BATCH_RECORDS at most, numbered through."""
    count = BATCH_RECORDS + 5
    got = read(write_pcapng([struct.pack(">I", index) for index in range(count)]))
    assert max(len(batch) for batch in got.batches) <= BATCH_RECORDS
    assert [batch.first for batch in got.batches] == [1, 1 + len(got.batches[0])]
    assert got.frames == [struct.pack(">I", index) for index in range(count)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_cut_anywhere(order: str) -> None:
    """Cut at every byte: all whole packets before it; an error unless the cut falls between two blocks."""
    blocks = [
        section(order), interface(order, (2, b"eth0")), enhanced(Frame(b"abcde", comment="hm"), order),
        block(order, 5, bytes(12)), simple(b"fgh", order), obsolete(Frame(b"i" * 9), order),
        section("<" if order == ">" else ">"),
    ]  # fmt: skip
    ends = [sum(map(len, blocks[: index + 1])) for index in range(len(blocks))]
    packets = {2: b"abcde", 4: b"fgh", 5: b"i" * 9}
    data = b"".join(blocks)
    for size in range(4, len(data)):
        got = read(data[:size])
        whole = sum(end <= size for end in ends)
        expected = [frame for index, frame in packets.items() if index < whole]
        assert got.frames == expected
        if size in ends:
            assert got.error is None
            continue
        begin = ends[whole - 1] if whole else 0
        left = size - begin
        need = 12 if left < 12 else len(blocks[whole])
        assert got.error.offset == begin
        assert f"the block needs {need} bytes, {left} are left" in got.error.reason
        concerned = left < 12 or whole in packets  # before the type is known it may be a packet
        assert got.error.frame == (len(expected) + 1 if concerned else None)
