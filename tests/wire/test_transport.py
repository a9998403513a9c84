"""Are UDP, TCP and ICMP read as their RFCs have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, ether, ipv4, ipv6, tcp, texts, udp, values, vxlan


def over_ipv4(payload, protocol):
    """The payload in IPv4 and Ethernet, decoded."""
    return decode_one(ether(ipv4(payload, protocol), 0x0800))


def test_every_field_of_udp():
    """RFC 768."""
    packet = over_ipv4(struct.pack(">HHHH", 65535, 53, 12, 0xFFFF) + b"abcd", 17)
    assert values(packet, "udp.srcport", "udp.dstport", "udp.length", "udp.checksum") == [65535, 53, 12, 0xFFFF]
    assert packet.get("data.len") == 4


@pytest.mark.parametrize("length", [1, 7])
def test_a_udp_length_below_its_header_is_damage(length):
    """The length counts the header."""
    assert damage(over_ipv4(udp(b"abcd", 53, length=length), 17)) == ("udp", 8, length, "udp.length", 34)


def test_udp_length_zero_goes_on_to_the_end_of_the_packet():
    """RFC 2675 section 4."""
    packet = over_ipv4(udp(b"abcd", 53, length=0), 17)
    assert values(packet, "udp.length", "data.len") == [0, 4]
    assert damage(packet) is None


def test_udp_length_ends_the_datagram():
    """Bytes of the packet after the datagram are none of its data; nor does a length beyond the packet add any."""
    assert over_ipv4(udp(b"abcd", 53, length=10), 17).get("data.len") == 2
    assert over_ipv4(udp(b"abcd", 53, length=65535), 17).get("data.len") == 4


def test_a_tunnel_is_checked_against_the_datagram():
    """VXLAN does not begin in bytes after the datagram."""
    packet = over_ipv4(udp(bytes.fromhex("0800000000289e00") + bytes(60), 4789, length=15), 17)
    assert damage(packet) == ("vxlan", 8, 7, "udp.length", 42)
    assert packet.protocols == ("eth", "ip", "udp")


def test_every_field_of_tcp():
    """RFC 9293; the flags are 12 bits."""
    segment = struct.pack(">HHIIHHHH", 50224, 443, 0xFFFFFFFF, 1, 0x5FFF, 65535, 0xCAFE, 9)
    packet = over_ipv4(segment + b"x" * 11, 6)
    names = ("tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.window_size_value")
    assert values(packet, *names) == [50224, 443, 0xFFFFFFFF, 1, 0xFFF, 65535]
    assert values(packet, "tcp.hdr_len", "tcp.checksum", "tcp.urgent_pointer") == [20, 0xCAFE, 9]
    assert values(packet, "tcp.len", "data.len") == [11, 11]


@pytest.mark.parametrize("words", [1, 10])
def test_options_are_no_payload(words):
    """The data offset counts words, up to 15."""
    packet = over_ipv4(tcp(b"abc", bytes(4 * words)), 6)
    assert values(packet, "tcp.hdr_len", "tcp.len") == [20 + 4 * words, 3]


@pytest.mark.parametrize("words", range(5))
def test_a_data_offset_below_five_is_damage(words):
    """The header has five words at least."""
    assert damage(over_ipv4(tcp(b"abc", words=words), 6)) == ("tcp", 20, 4 * words, "header length", 34)


def test_tcp_options_that_are_not_there_are_damage():
    """Offset 15 in a packet that leaves 23 bytes."""
    assert damage(over_ipv4(tcp(b"abc", words=15), 6)) == ("tcp", 60, 23, "ip.len", 34)


def test_tcp_len_of_a_frame_that_was_cut():
    """The payload's length on the wire, and what of it was captured."""
    frame = ether(ipv4(tcp(b"x" * 1000), 6), 0x0800)
    packet = decode_one(frame[:96], original=len(frame))
    assert values(packet, "tcp.len", "data.len", "frame.len", "frame.cap_len") == [1000, 42, 1054, 96]
    assert damage(packet) is None


SCTP = ("sctp.srcport", "sctp.dstport", "sctp.verification_tag", "sctp.checksum", "sctp.chunk_type")


