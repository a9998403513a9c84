"""Are ICMPv6, neighbour discovery and listener discovery read as their RFCs have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, echo6, ether, ip6, ipv6, mac, texts, udp, values, vxlan

ROUTER, TARGET = "fd00:10:244:1::22f1", "fd00:10:244:1::abcd"
LLADDR = mac("a2:79:14:47:80:b3")


def over_ipv6(message, **options):
    """The message in IPv6 and Ethernet, decoded."""
    return decode_one(ether(ipv6(message, **options)))


def message(kind, body, code=0):
    """Type, code, checksum, body."""
    return struct.pack(">BBH", kind, code, 0xC0DE) + body


def option(kind, body, units=None):
    """An option of neighbour discovery; its length counts 8 bytes."""
    return bytes([kind, (len(body) + 2) // 8 if units is None else units]) + body


@pytest.mark.parametrize("kind", [128, 129])
def test_echo(kind):
    """RFC 4443 section 4."""
    packet = over_ipv6(echo6(b"x" * 56, kind))
    names = ("icmpv6.type", "icmpv6.code", "icmpv6.checksum", "data.len")
    assert values(packet, *names) == [kind, 0, 0x8C59, 56]
    assert values(packet, "icmpv6.echo.identifier", "icmpv6.echo.sequence_number") == [7726, 1]
    assert packet.protocols == ("eth", "ipv6", "icmpv6")


@pytest.mark.parametrize("kind", [160, 161])
def test_extended_echo(kind):
    """RFC 8335: the sequence number of 8 bits, before flags, is not that of an echo."""
    packet = over_ipv6(message(kind, struct.pack(">HBB", 7726, 1, 1)))
    names = ("icmpv6.type", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "data.len")
    assert values(packet, *names) == [kind, 7726, None, 0]


def test_an_unknown_type_is_kept():
    """Type and code stand; the body is data."""
    packet = over_ipv6(message(200, b"abc", 7))
    assert values(packet, "icmpv6.type", "icmpv6.code", "data.len") == [200, 7, 3]


def test_packet_too_big():
    """RFC 4443 section 3.2: the MTU and the packet."""
    packet = over_ipv6(message(2, struct.pack(">I", 1280) + ipv6(udp(b"x" * 99, 53), 17, source=ROUTER)[:60]))
    assert values(packet, "icmpv6.mtu", "quoted.udp.dstport", "icmpv6.pointer") == [1280, 53, None]
    assert packet.text("quoted.ipv6.src") == ROUTER
    assert values(packet, "quoted.ipv6.plen", "quoted.data.len", "data.len") == [107, 12, 60]


def test_parameter_problem():
    """RFC 4443 section 3.4: the pointer and the packet."""
    packet = over_ipv6(message(4, struct.pack(">I", 40) + ipv6(b"", 253)))
    assert values(packet, "icmpv6.pointer", "icmpv6.mtu", "quoted.ipv6.nxt") == [40, None, 253]


@pytest.mark.parametrize("kind", [1, 3])
def test_unreachable_and_time_exceeded(kind):
    """The word before the packet is unused."""
    packet = over_ipv6(message(kind, bytes(4) + ipv6(echo6(), hops=1)))
    assert values(packet, "icmpv6.type", "quoted.ipv6.hlim", "quoted.icmpv6.type") == [kind, 1, 128]
    assert packet.get("quoted.icmpv6.echo.identifier") == 7726


@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, 47])
def test_a_cut_quote_is_no_damage(size):
    """As much as fits of the packet (RFC 4443 section 2.4)."""
    packet = over_ipv6(message(3, bytes(4) + ipv6(udp(b"x", 53), 17)[:size]))
    assert damage(packet) is None
    assert (packet.get("quoted.ipv6.hlim") is None) == (size < 40)
    assert packet.get("quoted.udp.dstport") is None


@pytest.mark.parametrize(("kind", "units", "length"), [(1, 16, 80), (3, 17, 88), (1, 0, 100), (3, 15, 100)])
def test_what_follows_a_quote_of_given_length_is_not_quoted(kind, units, length):
    """RFC 4884 section 4: the length counts units of 8 bytes, 16 of them at least; 0 says nothing."""
    quoted = ipv6(udp(b"x" * 1000, 53), 17)[:148]
    packet = over_ipv6(message(kind, struct.pack(">I", units << 24) + quoted))
    assert values(packet, "quoted.udp.dstport", "quoted.data.len") == [53, length]


def test_a_quoted_tunnel_shows_its_vni_and_no_more():
    """VXLAN over IPv6, refused by the underlay."""
    packet = over_ipv6(message(2, struct.pack(">I", 1400) + ipv6(udp(vxlan(ether(ipv6(echo6()))), 4789), 17)))
    assert values(packet, "quoted.vxlan.vni", "quoted.icmpv6.type", "quoted.eth.src") == [10398, None, None]


def test_solicitation():
    """RFC 4861 section 4.3, with the sender's MAC."""
    packet = over_ipv6(message(135, bytes(4) + ip6(TARGET) + option(1, LLADDR)))
    assert texts(packet, "icmpv6.nd.ns.target_address", "icmpv6.opt.src_linkaddr") == [TARGET, "a2:79:14:47:80:b3"]
    assert values(packet, "icmpv6.opt.target_linkaddr", "icmpv6.nd.na.flag.r", "data.len") == [None, None, 0]
    assert packet.protocols == ("eth", "ipv6", "icmpv6")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0x80000000, [True, False, False]), (0x40000000, [False, True, False]), (0x20000000, [False, False, True]),
        (0xE0000000, [True, True, True]), (0x1FFFFFFF, [False, False, False]),
    ],
)  # fmt: skip
def test_flags_of_an_advertisement(flags, expected):
    """Router, solicited, override; the other bits are reserved."""
    packet = over_ipv6(message(136, struct.pack(">I", flags) + ip6(TARGET) + option(2, LLADDR)))
    assert values(packet, *(f"icmpv6.nd.na.flag.{letter}" for letter in "rso")) == expected
    assert texts(packet, "icmpv6.nd.na.target_address", "icmpv6.opt.target_linkaddr") == [TARGET, "a2:79:14:47:80:b3"]


