"""Are ESP, AH and IKE named with their SPI or message, wherever they stand?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, echo6, ether, ipv4, ipv6, overlay, tcp, udp, values

ESP = struct.pack(">II", 0xC0FFEE03, 0xFFFFFFFF) + b"\x5a" * 40
IKE = bytes(range(1, 17)) + struct.pack(">BBBBII", 33, 0x20, 34, 0x08, 7, 60) + b"\x5a" * 32
IKE_NAMES = tuple(f"isakmp.{name}" for name in ("version", "exchangetype", "flags", "messageid", "length"))


def over_udp(payload, port=4500, source=47883):
    """A datagram over IPv4 and Ethernet, decoded."""
    return decode_one(ether(ipv4(udp(payload, port, source)), 0x0800))


@pytest.mark.parametrize("frame", [ether(ipv4(ESP, 50), 0x0800), ether(ipv6(ESP, 50))])
def test_esp(frame):
    """RFC 4303 section 2; what is encrypted is data."""
    packet = decode_one(frame)
    assert packet.protocols[2:] == ("esp",)
    assert values(packet, "esp.spi", "esp.sequence", "data.len", "frame.tunnels") == [0xC0FFEE03, 0xFFFFFFFF, 40, 0]


def test_esp_inside_vxlan():
    """Cilium up to 1.17 encrypts inside the tunnel: the VNI stays readable, and the SPI is the inner packet's."""
    packet = decode_one(overlay(ether(ipv4(ESP, 50), 0x0800)))
    assert packet.protocols == ("eth", "ip", "udp", "vxlan", "eth", "ip", "esp")
    assert values(packet, "esp.spi", "outer.esp.spi", "outer.vxlan.vni") == [0xC0FFEE03, None, 10398]


@pytest.mark.parametrize("size", range(8))
def test_esp_cut_in_its_header_is_damage(size):
    """8 bytes are in clear."""
    assert damage(decode_one(ether(ipv4(ESP[:size], 50), 0x0800))) == ("esp", 8, size, "ip.len", 34)


@pytest.mark.parametrize(("port", "source"), [(4500, 4500), (4500, 41000), (41000, 4500)])
def test_esp_over_udp(port, source):
    """RFC 3948 section 2.1: to the port, and from it, where a translation chose the other one."""
    packet = over_udp(ESP, port, source)
    assert packet.protocols == ("eth", "ip", "udp", "udpencap", "esp")
    assert values(packet, "esp.spi", "esp.sequence", "data.len", "udpencap.nat_keepalive") == [
        0xC0FFEE03, 0xFFFFFFFF, 40, None,
    ]  # fmt: skip


@pytest.mark.parametrize(("port", "source"), [(4500, 4500), (41000, 4500)])
def test_ike_behind_its_marker(port, source):
    """RFC 3948 section 2.2: four zeros where ESP has its SPI."""
    packet = over_udp(bytes(4) + IKE, port, source)
    assert packet.protocols == ("eth", "ip", "udp", "udpencap", "isakmp")
    assert values(packet, *IKE_NAMES, "esp.spi") == [0x20, 34, 8, 7, 60, None]
    assert packet.text("isakmp.exchangetype") == "IKE_SA_INIT"


def test_a_keepalive_of_address_translation():
    """RFC 3948 section 2.3: one byte of ones."""
    packet = over_udp(b"\xff")
    assert packet.protocols == ("eth", "ip", "udp", "udpencap")
    assert values(packet, "udpencap.nat_keepalive", "damage.layer", "data.len") == [True, None, 1]


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b"", ("udpencap", 1, 0, "udp.length", 42)),
        (b"\xfe", ("esp", 8, 1, "udp.length", 42)),
        (b"\xff\xff", ("esp", 8, 2, "udp.length", 42)),
        (bytes(3), ("esp", 8, 3, "udp.length", 42)),
        (bytes(4), ("isakmp", 28, 0, "udp.length", 46)),
        (bytes(4) + IKE[:27], ("isakmp", 28, 27, "udp.length", 46)),
        (ESP[:7], ("esp", 8, 7, "udp.length", 42)),
    ],
)
def test_too_little_on_the_port_is_damage(payload, found):
    """The first four bytes decide what the rest should be."""
    assert damage(over_udp(payload)) == found


