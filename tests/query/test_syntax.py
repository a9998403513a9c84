"""Is every expression understood as written, or refused with the place of the fault?"""

from __future__ import annotations

import contextlib
import time

import pytest

from vxlan_dissect import query
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_fields import ALIASES, JOIN_FIELDS, all_names
from vxlan_dissect.query_syntax import MAX_LENGTH, MAX_NESTING


@pytest.mark.parametrize(
    ("expression", "position", "reason"),
    [
        ("", 0, "expected a field name"),
        ("   ", 0, "expected a field name"),
        ("arp and", 7, "expected a field name"),
        ("and arp", 0, "expected a field name"),
        ('"arp"', 0, "expected a field name"),
        ("arp arp", 4, "expected `and`, `or` or the end, not 'arp'"),
        ("arp)", 3, "expected `and`, `or` or the end"),
        ("(arp", 4, "expected `)`"),
        ("icmpv6.typ == 3", 0, "did you mean icmpv6.type?"),
        ("arp or icmp6.tipe == 3", 7, "did you mean icmpv6.type?"),
        ("outer.vxlan.vnii == 3", 0, "did you mean outer.vxlan.vni?"),
        ("pods == web", 0, "did you mean pod?"),
        ("zzzzzz", 0, "zzzzzz is no field; docs/filters.md lists them"),
        ("outer.frame.len == 3", 0, "frame.len is of the whole frame: write it without outer."),
        ("frame.layers == 3", 0, "frame.layers is no field"),
        ("ip.ttl >", 8, "expected a value"),
        ("ip.ttl == and", 10, "expected a value"),
        ("ip.ttl == ==", 10, "expected a value"),
        ("ip.ttl eq eq", 10, "expected a value"),
        ("ip.ttl == 256", 10, "ip.ttl holds 0 to 255"),
        ("ip.ttl == 0x100", 10, "ip.ttl holds 0 to 255"),
        ("ip.ttl == 99999999999999999999999", 10, "no value of ip.ttl"),
        ("ip.ttl == 010", 10, "octal in Wireshark: write 10"),
        ("ip.ttl == -1", 10, "-1 is no value of ip.ttl, which holds numbers"),
        ("ip.ttl in {1 2}", 13, "values in braces are separated by commas"),
        ("ip.ttl in {}", 11, "expected a value"),
        ("ip.ttl in {9..2}", 11, "ends before it begins"),
        ("ip.ttl in 5", 10, "expected `{`"),
        ("ip.ttl not 5", 11, "`not` after a field is followed by `in`"),
        ("icmpv6.type == neighbour-solicitation", 15, "did you mean neighbor-solicitation?"),
        ("icmpv6.type == zzz", 15, "which holds numbers and names"),
        ("ip.src == fd00::1", 10, "fd00::1 is an IPv6 address"),
        ("ip.src == 10.0.0.0/33", 10, "which holds IPv4 addresses"),
        ("ip.src == eth0", 10, "which holds IPv4 addresses"),
        ("ip.src < 10.0.0.0/8", 9, "`<` compares with one value"),
        ("ip.src in {10.0.0.0/8..11.0.0.0/8}", 11, "a range of ranges"),
        ("eth.src == 1", 11, "which holds MAC addresses"),
        ("ip.src[0:2] == 0a", 6, "a slice is for MAC addresses and the bytes of a protocol; ip.src holds IPv4"),
        ("eth.src[0:3]", 12, "a slice needs a comparison"),
        ("eth.src[0:7] == aa", 8, "a MAC has 6 bytes"),
        ("eth.src[6] == aa", 8, "a MAC has 6 bytes"),
        ("eth.src[-7:] == aa", 8, "a MAC has 6 bytes"),
        ("eth.src[] == aa", 8, "a slice is [first:length] or [first-last]"),
        ("eth.src[:] == aa", 8, "a slice is [first:length] or [first-last]"),
        ("frame[3-1] == aa", 6, "this slice is empty"),
        ("frame[-2:3] == aa:bb:cc", 6, "this slice goes beyond the end"),
        ("frame[0:2] == aa", 14, "the slice has 2 bytes, and these are 1"),
        ("frame[0:2] > aa:bb", 11, "bytes are compared with ==, !=, in, contains and matches"),
        ("frame contains GET", 15, 'GET is neither bytes, as 47:45:54, nor text in quotes, as "GET"'),
        ('frame contains ""', 15, "there is nothing to look for"),
        ('data contains "x"', 0, "data is no field"),
        ("pod[0:2] == aa", 3, "a slice is for MAC addresses and the bytes of a protocol"),
        ("eth.src[3:0] == aa", 8, "this slice is empty"),
        ("eth.src[0:3 == aa", 12, "expected `]`"),
        ("eth.src[0:3] == aa", 16, "3 bytes are compared: write them as 4e:5b:57"),
        ("eth.src[2] == aa:bb", 14, "1 byte is compared: write it as 4e"),
        ('pod matches "\ud800"', 12, "it has signs that are no text"),
        ("arp == 1", 4, "arp is a protocol: it is there or not, or `contains` bytes"),
        ("ip.src contains 10", 7, "`contains` is for text and for bytes, as of frame; ip.src holds IPv4 addresses"),
        ("pod > web", 4, "text has no order"),
        ("pod matches web", 12, "a regular expression stands in quotes"),
        ('pod matches "(web"', 12, "no regular expression: missing )"),
        ('pod matches "(?=web)"', 12, "no regular expression: invalid perl operator"),
        ('pod matches "x{1001}"', 12, "no regular expression: it repeats more than 1000 signs"),
        ('pod matches "(x{40}){40}"', 12, "no regular expression: it repeats more than 1000 signs"),
        ('ip.ttl matches "6."', 7, "`matches` is for text and for bytes"),
        ("len(frame) > 3", 0, "functions such as len() are not offered"),
        ("frame(3)", 5, "functions such as len() are not offered"),
        ("ip.ttl = 3", 7, "write `==` for equal"),
        ("ip.src#2 == 10.0.0.1", 6, "levels are named"),
        ("pod == 'web'", 7, "text stands in double quotes"),
        ("ip.ttl & zz", 9, "zz is no mask"),
        ("ip.ttl & 0x100", 9, "ip.ttl holds 0 to 255"),
        ("ip.ttl & 0", 9, "0 is no mask"),
        ("ip.src & 1", 7, "`&` is for numbers and slices of MACs; ip.src holds IPv4 addresses"),
        ("all ip.ttl", 10, "`all` is followed by a comparison"),
        ("any arp or tcp", 8, "`any` is followed by a comparison"),
        ("eth.src == 4e:5b:57:00:00:00/49", 11, "a MAC has 48 bits"),
        ("eth.src == 4e:5b:57/24", 11, "which holds MAC addresses"),
        ("frame.time >= 2024-07-12", 14, "or a moment, as 2024-07-12T07:44:28Z"),
        ('frame.time >= "2024-07-12 07:44:28"', 14, "has no time zone: write 2024-07-12T07:44:28Z"),
        ('frame.time >= "2024-13-12T07:44:28Z"', 14, "is no moment that the calendar has"),
        ("ip.src ~ 3", 7, "`matches` is for text and for bytes"),
        ('pod == "web', 7, "no closing quote"),
        ('pod == "web\\"', 7, "no closing quote"),
        ("frame.time_epoch == 07:44:28", 20, "which is compared with seconds since 1970"),
        ("frame.time_of_day == noon", 21, "which is compared with 07:44:28.594856"),
    ],
)
def test_fault(expression, position, reason):
    """What cannot be understood is refused with a caret under the fault and what would be right."""
    with pytest.raises(QueryError) as caught:
        query.compile(expression)
    assert caught.value.position == position
    assert reason in caught.value.reason
    assert str(caught.value).splitlines()[-1] == "  " + " " * position + "^"


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("arp&&!(ip||tcp)", "arp and not (ip or tcp)"),
        ("(arp and ip) and tcp", "arp and ip and tcp"),
        ("((arp))", "arp"),
        ("arp or ip and tcp", "arp or (ip and tcp)"),
        ("ip6.src eq fd00::1", "ipv6.src == fd00::1"),
        ("outer.ip6.hlim le 3", "outer.ipv6.hlim <= 3"),
        ("frame.len>100", "frame.len > 100"),
        ("pod == web-1", 'pod == "web-1"'),
        ('icmpv6.type == "redirect"', "icmpv6.type == redirect"),
        ('ip.proto == "no next header"', 'ip.proto == "no next header"'),
        ("udp.port not in {53,  8472}", "not udp.port in {53, 8472}"),
        ("eth.src[2] == AA", "eth.src[2:1] == AA"),
        ("eth.src[3:] == 01-02-03", "eth.src[3:3] == 01-02-03"),
        ("eth.src[-3:] == 01-02-03", "eth.src[3:3] == 01-02-03"),
        ("eth.src[0-2] == 01-02-03", "eth.src[0:3] == 01-02-03"),
        ("frame[-4:4] == 1.2.3.4", "frame[-4:4] == 01:02:03:04"),
        ("frame[4:] contains 0xff", "frame[4:] contains ff"),
        ("frame[14:2]", "frame[14:2]"),
        ('frame contains "GET"', 'frame contains "GET"'),
        (r'frame contains "\x47\x00"', "frame contains 47:00"),
        (r'frame contains "\"\\"', r'frame contains "\"\\"'),
        ('frame contains "47:45"', 'frame contains "47:45"'),
        (r'pod ~ r"web-\d+"', r'pod matches "web-\\d+"'),
        (r'pod matches "web-\d+"', r'pod matches "web-\\d+"'),
        (r'pod matches "web-\\d+"', r'pod matches "web-\\d+"'),
        (r'pod == "\u00fc\xc3\xbc\101"', 'pod == "üüA"'),
        (r'frame contains "\xc3\x28"', "frame contains c3:28"),
        ("tcp.flags & 2", "tcp.flags & 0x2"),
        ("tcp.flags bitwise_and 0b11 == 3", "tcp.flags & 0x3 == 3"),
        ("eth.addr[0] & 0x0f == 02", "eth.addr[0:1] & 0f == 02"),
        ("ip.ttl any_eq 3", "ip.ttl == 3"),
        ("ip.ttl all_ne 3", "ip.ttl != 3"),
        ("ip.ttl all_eq 3", "ip.ttl === 3"),
        ("ip.ttl any_ne 3", "ip.ttl !== 3"),
        ("all udp.port > 1024", "all udp.port > 1024"),
        ("any ip.addr !== 1.1.1.1", "any ip.addr !== 1.1.1.1"),
        ("ip.ttl in {1 .. 3, 5..7, 9 ..11}", "ip.ttl in {1..3, 5..7, 9..11}"),
        ("frame.time > 3", "frame.time_epoch > 3"),
    ],
)
def test_plain_form(expression, plain):
    """An expression prints in its plainest form, which means the same."""
    assert str(query.compile(expression)) == plain
    assert query.compile(plain) == query.compile(expression)