def test_an_advertisement_without_option():
    """The answer to a unicast probe may lack it (RFC 4861 section 4.4)."""
    packet = over_ipv6(message(136, bytes(4) + ip6(TARGET)))
    assert values(packet, "icmpv6.opt.target_linkaddr", "data.len") == [None, 0]
    assert damage(packet) is None


def test_router_solicitation():
    """A reserved word, then options."""
    packet = over_ipv6(message(133, bytes(4) + option(1, LLADDR)))
    assert texts(packet, "icmpv6.type", "icmpv6.opt.src_linkaddr") == ["router-solicitation", "a2:79:14:47:80:b3"]


def test_router_advertisement_with_many_options():
    """Source MAC, MTU and a prefix in any order, each found by the length of the one before."""
    prefix = option(3, bytes(30))
    mtu = option(5, struct.pack(">HI", 0, 1450))
    body = struct.pack(">BBHII", 64, 0xC8, 1800, 0, 0)
    for options in ((prefix, mtu, option(1, LLADDR)), (option(1, LLADDR), prefix, prefix, mtu)):
        packet = over_ipv6(message(134, body + b"".join(options)))
        names = ("icmpv6.nd.ra.cur_hop_limit", "icmpv6.nd.ra.flag", "icmpv6.nd.ra.router_lifetime", "icmpv6.opt.mtu")
        assert values(packet, *names) == [64, 0xC8, 1800, 1450]
        assert packet.text("icmpv6.opt.src_linkaddr") == "a2:79:14:47:80:b3"
        assert damage(packet) is None


def test_redirect():
    """RFC 4861 section 4.5: target, destination, target's MAC, and the packet that is redirected."""
    redirected = option(4, bytes(6) + ipv6(udp(b"x" * 16, 53), 17, destination=TARGET))
    body = bytes(4) + ip6(ROUTER) + ip6(TARGET) + option(2, LLADDR) + redirected
    packet = over_ipv6(message(137, body))
    assert texts(packet, "icmpv6.rd.na.target_address", "icmpv6.rd.na.destination_address") == [ROUTER, TARGET]
    assert texts(packet, "icmpv6.opt.target_linkaddr", "quoted.ipv6.dst") == ["a2:79:14:47:80:b3", TARGET]
    assert values(packet, "quoted.udp.dstport", "quoted.data.len") == [53, 16]


