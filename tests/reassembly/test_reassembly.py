"""What do fragments say once they are put together?"""

from __future__ import annotations

import struct
from itertools import permutations
from time import perf_counter

import numpy as np
import pytest

from tests.reassembly.pieces import batches, column, fragment4, fragment6, split, together
from tests.wire.frames import (
    FAR_NODE_IP,
    NODE_IP,
    POD_IP,
    decode_all,
    echo6,
    ether,
    ip4,
    ipv4,
    ipv6,
    udp,
    values,
    vxlan,
)
from vxlan_dissect.packets import CaptureInterface

ECHO = ether(ipv6(echo6(b"p" * 40)))  # 14 + 40 + 48 bytes
TUNNEL = udp(vxlan(ECHO), port=8472, source=47883)  # 118 bytes
WHOLE = ("frame.fragments", "frame.reassembled_in", "frame.fragment_fault")


def in_tunnel(payload, vni=10398):
    """An inner IPv4 packet or fragment in VXLAN, its own outer packet whole."""
    return ether(ipv4(udp(vxlan(ether(payload, 0x0800), vni=vni))), 0x0800)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_vxlan_in_fragments(version, order):
    """The frame that completes the outer datagram has the inner packet, in any order, and names its frames."""
    frames = split(TUNNEL, 48, version=version)
    packets = together([frames[place] for place in order])
    last = packets[2]
    assert last.protocols[-4:] == ("vxlan", "eth", "ipv6", "icmpv6")
    assert values(last, "icmpv6.echo.identifier", "frame.tunnels") == [0x1E2E, 1]
    assert str(last.ip("ipv6.src")) == POD_IP
    assert values(last, *WHOLE) == [3, None, None]
    assert packets.made_of == {3: (1, 2, 3)}
    assert packets.content_of(2).endswith(TUNNEL)
    assert [values(packets[row], *WHOLE) for row in (0, 1)] == [[None, 3, None]] * 2


@pytest.mark.parametrize("version", [4, 6])
def test_as_if_in_one_piece(version):
    """Apart from what the fragment says of itself, the row is that of the datagram that was never fragmented."""
    whole = decode_all(split(TUNNEL, 4096, version=version))
    found = together(split(TUNNEL, 48, version=version))
    own = {"frame.number", "frame.len", "frame.cap_len", "frame.offset", "frame.time_epoch", "frame.fragments"}
    own |= {"frame.layers", "outer.ip.len", "outer.ip.frag_offset", "outer.ip.flags.mf"}
    own |= {f"outer.ipv6.{name}" for name in ("plen", "fraghdr.offset", "fraghdr.more", "fraghdr.ident")}
    own |= {"data.offset"} if version == 6 else set()
    names = {*whole.columns, *found.columns} - own
    assert {name: found[2].get(name) for name in names} == {name: whole[0].get(name) for name in names}


def test_what_was_sent_stays():
    """Lengths and places of the fragment that completes a datagram are those of its own header."""
    packets = together(split(TUNNEL, 48))
    names = ("outer.ip.len", "outer.ip.frag_offset", "outer.ip.flags.mf", "outer.udp.length")
    assert values(packets[2], *names) == [20 + len(TUNNEL) - 96, 96, False, len(TUNNEL)]
    assert values(packets[1], "ip.len", "ip.frag_offset", "ip.flags.mf") == [68, 48, True]
    six = together(split(TUNNEL, 48, version=6))
    names = ("outer.ipv6.plen", "outer.ipv6.fraghdr.offset", "outer.ipv6.fraghdr.more")
    assert values(six[2], *names) == [8 + len(TUNNEL) - 96, 96, False]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_over_batches(version, size, order):
    """Where the batches end makes no difference once the capture is one."""
    frames = [split(udp(b"x" * 100, port=53), 40, version=version)[place] for place in order]
    one, several = together(frames), together(frames, size)
    assert several.made_of == one.made_of == {3: (1, 2, 3)}
    for name in {*one.columns, *several.columns} - {"frame.layers", "frame.offset"}:
        assert column(several, name) == column(one, name), name
    assert [packet.protocols for packet in several] == [packet.protocols for packet in one]
    assert column(several, "frame.reassembled_in") == [3, 3, None]


def test_batch_by_batch():
    """A batch tells of itself what is known by then; `late` has what it tells of those before."""
    first, second = batches(split(TUNNEL, 64), 1)
    assert values(first[0], "frame.reassembled_in", "frame.fragments") == [None, None]
    assert values(second[0], "frame.fragments", "vxlan.vni") == [2, None]
    assert second[0].get("outer.udp.dstport") == 8472
    assert second.late["frame.reassembled_in"] == {1: 2}


