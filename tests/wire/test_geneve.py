"""Is Geneve read as RFC 8926 has it, with what its options say?"""

from __future__ import annotations

import random
import struct

import pytest

from tests.wire.frames import (
    damage,
    decode_all,
    decode_one,
    echo6,
    ether,
    geneve,
    ip6,
    ipv4,
    ipv6,
    tcp,
    texts,
    udp,
    values,
)
from vxlan_dissect.wire.walk import MAX_TUNNELS

ECHO = ether(ipv6(echo6()))
BEGIN = 42  # of the Geneve header: after Ethernet, IPv4 and UDP


def overlay(payload=ECHO, protocol=0x6558, *, port=6081, **options):
    """A frame with Geneve over UDP and IPv4; `options` of `geneve`."""
    return ether(ipv4(udp(geneve(payload, protocol, **options), port)), 0x0800)


def option(owner, kind, data, words=None):
    """One option; `words`, its length, may be forged."""
    return struct.pack(">HBB", owner, kind, len(data) // 4 if words is None else words) + data


# bpf/lib/tunnel.h: address and port of the service, then two bytes of padding.
SERVICE = option(0x014B, 0x81, bytes([10, 96, 0, 10]) + struct.pack(">HH", 8053, 0))
SERVICE_6 = option(0x014B, 0x81, ip6("fd00:10:96::a") + struct.pack(">HH", 8053, 0))
# ovn-architecture(7): a reserved bit and 15 bits of ingress port, 16 bits of egress port.
PORTS = option(0x0102, 0x80, struct.pack(">HH", 3, 32769))


def test_every_field():
    """RFC 8926 section 3.4, with flags O and C and the largest VNI beside a reserved byte."""
    packet = decode_one(overlay(vni=0xFFFFFF, flags=0xC0, reserved=0x7F))
    assert packet.protocols == ("eth", "ip", "udp", "geneve", "eth", "ipv6", "icmpv6")
    names = ("outer.geneve.vni", "outer.geneve.flags", "outer.geneve.proto_type", "outer.geneve.option.length")
    assert values(packet, *names) == [0xFFFFFF, 0xC0, 0x6558, 0]
    assert values(packet, "frame.tunnels", "icmpv6.type", "outer.data.len") == [1, 128, len(ECHO)]
    assert texts(packet, "outer.geneve.recognised_by", "outer.geneve.proto_type") == ["port", "Ethernet"]


@pytest.mark.parametrize(
    ("payload", "protocol", "layers"),
    [
        (ipv4(tcp(), 6), 0x0800, ("ip", "tcp")),
        (ipv6(echo6()), 0x86DD, ("ipv6", "icmpv6")),
        (struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20), 0x0806, ("arp",)),
        (struct.pack(">HH", 7, 0x86DD) + ipv6(echo6()), 0x8100, ("vlan", "ipv6", "icmpv6")),
    ],
)
def test_what_is_inside_is_told_by_its_ethertype(payload, protocol, layers):
    """Not only Ethernet: each begins a packet of its own."""
    packet = decode_one(overlay(payload, protocol))
    assert packet.protocols == ("eth", "ip", "udp", "geneve", *layers)
    assert values(packet, "frame.tunnels", "eth.src", "outer.ip.ttl") == [1, None, 64]


def test_an_unknown_protocol_is_data():
    """The header is read and no tunnel entered."""
    packet = decode_one(overlay(b"x" * 40, 0x9999))
    assert packet.protocols == ("eth", "ip", "udp", "geneve")
    assert values(packet, "geneve.proto_type", "frame.tunnels", "data.len") == [0x9999, 0, 40]


@pytest.mark.parametrize("options", [SERVICE, PORTS + SERVICE, SERVICE + PORTS])
def test_the_service_of_ciliums_dsr(options):
    """Address and port that the client asked for, wherever the option stands."""
    packet = decode_one(overlay(options=options, flags=0x40))
    assert texts(packet, "outer.geneve.dsr.ipv4", "outer.geneve.dsr.port") == ["10.96.0.10", "8053"]
    assert values(packet, "outer.geneve.option.length", "outer.geneve.option.count") == [
        len(options), len(options) // 8,
    ]  # fmt: skip
    assert packet.get("icmpv6.type") == 128


