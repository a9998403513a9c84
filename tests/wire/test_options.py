"""Are options read one after the other, none beyond its header, and the unusual ones counted?"""

from __future__ import annotations

import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.frames import damage, decode_all, decode_one, ether, ipv4, tcp, values

STAMPS = ("tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr")
OPENING = ("tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_perm")
SACK = ("tcp.options.sack.count", "tcp.options.sack_le", "tcp.options.sack_re")
UNKNOWN = "tcp.options.unknown"
NOP, MSS, SCALE, PERMITTED = b"\1", b"\2\4\5\xb4", b"\3\3\7", b"\4\2"
STAMPED = struct.pack(">BBII", 8, 10, 0xFFFFFFFE, 7)
FIRST = 14 + 20 + 20  # where the options of a segment over IPv4 begin


def over_ipv4(segment):
    """A segment in IPv4 and Ethernet."""
    return ether(ipv4(segment, 6), 0x0800)


def padded(options):
    """Options filled up to whole words with the end of options."""
    return options + bytes(-len(options) % 4)


def segment(options):
    """A segment with these options, decoded."""
    return decode_one(over_ipv4(tcp(b"abc", padded(options))))


def sack(*edges):
    """A SACK option of some blocks."""
    return struct.pack(f">BB{len(edges)}I", 5, 2 + 4 * len(edges), *edges)


@pytest.mark.parametrize(
    "options",
    [
        MSS + PERMITTED + STAMPED + NOP + SCALE,  # Linux
        MSS + NOP + SCALE + NOP + NOP + STAMPED + PERMITTED + b"\0\0",  # macOS
        NOP + SCALE + PERMITTED + STAMPED + MSS,
        NOP * 19 + MSS + SCALE + PERMITTED + STAMPED + NOP,
    ],
)
def test_options_of_a_syn_in_any_order(options):
    """MSS, window scale, SACK permitted and timestamps (RFC 9293, RFC 7323, RFC 2018), with padding anywhere."""
    packet = segment(options)
    assert values(packet, *OPENING, *STAMPS, UNKNOWN) == [1460, 7, True, 0xFFFFFFFE, 7, None]
    assert values(packet, *SACK) == [None, None, None]
    assert damage(packet) is None


@pytest.mark.parametrize("before", [NOP + NOP, NOP, b""])
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_sack_blocks_behind_timestamps(before, blocks):
    """RFC 2018 section 3: the number of blocks, and the edges of the first."""
    edges = [10, 20, 30, 40, 50, 60][: 2 * blocks]
    packet = segment(before + STAMPED + before + sack(*edges))
    assert values(packet, *STAMPS, *SACK, *OPENING) == [0xFFFFFFFE, 7, blocks, 10, 20, None, None, None]
    assert damage(packet) is None


def test_four_sack_blocks_without_timestamps():
    """As many as 40 bytes hold."""
    assert values(segment(NOP + NOP + sack(1, 2, 3, 4, 5, 6, 7, 8)), *SACK) == [4, 1, 2]


def test_unusual_options_of_a_usual_size():
    """12, 20 and 24 bytes that are no timestamps, no SYN and no SACK are read one by one."""
    sizes = {
        12: NOP + NOP + sack(3, 4),
        20: b"\2\4\2\x18" + SCALE + NOP + b"\xfd\x0c" + b"x" * 10,
        24: NOP + NOP + STAMPED + b"\x1e\x0c" + bytes(10),
    }
    assert [len(options) for options in sizes.values()] == list(sizes)
    short, syn, multipath = (segment(options) for options in sizes.values())
    assert values(short, *SACK, *STAMPS, UNKNOWN) == [1, 3, 4, None, None, None]
    assert values(syn, *OPENING, *STAMPS, UNKNOWN) == [536, 7, None, None, None, 1]
    assert values(multipath, *STAMPS, *SACK, UNKNOWN) == [0xFFFFFFFE, 7, None, None, None, 1]


@pytest.mark.parametrize("options", [b"\2\3\5", b"\3\4\7\7", b"\4\3\0", b"\5\x09" + bytes(7), b"\x08\x0c" + bytes(10)])
def test_an_option_of_another_length_is_unknown(options):
    """Its value would be taken from the wrong bytes; what follows is still read."""
    packet = segment(options + MSS)
    assert values(packet, UNKNOWN, *OPENING, *STAMPS, *SACK) == [1, 1460, None, None, None, None, None, None, None]
    assert damage(packet) is None


def test_unknown_options_are_counted():
    """20 options of two bytes fill the header; none is lost."""
    assert segment(b"\xfe\2" * 20).get(UNKNOWN) == 20
    assert segment(NOP * 40).get(UNKNOWN) is None


