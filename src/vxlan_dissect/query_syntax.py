"""How is a filter written?

Law: text becomes a tree of tests on named fields, or a QueryError with a caret under the fault; what the tree means is
decided in `query`. What does not fit its field is an error here, before any packet is looked at. Length and nesting
are capped, so no text can hang it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar

from vxlan_dissect import query_fields, query_values
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_fields import has_bytes, is_text
from vxlan_dissect.query_tokens import EQUALITY, KEYWORDS, OPERATORS, ORDERING, Token, tokens
from vxlan_dissect.query_values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from vxlan_dissect import schema

MAX_LENGTH = 4096
MAX_NESTING = 64
_MAC_BYTES = 6
Result = TypeVar("Result")


class Part(NamedTuple):
    """Bytes [first, end) of a field, negative ones counted from its end; `end` is None where the part goes to it."""

    first: int
    end: int | None

    def __str__(self) -> str:
        length = "" if self.end is None else str(self.end - self.first)
        return f"[{self.first}:{length}]"


class Predicate(NamedTuple):
    """One test of one field.

    `operator` is empty where only presence counts, or whether any bit of `mask` is set. `quantity` is `any` or `all`
    where that was said. `mask`, if not 0, are the bits of a number that are compared.
    """

    field: str
    operator: str = ""
    values: tuple[Value, ...] = ()
    part: Part | None = None
    mask: int = 0
    quantity: str = ""


class Not(NamedTuple):
    """What `tree` does not match."""

    tree: Tree


class Group(NamedTuple):
    """Two or more trees joined by `word`, which is `and` or `or`; none of them is a group of the same word."""

    word: str
    trees: tuple[Tree, ...]


Tree = Predicate | Not | Group


class _Subject(NamedTuple):
    """What a test is about. `field` is None for a protocol and for text of the join."""

    name: str
    field: schema.Field | None
    part: Part | None = None

    @property
    def is_bytes(self) -> bool:
        """Whether bytes are compared: those of a protocol, all or a part."""
        return self.field is None and not is_text(self.name)

    @property
    def mac_bytes(self) -> int | None:
        """How many bytes of a MAC are compared, None where it is no part of a MAC."""
        return None if self.part is None or self.is_bytes else (self.part.end or 0) - self.part.first


def parse(expression: str) -> tuple[Tree, dict[str, int]]:
    """The tree of an expression, and each field that it names with the position where it first stands."""
    if len(expression) > MAX_LENGTH:
        raise QueryError(expression[:60], 60, f"longer than {MAX_LENGTH} characters")
    parser = _Parser(expression)
    tree = parser.group("or", 0)
    if parser.token.kind != "end":
        parser.fail(f"expected `and`, `or` or the end, not {parser.token.text!r}")
    return tree, parser.fields


def write(tree: Tree) -> str:
    """The text of a tree; it parses back to the same tree."""
    if isinstance(tree, Not):
        return f"not {_operand(tree.tree)}"
    if isinstance(tree, Group):
        return f" {tree.word} ".join(_operand(part) for part in tree.trees)
    words = [tree.quantity] * bool(tree.quantity)
    words.append(f"{tree.field}{'' if tree.part is None else tree.part}")
    if tree.mask:
        words.append(f"& {_mask(tree)}")
    if tree.operator:
        values = [_written(tree.field, tree.operator, value) for value in tree.values]
        words += [tree.operator, f"{{{', '.join(values)}}}" if tree.operator == "in" else values[0]]
    return " ".join(words)


def _operand(tree: Tree) -> str:
    return f"({write(tree)})" if isinstance(tree, Group) else write(tree)


def _mask(tree: Predicate) -> str:
    if tree.part is None:
        return hex(tree.mask)
    return tree.mask.to_bytes((tree.part.end or 0) - tree.part.first, "big").hex(":")


def _written(field: str, operator: str, value: Value) -> str:
    text = operator == "matches" or is_text(field) or (bool(value.data) and value.text != value.data.hex(":"))
    if not text and re.fullmatch(r"[\w.:/*-]+", value.text, re.ASCII) and value.text not in KEYWORDS:
        return value.text
    shown = value.text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub("[\udc80-\udcff]", lambda byte: f"\\x{ord(byte[0]) & 0xFF:02x}", shown) + '"'


class _Parser:
    """Reads tokens from left to right; `or` binds weakest, then `and`, then `not`, as in Wireshark."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.fields: dict[str, int] = {}
        self._rest = tokens(expression)
        self.token = next(self._rest)

    def fail(self, reason: str, token: Token | None = None) -> NoReturn:
        raise QueryError(self.expression, (token or self.token).position, reason)

    def group(self, word: str, depth: int) -> Tree:
        trees: list[Tree] = []
        while True:
            tree = self.group("and", depth) if word == "or" else self._negation(depth)
            same = isinstance(tree, Group) and tree.word == word
            trees.extend(tree.trees if same else [tree])  # type: ignore[union-attr]
            if not self._accept(word):
                return trees[0] if len(trees) == 1 else Group(word, tuple(trees))

    def _negation(self, depth: int) -> Tree:
        if depth > MAX_NESTING:
            self.fail(f"nested deeper than {MAX_NESTING} levels")
        if self._accept("not"):
            return Not(self._negation(depth + 1))
        if self._accept("("):
            tree = self.group("or", depth + 1)
            self._expect(")")
            return tree
        return self._test()

    def _test(self) -> Tree:
        quantity = next((word for word in ("any", "all") if self._accept(word)), "")
        subject = self._subject()
        mask = self._mask(subject)
        negated = self._accept("not")
        operator = self.token
        if self._accept("in"):
            test = Predicate(subject.name, "in", self._set(subject), subject.part, mask, quantity)
            return Not(test) if negated else test
        if negated:
            self.fail("`not` after a field is followed by `in`")
        if operator.kind == "text" or operator.text not in OPERATORS:
            if operator.text == "(" and operator.kind == "sign":
                self.fail("functions such as len() are not offered")
            if quantity:
                self.fail(f"`{quantity}` is followed by a comparison")
            if subject.part is not None and not (mask or subject.is_bytes):
                self.fail("a slice needs a comparison")
            return Predicate(subject.name, "", (), subject.part, mask)
        self._next()
        self._check(subject, operator)
        return Predicate(
            subject.name, operator.text, (self._comparand(subject, operator),), subject.part, mask, quantity
        )

    def _check(self, subject: _Subject, operator: Token) -> None:
        """Whether the operator fits what the field holds."""
        word = operator.text
        if word in ORDERING and is_text(subject.name):
            self.fail(f"text has no order; {subject.name} takes ==, !=, in, contains and matches", operator)
        if word in ("contains", "matches") and not (is_text(subject.name) or subject.is_bytes):
            holds = _holds(subject.field)
            self.fail(f"`{word}` is for text and for bytes, as of frame; {subject.name} holds {holds}", operator)
        if not subject.is_bytes:
            return
        if not has_bytes(subject.name):
            self.fail(f"{subject.name} is a protocol: it is there or not; its bytes are those of frame", operator)
        if subject.part is None and word in (*EQUALITY, "in"):
            self.fail(f"{subject.name} is a protocol: it is there or not, or `contains` bytes", operator)
        if word in ORDERING:
            self.fail("bytes are compared with ==, !=, in, contains and matches", operator)

    def _comparand(self, subject: _Subject, operator: Token) -> Value:
        token = self.token
        if operator.text == "matches":
            return self._pattern()
        value = self._value(subject, looked_for=operator.text == "contains")
        if operator.text in ORDERING and value.low != value.high:
            self.fail(f"`{operator.text}` compares with one value", token)
        return value

    def _pattern(self) -> Value:
        """A regular expression, which is tried here, so that its faults are known before any packet is read."""
        from vxlan_dissect.query_search import fault_of

        token = self._next()
        if token.kind != "text":
            self.fail('a regular expression stands in quotes, as "GET /[a-z]+"', token)
        reason = fault_of(token.text)
        if reason is not None:
            self.fail(f"no regular expression: {reason}", token)
        return Value(token.text)

    def _subject(self) -> _Subject:
        token = self.token
        if token.kind != "word" or token.text in KEYWORDS:
            self.fail("expected a field name")
        self._next()
        name = query_fields.canonical(token.text)
        try:
            field = None if is_text(name) else query_fields.target_of(name).field
        except KeyError:
            if self.token[:2] == ("sign", "("):
                self.fail(f"functions such as {token.text}() are not offered", token)
            self.fail(_unknown(name, token.text), token)
        self.fields.setdefault(name, token.position)
        subject = _Subject(name, field)
        if self.token[:2] != ("sign", "["):
            return subject
        if not (subject.is_bytes and has_bytes(name)) and (field is None or field.kind != "mac"):
            self.fail(f"a slice is for MAC addresses and the bytes of a protocol; {name} holds {_holds(field)}")
        return subject._replace(part=self._slice(subject))

    def _slice(self, subject: _Subject) -> Part:
        """`[first:length]`, `[first-last]`, `[one]`, `[:length]`, `[first:]`, negative ones from the end."""
        self._next()
        token = self.token
        match = re.fullmatch(r"(-?\d{1,6})?:(\d{1,6})?|(\d{1,6})-(\d{1,6})|(-?\d{1,6})", token.text, re.ASCII)
        if match is None or token.kind != "word" or token.text == ":":
            self.fail("a slice is [first:length] or [first-last], as [0:3]")
        start, length, first, last, one = match.groups()
        if one is not None:
            part = Part(int(one), int(one) + 1)
        elif first is not None:
            part = Part(int(first), int(last) + 1)
        else:
            part = Part(int(start or 0), None if length is None else int(start or 0) + int(length))
        if not subject.is_bytes:
            begin = part.first + _MAC_BYTES * (part.first < 0)
            part = Part(begin, _MAC_BYTES if part.end is None else begin + part.end - part.first)
            if not (part.first >= 0 and (part.end or 0) <= _MAC_BYTES):
                self.fail("a MAC has 6 bytes, of which a slice takes [first:length]")
        if part.end is not None and part.first >= part.end:
            self.fail("this slice is empty")
        if part.end is not None and part.first < 0 < part.end:
            self.fail("this slice goes beyond the end")
        self._next()
        self._expect("]")
        return part

    def _mask(self, subject: _Subject) -> int:
        token = self.token
        if not self._accept("&"):
            return 0
        if (
            subject.field is None
            or subject.field.kind not in ("u1", "u2", "u4", "mac")
            or (subject.field.kind == "mac" and subject.part is None)
        ):
            self.fail(f"`&` is for numbers and slices of MACs; {subject.name} holds {_holds(subject.field)}", token)
        return self._read(lambda text: query_values.parse_mask(subject.field, text, subject.mac_bytes))  # type: ignore[arg-type]

    def _set(self, subject: _Subject) -> tuple[Value, ...]:
        if subject.is_bytes:
            self._check(subject, self.token._replace(text="in"))
        self._expect("{")
        values = [self._value(subject)]
        while self._accept(","):
            values.append(self._value(subject))
        if self.token.kind in ("word", "text"):
            self.fail("values in braces are separated by commas")
        self._expect("}")
        return tuple(values)

    def _value(self, subject: _Subject, *, looked_for: bool = False) -> Value:
        token = self.token
        if is_text(subject.name):
            return self._read(Value)
        if subject.is_bytes:
            value = self._read(lambda text: query_values.parse_bytes(text, quoted=token.kind == "text"))
            wanted = None if subject.part is None or subject.part.end is None else subject.part.end - subject.part.first
            if wanted is not None and len(value.data) != wanted and not looked_for:
                self.fail(f"the slice has {wanted} bytes, and these are {len(value.data)}", token)
            return value
        if (count := subject.mac_bytes) is not None:
            return self._read(lambda text: query_values.parse_mac_bytes(text, count))
        field = subject.field
        assert field is not None
        value = self._read(lambda text: query_values.parse_value(field, text))
        if self.token.kind == "word" and self.token.text.startswith(".."):  # a range with spaces in it
            rest = self._next().text.removeprefix("..") or self._next().text
            try:
                return query_values.parse_value(field, f"{value.text}..{rest}")
            except ValueError as error:
                self.fail(str(error), token)
        return value

    def _read(self, reader: Callable[[str], Result]) -> Result:
        """What `reader` makes of the next word or text; its ValueError becomes a fault at this place."""
        token = self.token
        if token.kind not in ("word", "text") or (token.kind == "word" and token.text in KEYWORDS):
            self.fail("expected a value")
        self._next()
        try:
            return reader(token.text)
        except ValueError as error:
            self.fail(str(error), token)

    def _next(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.token = next(self._rest)
        return token

    def _accept(self, text: str) -> bool:
        if self.token.text != text or self.token.kind == "text":
            return False
        self._next()
        return True

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            self.fail(f"expected `{sign}`")


def _holds(field: schema.Field | None) -> str:
    if field is None:
        return "no value"
    return {"mac": "MAC addresses", "ipv4": "IPv4 addresses", "ipv6": "IPv6 addresses"}.get(field.kind, "numbers")


def _unknown(name: str, written: str) -> str:
    from difflib import get_close_matches

    names = list(query_fields.all_names())
    level, base = query_fields.split_level(name)
    if level and base in names:
        return f"{base} is of the whole frame: write it without {level}"
    near = get_close_matches(name, names, 1)
    return f"{written} is no field" + (f"; did you mean {near[0]}?" if near else "; docs/filters.md lists them")
