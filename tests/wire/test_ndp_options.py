"""Are the options of neighbour discovery and the values of a router advertisement read as their RFCs have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, ether, ip6, ipv6, mac, texts, values

MESSAGE = struct.pack(">BBHBBHII", 134, 0, 0xC0DE, 64, 0x00, 1800, 30000, 1000)
PREFIX = (
    "icmpv6.opt.prefix.length", "icmpv6.opt.prefix.flag.l", "icmpv6.opt.prefix.flag.a",
    "icmpv6.opt.prefix.valid_lifetime", "icmpv6.opt.prefix.preferred_lifetime",
)  # fmt: skip
ROUTE = ("icmpv6.opt.route_info.prefix.length", "icmpv6.opt.route_lifetime")
UNKNOWN = "icmpv6.opt.unknown"
NET = "2001:db8:1:2::"


def option(kind, body):
    """An option, its length in units of 8 bytes."""
    assert (len(body) + 2) % 8 == 0
    return bytes([kind, (len(body) + 2) // 8]) + body


def prefix(address, flags=0xC0, length=64, valid=0xFFFFFFFF, preferred=14400):
    """Prefix information (RFC 4861 section 4.6.2)."""
    return option(3, struct.pack(">BBIII", length, flags, valid, preferred, 0) + ip6(address))


def advertised(*options):
    """A router advertisement with options, decoded."""
    return decode_one(ether(ipv6(MESSAGE + b"".join(options))))


@pytest.mark.parametrize(
    ("flags", "managed", "other", "preference"),
    [(0x80, True, False, "medium"), (0x40, False, True, "medium"), (0x08, False, False, "high"),
     (0x10, False, False, "reserved"), (0xD8, True, True, "low"), (0x27, False, False, "medium")],
)  # fmt: skip
def test_values_of_a_router_advertisement(flags, managed, other, preference):
    """RFC 4861 section 4.2 and RFC 4191: flags M and O, the rank of the router, and its timers in milliseconds."""
    packet = decode_one(ether(ipv6(MESSAGE[:5] + bytes([flags]) + MESSAGE[6:])))
    assert values(packet, "icmpv6.nd.ra.flag.m", "icmpv6.nd.ra.flag.o") == [managed, other]
    assert packet.text("icmpv6.nd.ra.flag.prf") == preference
    assert values(packet, "icmpv6.nd.ra.reachable_time", "icmpv6.nd.ra.retrans_timer") == [30000, 1000]


@pytest.mark.parametrize(
    ("flags", "on_link", "autonomous"), [(0x80, True, False), (0x40, False, True), (0x3F, False, False)]
)
def test_prefix(flags, on_link, autonomous):
    """Length, flags L and A, and both lifetimes in seconds."""
    packet = advertised(prefix(NET, flags))
    assert values(packet, *PREFIX) == [64, on_link, autonomous, 0xFFFFFFFF, 14400]
    assert packet.text("icmpv6.opt.prefix") == NET


def test_the_last_of_several_prefixes_stands():
    """As of everything that a frame has more than once."""
    packet = advertised(prefix("2001:db8::"), option(5, struct.pack(">HI", 0, 1450)), prefix(NET, length=48))
    assert [packet.text("icmpv6.opt.prefix"), packet.get("icmpv6.opt.prefix.length")] == [NET, 48]
    assert values(packet, "icmpv6.opt.mtu", UNKNOWN) == [1450, None]


@pytest.mark.parametrize(
    ("content", "address"), [(b"", "::"), (ip6(NET)[:8], NET), (ip6("2001:db8::1"), "2001:db8::1")]
)
@pytest.mark.parametrize(("flags", "rank"), [(0x08, "high"), (0x18, "low"), (0xE7, "medium")])
def test_route(content, address, flags, rank):
    """RFC 4191 section 2.3: a prefix of 0, 8 or 16 bytes with its length, rank and lifetime."""
    packet = advertised(option(24, struct.pack(">BBI", 56, flags, 1800) + content))
    assert values(packet, *ROUTE, UNKNOWN) == [56, 1800, None]
    assert texts(packet, "icmpv6.opt.route_info.prefix", "icmpv6.opt.route_info.flag.route_preference") == [
        address, rank,
    ]  # fmt: skip
    assert packet.get("icmpv6.opt.prefix") is None


def test_resolvers_and_search_list():
    """RFC 8106: lifetimes, and the first of the servers."""
    servers = option(25, struct.pack(">HI", 0, 600) + ip6("fd00::53") + ip6("fd00::5353"))
    names = option(31, struct.pack(">HI", 0, 1200) + b"\7cluster\5local\0\0")
    packet = advertised(servers, names)
    assert values(packet, "icmpv6.opt.rdnss.lifetime", "icmpv6.opt.dnssl.lifetime", UNKNOWN) == [600, 1200, None]
    assert packet.text("icmpv6.opt.rdnss") == "fd00::53"


@pytest.mark.parametrize(("word", "scaled", "length"), [(0x0708, 225, "/96"), (0xFFFD, 8191, "/32"), (1, 0, "/64")])
def test_prefix_of_nat64(word, scaled, length):
    """RFC 8781: 13 bits of lifetime in units of 8 seconds, 3 bits of length code, 96 bits of prefix."""
    packet = advertised(option(38, struct.pack(">H", word) + ip6("64:ff9b:1:2:3:4::")[:12]))
    assert values(packet, "icmpv6.opt.pref64.scaled_lifetime", UNKNOWN) == [scaled, None]
    assert texts(packet, "icmpv6.opt.pref64.plc", "icmpv6.opt.pref64.prefix") == [length, "64:ff9b:1:2:3:4::"]


@pytest.mark.parametrize("more", [0, 8])
def test_nonce(more):
    """RFC 3971 section 5.3: six bytes as RFC 7527 sends them; of a longer one the first six."""
    body = bytes.fromhex("a1b2c3d4e5f6") + bytes(more)
    packet = decode_one(ether(ipv6(bytes([135, 0, 0, 0]) + bytes(4) + ip6("fe80::1") + option(14, body))))
    assert values(packet, "icmpv6.opt.nonce", UNKNOWN) == [0xA1B2C3D4E5F6, None]


@pytest.mark.parametrize(
    "content",
    [
        option(13, bytes(14)),  # timestamp of RFC 3971
        option(253, bytes(6)),
        option(1, bytes(14)),
        option(3, bytes(22)),
        option(5, bytes(14)),
        option(24, bytes(30)),
        option(25, bytes(14)),
        option(38, bytes(6)),
    ],
)
def test_other_types_and_lengths_are_counted(content):
    """A value would come from the wrong bytes; the options around it are read."""
    packet = advertised(content, option(1, mac("a2:79:14:47:80:b3")), content)
    assert packet.get(UNKNOWN) == 2
    assert packet.text("icmpv6.opt.src_linkaddr") == "a2:79:14:47:80:b3"
    assert values(packet, *PREFIX, *ROUTE, "icmpv6.opt.mtu", "icmpv6.opt.rdnss") == [None] * 9
    assert damage(packet) is None


@pytest.mark.parametrize("size", range(8, 32))
def test_a_prefix_that_is_cut_is_damage(size):
    """The option needs its 32 bytes; none of it is believed."""
    packet = advertised(prefix(NET)[:size])
    assert damage(packet) == ("icmpv6.opt", 32, size, "ipv6.plen", 54 + 16)
    assert values(packet, *PREFIX) == [None] * 5


def test_options_of_one_batch_keep_their_rows():
    """Different options at the same place."""
    every = [
        prefix(NET), option(5, struct.pack(">HI", 0, 1400)), option(38, bytes(14)), b"", prefix("fd00::"),
        option(24, bytes(6)),
    ]  # fmt: skip
    packets = decode_all([ether(ipv6(MESSAGE + content)) for content in every])
    assert [p.text("icmpv6.opt.prefix") for p in packets] == [NET, None, None, None, "fd00::", None]
    assert [p.get("icmpv6.opt.mtu") for p in packets] == [None, 1400, None, None, None, None]
    assert [p.text("icmpv6.opt.pref64.prefix") for p in packets] == [None, None, "::", None, None, None]
    assert [p.text("icmpv6.opt.route_info.prefix") for p in packets] == [None] * 5 + ["::"]