def test_the_service_of_ciliums_dsr_over_ipv6():
    """The longer form; both forms in one batch fill the same port."""
    packets = decode_all([overlay(options=SERVICE_6), overlay(options=SERVICE), overlay()])
    names = ("outer.geneve.dsr.ipv6", "outer.geneve.dsr.ipv4", "outer.geneve.dsr.port")
    assert [texts(p, *names) for p in packets] == [
        ["fd00:10:96::a", None, "8053"], [None, "10.96.0.10", "8053"], [None, None, None],
    ]  # fmt: skip


def test_the_logical_ports_of_ovn():
    """Egress ports from 32768 up are multicast groups."""
    packet = decode_one(overlay(options=PORTS))
    assert values(packet, "outer.geneve.ovn.ingress_port", "outer.geneve.ovn.egress_port") == [3, 32769]
    assert texts(packet, "outer.geneve.option.class", "outer.geneve.option.type") == ["OVN", "128"]


@pytest.mark.parametrize(
    "foreign",
    [
        option(0x014B, 0x01, bytes(8)),
        option(0x014B, 0x81, bytes(12)),
        option(0x014C, 0x81, bytes(8)),
        option(0x0102, 0x80, bytes(8)),
        option(0x0102, 0x00, bytes(4)),
    ],
)
def test_options_of_another_type_or_length_are_not_taken_for_these(foreign):
    """Class, type and length all have to be right; the option is counted and its class kept."""
    packet = decode_one(overlay(options=foreign))
    names = [f"outer.geneve.{name}" for name in ("dsr.ipv4", "dsr.ipv6", "dsr.port", "ovn.ingress_port")]
    assert values(packet, *names, "outer.geneve.option.count") == [None, None, None, None, 1]
    assert packet.get("outer.geneve.option.class") == int.from_bytes(foreign[:2])


def test_reserved_bits_of_an_option_are_ignored():
    """Three bits above the length (RFC 8926 section 3.5)."""
    packet = decode_one(overlay(options=SERVICE[:3] + bytes([SERVICE[3] | 0xE0]) + SERVICE[4:]))
    assert packet.text("outer.geneve.dsr.ipv4") == "10.96.0.10"


def test_as_many_options_as_fit():
    """63 of 4 bytes fill the 252 that the header can count; the first is kept, and the packet inside is read."""
    options = b"".join(option(0x0100 + n, n, b"") for n in range(63))
    packet = decode_one(overlay(options=options))
    names = ("outer.geneve.option.count", "outer.geneve.option.class", "outer.geneve.option.length", "icmpv6.type")
    assert values(packet, *names) == [63, 0x0100, 252, 128]


@pytest.mark.parametrize(("words", "claimed"), [(3, 16), (31, 128)])
def test_an_option_longer_than_the_options_is_damage(words, claimed):
    """RFC 8926 section 3.5: such a packet is invalid; the options before it are read, the packet inside is not."""
    packet = decode_one(overlay(options=PORTS + option(0x0102, 0x80, bytes(8), words)))
    assert damage(packet) == ("geneve.option", claimed, 12, "option length", BEGIN + 16)
    assert values(packet, "geneve.ovn.ingress_port", "geneve.option.count", "frame.tunnels") == [3, 1, 0]
    assert packet.protocols == ("eth", "ip", "udp", "geneve")


def test_good_and_bad_options_in_one_batch():
    """Rows keep their own fate."""
    bad = overlay(options=option(0x0102, 0x80, bytes(4), 9))
    packets = decode_all([bad, overlay(options=PORTS), overlay(), bad, ECHO])
    assert [p.get("frame.tunnels") for p in packets] == [0, 1, 1, 0, 0]
    assert [damage(p) is None for p in packets] == [False, True, True, False, True]
    assert [p.get("outer.geneve.ovn.ingress_port") for p in packets] == [None, 3, None, None, None]
    assert [p.get("icmpv6.type") for p in packets] == [None, 128, 128, None, 128]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_another_version_is_damage(version):
    """RFC 8926 section 3.4: an endpoint drops what it does not know."""
    assert damage(decode_one(overlay(version=version))) == ("geneve", 0, version, "version", BEGIN)


@pytest.mark.parametrize("size", range(8))
def test_cut_header_on_its_port_is_damage(size):
    """The port promises 8 bytes."""
    packet = decode_one(ether(ipv4(udp(bytes(size), 6081)), 0x0800))
    assert damage(packet) == ("geneve", 8, size, "udp.length", BEGIN)


def test_options_that_are_not_there_are_damage():
    """The header counts 63 words, and the datagram ends before."""
    packet = decode_one(ether(ipv4(udp(geneve(bytes(40), words=63), 6081)), 0x0800))
    assert damage(packet) == ("geneve", 260, 48, "udp.length", BEGIN)