def test_ports_of_the_first():
    """Later fragments get the ports of the first, also if that comes after them; not if it never comes."""
    frames = split(udp(b"x" * 100, port=53, source=4000), 40)
    for order, ports in (((0, 1), [53, 53]), ((1, 0), [53, 53]), ((1, 2), [None, None]), ((2, 1, 0), [53] * 3)):
        assert column(together([frames[place] for place in order]), "udp.dstport") == ports
    assert column(together(frames[:2]), "udp.length") == [108, None]


def test_no_ports_without_a_transport():
    """The first bytes of an ICMP message are no ports."""
    packets = together(split(echo6(b"x" * 40), 24, protocol=1))
    assert not {"udp.srcport", "tcp.srcport", "sctp.srcport"} & set(packets.columns)


def test_copies():
    """A fragment that is there twice counts once; the copies name the frame that completes their datagram."""
    first, second, third = split(udp(b"x" * 100, port=53), 40)
    packets = together([first, first, second, second, third, third, second])
    assert packets.made_of == {5: (1, 3, 5)}
    assert column(packets, "frame.fragments") == [None] * 4 + [3, None, None]
    assert column(packets, "frame.reassembled_in") == [5, 5, 5, 5, None, 5, 5]
    assert column(packets, "udp.dstport") == [53] * 7


@pytest.mark.parametrize("version", [4, 6])
def test_contradictions(version):
    """Fragments that overlap are named and never put together; each keeps what it says."""
    make, kind = (fragment4, 0x0800) if version == 4 else (fragment6, 0x86DD)
    datagram = udp(b"x" * 56, port=53)
    parts = [(datagram[:32], 0, True), (b"evil" * 4, 16, True), (datagram[32:], 32, False), (datagram[:32], 0, True)]
    packets = together([ether(make(data, begin, more=more), kind) for data, begin, more in parts])
    assert packets.made_of == {}
    assert [packet.text("frame.fragment_fault") for packet in packets] == [None, "overlap", "overlap", "overlap"]
    offset = "ip.frag_offset" if version == 4 else "ipv6.fraghdr.offset"
    assert column(packets, offset) == [0, 16, 32, 0]


@pytest.mark.parametrize(
    ("data", "begin", "more", "original", "fault"),
    [
        (b"x" * 8, 65528, True, None, "too long"),
        (b"x" * 12, 8, True, None, "length"),
        (b"", 8, False, None, "length"),
        (b"x" * 16, 8, True, 8, "cut"),
    ],
)
def test_single_faults(data, begin, more, original, fault):
    """A fragment that can be of no datagram, or of which bytes are missing, says why."""
    frame = ether(fragment4(data, begin, more=more), 0x0800)
    packets = together([frame], original=[len(frame) + (original or 0)])
    assert packets[0].text("frame.fragment_fault") == (fault if original is None else None)
    packets = together([frame[: len(frame) - (original or 0)]], original=[len(frame)])
    assert packets[0].text("frame.fragment_fault") == fault


def test_padding_of_the_link():
    """Bytes after the packet of a short last fragment are no part of the datagram."""
    frames = split(udp(b"x" * 50), 56)
    packets = together([frames[0], frames[1] + b"\xee" * 30])
    assert packets.content_of(1).endswith(b"x" * 50)
    assert packets.made_of == {2: (1, 2)}


def test_inner_fragments():
    """Fragments inside VXLAN are put together; the tunnel around them keeps its own lengths."""
    packets = together([in_tunnel(piece) for piece in split(udp(b"x" * 60, port=53), 40, framed=False)])
    assert packets.made_of == {2: (1, 2)}
    assert values(packets[1], "udp.dstport", "udp.length", "outer.udp.dstport") == [53, 68, 8472]
    assert values(packets[1], "outer.ip.len", "outer.udp.length", "vxlan.vni") == [98, 78, None]


def test_fragments_in_fragments():
    """An inner datagram in two fragments, each in two outer ones, is made of all four frames."""
    inner = [vxlan(ether(piece, 0x0800)) for piece in split(udp(b"x" * 100, port=53), 56, framed=False)]
    frames = [frame for number, one in enumerate(inner) for frame in split(udp(one), 64, ident=number)]
    for size in (1, 3, 4):
        packets = together(frames, size)
        assert packets.made_of[4] == (1, 2, 3, 4)
        assert packets[3].get("udp.length") == 108
        assert column(packets, "frame.reassembled_in") == [2, 4, 4, None]


def test_two_networks_do_not_mix():
    """The same addresses and identification in two VNIs, VLANs or GRE keys are two datagrams."""
    one, other = (split(udp(letter * 60), 40, framed=False) for letter in (b"a", b"b"))

    def vlan(packet, tag):
        return ether(struct.pack(">HH", tag, 0x0800) + packet, 0x8100)

    def gre(packet, key):
        return ether(ipv4(struct.pack(">HHI", 0x2000, 0x0800, key) + packet, 47), 0x0800)

    for wrap in (in_tunnel, vlan, gre):
        packets = together([wrap(one[0], 1), wrap(other[0], 2), wrap(other[1], 2), wrap(one[1], 1)])
        assert packets.made_of == {3: (2, 3), 4: (1, 4)}


