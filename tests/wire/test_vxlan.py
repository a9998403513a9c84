"""Is VXLAN found on its ports and elsewhere, and are its packets sorted into levels?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import (
    damage,
    decode_all,
    decode_one,
    echo6,
    ether,
    ipv4,
    ipv6,
    overlay,
    tcp,
    texts,
    udp,
    values,
    vxlan,
)
from vxlan_dissect.wire.walk import MAX_TUNNELS

ECHO = ether(ipv6(echo6()))
ARP = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20)


@pytest.mark.parametrize("port", [4789, 8472])
def test_its_ports(port):
    """IANA's port and that of Linux before it."""
    packet = decode_one(overlay(ECHO, port=port))
    assert packet.protocols == ("eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6")
    assert values(packet, "outer.vxlan.vni", "outer.vxlan.flags", "outer.udp.dstport") == [10398, 0x0800, port]
    assert texts(packet, "outer.vxlan.recognised_by", "outer.vxlan.gbp") == ["port", None]
    assert values(packet, "frame.tunnels", "icmpv6.echo.identifier", "data.len") == [1, 7726, 4]


def test_inner_and_outer_stay_apart():
    """Plain columns are the innermost packet's, `outer.` ones those of the packet around it."""
    packet = decode_one(overlay(ECHO))
    assert texts(packet, "eth.src", "outer.eth.src") == ["4e:5b:57:45:63:3b", "02:42:ac:12:00:04"]
    assert values(packet, "eth.type", "outer.eth.type", "ip.ttl", "outer.ip.ttl") == [0x86DD, 0x0800, None, 64]
    assert values(packet, "vxlan.vni", "udp.dstport", "outer.ipv6.hlim", "outer.icmpv6.type") == [None] * 4
    assert packet.get("outer.data.len") == len(ECHO)


def test_the_vni_is_24_bits():
    """The largest VNI beside a reserved byte, which on a VXLAN port is ignored (RFC 7348 section 5)."""
    packet = decode_one(ether(ipv4(udp(vxlan(ECHO, 0xFFFFFF, reserved=0x7F))), 0x0800))
    assert packet.get("outer.vxlan.vni") == 0xFFFFFF


def test_group_policy():
    """Flag G makes the second word the policy id; without it the word means nothing."""
    packets = decode_all([
        ether(ipv4(udp(vxlan(ECHO, 6001, 0x8800, 0x1A4), 4789)), 0x0800),
        ether(ipv4(udp(vxlan(ECHO, 6001, 0x0800, 0x1A4), 4789)), 0x0800),
    ])  # fmt: skip
    assert [values(p, "outer.vxlan.gbp", "outer.vxlan.flags") for p in packets] == [[0x1A4, 0x8800], [None, 0x0800]]
    assert [p.get("icmpv6.type") for p in packets] == [128, 128]


@pytest.mark.parametrize("port", [4789, 4790])
@pytest.mark.parametrize("flags", [0x0000, 0x8000, 0x0400, 0x00FF])
def test_without_flag_i_it_stays_udp(flags, port):
    """No valid VNI: the bytes are data of UDP, and no damage; Linux drops such a packet (vxlan_core.c, vxlan_rcv)."""
    packet = decode_one(ether(ipv4(udp(vxlan(ECHO, flags=flags), port)), 0x0800))
    assert packet.protocols == ("eth", "ip", "udp")
    assert values(packet, "udp.dstport", "vxlan.vni", "data.len", "frame.tunnels") == [port, None, 8 + len(ECHO), 0]
    assert damage(packet) is None


def gpe(payload, protocol, flags=0x0C00, port=4790):
    """An Ethernet frame with VXLAN-GPE; the next protocol is the last byte of the first word."""
    return ether(ipv4(udp(vxlan(payload, flags=flags, group=protocol), port)), 0x0800)


@pytest.mark.parametrize("port", [4789, 4790, 8472])
def test_gpe_names_what_is_inside(port):
    """Flag P and a next protocol (draft-ietf-nvo3-vxlan-gpe section 3.1), on GPE's port and where Linux sends it."""
    packets = decode_all([
        gpe(ipv4(tcp(), 6), 1, port=port), gpe(ipv6(echo6()), 2, port=port), gpe(ECHO, 3, port=port),
    ])  # fmt: skip
    outside = ("eth", "ip", "udp", "vxlan")
    assert [p.protocols for p in packets] == [
        (*outside, "ip", "tcp"), (*outside, "ipv6", "icmpv6"), (*outside, "eth", "ipv6", "icmpv6"),
    ]  # fmt: skip
    assert [p.text("outer.vxlan.next_proto") for p in packets] == ["IPv4", "IPv6", "Ethernet"]
    assert [values(p, "outer.vxlan.vni", "frame.tunnels", "outer.vxlan.gbp") for p in packets] == [[10398, 1, None]] * 3
    assert [p.text("eth.src") for p in packets] == [None, None, "4e:5b:57:45:63:3b"]


