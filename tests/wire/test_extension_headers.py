"""Are the extension headers of IPv6, with options, routes and fragments, read as their RFCs have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, echo6, ether, ip6, ipv4, ipv6, texts, udp, values

DNS = udp(b"query", 53)


def padding(size):
    """Options of padding that fill `size` bytes (RFC 8200 section 4.2)."""
    if size < 2:
        return bytes(size)
    first = min(size, 257)
    return bytes([1, first - 2]) + bytes(first - 2) + padding(size - first)


def extension(following, payload, size=8, content=b""):
    """An extension header of `size` bytes with its length in units of 8, the first not counted."""
    return bytes([following, size // 8 - 1]) + content + padding(size - 2 - len(content)) + payload


@pytest.mark.parametrize(("number", "name"), [(0, "ipv6.hopopts"), (43, "ipv6.routing"), (60, "ipv6.dstopts")])
@pytest.mark.parametrize("size", [8, 24, 2048])
def test_extension_headers_are_skipped_by_their_length(number, name, size):
    """The length counts 8 bytes beyond the first 8 (RFC 8200 section 4)."""
    packet = decode_one(ether(ipv6(extension(58, echo6(), size), number)))
    assert packet.protocols == ("eth", "ipv6", name, "icmpv6")
    assert values(packet, "ipv6.nxt", "icmpv6.type", "data.len") == [number, 128, 4]


IPV6_OPTIONS = ("ipv6.opt.tel", "ipv6.opt.router_alert", "ipv6.opt.dsr.port", "ipv6.opt.jumbo", "ipv6.opt.unknown")
DSR = bytes([0x1B, 20]) + ip6("fd00::80") + struct.pack(">HH", 8080, 0)


@pytest.mark.parametrize(("number", "name"), [(0, "ipv6.hopopts"), (60, "ipv6.dstopts")])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("04 01 04", [4, None, None, None, None]),
        ("05 02 0001 00 00 00 c2 04 00010000", [None, 1, None, 65536, None]),
        ("00 3e 03 aabbcc 3e 00 01 00 05 03 000000 05 02 ffff", [None, 65535, None, None, 3]),
        (DSR.hex(), [None, None, 8080, None, None]),
    ],
)
def test_options_of_ipv6(number, name, content, expected):
    """Tunnel limit (RFC 2473), router alert (RFC 2711), DSR, jumbo (RFC 2675); padding is none and others count."""
    packet = decode_one(ether(ipv6(extension(58, echo6(), 32, bytes.fromhex(content)), number, plen=0)))
    assert values(packet, *IPV6_OPTIONS) == expected
    assert packet.text("ipv6.opt.dsr.addr") == ("fd00::80" if expected[2] else None)
    assert packet.protocols == ("eth", "ipv6", name, "icmpv6")
    assert damage(packet) is None


@pytest.mark.parametrize(
    ("content", "need", "have", "offset"),
    [("05 02 0000 05 03", 5, 2, 6), ("00 00 00 00 00 05", 2, 1, 7), ("3e ff 00 00 00 00", 257, 6, 2)],
)
def test_options_of_ipv6_that_do_not_fit(content, need, have, offset):
    """The packet ends at an option that is longer than its header, though bytes follow."""
    packet = decode_one(ether(ipv6(extension(58, echo6(), 8, bytes.fromhex(content)), 0)))
    assert damage(packet) == ("ipv6.hopopts", need, have, "header length", 54 + offset)
    assert packet.protocols == ("eth", "ipv6", "ipv6.hopopts")
    assert values(packet, "icmpv6.type", "data.len") == [None, len(echo6())]


@pytest.mark.parametrize("option", [b"\0", b"\x3e\0"])
def test_more_options_than_the_bound_are_damage(option):
    """A header of one-byte paddings, or of the shortest options; 40 are read and the packet ends there."""
    content = (option * 2046)[:2046]
    packet = decode_one(ether(ipv6(extension(58, echo6(), 2048, content), 60)))
    assert damage(packet) == ("ipv6.dstopts", 41, 40, "nesting depth", 54 + 2 + 40 * len(option))
    assert packet.get("ipv6.opt.unknown") == (None if option == b"\0" else 40)


ROUTING = (
    "ipv6.routing.type", "ipv6.routing.segleft", "ipv6.routing.srh.last_entry", "ipv6.routing.srh.flags",
    "ipv6.routing.srh.tag",
)  # fmt: skip
ADDRESSES = ("ipv6.routing.src.addr", "ipv6.routing.mipv6.home_address", "ipv6.routing.srh.addr")
A, B, C = "2001:db8::a", "2001:db8::b", "2001:db8::c"


@pytest.mark.parametrize(
    ("kind", "addresses", "tail", "fixed", "expected"),
    [
        (0, (A, B, C), b"", [None] * 3, [C, None, None]),
        (2, (A,), b"", [None] * 3, [None, A, None]),
        (4, (A, B, C), b"", [2, 0x80, 0x1234], [None, None, A]),
        (4, (A,), bytes([5, 38]) + bytes(38), [2, 0x80, 0x1234], [None, None, A]),  # with an HMAC
        (4, (), b"", [2, 0x80, 0x1234], [None, None, None]),
        (3, (A, B), b"", [None] * 3, [None, None, None]),
        (253, (A,), b"", [None] * 3, [None, None, None]),
    ],
)
def test_routing_headers(kind, addresses, tail, fixed, expected):
    """Type and segments left of all; the address at which the packet ends where the type writes it in full."""
    body = b"".join(ip6(address) for address in addresses) + tail
    header = struct.pack(">BBBBBBH", 58, len(body) // 8, kind, 7, 2, 0x80, 0x1234) + body
    packet = decode_one(ether(ipv6(header + echo6(), 43)))
    assert values(packet, *ROUTING) == [kind, 7, *fixed]
    assert texts(packet, *ADDRESSES) == expected
    assert packet.protocols == ("eth", "ipv6", "ipv6.routing", "icmpv6")
    assert damage(packet) is None


def test_routing_headers_of_one_batch_keep_their_rows():
    """Source routes of different lengths beside segment routing."""
    headers = [
        struct.pack(">BBBBI", 59, 2 * len(hops), kind, 0, 0) + b"".join(map(ip6, hops))
        for kind, hops in ((0, (A, B)), (4, (B, C)), (0, (C,)), (4, (C, A)))
    ]
    packets = decode_all([ether(ipv6(header, 43)) for header in headers])
    assert [p.text("ipv6.routing.src.addr") for p in packets] == [B, None, C, None]
    assert [p.text("ipv6.routing.srh.addr") for p in packets] == [None, B, None, C]


def test_authentication_header_counts_words():
    """RFC 4302: the length of AH counts 4 bytes, less 2; 24 bytes are length 4."""
    header = bytes([58, 4]) + bytes(22)
    packet = decode_one(ether(ipv6(header + echo6(), 51)))
    assert packet.protocols == ("eth", "ipv6", "ah", "icmpv6")
    assert packet.get("icmpv6.echo.identifier") == 7726


def test_authentication_header_under_ipv4():
    """The same header between IPv4 and the transport."""
    packet = decode_one(ether(ipv4(bytes([17, 4]) + bytes(22) + DNS, 51), 0x0800))
    assert packet.protocols == ("eth", "ip", "ah", "udp")
    assert packet.get("udp.dstport") == 53


def test_extension_headers_in_a_row():
    """Hop-by-hop, destination options, routing, fragment, then UDP."""
    fragment = struct.pack(">BBHI", 17, 0, 1, 77)
    chain = extension(60, extension(43, extension(44, fragment + DNS, 16)), 32)
    packet = decode_one(ether(ipv6(chain, 0)))
    names = ("ipv6.hopopts", "ipv6.dstopts", "ipv6.routing", "ipv6.fraghdr", "udp")
    assert packet.protocols == ("eth", "ipv6", *names)
    assert packet.get("udp.dstport") == 53


def test_an_extension_header_longer_than_the_packet_is_damage():
    """Length 255 claims 2048 bytes of 20."""
    packet = decode_one(ether(ipv6(bytes([58, 255]) + bytes(6) + echo6(), 0)))
    assert damage(packet) == ("ipv6.hopopts", 2048, 20, "ipv6.plen", 54)
    assert packet.protocols == ("eth", "ipv6")


def test_endless_extension_headers_stop_at_the_bound():
    """A chain of the shortest headers is damage at the bound."""
    packet = decode_one(ether(ipv6(bytes([60, 0, 0, 0, 0, 0, 0, 0]) * 4000, 60)))
    assert damage(packet) == ("ipv6.dstopts", 33, 32, "nesting depth", 54 + 30 * 8)


@pytest.mark.parametrize(("word", "offset", "more", "port"), [
    (0x0001, 0, True, 53), (0x0000, 0, False, 53), (0x05A9, 1448, True, None), (0xFFF8, 65528, False, None),
])  # fmt: skip
def test_fragment_header(word, offset, more, port):
    """Offset in bytes, the M bit, and the transport only where the datagram begins."""
    packet = decode_one(ether(ipv6(struct.pack(">BBHI", 17, 0, word, 0xDEADBEEF) + DNS, 44)))
    names = ("ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident", "udp.dstport")
    assert values(packet, *names) == [offset, more, 0xDEADBEEF, port]