def test_an_option_of_length_zero_is_damage():
    """It would never end (RFC 4861 section 4.6 has such a packet dropped); what was read before it stays."""
    packet = over_ipv6(message(135, bytes(4) + ip6(TARGET) + option(1, LLADDR, units=0)))
    assert damage(packet) == ("icmpv6.opt", 8, 0, "option length", 54 + 24)
    assert packet.text("icmpv6.nd.ns.target_address") == TARGET
    assert packet.get("icmpv6.opt.src_linkaddr") is None


@pytest.mark.parametrize("size", range(1, 8))
def test_an_option_that_is_cut_is_damage(size):
    """Fewer than 8 bytes are no option."""
    packet = over_ipv6(message(135, bytes(4) + ip6(TARGET) + option(1, LLADDR)[:size]))
    assert damage(packet) == ("icmpv6.opt", 8, size, "ipv6.plen", 54 + 24)


def test_an_option_longer_than_the_packet_is_damage():
    """Length 255 claims 2040 bytes of 8; its MAC is not believed."""
    packet = over_ipv6(message(135, bytes(4) + ip6(TARGET) + option(1, LLADDR, units=255)))
    assert damage(packet) == ("icmpv6.opt", 2040, 8, "ipv6.plen", 54 + 24)
    assert packet.get("icmpv6.opt.src_linkaddr") is None


def test_a_link_layer_address_of_another_link_is_no_mac():
    """16 bytes hold an address of 8 (IEEE 802.15.4, RFC 4944 section 8): not of Ethernet."""
    packet = over_ipv6(message(135, bytes(4) + ip6(TARGET) + option(1, bytes(14))))
    assert packet.get("icmpv6.opt.src_linkaddr") is None
    assert damage(packet) is None


def test_endless_options_stop_at_the_bound():
    """A packet full of the shortest options is damage at the bound of headers."""
    packet = over_ipv6(message(135, bytes(4) + ip6(TARGET) + option(1, LLADDR) * 8000))
    # Ethernet, IPv6, ICMPv6, the solicitation, and 28 options.
    assert damage(packet) == ("icmpv6.opt", 33, 32, "nesting depth", 54 + 24 + 28 * 8)


@pytest.mark.parametrize("kind", [133, 134, 135, 136, 137])
def test_a_message_cut_anywhere_is_damage_or_whole(kind):
    """Every cut of the fixed part is damage of that part, with what it needs and what was there."""
    need = {133: 4, 134: 12, 135: 20, 136: 20, 137: 36}[kind]
    for size in range(need):
        layer, *rest = damage(over_ipv6(message(kind, bytes(size))))
        assert layer.startswith("icmpv6.")
        assert rest == [need, size, "ipv6.plen", 58]
    assert damage(over_ipv6(message(kind, bytes(need)))) is None


@pytest.mark.parametrize("kind", [130, 131, 132])
def test_listener_messages_of_version_1(kind):
    """RFC 2710 section 3: delay in milliseconds, and the group."""
    packet = over_ipv6(message(kind, struct.pack(">HH", 10000, 0) + ip6("ff02::1:ff00:22f1")))
    assert packet.get("icmpv6.mld.maximum_response_delay") == 10000
    assert packet.text("icmpv6.mld.multicast_address") == "ff02::1:ff00:22f1"


@pytest.mark.parametrize(
    ("code", "delay"), [(0, 0), (32767, 32767), (0x8000, 32768), (0x8001, 32776), (0xFFFF, 8387584)]
)
def test_delay_of_a_version_2_query(code, delay):
    """RFC 3810 section 5.1.3: above 32767 the code is (mantissa | 0x1000) << (exponent + 3)."""
    packet = over_ipv6(message(130, struct.pack(">HH", code, 0) + ip6("::") + bytes(4)))
    assert packet.get("icmpv6.mld.maximum_response_delay") == delay
    assert packet.text("icmpv6.mld.multicast_address") == "::"


OF_QUERY = ("icmpv6.mld.flag.s", "icmpv6.mld.flag.qrv", "icmpv6.mld.qqi", "icmpv6.mld.nb_sources")