def test_fields_are_named_once_in_order():
    """`fields` lists each name once, as Wireshark writes it, and `needs_join` tells the names of the join."""
    compiled = query.compile("ip6.src == fd00::1 or arp and ipv6.src == fd00::2")
    assert compiled.fields == ("ipv6.src", "arp")
    assert not compiled.needs_join
    assert query.compile("arp or dst.node == worker").needs_join


def test_every_name_can_be_asked_for():
    """Each name that an error may suggest is understood."""
    names = list(all_names())
    assert set(JOIN_FIELDS) <= set(names)
    assert len(names) > 300
    for name in names:
        assert query.compile(name).fields == (ALIASES.get(name, name),)


def test_nesting_is_bounded():
    """Parentheses and negations nest to the limit and no further."""
    query.compile("(" * MAX_NESTING + "arp" + ")" * MAX_NESTING)
    for deep in ("(" * (MAX_NESTING + 1) + "arp" + ")" * (MAX_NESTING + 1), "not " * (MAX_NESTING + 1) + "arp"):
        with pytest.raises(QueryError, match="nested deeper than 64 levels"):
            query.compile(deep)


@pytest.mark.parametrize(
    "hostile",
    [
        "x" * MAX_LENGTH,
        '"' + "\\" * (MAX_LENGTH - 2),
        "arp or " * 500 + "arp",
        "." * MAX_LENGTH,
        "ip.src == " + "1" * 4000,
        "icmpv6.type == " + "n" * 4000,
        "eth.src[0:3] == " + "aa:" * 1000,
        "pod == " + "*" * 4000,
        " " * MAX_LENGTH,
    ],
)
def test_no_text_takes_long(hostile):
    """Text made to be slow is read or refused within a second."""
    begin = time.perf_counter()
    with contextlib.suppress(QueryError):
        query.compile(hostile)
    assert time.perf_counter() - begin < 1


def test_length_is_bounded():
    """An expression over the limit is refused before it is read."""
    with pytest.raises(QueryError, match="longer than 4096 characters"):
        query.compile("arp or " * 600 + "arp")
