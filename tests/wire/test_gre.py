"""Are GRE, what it may carry in its optional words, and ERSPAN inside it read as they were defined?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, echo6, ether, gre, ipv4, ipv6, tcp, texts, udp, values
from vxlan_dissect.wire.walk import MAX_TUNNELS

ECHO = ether(ipv6(echo6()))
SEGMENT = ipv4(tcp(), 6, source="10.1.0.1")
CHECKSUM, KEY, SEQUENCE = struct.pack(">HH", 0xBEEF, 0), struct.pack(">I", 0x00ABCD07), struct.pack(">I", 0xFFFFFFFE)
OUTER = ("outer.gre.checksum", "outer.gre.key", "outer.gre.sequence_number")


def overlay(*arguments, **options):
    """A frame with GRE over IPv4; the arguments of `gre`."""
    return ether(ipv4(gre(*arguments, **options), 47), 0x0800)


@pytest.mark.parametrize(
    ("payload", "protocol", "layers"),
    [
        (SEGMENT, 0x0800, ("ip", "tcp")),
        (ipv6(echo6()), 0x86DD, ("ipv6", "icmpv6")),
        (ECHO, 0x6558, ("eth", "ipv6", "icmpv6")),
        (struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20), 0x0806, ("arp",)),
    ],
)
def test_what_is_inside_is_told_by_its_ethertype(payload, protocol, layers):
    """RFC 2784 section 2.4, and 0x6558 for Ethernet (RFC 1701)."""
    packet = decode_one(overlay(payload, protocol))
    assert packet.protocols == ("eth", "ip", "gre", *layers)
    assert values(packet, "outer.gre.proto", "frame.tunnels", "outer.ip.proto", *OUTER) == [
        protocol, 1, 47, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("flags", range(0, 0x10000, 0x1000))
def test_the_optional_words(flags):
    """All sixteen sets of the first four flags, in the order of RFC 2890 section 2; a routed packet is not opened."""
    checksum, routing, key, sequence = (bool(flags & bit) for bit in (0x8000, 0x4000, 0x2000, 0x1000))
    words = CHECKSUM * (checksum or routing) + KEY * key + SEQUENCE * sequence
    packet = decode_one(overlay(SEGMENT, 0x0800, flags, words))
    prefix = "" if routing else "outer."
    found = values(packet, *(prefix + name.removeprefix("outer.") for name in OUTER))
    assert found == [0xBEEF if checksum else None, 0x00ABCD07 if key else None, 0xFFFFFFFE if sequence else None]
    assert packet.get(f"{prefix}gre.flags_and_version") == flags
    assert values(packet, "frame.tunnels", "tcp.dstport") == ([0, None] if routing else [1, 8080])
    assert damage(packet) is None


def test_optional_words_of_one_batch_do_not_mix():
    """Each row reads its words from where they stand in its own packet."""
    packets = decode_all([
        overlay(SEGMENT, 0x0800, 0x2000, struct.pack(">I", 1)), overlay(SEGMENT),
        overlay(SEGMENT, 0x0800, 0xB000, CHECKSUM + KEY + SEQUENCE), overlay(SEGMENT, 0x0800, 0x1000, SEQUENCE),
        overlay(SEGMENT, 0x0800, 0x2000, struct.pack(">I", 2)),
    ])  # fmt: skip
    assert [p.get("outer.gre.key") for p in packets] == [1, None, 0x00ABCD07, None, 2]
    assert [p.get("outer.gre.sequence_number") for p in packets] == [None, None, 0xFFFFFFFE, 0xFFFFFFFE, None]
    assert [p.get("tcp.dstport") for p in packets] == [8080] * 5


def test_nvgre():
    """RFC 7637 section 3.2: the key is 24 bits of virtual subnet and 8 bits of flow."""
    packet = decode_one(overlay(ECHO, 0x6558, 0x2000, KEY))
    assert values(packet, "outer.nvgre.vsid", "outer.nvgre.flow_id", "outer.gre.key") == [0x00ABCD, 7, 0x00ABCD07]


@pytest.mark.parametrize(
    "frame",
    [
        overlay(SEGMENT, 0x0800, 0x2000, KEY),
        overlay(ECHO, 0x6558, 0x3000, KEY + SEQUENCE),
        overlay(ECHO, 0x6558, 0xA000, CHECKSUM + KEY),
        overlay(ECHO, 0x6558),
    ],
)
def test_other_forms_are_no_nvgre(frame):
    """Flags C and S are clear and Ethernet is inside, or the key is just a key."""
    assert values(decode_one(frame), "outer.nvgre.vsid", "outer.nvgre.flow_id", "frame.tunnels") == [None, None, 1]


def test_pptp_is_named_and_not_opened():
    """RFC 2637 section 4.1: version 1 with call, sequence and acknowledgment number; the PPP inside stays data."""
    words = struct.pack(">HHII", 44, 0x5001, 77, 76)
    packet = decode_one(overlay(b"\xff\x03\x00\x21" + SEGMENT, 0x880B, 0x3081, words))
    assert packet.protocols == ("eth", "ip", "gre")
    names = ("gre.key.payload_length", "gre.key.call_id", "gre.sequence_number", "gre.ack_number", "gre.key")
    assert values(packet, *names) == [44, 0x5001, 77, 76, None]
    assert values(packet, "frame.tunnels", "data.len") == [0, 44]


def test_ethernet_over_ip_of_mikrotik():
    """Version 1 with a type of its own; its key is the frame's length and the tunnel's number."""
    packet = decode_one(overlay(ECHO, 0x6400, 0x2001, struct.pack(">H", len(ECHO)) + struct.pack("<H", 77)))
    assert packet.protocols == ("eth", "ip", "gre", "eth", "ipv6", "icmpv6")
    assert values(packet, "outer.gre.key", "frame.tunnels", "icmpv6.type") == [len(ECHO) << 16 | 77 << 8, 1, 128]
    assert decode_one(overlay(ECHO, 0x6400)).protocols == ("eth", "ip", "gre")


def test_an_acknowledgment_without_data():
    """Flags K and A: there is no sequence number, and the acknowledgment number comes right after the key."""
    packet = decode_one(overlay(b"", 0x880B, 0x2081, struct.pack(">HHI", 0, 9, 5)))
    assert values(packet, "gre.key.call_id", "gre.sequence_number", "gre.ack_number", "data.len") == [9, None, 5, 0]


def test_the_bit_of_the_acknowledgment_means_nothing_in_version_0():
    """RFC 2784 section 2.3: bits 6 to 12 are ignored."""
    packet = decode_one(overlay(SEGMENT, 0x0800, 0x0080))
    assert values(packet, "outer.gre.ack_number", "tcp.dstport") == [None, 8080]


@pytest.mark.parametrize("version", range(2, 8))
def test_another_version_is_damage(version):
    """Only 0 and 1 are defined."""
    assert damage(decode_one(overlay(SEGMENT, 0x0800, version))) == ("gre", 1, version, "version", 34)


@pytest.mark.parametrize("protocol", [0, 0x883E, 0x2000, 0xFFFF])
def test_what_is_not_known_inside_is_data(protocol):
    """A keepalive (0) and protocols that nobody decodes here."""
    packet = decode_one(overlay(b"x" * 20, protocol))
    assert packet.protocols == ("eth", "ip", "gre")
    assert values(packet, "gre.proto", "data.len", "frame.tunnels", "damage.layer") == [protocol, 20, 0, None]


@pytest.mark.parametrize("size", range(16))
def test_cut_anywhere_in_the_header_is_damage(size):
    """Its four words are needed as soon as the flags say so."""
    header = gre(b"", 0x0800, 0xB000, CHECKSUM + KEY + SEQUENCE)
    packet = decode_one(ether(ipv4(header[:size], 47), 0x0800))
    assert damage(packet) == ("gre", 4 if size < 4 else 16, size, "ip.len", 34)
    assert values(packet, "gre.key", "ip.proto") == [None, 47]


def test_over_ipv6_and_over_udp():
    """Next header 47 (RFC 7676), and UDP port 4754 (RFC 8086)."""
    over_ipv6 = decode_one(ether(ipv6(gre(SEGMENT), 47, source="fd00::1", destination="fd00::2")))
    over_udp = decode_one(ether(ipv4(udp(gre(SEGMENT), 4754)), 0x0800))
    assert over_ipv6.protocols == ("eth", "ipv6", "gre", "ip", "tcp")
    assert over_udp.protocols == ("eth", "ip", "udp", "gre", "ip", "tcp")
    assert texts(over_ipv6, "outer.ipv6.src", "ip.src") == ["fd00::1", "10.1.0.1"]


def test_tunnels_in_tunnels_up_to_the_bound():
    """Each GRE is a level, and one more than the bound is damage."""
    inside = SEGMENT
    for _ in range(MAX_TUNNELS):
        inside = ipv4(gre(inside), 47)
    assert values(decode_one(ether(inside, 0x0800)), "frame.tunnels", "tcp.dstport") == [MAX_TUNNELS, 8080]
    packet = decode_one(ether(ipv4(gre(inside), 47), 0x0800))
    assert damage(packet) == ("ip", MAX_TUNNELS + 1, MAX_TUNNELS, "nesting depth", 14 + 24 * (MAX_TUNNELS + 1))


def type_ii(payload, version=1):
    """ERSPAN type II: VLAN 100, class of service 5, cut, session 517, index 0x12345."""
    return struct.pack(">HHI", version << 12 | 100, 5 << 13 | 0x0400 | 517, 0x12345) + payload


def type_iii(payload, flags=0x8000, version=2, platform=b""):
    """ERSPAN type III: VLAN 100, class of service 5, session 517."""
    fixed = struct.pack(">HHIHH", version << 12 | 100, 5 << 13 | 517, 0xDEADBEEF, 3, flags)
    return fixed + platform + payload


def test_erspan_type_i_has_no_header():
    """No sequence number (draft-foschiano-erspan section 4.1): Ethernet follows GRE at once."""
    packet = decode_one(overlay(ECHO, 0x88BE))
    assert packet.protocols == ("eth", "ip", "gre", "erspan", "eth", "ipv6", "icmpv6")
    assert values(packet, "outer.erspan.version", "outer.erspan.spanid", "frame.tunnels") == [None, None, 1]


def test_erspan_type_ii():
    """Section 4.2, with GRE's sequence number."""
    packet = decode_one(overlay(type_ii(ECHO), 0x88BE, 0x1000, SEQUENCE))
    assert packet.protocols == ("eth", "ip", "gre", "erspan", "eth", "ipv6", "icmpv6")
    names = [f"outer.erspan.{name}" for name in ("version", "vlan", "cos", "truncated", "spanid", "index")]
    assert values(packet, *names) == [1, 100, 5, True, 517, 0x12345]
    assert values(packet, "frame.tunnels", "icmpv6.type", "outer.erspan.timestamp") == [1, 128, None]


