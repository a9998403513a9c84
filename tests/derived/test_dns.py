"""What is read of DNS messages, and what is not taken for one?"""

from __future__ import annotations

import struct

import pytest

from tests.derived.messages import (
    AAAA,
    AT_QUESTION,
    CNAME,
    HTTPS,
    NSEC,
    NXDOMAIN,
    OPT,
    PTR,
    RESPONSE,
    SRV,
    A,
    answer,
    datagram,
    derived,
    dns,
    fields,
    name,
    question,
    record,
    segment,
)
from tests.wire.frames import decode_all, echo6, ether, ip4, ip6, ipv4, ipv6, overlay, udp
from vxlan_dissect import derived as makers
from vxlan_dissect import schema

WEB = "web.default.svc.cluster.local"


def test_a_question():
    """A query has a name and a type, and no outcome."""
    found = fields(
        datagram(dns((question(WEB, AAAA),))), "dns.id", "dns.flags.response", "dns.flags.rcode", "dns.qry.name",
        "dns.qry.type", "dns.count.answers", "dns.resp.name", "dns.resolved",
    )  # fmt: skip
    assert found == [0x1234, False, None, (WEB,), 28, 0, None, None]


def test_an_answer():
    """A response repeats the question and has an outcome and addresses."""
    found = fields(
        datagram(answer(WEB, "10.96.0.7", "10.96.0.8"), 53, 40000), "dns.flags.response", "dns.flags.rcode",
        "dns.count.answers", "dns.qry.name", "dns.resp.name", "dns.a", "dns.aaaa", "dns.resolved",
    )  # fmt: skip
    assert found == [True, 0, 2, (WEB,), (WEB, WEB), ("10.96.0.7", "10.96.0.8"), None, ("10.96.0.7", "10.96.0.8")]


def test_flags_of_the_header():
    """Opcode and truncation are bits of the second word (RFC 1035 section 4.1.1)."""
    found = fields(datagram(dns(flags=0x8000 | 5 << 11 | 0x0200 | 9)), "dns.flags.opcode", "dns.flags.truncated",
                   "dns.flags.rcode")  # fmt: skip
    assert found == [5, True, 9]


def test_aliases_are_followed():
    """Addresses belong to the name asked for, by way of aliases in any order and case, and to no other name."""
    answers = (
        record(name("edge.example.net"), A, ip4("203.0.113.80")),
        record(name("cdn.example.net"), CNAME, name("EDGE.example.net")),
        record(AT_QUESTION, CNAME, name("CDN.example.net")),
        record(name("other.example.net"), A, ip4("203.0.113.99")),
    )
    frame = datagram(dns((question("Shop.example.com"),), answers, flags=RESPONSE), 53, 40000)
    aliases = ("EDGE.example.net", "CDN.example.net")
    assert fields(frame, "dns.cname", "dns.resolved") == [aliases, ("203.0.113.80",)]


def test_aliases_that_lead_in_a_circle():
    """Two names that are aliases of each other give no address, and end."""
    answers = (record(AT_QUESTION, CNAME, name("b")), record(name("b"), CNAME, name("a")))
    frame = datagram(dns((question("a"),), answers, flags=RESPONSE), 53, 40000)
    assert fields(frame, "dns.cname", "dns.resolved") == [("b", "a"), None]


@pytest.mark.parametrize(
    "payload",
    [
        answer(WEB, "10.96.0.7", flags=NXDOMAIN),
        answer(WEB, "10.96.0.7", flags=0x0100),
        answer(WEB, "10.96.0.7", flags=RESPONSE | 4 << 11),
        dns((question(WEB), question("a")), (record(AT_QUESTION, A, ip4("10.96.0.7")),), flags=RESPONSE),
        dns((), (record(name(WEB), A, ip4("10.96.0.7")),), flags=RESPONSE),
        dns((question(WEB),), (), (record(AT_QUESTION, A, ip4("10.96.0.7")),), flags=RESPONSE),
        dns((question(WEB),), (record(AT_QUESTION, A, ip4("10.96.0.7"), family=3),), flags=RESPONSE),
    ],
    ids=["no such name", "a query", "a notification", "two questions", "none", "additional", "class CHAOS"],
)
def test_addresses_that_answer_nothing(payload):
    """An address that stands in a message counts as answer only in a response, without error, to its one question."""
    assert fields(datagram(payload, 53, 40000), "dns.a", "dns.resolved") == [("10.96.0.7",), None]


def test_records_of_types_that_are_not_read():
    """Types without columns are passed over by their length, and what stands after them is read."""
    answers = (
        record(AT_QUESTION, HTTPS, b"\0\1\0\xff\xfe"),
        record(AT_QUESTION, NSEC, name("b") + b"\0\1\x40"),
        record(AT_QUESTION, SRV, struct.pack(">HHH", 0, 0, 80) + name("b")),
        record(AT_QUESTION, AAAA, ip6("fd00::7")),
    )
    more = (record(b"\0", OPT, b"", family=1232),)
    found = fields(datagram(dns((question("a"),), answers, more, flags=RESPONSE), 53, 40000), "dns.resp.name",
                   "dns.aaaa", "dns.resolved")  # fmt: skip
    assert found == [("a", "a", "a", "a", "."), ("fd00::7",), ("fd00::7",)]


