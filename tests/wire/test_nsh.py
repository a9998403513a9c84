"""Is NSH read, and what it carries?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import (
    damage,
    decode_one,
    echo6,
    ether,
    geneve,
    gre,
    ipv4,
    ipv6,
    mpls,
    tcp,
    udp,
    values,
    vxlan,
)
from vxlan_dissect.wire.walk import MAX_HEADERS

SEGMENT, ECHO = ipv4(tcp(), 6), ipv6(echo6())


def nsh(payload, protocol, words=6, version=0, metadata=bytes(16)):
    """RFC 8300 section 2.2: hop limit 63, path 0xABCDEF, index 250, and metadata of type 1."""
    first = version << 14 | 63 << 6 | words
    return struct.pack(">HBBI", first, 1, protocol, 0xABCDEF << 8 | 250) + metadata + payload


@pytest.mark.parametrize(
    ("payload", "protocol", "layers"),
    [
        (SEGMENT, 1, ("ip", "tcp")),
        (ECHO, 2, ("ipv6", "icmpv6")),
        (ether(ECHO), 3, ("eth", "ipv6", "icmpv6")),
        (nsh(SEGMENT, 1), 4, ("nsh", "ip", "tcp")),
        (mpls(SEGMENT, 16), 5, ("mpls", "ip", "tcp")),
    ],
)
def test_what_is_inside_is_told_by_its_protocol(payload, protocol, layers):
    """All five that RFC 8300 section 2.2 names; what is inside is the packet in a tunnel."""
    packet = decode_one(ether(nsh(payload, protocol), 0x894F))
    assert packet.protocols == ("eth", "nsh", *layers)
    assert values(packet, "outer.nsh.spi", "outer.nsh.si", "outer.nsh.ttl", "frame.tunnels") == [0xABCDEF, 250, 63, 1]


@pytest.mark.parametrize(
    ("frame", "layers"),
    [
        (ether(ipv4(udp(vxlan(nsh(SEGMENT, 1), flags=0x0C00, group=4), 4790)), 0x0800), ("ip", "udp", "vxlan")),
        (ether(ipv4(udp(geneve(nsh(SEGMENT, 1), 0x894F), 6081)), 0x0800), ("ip", "udp", "geneve")),
        (ether(ipv4(gre(nsh(SEGMENT, 1), 0x894F), 47), 0x0800), ("ip", "gre")),
    ],
)
def test_inside_tunnels(frame, layers):
    """It is a part of the tunnel that carries it."""
    packet = decode_one(frame)
    assert packet.protocols == ("eth", *layers, "nsh", "ip", "tcp")
    assert values(packet, "outer.nsh.nextproto", "frame.tunnels") == [1, 1]


@pytest.mark.parametrize("words", range(2, 20))
def test_metadata_is_passed_over(words):
    """As many words as the header counts, whatever is in them."""
    packet = decode_one(ether(nsh(SEGMENT, 1, words, metadata=b"\xff" * (4 * words - 8)), 0x894F))
    assert packet.get("tcp.dstport") == 8080


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (nsh(SEGMENT, 1, 0), ("nsh", 8, 0, "header length", 14)),
        (nsh(SEGMENT, 1, 1), ("nsh", 8, 4, "header length", 14)),
        (nsh(SEGMENT, 1, version=1), ("nsh", 0, 1, "version", 14)),
        (nsh(b"", 1, 63), ("nsh", 252, 24, "frame length", 14)),
        (nsh(b"", 1)[:7], ("nsh", 8, 7, "frame length", 14)),
    ],
)
def test_what_makes_no_sense_is_damage(header, found):
    """A length below the fixed part, another version, more words than there are, a cut header."""
    assert damage(decode_one(ether(header, 0x894F))) == found


def test_an_unknown_protocol_is_data():
    """The header is read and no tunnel entered."""
    packet = decode_one(ether(nsh(b"x" * 20, 200), 0x894F))
    assert values(packet, "nsh.nextproto", "data.len", "frame.tunnels", "damage.layer") == [200, 20, 0, None]


def test_an_endless_chain_is_bounded():
    """NSH in NSH, 1,000 times, stops at the bound of headers."""
    packet = decode_one(ether(nsh(b"", 4, 2, metadata=b"") * 1000, 0x894F))
    assert damage(packet)[:4] == ("nsh", MAX_HEADERS + 1, MAX_HEADERS, "nesting depth")