@pytest.mark.parametrize(("flags", "platform"), [(0x8000, b""), (0x8001, b"\xff" * 8), (0x8008, b"")])
def test_erspan_type_iii(flags, platform):
    """Section 4.3; flag O says that 8 bytes of the platform follow."""
    packet = decode_one(overlay(type_iii(ECHO, flags, platform=platform), 0x22EB, 0x1000, SEQUENCE))
    names = [f"outer.erspan.{name}" for name in ("version", "vlan", "cos", "truncated", "spanid", "timestamp")]
    assert values(packet, *names) == [2, 100, 5, False, 517, 0xDEADBEEF]
    assert values(packet, "outer.erspan.direction", "outer.erspan.index", "icmpv6.type") == [
        flags & 8 != 0, None, 128,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "payload", "layers"),
    [(2, SEGMENT, ("ip", "tcp")), (2, ipv6(echo6()), ("ipv6", "icmpv6")), (2, b"\x00" * 20, ()), (7, ECHO, ())],
)
def test_erspan_of_other_frame_types(kind, payload, layers):
    """Type 2 is an IP packet of either version; what nobody knows is data."""
    packet = decode_one(overlay(type_iii(payload, kind << 10), 0x22EB, 0x1000, SEQUENCE))
    assert packet.protocols == ("eth", "ip", "gre", "erspan", *layers)
    assert values(packet, "frame.tunnels", "damage.layer") == [1 if layers else 0, None]


@pytest.mark.parametrize(
    ("protocol", "payload", "need", "have"),
    [(0x88BE, type_ii(ECHO, 0), 1, 0), (0x88BE, type_ii(ECHO, 2), 1, 2), (0x22EB, type_iii(ECHO, version=1), 2, 1)],
)
def test_erspan_of_another_version_is_damage(protocol, payload, need, have):
    """The EtherType promises the version."""
    packet = decode_one(overlay(payload, protocol, 0x1000, SEQUENCE))
    assert damage(packet) == ("erspan", need, have, "version", 42)


@pytest.mark.parametrize("size", range(20))
def test_erspan_type_iii_cut_anywhere_is_damage(size):
    """12 bytes, and with flag O 20."""
    header = type_iii(b"", 0x8001, platform=bytes(8))[:size]
    packet = decode_one(overlay(header, 0x22EB, 0x1000, SEQUENCE))
    assert damage(packet) == ("erspan", 12 if size < 12 else 20, size, "ip.len", 42)