def test_sequence_numbers_of_gre_do_not_part():
    """A sequence number differs from packet to packet; it is no key."""
    pieces = split(udp(b"a" * 60), 40, framed=False)
    frames = [
        ether(ipv4(struct.pack(">HHI", 0x1000, 0x0800, number) + piece, 47), 0x0800)
        for number, piece in enumerate(pieces)
    ]
    assert together(frames).made_of == {2: (1, 2)}


def test_two_interfaces_do_not_mix():
    """The copies of one datagram at two interfaces of a file, or of `any`, are two datagrams."""
    first, second = split(udp(b"a" * 60), 40, framed=False)
    frames = [ether(piece, 0x0800) for piece in (first, first, second, second)]
    interfaces = {"interfaces": (CaptureInterface(1), CaptureInterface(1))}
    packets = together(frames, interfaces_of=np.array([0, 1, 0, 1], dtype=np.uint16), **interfaces)
    assert packets.made_of == {3: (1, 3), 4: (2, 4)}
    cooked = [
        struct.pack(">HHIHBB8s", 0x0800, 0, index, 1, 4, 6, b"\x02" * 8) + piece
        for piece in (first, second)
        for index in (2, 3)
    ]
    assert together(cooked, linktype=276).made_of == {3: (1, 3), 4: (2, 4)}


def test_nothing_to_put_together():
    """Frames that are no fragments, also an atomic one (RFC 6946), are as a batch alone decodes them."""
    frames = [ECHO, ether(ipv4(TUNNEL), 0x0800), *split(TUNNEL, 4096, version=6)]
    found, alone = together(frames), decode_all(frames)
    assert found.columns.keys() == alone.columns.keys()
    assert all(column(found, name) == column(alone, name) for name in alone.columns)
    assert (found.made_of, found.rebuilt, found.late) == ({}, {}, {})


def test_checksums_of_what_was_put_together():
    """The checksum of the datagram is judged over all of it; those of headers around fragments as they were sent."""
    data = b"x" * 60
    # RFC 768: pseudo-header of the addresses, protocol and length, then header and data.
    words = ip4(NODE_IP) + ip4(FAR_NODE_IP) + struct.pack(">HHHHHH", 17, 68, 47883, 53, 68, 0) + data
    total = sum(struct.unpack(f">{len(words) // 2}H", words))
    total = (total & 0xFFFF) + (total >> 16)
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    good = struct.pack(">HHHH", 47883, 53, 68, total) + data
    for datagram, state in ((good, "good"), (good[:-1] + b"y", "bad")):
        packets = together(split(datagram, 40))
        assert [packet.text("udp.checksum.status") for packet in packets] == ["unverified", state]
        outer = together([in_tunnel(piece) for piece in split(datagram, 40, framed=False)])
        assert outer[1].text("udp.checksum.status") == state
        assert outer[1].text("outer.ip.checksum.status") == "bad"  # 0xBEEF, in every header made here


def test_bytes_between_the_frames_do_not_count():
    """What lies between the frames in the buffer changes nothing."""
    frames = [*split(TUNNEL, 48), *split(udp(b"x" * 100), 40, version=6)]
    poisoned = [together(frames, between=bytes([filler]) * 70) for filler in (0x00, 0x45, 0xFF)]
    for name in set(poisoned[0].columns) - {"frame.offset"}:
        assert column(poisoned[0], name) == column(poisoned[1], name) == column(poisoned[2], name)
    assert poisoned[0].rebuilt == poisoned[1].rebuilt == poisoned[2].rebuilt


def flood(kind):
    """65,536 hostile fragments."""
    if kind == "beginnings":
        return [ether(fragment4(b"x" * 8, 0, more=True, ident=n), 0x0800) for n in range(65536)]
    if kind == "pairs":
        return [f for n in range(32768) for f in split(b"\0" * 16, 8, ident=n)]
    if kind == "overlapping":
        return [ether(fragment4(bytes([n % 251]) * 16, n % 8000 * 8, more=True), 0x0800) for n in range(65536)]
    if kind == "copies of the first":
        return [ether(fragment4(b"x" * 8, 0, more=True), 0x0800)] * 65536
    return split(b"x" * 65528, 8)  # 8,191 of 8 bytes


@pytest.mark.parametrize("kind", ["beginnings", "pairs", "overlapping", "copies of the first", "many"])
def test_floods(kind):
    """Fragments made to cost time are read in time that grows with their number only."""
    frames, start = flood(kind), perf_counter()
    packets = together(frames)
    assert perf_counter() - start < 30
    assert len(packets.made_of) == {"pairs": 32768, "many": 1}.get(kind, 0)
