"""Do random expressions print and parse alike, and agree with a naive evaluation row by row?"""

from __future__ import annotations

import operator
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.query.frames import make
from tests.wire.frames import decode_all
from vxlan_dissect import query, query_fields, query_syntax, query_values
from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_syntax import Group, Not, Part, Predicate
from vxlan_dissect.query_tokens import ORDERING, encoded, unescaped

NUMBERS = ("frame.len", "icmpv6.type", "ip.ttl", "udp.port", "tcp.port", "vxlan.vni", "icmpv6.nd.na.flag.s")
ADDRESSES = ("ip.src", "ip.addr", "ipv6.dst", "ipv6.addr", "eth.src", "eth.addr")
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
HIGHEST = {"u1": 255, "u2": 65535, "u4": 2**32 - 1, "bool": 1, "mac": 2**48 - 1, "ipv4": 2**32 - 1, "ipv6": 2**128 - 1}
# Few values, so that comparisons are often true; the ends, so that they are tested.
SMALL = (0, 1, 2, 3, 64, 128)


def field_of(name):
    """The field that a written name holds."""
    return query_fields.target_of(name).field


def values_of(field):
    """Integers that a column of this field may hold."""
    highest = HIGHEST[field.kind]
    return st.sampled_from([value for value in (*SMALL, highest - 1, highest) if value <= highest])


def written(field, number):
    """The number as a filter writes it for this field."""
    if field.kind == "mac":
        return format_mac(number)
    return str(IP(int(field.kind[-1]), number)) if field.kind.startswith("ipv") else str(number)


@st.composite
def predicates(draw):
    """One test of a number, an address, a protocol or a text."""
    level = draw(st.sampled_from(["", "inner.", "outer."]))
    name = draw(st.sampled_from(NUMBERS + ADDRESSES + ("arp", "vxlan", "ipv6")))
    name = name if name.startswith("frame.") else level + name
    field = field_of(name)
    sign = draw(st.sampled_from(["", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "in"]))
    masked = field is not None and field.kind in {"u1", "u2", "u4"} and draw(st.booleans())
    mask = draw(values_of(field).filter(bool)) if masked else 0
    if field is None or not sign:
        return Predicate(name, mask=mask)
    texts = []
    for _ in range(draw(st.integers(1, 3)) if sign == "in" else 1):
        text = written(field, draw(values_of(field)))
        if sign not in ORDERING and field.kind in {"ipv4", "ipv6", "mac"} and draw(st.booleans()):
            text += f"/{draw(st.sampled_from([0, 1, 31, 32]))}"
        texts.append(text)
    values = tuple(query_values.parse_value(field, text) for text in texts)
    return Predicate(name, sign, values, None, mask, draw(st.sampled_from(["", "any", "all"])))


def group(word, trees):
    """A group whose members of the same word are taken in, as the parser makes it."""
    flat = []
    for tree in trees:
        flat.extend(tree.trees if isinstance(tree, Group) and tree.word == word else [tree])
    return Group(word, tuple(flat))


TREES = st.recursive(
    predicates(),
    lambda trees: st.one_of(
        st.builds(Not, trees), st.builds(group, st.sampled_from(["and", "or"]), st.lists(trees, min_size=2, max_size=3))
    ),
    max_leaves=8,
)
PACKET_COLUMNS = (
    *("eth.src", "eth.dst", "arp.opcode", "ip.ttl", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "icmpv6.type"),
    *("icmpv6.nd.na.flag.s", "udp.srcport", "udp.dstport", "tcp.srcport", "vxlan.vni"),
)
COLUMNS = ["frame.len", *(level + name for level in ("", "outer.") for name in PACKET_COLUMNS)]
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: values_of(field_of(name)) for name in COLUMNS}), min_size=1, max_size=6
)


def naive(tree, row):
    """What the language says of one frame, said as plainly as possible."""
    if isinstance(tree, Not):
        return not naive(tree.tree, row)
    if isinstance(tree, Group):
        return (all if tree.word == "and" else any)(naive(part, row) for part in tree.trees)
    if tree.field.split(".")[-1] in ("arp", "vxlan", "ipv6"):
        level, _, protocol = tree.field.rpartition(".")
        prefixes = {"": ("", "outer."), "inner": ("",), "outer": ("outer.",)}[level]
        return any(name.startswith(tuple(prefix + protocol + "." for prefix in prefixes)) for name in row)
    values = [row[name] for name in query_fields.target_of(tree.field).columns if name in row]
    if tree.mask:
        values = [value & tree.mask for value in values]
    if not tree.operator:
        return any(values) if tree.mask else bool(values)

    def fits(value):
        if tree.operator in COMPARE:
            return COMPARE[tree.operator](value, tree.values[0].low)
        equal = any(wanted.low <= value <= wanted.high for wanted in tree.values)
        return equal != (tree.operator in {"!=", "!=="})

    every = tree.quantity == "all" if tree.quantity else tree.operator in {"!=", "==="}
    return bool(values) and (all if every else any)(map(fits, values))


@given(TREES)
def test_printed_expression_parses_back(tree):
    """The text of a tree parses to the same tree."""
    assert query_syntax.parse(query_syntax.write(tree))[0] == tree