@pytest.mark.parametrize("over", [ipv4, ipv6])
def test_every_field_of_sctp(over):
    """RFC 9260 section 3: ports, tag, checksum, and the type of the first chunk."""
    packet_of_two = struct.pack(">HHII", 36412, 38412, 0xFFFFFFFE, 0xDEADBEEF) + bytes([10, 0, 0, 4, 0, 3, 0, 16])
    packet = decode_one(ether(over(packet_of_two, 132), 0x0800 if over is ipv4 else 0x86DD))
    assert values(packet, *SCTP) == [36412, 38412, 0xFFFFFFFE, 0xDEADBEEF, 10]
    assert packet.text("sctp.chunk_type") == "COOKIE-ECHO"
    assert packet.protocols[2:] == ("sctp",)
    assert damage(packet) is None


@pytest.mark.parametrize("length", range(4))
def test_a_chunk_shorter_than_its_head_is_damage(length):
    """The length counts the head; the common header stays."""
    packet = over_ipv4(bytes(12) + struct.pack(">BBH", 1, 0, length), 132)
    assert damage(packet) == ("sctp.chunk", 4, length, "option length", 46)
    assert values(packet, "sctp.srcport", "sctp.chunk_type") == [0, None]


@pytest.mark.parametrize(("size", "expected"), [
    (11, ("sctp", 12, 11, "ip.len", 34)), (12, None), (13, ("sctp.chunk", 4, 1, "ip.len", 46)),
    (15, ("sctp.chunk", 4, 3, "ip.len", 46)),
])  # fmt: skip
def test_sctp_that_is_cut(size, expected):
    """The header alone is whole; a part of a chunk's head is not."""
    assert damage(over_ipv4(bytes(size), 132)) == expected


@pytest.mark.parametrize("kind", [0, 8, 13, 14, 15, 16, 17, 18])
def test_icmp_queries(kind):
    """Identifier and sequence number, of an echo as of the other queries of RFC 792 and RFC 950."""
    packet = over_ipv4(struct.pack(">BBHHH", kind, 0, 0xABCD, 0xFFFF, 1) + b"data", 1)
    names = ("icmp.type", "icmp.code", "icmp.checksum", "icmp.ident", "icmp.seq", "data.len")
    assert values(packet, *names) == [kind, 0, 0xABCD, 0xFFFF, 1, 4]
    assert packet.protocols == ("eth", "ip", "icmp")


@pytest.mark.parametrize("kind", [42, 43])
def test_icmp_extended_echo(kind):
    """RFC 8335: the sequence number of 8 bits, before flags, is not that of other queries."""
    packet = over_ipv4(struct.pack(">BBHHBB", kind, 0, 0xABCD, 0xFFFF, 1, 1), 1)
    assert values(packet, "icmp.type", "icmp.ident", "icmp.seq") == [kind, 0xFFFF, None]


def error(kind, code, rest, quoted):
    """An ICMP error about a packet."""
    return struct.pack(">BBHI", kind, code, 0, rest) + quoted


def test_fragmentation_needed():
    """RFC 1191: the MTU stands in the low half of the second word."""
    quoted = ipv4(udp(b"x" * 8, 53), source="10.0.0.1", destination="10.0.0.2")
    packet = over_ipv4(error(3, 4, 1400, quoted), 1)
    assert values(packet, "icmp.mtu", "icmp.ident", "icmp.redir_gw") == [1400, None, None]
    assert texts(packet, "quoted.ip.src", "quoted.ip.dst") == ["10.0.0.1", "10.0.0.2"]
    assert values(packet, "quoted.udp.dstport", "udp.dstport", "quoted.data.len", "data.len") == [53, None, 8, 36]
    assert packet.protocols == ("eth", "ip", "icmp")


@pytest.mark.parametrize(("kind", "words", "length"), [(3, 32, 100), (11, 33, 104), (12, 0, 120), (3, 31, 120)])
def test_what_follows_a_quote_of_given_length_is_not_quoted(kind, words, length):
    """RFC 4884 section 4: the length counts words of 4 bytes, 32 of them at least; 0 says nothing."""
    quoted = ipv4(udp(b"x" * 1000, 53))[:148]
    packet = over_ipv4(error(kind, 0, words << 16, quoted), 1)
    assert values(packet, "quoted.udp.dstport", "quoted.data.len") == [53, length]


def test_redirect():
    """RFC 792: the gateway, and the packet that took the wrong way."""
    packet = over_ipv4(error(5, 1, 0x0A0001FE, ipv4(tcp(), 6)), 1)
    assert texts(packet, "icmp.redir_gw", "quoted.ip.proto", "quoted.tcp.dstport") == ["10.0.1.254", "TCP", "8080"]