def test_addresses_of_a_wrong_length():
    """A record whose data is not of its type's length gives no address; the next one does."""
    answers = (record(AT_QUESTION, A, b"\x0a\0\0"), record(AT_QUESTION, AAAA, ip4("10.0.0.1")),
               record(AT_QUESTION, A, ip4("10.0.0.2")))  # fmt: skip
    frame = datagram(dns((question("a"),), answers, flags=RESPONSE), 53, 40000)
    assert fields(frame, "dns.a", "dns.aaaa") == [("10.0.0.2",), None]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\0", "."),
        (b"\3a.b\1c\0", "a\\.b.c"),
        (b"\2a\\\0", "a\\\\"),
        (b"\3\x1b[2\0", "\\027[2"),
        (b"\3\xe9 \xfc\0", "\\233 \\252"),
        (b"\5caf\xc3\xa9\0", "caf\\195\\169"),
        (b"\7My Disk\0", "My Disk"),
        (b"\1\0\1\xff\0", "\\000.\\255"),
        (b"\x3f" + b"a" * 63 + b"\0", "a" * 63),
        ((b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0", f"{'a' * 63}." * 3 + "b" * 61),
    ],
)
def test_names_are_printable(raw, shown):
    """A label is written as in a master file (RFC 1035 section 5.1): no byte reaches a terminal as it is."""
    assert fields(datagram(dns((raw + b"\0\1\0\1",))), "dns.qry.name") == [(shown,)]


def test_compression_within_names():
    """Labels before a pointer belong to the name, also where the pointer leads to another (RFC 1035 section 4.1.4)."""
    base = 12 + len(question("default.svc.cluster.local"))
    first = record(b"\3web" + AT_QUESTION, A, ip4("10.0.0.1"))
    second = record(b"\1a" + struct.pack(">H", 0xC000 | base), A, ip4("10.0.0.2"))
    frame = datagram(dns((question("default.svc.cluster.local"),), (first, second), flags=RESPONSE), 53, 40000)
    assert fields(frame, "dns.resp.name") == [(WEB, f"a.{WEB}")]


@pytest.mark.parametrize(
    "broken",
    [
        b"\xc0\x31",
        b"\xc0\xff",
        b"\x40a\0",
        b"\x80a\0",
        b"\x3fshort",
        b"\x3f" + b"a" * 63 + b"\x3f" + b"b" * 63 + b"\x3f" + b"c" * 63 + b"\x3f" + b"d" * 63 + b"\0",
    ],
    ids=["itself", "forward", "kind 01", "kind 10", "cut", "256 octets"],
)
def test_what_stands_before_a_fault_stays(broken):
    """A name that cannot be one ends the reading; the records before it, and the header, are kept."""
    good = record(AT_QUESTION, A, ip4("10.0.0.1"))
    bad = broken + bytes(10 + 4)
    payload = dns((question("a.b.example.com."),), (good, bad, good), flags=RESPONSE)
    assert payload.index(broken) == 49
    found = fields(datagram(payload, 53, 40000), "dns.count.answers", "dns.qry.name", "dns.a", "dns.resolved")
    assert found == [3, ("a.b.example.com",), ("10.0.0.1",), ("10.0.0.1",)]


@pytest.mark.parametrize("missing", range(1, 17))
def test_a_message_cut_by_the_capture(missing):
    """What was captured of a message is read, also where the cut goes through a pointer."""
    whole = datagram(answer(WEB, "10.0.0.1", "10.0.0.2"), 53, 40000)
    packets = decode_all([whole[:-missing]], original=[len(whole)])
    assert derived(packets, "dns.count.answers") == [2]
    assert derived(packets, "dns.a") == [("10.0.0.1",)]


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (datagram(dns((question("a"),)), port=53), True),
        (datagram(dns((question("a"),)), port=5353), True),
        (datagram(dns((question("a"),)), 5355, 40000), True),
        (datagram(dns((question("a"),)), port=8053), False),
        (datagram(dns()), True),
        (datagram(dns()[:11]), False),
        (datagram(b"u" * 3000, port=5353), False),
        (ether(ipv4(udp(dns((question("a"),)), 53), flags=0x0020), 0x0800), False),
        (segment(struct.pack(">H", 19) + dns((question("a"),)), port=53), True),
        (segment(struct.pack(">H", 20) + dns((question("a"),)), port=53), False),
        (segment(dns((question("a"),)), port=53), False),
        (segment(b"\0", port=53), False),
    ],
    ids=[
        "port 53", "multicast DNS", "LLMNR", "another port", "a header alone", "less than a header",
        "counts that do not fit", "a later fragment", "a segment", "a part of one", "no length", "one byte",
    ],
)  # fmt: skip
def test_what_a_message_is(frame, found):
    """A message is known by its port, and has room for what it counts; over TCP it follows its length."""
    packets = decode_all([frame])
    assert packets.derived("dns.id").valid.tolist() == [found]
    assert packets.derived("dns.qry.name").valid.tolist() == [found and len(frame) > 54]