def test_gpe_without_flag_p_has_an_ethernet_frame():
    """The next protocol field counts only with flag P; flags B (0x0200) and O (0x0100) change nothing."""
    packets = decode_all([gpe(ECHO, 1, 0x0800), gpe(ECHO, 1, 0x0B00)])
    assert [values(p, "icmpv6.type", "outer.vxlan.next_proto") for p in packets] == [[128, None]] * 2


@pytest.mark.parametrize("protocol", [0, 6, 99, 255])
def test_gpe_with_an_unknown_protocol_inside(protocol):
    """The header is read, what it carries is data."""
    packet = decode_one(gpe(ECHO, protocol))
    assert packet.protocols == ("eth", "ip", "udp", "vxlan")
    assert values(packet, "vxlan.next_proto", "vxlan.vni", "data.len") == [protocol, 10398, len(ECHO)]
    assert damage(packet) is None


def test_gpe_of_another_version_is_damage():
    """Version 0 is the only one there is; where flag P is clear the bits are reserved ones of VXLAN."""
    packets = decode_all([gpe(ipv4(tcp(), 6), 1, flags=0x2C00), gpe(ECHO, 0, flags=0x2800)])
    assert [damage(p) for p in packets] == [("vxlan", 0, 2, "version", 42), None]
    assert packets[1].get("icmpv6.type") == 128


def test_group_policy_and_gpe_are_told_apart():
    """With flag P the second word is no policy id, whatever flag G says."""
    packet = decode_one(gpe(ipv4(tcp(), 6), 1, flags=0x8C00))
    assert values(packet, "outer.vxlan.gbp", "outer.vxlan.next_proto", "tcp.dstport") == [None, 1, 8080]


def test_accepted_and_refused_in_one_batch():
    """Rows keep their own fate."""
    refused = ether(ipv4(udp(vxlan(ECHO, flags=0), 4789)), 0x0800)
    packets = decode_all([refused, overlay(ECHO), refused, ECHO])
    assert [p.get("frame.tunnels") for p in packets] == [0, 1, 0, 0]
    assert [p.get("outer.vxlan.vni") for p in packets] == [None, 10398, None, None]
    assert [p.get("udp.dstport") for p in packets] == [4789, None, 4789, None]


@pytest.mark.parametrize("size", range(8))
def test_cut_header_on_its_port_is_damage(size):
    """The port promises 8 bytes."""
    packet = decode_one(ether(ipv4(udp(bytes(size), 8472)), 0x0800))
    assert damage(packet) == ("vxlan", 8, size, "udp.length", 42)
    assert values(packet, "udp.dstport", "frame.tunnels") == [8472, 0]


def test_cut_inner_frame_keeps_the_outer_packet():
    """A capture of 60 bytes a frame: the tunnel is known, its content is not."""
    frame = overlay(ECHO)
    packet = decode_one(frame[:60], original=len(frame))
    assert damage(packet) == ("eth", 14, 10, "captured length", 50)
    assert values(packet, "outer.vxlan.vni", "outer.ip.ttl", "frame.tunnels", "eth.type") == [10398, 64, 1, None]
    assert packet.protocols == ("eth", "ip", "udp", "vxlan")


@pytest.mark.parametrize(
    "inner",
    [
        ECHO,
        ether(ipv4(tcp(), 6), 0x0800),
        ether(ipv4(tcp(), 6, options=bytes(40)), 0x0800),
        ether(ARP, 0x0806),
        ether(struct.pack(">HH", 310, 0x0800) + ipv4(tcp(), 6), 0x8100),
        ether(struct.pack(">HHHH", 2000, 0x8100, 310, 0x86DD) + ipv6(echo6()), 0x88A8),
    ],
)
def test_recognised_on_any_port_by_its_header(inner):
    """The whole header as RFC 7348 has it, and an Ethernet frame that fits what it carries."""
    packet = decode_one(overlay(inner, port=51999))
    assert texts(packet, "outer.vxlan.recognised_by", "outer.vxlan.vni") == ["header", "10398"]
    assert packet.protocols[:5] == ("eth", "ip", "udp", "vxlan", "eth")
    assert len(packet.protocols) > 5


@pytest.mark.parametrize(
    "payload",
    [
        vxlan(ECHO, flags=0x8800),
        vxlan(ECHO, flags=0x0801),
        vxlan(ECHO, group=1),
        vxlan(ECHO, reserved=1),
        vxlan(ether(ipv6(echo6()), 0x88CC)),
        vxlan(ether(ipv6(echo6()), 0x0800)),
        vxlan(ether(ipv4(tcp(), 6), 0x86DD)),
        vxlan(ether(ipv4(tcp(), 6, first=0x44), 0x0800)),
        vxlan(ether(ipv4(tcp(), 6, total=19), 0x0800)),
        vxlan(ether(ipv4(tcp(), 6, total=41), 0x0800)),
        vxlan(ether(ipv6(echo6(), plen=13))),
        vxlan(ether(ipv6(echo6(), plen=65535))),
        vxlan(ether(b"\x00\x06" + ARP[2:], 0x0806)),
        vxlan(ether(struct.pack(">HH", 310, 0x88CC) + bytes(60), 0x8100)),
        vxlan(ECHO)[:29],
        vxlan(b""),
        bytes(100),
        b"",
    ],
)
def test_not_recognised_when_anything_is_odd(payload):
    """A reserved bit, a length that does not fit, an unknown inner type: on an unlisted port it stays UDP."""
    packet = decode_one(ether(ipv4(udp(payload, 51999)), 0x0800))
    assert packet.protocols == ("eth", "ip", "udp")
    assert values(packet, "vxlan.vni", "data.len", "frame.tunnels") == [None, len(payload), 0]
    assert damage(packet) is None


