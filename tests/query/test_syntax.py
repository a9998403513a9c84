"""Is every expression understood as written, or refused with the place of the fault?"""

from __future__ import annotations

import contextlib
import time

import pytest

from vxlan_dissect import query
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_fields import JOIN_FIELDS, all_names
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
        ("ip.ttl in {1 2}", 13, "expected `}`"),
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
        ("ip.src[0:2] == 0a", 6, "a slice is for MAC addresses; ip.src holds IPv4 addresses"),
        ("eth.src[0:3]", 12, "a slice needs a comparison"),
        ("eth.src[0:7] == aa", 8, "a slice is two byte numbers"),
        ("eth.src[3:3] == aa", 8, "this slice is empty"),
        ("eth.src[0:3 == aa", 12, "expected `]`"),
        ("eth.src[0:3] == aa", 16, "3 bytes are compared: write them as 4e:5b:57"),
        ("arp == 1", 7, "arp is a protocol: it is there or not"),
        ("ip.src contains 10", 7, "`contains` is for text; ip.src holds IPv4 addresses"),
        ("pod > web", 4, "text has no order"),
        ("pod matches web", 4, "regular expressions are not offered"),
        ("ip.src ~ 3", 7, "'~' means nothing here"),
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
        ("eth.src[2] == AA", "eth.src[2:3] == AA"),
        ("eth.src[3:] == 01-02-03", "eth.src[3:6] == 01-02-03"),
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
        assert query.compile(name).fields == (name,)


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