def test_several_messages_in_a_segment():
    """The first of them is read."""
    messages = [dns((question(text),), ident=number) for number, text in enumerate(("a", "bb"))]
    payload = b"".join(struct.pack(">H", len(message)) + message for message in messages)
    assert fields(segment(payload, port=53), "dns.id", "dns.qry.name") == [0, ("a",)]


def test_a_message_in_a_tunnel():
    """The innermost packet is meant."""
    inner = ether(ipv6(udp(dns((question(WEB),)), 53), 17))
    assert fields(overlay(inner), "dns.qry.name", "outer.dns.qry.name") == [(WEB,), None]


def test_a_message_that_an_error_quotes():
    """The question that could not be delivered stands at the level of the quote."""
    quoted = ipv6(udp(dns((question(WEB),)), 53), 17)
    frame = ether(ipv6(echo6(quoted, 1)[:4] + bytes(4) + quoted))
    assert fields(frame, "dns.qry.name", "quoted.dns.qry.name") == [None, (WEB,)]


def test_the_same_message_with_other_identifiers():
    """Messages that differ in the identifier alone keep theirs, and share the texts."""
    packets = decode_all([datagram(answer(WEB, "10.0.0.1", ident=ident), 53, 40000) for ident in (1, 2, 65535)])
    assert derived(packets, "dns.id") == [1, 2, 65535]
    assert len(packets.derived("dns.resolved").texts) == 1


def test_several_questions():
    """All names are kept, of the types the first."""
    frame = datagram(dns((question("a", PTR), question("b", SRV))), 5353, 5353)
    assert fields(frame, "dns.qry.name", "dns.qry.type") == [("a", "b"), 12]


def test_columns_keep_their_rows():
    """Frames without a message have nothing, wherever they stand, and taking frames takes their messages."""
    frames = [ether(ipv6(echo6())), datagram(answer("a", "10.0.0.1"), 53, 40000), datagram(b"x", port=9)]
    packets = decode_all(frames, between=b"\x55" * 7)
    assert derived(packets, "dns.resolved") == [None, ("10.0.0.1",), None]
    assert derived(packets.take(packets.derived("dns.id").valid), "dns.resolved") == [("10.0.0.1",)]


def test_messages_of_several_buffers():
    """A capture that was read in pieces keeps the bytes of all of them."""
    pieces = [decode_all([datagram(answer("a", f"10.0.0.{number}"), 53, 40000)]) for number in (1, 2)]
    base = len(pieces[0].buffers[0].data)
    pieces[1].columns["frame.offset"].values[:] += base
    pieces[1].buffers = (pieces[1].buffers[0]._replace(base=base),)
    joined = pieces[0].concat(pieces)
    assert derived(joined, "dns.resolved") == [("10.0.0.1",), ("10.0.0.2",)]
    assert [joined.bytes_of(row) for row in (0, 1)] == [piece.bytes_of(0) for piece in pieces]


def test_no_byte_of_the_next_frame_is_read():
    """A payload ends with its frame, whatever a column says of its length."""
    packets = decode_all([datagram(answer("a", "10.0.0.1", "10.0.0.2")[:-4], 53, 40000), datagram(b"\x0a\0\0\x09")])
    packets.columns["data.len"].values[0] += 200
    packets.columns["udp.length"].values[0] += 200
    assert derived(packets, "dns.a") == [("10.0.0.1",), None]


def test_later_fragments():
    """A fragment that was given the ports of its first is no message by itself."""
    packets = decode_all([datagram(dns((question("a"),))) for _ in range(2)])
    packets.columns["ip.frag_offset"].values[1] = 1480
    assert derived(packets, "dns.qry.name") == [("a",), None]


def test_bytes_that_are_gone():
    """Without the bytes of the frames there is no message, and no error."""
    packets = decode_all([datagram(dns((question("a"),)))])
    packets.buffers = ()
    assert derived(packets, "dns.id") == [None]


@pytest.mark.parametrize("name", sorted(schema.DERIVED_COLUMNS))
def test_every_derived_column_has_a_maker(name):
    """Each column of the schema can be asked for, has its kind, and is absent in frames that say nothing."""
    column = decode_all([ether(bytes(46), 0x88CC)]).derived(name)
    assert column.valid.tolist() == [False]
    assert (
        column.values.dtype.itemsize
        == {"u1": 1, "u2": 2, "u4": 4, "bool": 1, "mac": 8, "ipv4": 4, "texts": 4}[schema.field_of(name).kind]
    )
    assert hasattr(column, "texts") == (schema.field_of(name).kind == "texts")


def test_makers_name_the_columns_of_the_schema():
    """Each field stands in one maker, and no maker has another."""
    named = [field for maker in makers.MAKERS for field in maker.FIELDS]
    assert sorted(named) == sorted(field.name for field in schema.DERIVED_FIELDS)


def test_other_names_are_refused():
    """A column that nobody makes is a KeyError."""
    packets = decode_all([datagram(dns())])
    for wrong in ("dns.query", "ip.src", "inner.dns.id"):
        with pytest.raises(KeyError):
            packets.derived(wrong)