@pytest.mark.parametrize("size", range(BEGIN, BEGIN + 8 + 12 + 14 + 40 + 1))
def test_a_frame_that_was_cut_anywhere_stays_in_its_bytes(size):
    """Whatever follows in the buffer, the columns are the same, and the tunnel is known once its header is whole."""
    whole = overlay(options=SERVICE)
    one, other = (
        decode_all([whole[:size]], original=[len(whole)], between=between)[0] for between in (b"", b"\xff" * 300)
    )
    names = [name for name in one.packets.columns if name != "frame.offset"]
    assert values(one, *names) == values(other, *names)
    assert one.packets.columns.keys() == other.packets.columns.keys()
    known = one.get("outer.geneve.vni") or one.get("geneve.vni")
    assert known == (10398 if size >= BEGIN + 20 else None)


@pytest.mark.parametrize(
    ("payload", "protocol", "options"),
    [
        (ECHO, 0x6558, b""),
        (ECHO, 0x6558, PORTS + SERVICE),
        (ether(ipv4(tcp(), 6), 0x0800), 0x6558, PORTS),
        (ipv4(tcp(), 6), 0x0800, b""),
        (ipv6(echo6()), 0x86DD, SERVICE),
    ],
)
def test_recognised_on_any_port_by_its_header(payload, protocol, options):
    """The whole header as RFC 8926 has it, and a packet that fits its type."""
    packet = decode_one(overlay(payload, protocol, port=51999, options=options, flags=0x40))
    assert texts(packet, "outer.geneve.recognised_by", "outer.geneve.vni") == ["header", "10398"]
    assert packet.get("frame.tunnels") == 1


@pytest.mark.parametrize(
    "payload",
    [
        geneve(ECHO, version=1),
        geneve(ECHO, flags=0x80),
        geneve(ECHO, flags=0x01),
        geneve(ECHO, reserved=1),
        geneve(ECHO, 0x0800),
        geneve(ipv4(tcp(), 6), 0x86DD),
        geneve(ipv4(tcp(), 6)),
        geneve(bytes(28), 0x0806),
        geneve(ECHO, words=1),
        geneve(ECHO, options=option(0x0102, 0x80, bytes(4), 2)),
        geneve(ipv4(tcp(), 6, total=41), 0x0800),
        geneve(ECHO)[:29],
        geneve(b""),
        geneve(ECHO, words=63)[:40],
        bytes(100),
    ],
)
def test_not_recognised_when_anything_is_odd(payload):
    """A reserved bit, options or lengths that do not fit, an unknown type: on an unlisted port it stays UDP."""
    packet = decode_one(ether(ipv4(udp(payload, 51999)), 0x0800))
    assert packet.protocols == ("eth", "ip", "udp")
    assert values(packet, "data.len", "frame.tunnels", "damage.layer") == [len(payload), 0, None]


def test_random_datagrams_are_not_taken_for_a_tunnel():
    """20,000 datagrams of random bytes on unlisted ports, none of them recognised as anything."""
    source = random.Random(8926)
    packets = decode_all([ether(ipv4(udp(source.randbytes(80), 51999)), 0x0800) for _ in range(20_000)])
    assert not packets.column("frame.tunnels").values.any()
    assert {packet.protocols for packet in packets} == {("eth", "ip", "udp")}


def test_tunnels_in_tunnels_up_to_the_bound():
    """Each Geneve is a level, and one more than the bound is damage."""
    frame = ECHO
    for depth in range(MAX_TUNNELS + 1):
        packet = decode_one(frame)
        assert values(packet, "frame.tunnels", "icmpv6.type", "damage.layer") == [depth, 128, None]
        frame = ether(ipv4(udp(geneve(frame, vni=depth), 6081)), 0x0800)
    packet = decode_one(frame)
    assert damage(packet) == ("eth", MAX_TUNNELS + 1, MAX_TUNNELS, "nesting depth", 50 * (MAX_TUNNELS + 1))
    assert values(packet, "frame.tunnels", "outer.geneve.vni") == [MAX_TUNNELS, 1]


def test_over_ipv6_without_a_checksum():
    """RFC 8926 section 3.3 allows a zero checksum over IPv6 (RFC 6935)."""
    packet = decode_one(ether(ipv6(udp(geneve(ECHO), 6081), 17, source="fd00::1", destination="fd00::2")))
    assert values(packet, "outer.udp.checksum", "outer.geneve.vni", "icmpv6.type") == [0, 10398, 128]