def test_all_kinds_of_one_batch_on_the_port():
    """ESP, IKE and keepalive side by side, each read from its own place."""
    payloads = (b"\xff", ESP, bytes(4) + IKE, ESP, b"\xff")
    packets = decode_all([ether(ipv4(udp(payload, 4500)), 0x0800) for payload in payloads])
    assert [p.get("esp.spi") for p in packets] == [None, 0xC0FFEE03, None, 0xC0FFEE03, None]
    assert [p.get("isakmp.messageid") for p in packets] == [None, None, 7, None, None]
    assert [p.get("udpencap.nat_keepalive") for p in packets] == [True, None, None, None, True]


@pytest.mark.parametrize(("port", "source"), [(500, 500), (41000, 500)])
@pytest.mark.parametrize("version", [0x10, 0x20])
def test_ike_on_its_own_port(port, source, version):
    """RFC 7296 section 2, RFC 2408: no marker."""
    packet = over_udp(IKE[:17] + bytes([version]) + IKE[18:], port, source)
    assert packet.protocols == ("eth", "ip", "udp", "isakmp")
    assert values(packet, *IKE_NAMES, "data.len") == [version, 34, 8, 7, 60, 32]


def test_something_else_on_the_port_of_ike_is_data():
    """Versions 1 and 2 are all there are."""
    packet = over_udp(b"x" * 40, 500)
    assert packet.protocols == ("eth", "ip", "udp")
    assert values(packet, "data.len", "damage.layer") == [40, None]


def ah(payload, following, words=4):
    """AH with a check value of 12 bytes, its length in words less two."""
    return struct.pack(">BBHII", following, words, 0, 0xC0FFEE04, 77) + b"\x5a" * 12 + payload


@pytest.mark.parametrize("frame", [ether(ipv4(ah(tcp(), 6), 51), 0x0800), ether(ipv6(ah(tcp(), 6), 51))])
def test_ah_is_passed_over(frame):
    """RFC 4302 section 2: nothing is encrypted."""
    packet = decode_one(frame)
    assert packet.protocols[2:] == ("ah", "tcp")
    assert values(packet, "ah.spi", "ah.sequence", "tcp.dstport", "frame.tunnels") == [0xC0FFEE04, 77, 8080, 0]


def test_ah_in_tunnel_mode():
    """A whole packet inside is a tunnel; the SPI is the outer packet's."""
    packets = decode_all([
        ether(ipv4(ah(ipv4(tcp(), 6, source="10.0.0.1"), 4), 51), 0x0800), ether(ipv6(ah(ipv6(echo6()), 41), 51)),
    ])  # fmt: skip
    assert [p.protocols for p in packets] == [
        ("eth", "ip", "ah", "ip", "tcp"), ("eth", "ipv6", "ah", "ipv6", "icmpv6"),
    ]  # fmt: skip
    assert [values(p, "outer.ah.spi", "ah.spi", "frame.tunnels") for p in packets] == [[0xC0FFEE04, None, 1]] * 2


@pytest.mark.parametrize("words", [0])
def test_ah_shorter_than_its_fixed_part_is_damage(words):
    """12 bytes are the least (RFC 4302 section 2.2)."""
    packet = decode_one(ether(ipv4(ah(tcp(), 6, words), 51), 0x0800))
    assert damage(packet) == ("ah", 12, 8, "header length", 34)


def test_ah_longer_than_the_packet_is_damage():
    """255 words and two."""
    packet = decode_one(ether(ipv4(ah(tcp(), 6, 255), 51), 0x0800))
    assert damage(packet) == ("ah", 1028, 44, "ip.len", 34)
