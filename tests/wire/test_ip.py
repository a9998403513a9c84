"""Are IPv4 and IPv6 with options, extension headers and fragments read as their RFCs have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, echo6, ether, ipv4, ipv6, tcp, texts, udp, values

DNS = udp(b"query", 53)


def test_every_field_of_ipv4():
    """The fields of RFC 791 in the columns of their names."""
    header = bytes.fromhex("45b9001d1234400007110000 0a0001fe 0a000102".replace(" ", ""))
    packet = decode_one(ether(header + udp(b"x", 53), 0x0800))
    names = ("ip.hdr_len", "ip.dsfield", "ip.len", "ip.id", "ip.ttl", "ip.proto", "ip.checksum", "ip.frag_offset")
    assert values(packet, *names) == [20, 0xB9, 29, 0x1234, 7, 17, 0, 0]
    assert values(packet, "ip.flags.df", "ip.flags.mf") == [True, False]
    assert texts(packet, "ip.src", "ip.dst") == ["10.0.1.254", "10.0.1.2"]
    assert packet.protocols == ("eth", "ip", "udp")


@pytest.mark.parametrize("words", [1, 4, 10])
def test_options_are_skipped(words):
    """IHL up to 15: what follows the options is still found."""
    packet = decode_one(ether(ipv4(DNS, options=bytes(4 * words)), 0x0800))
    assert values(packet, "ip.hdr_len", "udp.dstport", "data.len") == [20 + 4 * words, 53, 5]


IP_OPTIONS = (
    "ip.opt.ra", "ip.opt.dsr.addr", "ip.opt.dsr.port", "ip.options.record_route", "ip.options.timestamp",
    "ip.options.route", "ip.options.source_route", "ip.opt.unknown",
)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("94040000", [0, None, None, None, None, None, None, None]),
        ("94041234 07070a 0a000001 44081500 00000000", [0x1234, None, None, True, True, None, None, None]),
        # A service at 10.96.0.7 port 8080, as a little-endian node writes it.
        ("9a08901f 0700600a", [None, "10.96.0.7", 8080, None, None, None, None, None]),
        ("01 830704 c0000201 01 890704 c0000202 00", [None, None, None, None, None, True, True, None]),
        ("940600000000 01 9a04aabb 820b000000000000000000", [None, None, None, None, None, None, None, 3]),
    ],
)
def test_options_of_ipv4(options, expected):
    """Router alert (RFC 2113), DSR, record route, timestamp and source routes (RFC 791); others are counted."""
    content = bytes.fromhex(options)
    packet = decode_one(ether(ipv4(DNS, options=content + bytes(-len(content) % 4)), 0x0800))
    address = packet.text("ip.opt.dsr.addr")
    assert [address if name == "ip.opt.dsr.addr" else packet.get(name) for name in IP_OPTIONS] == expected
    assert values(packet, "udp.dstport", "data.len") == [53, 5]
    assert damage(packet) is None


@pytest.mark.parametrize(
    ("options", "need", "have", "limit", "offset"),
    [
        ("94040000 07000000", 2, 0, "option length", 4),
        ("94040000 07010000", 2, 1, "option length", 4),
        ("01010144 06010101", 6, 5, "header length", 3),
    ],
)
def test_options_of_ipv4_that_cannot_be(options, need, have, limit, offset):
    """A packet with damaged options ends there: a host answers it with a parameter problem (RFC 792)."""
    packet = decode_one(ether(ipv4(DNS, options=bytes.fromhex(options)), 0x0800))
    assert damage(packet) == ("ip", need, have, limit, 34 + offset)
    assert values(packet, "ip.proto", "udp.dstport", "data.len") == [17, None, len(DNS)]
    assert packet.protocols == ("eth", "ip")


@pytest.mark.parametrize("ihl", range(5))
def test_a_header_of_less_than_five_words_is_damage(ihl):
    """IHL below 5 cannot be; nothing of the header is believed."""
    packet = decode_one(ether(ipv4(DNS, first=0x40 | ihl), 0x0800))
    assert damage(packet) == ("ip", 20, 4 * ihl, "header length", 14)
    assert values(packet, "ip.src", "eth.type", "data.len") == [None, 0x0800, 33]
    assert packet.protocols == ("eth",)


@pytest.mark.parametrize("version", [0, 3, 5, 6, 15])
def test_another_version_under_the_type_of_ipv4_is_damage(version):
    """The version nibble contradicts the EtherType."""
    packet = decode_one(ether(ipv4(DNS, first=version << 4 | 5), 0x0800))
    assert damage(packet) == ("ip", 4, version, "version", 14)


@pytest.mark.parametrize("version", [0, 4, 7, 15])
def test_another_version_under_the_type_of_ipv6_is_damage(version):
    """The same for IPv6."""
    packet = decode_one(ether(ipv6(echo6(), word=version << 28)))
    assert damage(packet) == ("ipv6", 6, version, "version", 14)


@pytest.mark.parametrize("total", [1, 19])
def test_a_total_length_below_the_header_is_damage(total):
    """The packet cannot end inside its header."""
    assert damage(decode_one(ether(ipv4(DNS, total=total), 0x0800))) == ("ip", 20, total, "ip.len", 14)


def test_a_total_length_inside_the_options_is_damage():
    """The options count as header."""
    packet = decode_one(ether(ipv4(DNS, options=bytes(20), total=39), 0x0800))
    assert damage(packet) == ("ip", 40, 39, "ip.len", 14)


def test_options_that_are_not_there_are_damage():
    """IHL 15 in a packet whose frame ends after 33 bytes."""
    packet = decode_one(ether(ipv4(DNS, first=0x4F, total=0), 0x0800))
    assert damage(packet) == ("ip", 60, 33, "frame length", 14)


def test_total_length_zero_goes_on_to_the_end_of_the_frame():
    """A packet before segmentation offload that is too large for the field."""
    packet = decode_one(ether(ipv4(tcp(b"x" * 70000), 6, total=0), 0x0800))
    assert values(packet, "ip.len", "tcp.len", "data.len") == [0, 70000, 70000]
    assert damage(packet) is None


def test_a_total_length_beyond_the_frame_ends_with_the_frame():
    """A length that claims too much is no damage of any header that is there."""
    packet = decode_one(ether(ipv4(DNS, total=65535), 0x0800))
    assert values(packet, "udp.dstport", "data.len") == [53, 5]
    assert damage(packet) is None


def test_the_transport_is_checked_against_the_packet_not_the_frame():
    """Padding is not read as a UDP header."""
    packet = decode_one(ether(ipv4(DNS, total=26), 0x0800) + bytes(20))
    assert damage(packet) == ("udp", 8, 6, "ip.len", 34)
    assert packet.protocols == ("eth", "ip")


@pytest.mark.parametrize(("flags", "df", "mf", "offset"), [
    (0x4000, True, False, 0), (0x2000, False, True, 0), (0x8000, False, False, 0),
])  # fmt: skip
def test_flags_of_ipv4(flags, df, mf, offset):
    """Don't fragment, more fragments, and the reserved bit, which is neither."""
    packet = decode_one(ether(ipv4(DNS, flags=flags), 0x0800))
    assert values(packet, "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "udp.dstport") == [df, mf, offset, 53]


@pytest.mark.parametrize("flags", [0x2001, 0x1FFF])
def test_a_later_fragment_has_no_ports(flags):
    """What follows a fragment that does not begin the datagram is data, though it may look like a header."""
    packet = decode_one(ether(ipv4(DNS, flags=flags), 0x0800))
    names = ("ip.frag_offset", "udp.dstport", "ip.proto", "data.len")
    assert values(packet, *names) == [8 * (flags & 0x1FFF), None, 17, 13]
    assert packet.protocols == ("eth", "ip")
    assert damage(packet) is None


def test_first_and_later_fragments_in_one_batch():
    """Only the first of three fragments has the port."""
    fragments = [ether(ipv4(DNS, flags=flags), 0x0800) for flags in (0x2000, 0x2001, 0x0002)]
    assert [p.get("udp.dstport") for p in decode_all(fragments)] == [53, None, None]


def test_unknown_protocol_is_kept():
    """The number stands in ip.proto and the bytes are data."""
    packet = decode_one(ether(ipv4(b"abc", 253), 0x0800))
    assert values(packet, "ip.proto", "data.len") == [253, 3]


def test_every_field_of_ipv6():
    """The fields of RFC 8200 in the columns of their names."""
    packet = decode_one(ether(ipv6(echo6(), word=0x6AB12345, hops=63)))
    assert values(packet, "ipv6.tclass", "ipv6.flow", "ipv6.plen", "ipv6.nxt", "ipv6.hlim") == [
        0xAB,
        0x12345,
        12,
        58,
        63,
    ]
    assert texts(packet, "ipv6.src", "ipv6.dst") == ["fd00:10:244:1::4749", "fd00:10:244:2::9461"]


def test_extremes_of_the_first_word_of_ipv6():
    """All bits of class and label set, and none."""
    full, none = decode_all([ether(ipv6(echo6(), word=0x6FFFFFFF)), ether(ipv6(echo6(), word=0x60000000))])
    assert values(full, "ipv6.tclass", "ipv6.flow") == [255, 0xFFFFF]
    assert values(none, "ipv6.tclass", "ipv6.flow") == [0, 0]


def test_payload_length_ends_the_packet():
    """Bytes after the payload are padding."""
    packet = decode_one(ether(ipv6(echo6(b"1234") + bytes(30), plen=12)))
    assert packet.get("data.len") == 4
    assert damage(decode_one(ether(ipv6(echo6(), plen=3)))) == ("icmpv6", 4, 3, "ipv6.plen", 54)


def test_payload_length_zero_goes_on_to_the_end_of_the_frame():
    """A packet before segmentation offload."""
    packet = decode_one(ether(ipv6(tcp(b"x" * 70000), 6, plen=0)))
    assert values(packet, "ipv6.plen", "tcp.len") == [0, 70000]


@pytest.mark.parametrize(
    ("jumbo", "plen", "size"),
    [(70028, 0, 70000), (70000, 0, 69972), (65536, 0, 65508), (80000, 0, 70007), (65535, 0, 70007), (70028, 1000, 972)],
)
def test_a_jumbogram_ends_where_its_option_says(jumbo, plen, size):
    """RFC 2675: the length counts what follows IPv6, exceeds 65535, adds no bytes and gives way to a payload length."""
    # The hop-by-hop header has 8 bytes and TCP 20; 7 bytes of padding follow the packet.
    option = struct.pack(">BBBBI", 6, 0, 0xC2, 4, jumbo)
    packet = decode_one(ether(ipv6(option + tcp(b"x" * 70000) + bytes(7), 0, plen=plen)))
    assert values(packet, "ipv6.opt.jumbo", "tcp.len", "data.len") == [jumbo, size, size]
    assert damage(packet) is None


def test_no_next_header_is_the_end():
    """RFC 8200 section 4.7."""
    packet = decode_one(ether(ipv6(b"rest", 59)))
    assert packet.protocols == ("eth", "ipv6")
    assert packet.get("data.len") == 4


@pytest.mark.parametrize(("number", "pack"), [(0x0800, ipv4), (0x86DD, ipv6)])
def test_ethernet_in_ip_is_a_tunnel(number, pack):
    """RFC 8986 section 10.1: protocol 143, which SRv6 uses, in a packet of either version."""
    packet = decode_one(ether(pack(ether(ipv6(DNS, 17)), 143), number))
    outer = "ip" if number == 0x0800 else "ipv6"
    assert packet.protocols == ("eth", outer, "eth", "ipv6", "udp")
    assert values(packet, "frame.tunnels", "udp.dstport", "outer.eth.type") == [1, 53, number]


@pytest.mark.parametrize(
    ("frame", "layers"),
    [
        (ether(ipv4(ipv4(DNS, source="10.0.0.1"), 4), 0x0800), ("eth", "ip", "ip", "udp")),
        (ether(ipv4(ipv6(DNS, 17), 41), 0x0800), ("eth", "ip", "ipv6", "udp")),
        (ether(ipv6(ipv4(DNS, source="10.0.0.1"), 4)), ("eth", "ipv6", "ip", "udp")),
        (ether(ipv6(ipv6(DNS, 17), 41)), ("eth", "ipv6", "ipv6", "udp")),
    ],
)
def test_ip_in_ip_is_a_tunnel(frame, layers):
    """RFC 2003, 4213, 2473: the packet inside is the innermost, the one around it the outer."""
    packet = decode_one(frame)
    assert packet.protocols == layers
    assert values(packet, "frame.tunnels", "udp.dstport", "outer.udp.dstport") == [1, 53, None]
    outer = "outer.ip.proto" if layers[1] == "ip" else "outer.ipv6.nxt"
    assert packet.get(outer) == (4 if layers[2] == "ip" else 41)


def test_ethernet_in_ipv6_is_a_tunnel():
    """Next header 143, as SRv6 carries frames (RFC 8986 section 10.1)."""
    packet = decode_one(ether(ipv6(ether(ipv4(DNS), 0x0800), 143)))
    assert packet.protocols == ("eth", "ipv6", "eth", "ip", "udp")
    assert values(packet, "frame.tunnels", "udp.dstport", "outer.ipv6.nxt") == [1, 53, 143]