def test_recognised_beside_others_of_one_batch():
    """By port, by header and not at all, side by side."""
    plain = ether(ipv4(udp(b"x" * 60, 51999)), 0x0800)
    packets = decode_all([plain, overlay(ECHO, port=51999), overlay(ECHO, port=4789), plain, ECHO])
    assert [p.text("outer.vxlan.recognised_by") for p in packets] == [None, "header", "port", None, None]
    assert [p.get("icmpv6.type") for p in packets] == [None, 128, 128, None, 128]


def test_recognised_in_a_frame_that_was_cut():
    """30 bytes after UDP are enough to tell; the lengths inside are compared with the packet, not with the capture."""
    frame = overlay(ECHO, port=51999)
    packet = decode_one(frame[:72], original=len(frame))
    assert packet.text("outer.vxlan.recognised_by") == "header"
    assert damage(packet) == ("ipv6", 40, 8, "captured length", 64)


def test_tunnel_in_tunnel():
    """Of three packets the middle one is the outer; all are layers."""
    middle = ether(ipv4(udp(vxlan(ECHO, 22)), source="10.0.0.1"), 0x0800)
    packet = decode_one(ether(ipv4(udp(vxlan(middle, 11)), source="172.18.0.9"), 0x0800))
    assert packet.protocols == ("eth", "ip", "udp", "vxlan") * 2 + ("eth", "ipv6", "icmpv6")
    assert values(packet, "frame.tunnels", "outer.vxlan.vni", "icmpv6.type") == [2, 22, 128]
    assert packet.text("outer.ip.src") == "10.0.0.1"


def test_depths_of_one_batch_do_not_mix():
    """No tunnel, one, two and one again: each row has its own inner and outer packet."""
    inner = ether(ipv4(tcp(), 6, source="10.1.1.1"), 0x0800)
    frames = [inner, overlay(inner), overlay(overlay(inner)), ECHO, overlay(ECHO)]
    packets = decode_all(frames)
    assert [p.get("frame.tunnels") for p in packets] == [0, 1, 2, 0, 1]
    assert [p.text("ip.src") for p in packets] == ["10.1.1.1", "10.1.1.1", "10.1.1.1", None, None]
    assert [p.text("outer.ip.src") for p in packets] == [None, "172.18.0.4", "172.18.0.4", None, "172.18.0.4"]
    assert [p.get("icmpv6.type") for p in packets] == [None, None, None, 128, 128]
    assert [p.get("tcp.dstport") for p in packets] == [8080, 8080, 8080, None, None]


def test_more_tunnels_than_the_bound_are_damage():
    """The packet in the last tunnel that was entered is the innermost."""
    frame = ECHO
    for _ in range(MAX_TUNNELS + 1):
        frame = overlay(frame)
    packet = decode_one(frame)
    assert damage(packet) == ("eth", MAX_TUNNELS + 1, MAX_TUNNELS, "nesting depth", 50 * (MAX_TUNNELS + 1))
    assert values(packet, "frame.tunnels", "vxlan.vni", "outer.vxlan.vni") == [MAX_TUNNELS, 10398, 10398]


def test_first_fragment_of_a_tunnel_packet():
    """The underlay cut it: what is there is decoded, though the inner lengths claim more."""
    payload = udp(vxlan(ether(ipv6(echo6(b"x" * 2000)))))
    packet = decode_one(ether(ipv4(payload[:1400], flags=0x2000), 0x0800))
    assert values(packet, "outer.ip.flags.mf", "ipv6.plen", "icmpv6.type") == [True, 2008, 128]
    assert packet.get("data.len") == 1400 - 8 - 8 - 14 - 40 - 8
    assert damage(packet) is None


def test_tunnel_over_ipv6_and_vlan():
    """The outer packet may be of either version and tagged; so may the inner one."""
    inner = ether(struct.pack(">HH", 7, 0x86DD) + ipv6(echo6()), 0x8100)
    outer = ipv6(udp(vxlan(inner, 1)), 17, source="fd00::1", destination="fd00::2")
    packet = decode_one(ether(struct.pack(">HH", 310, 0x86DD) + outer, 0x8100))
    assert packet.protocols == ("eth", "vlan", "ipv6", "udp", "vxlan", "eth", "vlan", "ipv6", "icmpv6")
    assert values(packet, "outer.vlan.id", "vlan.id", "outer.vlan.tags", "vlan.tags") == [310, 7, 1, 1]
    assert texts(packet, "outer.ipv6.src", "eth.type", "outer.eth.type") == ["fd00::1", "IPv6", "IPv6"]