@pytest.mark.parametrize("kind", [3, 4, 11, 12])
def test_errors_quote(kind):
    """Every error of RFC 792 quotes the packet that caused it; only fragmentation needed has an MTU."""
    packet = over_ipv4(error(kind, 0, 0, ipv4(udp(b"", 53))), 1)
    assert values(packet, "icmp.type", "quoted.udp.dstport", "icmp.mtu") == [kind, 53, None]


@pytest.mark.parametrize("size", range(28))
def test_a_quote_that_is_cut_is_no_damage(size):
    """RFC 792 asks for the header and 8 bytes, and some quote less."""
    packet = over_ipv4(error(11, 0, 0, ipv4(udp(b"x" * 100, 53))[:size]), 1)
    assert damage(packet) is None
    assert (packet.get("quoted.ip.ttl") is None) == (size < 20)
    assert packet.get("quoted.udp.dstport") is None
    assert packet.get("quoted.data.len") == (size - 20 if size >= 20 else size)


@pytest.mark.parametrize("first", [0x00, 0x41, 0x55, 0x60])
def test_a_quote_that_makes_no_sense_is_no_damage(first):
    """The error itself was read; what it quotes is not the frame's fault."""
    packet = over_ipv4(error(3, 1, 0, ipv4(udp(b"", 53), first=first)), 1)
    assert damage(packet) is None
    assert values(packet, "icmp.type", "quoted.ip.src") == [3, None]


def test_an_error_about_a_tunnel_shows_its_vni_and_no_more():
    """The underlay refuses a VXLAN packet: what is inside the quote stops at the VXLAN header."""
    inner = ether(ipv6(b"rest", 59))
    packet = over_ipv4(error(3, 4, 1400, ipv4(udp(vxlan(inner, 10398)))), 1)
    assert values(packet, "quoted.vxlan.vni", "quoted.eth.src", "quoted.ipv6.hlim", "frame.tunnels") == [
        10398, None, None, 0,
    ]  # fmt: skip
    assert packet.get("quoted.data.len") == len(inner)


def test_an_error_about_an_error_is_read_once():
    """RFC 1122 forbids it; a forged one stops at the quoted ICMP header."""
    nested = error(3, 1, 0, ipv4(error(3, 1, 0, ipv4(udp(b"", 53))), 1))
    packet = over_ipv4(nested, 1)
    assert values(packet, "icmp.type", "quoted.icmp.type", "quoted.udp.dstport") == [3, 3, None]


def test_an_error_inside_a_tunnel_is_quoted_by_the_inner_packet():
    """The quoted columns have no outer form; the tunnel stays in its own."""
    inner = ether(ipv4(error(11, 0, 0, ipv4(udp(b"", 53), source="10.9.9.9")), 1), 0x0800)
    packet = decode_one(ether(ipv4(udp(vxlan(inner))), 0x0800))
    assert values(packet, "outer.vxlan.vni", "icmp.type", "quoted.udp.dstport") == [10398, 11, 53]
    assert packet.text("quoted.ip.src") == "10.9.9.9"


def test_quotes_of_one_batch_keep_their_rows():
    """Echo, error and error with another quote side by side."""
    echo = ipv4(struct.pack(">BBHHH", 8, 0, 0, 1, 2), 1)
    errors = [ipv4(error(3, 3, 0, ipv4(udp(b"", port))), 1) for port in (53, 5353)]
    packets = decode_all([ether(part, 0x0800) for part in (errors[0], echo, errors[1])])
    assert [p.get("quoted.udp.dstport") for p in packets] == [53, None, 5353]
    assert [p.get("icmp.seq") for p in packets] == [None, 2, None]


@pytest.mark.parametrize("size", range(8))
def test_icmp_cut_in_its_header(size):
    """All ICMP messages have 8 bytes."""
    assert damage(over_ipv4(bytes(size), 1)) == ("icmp", 8, size, "ip.len", 34)


def test_a_cut_capture_says_so():
    """Not the packet but the capture ends inside the header: the limit is the captured length."""
    frame = ether(ipv4(struct.pack(">BBHHH", 8, 0, 0, 1, 2), 1), 0x0800)
    packet = decode_one(frame[:40], original=len(frame))
    assert damage(packet) == ("icmp", 8, 6, "captured length", 34)
    assert values(packet, "ip.len", "frame.len", "frame.cap_len") == [28, 42, 40]