def test_nothing_counts_after_the_end_of_options():
    """RFC 9293 section 3.1: type 0 ends the list, whatever stands behind it."""
    packet = segment(PERMITTED + b"\0" + MSS + b"\x08\xff" + bytes(6))
    assert values(packet, *OPENING, UNKNOWN) == [None, None, True, None]
    assert damage(packet) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (MSS + b"\x08\0" + bytes(6), ("tcp", 2, 0, "option length", FIRST + 4)),
        (MSS + b"\xfe\1" + bytes(6), ("tcp", 2, 1, "option length", FIRST + 4)),
        (MSS + NOP + b"\x08\x0a" + bytes(5), ("tcp", 10, 7, "header length", FIRST + 5)),
        (MSS + NOP * 3 + b"\x08", ("tcp", 2, 1, "header length", FIRST + 7)),
        (MSS + b"\xfe\xff" + bytes(34), ("tcp", 255, 36, "header length", FIRST + 4)),
    ],
)
def test_an_option_that_cannot_be_is_damage(options, expected):
    """Its need, what there was, which length says so and where it begins; options before it and the payload stay."""
    packet = segment(options)
    assert damage(packet) == expected
    assert values(packet, "tcp.options.mss_val", "tcp.dstport", "tcp.len", "data.len") == [1460, 8080, 3, 3]
    assert values(packet, *STAMPS, UNKNOWN) == [None, None, None]


def test_options_do_not_reach_into_the_payload():
    """A length that the payload could satisfy is beyond the header all the same."""
    packet = decode_one(over_ipv4(tcp(bytes(100), b"\x08\x0a\0\0")))
    assert damage(packet) == ("tcp", 10, 4, "header length", FIRST)
    assert packet.get("tcp.options.timestamp.tsval") is None


def test_damaged_options_of_a_quote_are_no_damage():
    """An ICMP error quotes what it got; options that are whole are read."""
    for options, expected in ((b"\x08\0\0\0", None), (MSS, 1460)):
        error = struct.pack(">BBHI", 3, 1, 0, 0) + ipv4(tcp(b"", options), 6)
        packet = decode_one(ether(ipv4(error, 1), 0x0800))
        assert values(packet, "quoted.tcp.dstport", "quoted.tcp.options.mss_val") == [8080, expected]
        assert damage(packet) is None


def test_options_of_one_batch_keep_their_rows():
    """Usual, unusual, damaged and no options side by side."""
    every = [NOP + NOP + STAMPED, b"", MSS, b"\x08\0\0\0", NOP + NOP + STAMPED, NOP + NOP + sack(1, 2)]
    packets = decode_all([over_ipv4(tcp(b"", padded(options))) for options in every])
    assert [p.get("tcp.options.timestamp.tsecr") for p in packets] == [7, None, None, None, 7, None]
    assert [p.get("tcp.options.mss_val") for p in packets] == [None, None, 1460, None, None, None]
    assert [p.get("tcp.options.sack_re") for p in packets] == [None, None, None, None, None, 2]
    assert [damage(p) is None for p in packets] == [True, True, True, False, True, True]


KNOWN = {2: 4, 3: 3, 4: 2, 8: 10}


@given(
    st.lists(
        st.one_of(
            st.just(NOP),
            st.sampled_from(sorted(KNOWN)).flatmap(
                lambda kind: st.binary(min_size=KNOWN[kind] - 2, max_size=KNOWN[kind] - 2).map(
                    lambda body: bytes([kind, len(body) + 2]) + body
                )
            ),
            st.tuples(st.integers(6, 255).filter(lambda kind: kind != 8), st.binary(max_size=8)).map(
                lambda option: bytes([option[0], len(option[1]) + 2]) + option[1]
            ),
        ),
        max_size=12,
    ).filter(lambda parts: sum(map(len, parts)) <= 40)
)
def test_sound_options_are_read_as_dpkt_reads_them(parts):
    """Any sequence of whole options: the last of each type stands, the others are counted."""
    packet = segment(b"".join(parts))
    read = [option for option in dpkt.tcp.parse_opts(padded(b"".join(parts))) if option[0] > 1]
    last = dict(read)
    expected = {
        "tcp.options.mss_val": int.from_bytes(last[2]) if 2 in last else None,
        "tcp.options.wscale.shift": int.from_bytes(last[3]) if 3 in last else None,
        "tcp.options.sack_perm": True if 4 in last else None,
        "tcp.options.timestamp.tsval": int.from_bytes(last[8][:4]) if 8 in last else None,
        "tcp.options.timestamp.tsecr": int.from_bytes(last[8][4:]) if 8 in last else None,
        UNKNOWN: sum(kind not in KNOWN for kind, _ in read) or None,
    }
    assert {name: packet.get(name) for name in expected} == expected
    assert damage(packet) is None