def test_a_version_1_query_has_a_plain_delay():
    """Without the bytes of version 2 the delay is milliseconds, also above 32767."""
    packet = over_ipv6(message(130, struct.pack(">HH", 0x8001, 0) + ip6("::")))
    assert values(packet, "icmpv6.mld.maximum_response_delay", *OF_QUERY) == [0x8001, None, None, None, None]


@pytest.mark.parametrize(("flags", "suppressed", "robustness"), [(0x0A, True, 2), (0xF7, False, 7), (0x00, False, 0)])
def test_what_a_version_2_query_adds(flags, suppressed, robustness):
    """RFC 3810 section 5.1: S flag, robustness, code of the interval, number of sources."""
    more = struct.pack(">BBH", flags, 125, 2) + ip6(ROUTER) + ip6(TARGET)
    packet = over_ipv6(message(130, struct.pack(">HH", 10000, 0) + ip6("ff02::1:ff00:22f1") + more))
    assert values(packet, *OF_QUERY) == [suppressed, robustness, 125, 2]
    assert packet.text("icmpv6.mld.multicast_address") == "ff02::1:ff00:22f1"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_query_between_the_versions_is_damage(size):
    """More than the 24 bytes of version 1 and fewer than the 28 of version 2 (RFC 3810 section 8.1)."""
    packet = over_ipv6(message(130, bytes(20 + size)))
    assert damage(packet) == ("icmpv6.mld.query", 4, size, "ipv6.plen", 78)


def test_version_2_report_after_hop_by_hop():
    """RFC 3810 section 5.2: the number of records and the first of them; a router alert stands before it."""
    first, second = struct.pack(">BBH", 5, 0, 1), struct.pack(">BBH", 4, 0, 0)
    body = struct.pack(">HH", 0, 2) + first + ip6("ff02::1:ff00:6") + ip6(TARGET) + second + ip6("ff02::2")
    alert = bytes([58, 0, 5, 2, 0, 0, 1, 0])
    packet = over_ipv6(alert + message(143, body), following=0)
    assert packet.protocols == ("eth", "ipv6", "ipv6.hopopts", "icmpv6")
    assert values(packet, "icmpv6.type", "icmpv6.mldr.nb_mcast_records", "ipv6.nxt") == [143, 2, 0]
    assert values(packet, "icmpv6.mldr.mar.nb_sources", "ipv6.opt.router_alert") == [1, 0]
    assert texts(packet, "icmpv6.mldr.mar.multicast_address", "icmpv6.mldr.mar.record_type") == [
        "ff02::1:ff00:6", "allow-new-sources",
    ]  # fmt: skip


def test_a_report_without_records():
    """No record, no group, no damage; records that are promised and missing are damage."""
    empty = over_ipv6(message(143, bytes(4)))
    assert values(empty, "icmpv6.mldr.nb_mcast_records", "icmpv6.mldr.mar.multicast_address") == [0, None]
    assert damage(empty) is None
    promised = over_ipv6(message(143, struct.pack(">HH", 0, 65535)))
    assert damage(promised) == ("icmpv6.mldr.mar", 20, 0, "ipv6.plen", 62)


def test_all_messages_in_one_batch_keep_their_rows():
    """Each frame of a mixed batch has only the columns of its own message."""
    solicitation = message(135, bytes(4) + ip6(TARGET) + option(1, LLADDR))
    advertisement = message(136, struct.pack(">I", 1 << 30) + ip6(ROUTER) + option(2, LLADDR))
    frames = [ether(ipv6(part)) for part in (echo6(), solicitation, advertisement, echo6(), solicitation)]
    packets = decode_all(frames)
    assert [p.text("icmpv6.nd.ns.target_address") for p in packets] == [None, TARGET, None, None, TARGET]
    assert [p.text("icmpv6.nd.na.target_address") for p in packets] == [None, None, ROUTER, None, None]
    assert [p.get("icmpv6.nd.na.flag.s") for p in packets] == [None, None, True, None, None]
    assert [p.get("icmpv6.opt.src_linkaddr") is not None for p in packets] == [False, True, False, False, True]
    assert [p.get("icmpv6.echo.identifier") for p in packets] == [7726, None, None, 7726, None]