@given(st.sampled_from(["pod", "rule"]), st.sampled_from(["==", "!=", "contains"]), st.text(max_size=20))
def test_printed_text_parses_back(name, sign, text):
    """Any text can be quoted and read back."""
    tree = Predicate(name, sign, (query_values.Value(text),))
    assert query_syntax.parse(query_syntax.write(tree))[0] == tree


@given(TREES, ROWS)
def test_columns_agree_with_rows(tree, rows):
    """Evaluation on columns matches the frames that a plain evaluation of each frame matches."""
    packets = make(rows)
    expected = [naive(tree, row) for row in rows]
    assert query.compile(query_syntax.write(tree)).mask(packets).tolist() == expected


@given(st.lists(st.sampled_from(["a", "b", "-", "*"]), max_size=6), st.text("ab-", max_size=8))
def test_star_stands_for_any_text(pieces, text):
    """A pattern with `*` fits what a backtracking matcher says it fits."""

    def fits(pattern, text):
        if not pattern:
            return not text
        if pattern[0] == "*":
            return fits(pattern[1:], text) or (text != "" and fits(pattern, text[1:]))
        return text[:1] == pattern[0] and fits(pattern[1:], text[1:])

    pattern = "".join(pieces)
    mask = query.compile(f'pod == "{pattern}"').mask(make([{}]), lambda _: [(np.array([0]), [text])])
    assert mask.tolist() == [fits(pattern, text)]


@given(st.binary(min_size=1, max_size=12))
def test_printed_bytes_parse_back(data):
    """Any bytes can be written, as text or in hexadecimal, and read back."""
    for text in ("".join(f"\\x{byte:02x}" for byte in data), "".join(f"\\{byte:03o}" for byte in data)):
        compiled = query.compile(f'frame contains "{text}"')
        assert compiled.tree.values[0].data == data
        assert query.compile(str(compiled)) == compiled
    assert query.compile(f"frame contains {data.hex(':')}").tree.values[0].data == data


@given(st.text())
def test_escapes_leave_other_text_alone(text):
    """Text without a backslash means itself, and its bytes are UTF-8."""
    plain = text.replace("\\", "")
    assert unescaped(plain) == plain
    assert encoded(plain) == plain.encode()


@given(
    st.lists(st.binary(max_size=9), min_size=1, max_size=6),
    st.integers(-9, 9),
    st.integers(1, 4),
    st.binary(min_size=1, max_size=3),
)
def test_parts_of_frames(frames, first, length, wanted):
    """Slices and searches see what Python's slices and `in` see, and nothing beyond a frame's own end."""
    packets = decode_all(frames, between=b"\xaa" * 3)
    part = Part(first, first + length)
    rows = []
    for frame in frames:
        begin = first if first >= 0 else len(frame) + first
        there = begin >= 0 and begin + length <= len(frame)
        rows.append(frame[begin : begin + length] if there else None)
    if not (first < 0 < first + length):
        test = Predicate("frame", "contains", (query_values.parse_bytes(wanted.hex(":"), quoted=False),), part)
        compiled = query.compile(query_syntax.write(test))
        assert compiled.mask(packets).tolist() == [row is not None and wanted in row for row in rows]
        assert query.compile(f"frame{part}").mask(packets).tolist() == [row is not None for row in rows]
    found = query.compile(f"frame contains {wanted.hex(':')}").mask(packets)
    assert found.tolist() == [wanted in frame for frame in frames]


@given(st.text(alphabet="ab(|)*+?.[]{},12^$\\-x", max_size=12), st.text("ab\n", max_size=8))
def test_expressions_agree_with_another_engine(pattern, text):
    """Where RE2 takes a pattern that Python takes too, both find the same."""
    quoted = pattern.replace("\\", "\\\\")
    try:
        compiled = query.compile(f'pod matches "{quoted}"')
        other = re.compile(pattern, re.IGNORECASE)
    except (QueryError, re.error):
        return
    mask = compiled.mask(make([{}]), lambda _: [(np.array([0]), [text])])
    # `$` is also before a last line feed in Python, and {,n} is no repetition in RE2.
    if "$" not in pattern and "{," not in pattern:
        assert mask.tolist() == [other.search(text) is not None]


PIECES = (
    *("arp", "ip.src", "frame", "tcp.flags", "pod", "eth.src", "any", "all", "not", "and", "or", "in", "contains", "~"),
    *("matches", "==", "!==", "===", "<", "&", "[", "]", "{", "}", "(", ")", ",", "..", "0:3", "-1:", "0x2", "1..3"),
    *("aa:bb", "10.0.0.0/8", '"x"', 'r"x*"', '"\\xff"', '"', "\ud800", "=", "#", "'"),
)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join)))
def test_any_text_is_read_or_refused(text):
    """No text raises anything but QueryError, whose caret lies within the text or at its end; what is read runs."""
    position = 0
    try:
        compiled = query.compile(text)
    except QueryError as error:
        position = error.position
    else:
        assert query.compile(str(compiled)) == compiled
        compiled.mask(decode_all([b"", b"\xff" * 20]), lambda _: [])
    assert 0 <= position <= len(text)
