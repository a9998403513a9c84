"""How is a filter written?

Law: text becomes a tree of tests on named fields, or a QueryError with a caret under the fault; what the tree means is
decided in `query`. What does not fit its field is an error here, before any packet is looked at. Length and nesting
are capped and each character is read once, so no text can hang it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from vxlan_dissect import query_fields
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_fields import Value, is_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect import schema

MAX_LENGTH = 4096
MAX_NESTING = 64
WORDS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "&&": "and", "||": "or", "!": "not"}
ORDERING = ("<", "<=", ">", ">=")
OPERATORS = ("==", "!=", *ORDERING, "contains", "matches")
KEYWORDS = {"and", "or", "not", "in", "contains", "matches", *WORDS, *WORDS.values()}


class Predicate(NamedTuple):
    """One test of one field. `operator` is empty where only presence counts; `part` are bytes [from, to) of a MAC."""

    field: str
    operator: str = ""
    values: tuple[Value, ...] = ()
    part: tuple[int, int] | None = None


class Not(NamedTuple):
    """What `tree` does not match."""

    tree: Tree


class Group(NamedTuple):
    """Two or more trees joined by `word`, which is `and` or `or`; none of them is a group of the same word."""

    word: str
    trees: tuple[Tree, ...]


Tree = Predicate | Not | Group


class _Subject(NamedTuple):
    """What a test is about. `field` is None for text and for a protocol, `part` as in Predicate."""

    name: str
    field: schema.Field | None
    part: tuple[int, int] | None = None


class Token(NamedTuple):
    """A piece of the expression. `kind` is `word`, `text` (stood in quotes), `sign` or `end`."""

    kind: str
    text: str
    position: int


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
    name = tree.field if tree.part is None else f"{tree.field}[{tree.part[0]}:{tree.part[1]}]"
    if not tree.operator:
        return name
    values = [
        value.text if _is_word(value.text) and not is_text(tree.field) else _quoted(value.text) for value in tree.values
    ]
    return f"{name} {tree.operator} " + (f"{{{', '.join(values)}}}" if tree.operator == "in" else values[0])


def _operand(tree: Tree) -> str:
    return f"({write(tree)})" if isinstance(tree, Group) else write(tree)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[\w.:/*-]+", text, re.ASCII) is not None and text not in KEYWORDS


def _tokens(expression: str) -> Iterator[Token]:
    pattern = re.compile(
        r'(?P<sign>==|!=|<=|>=|&&|\|\||[<>!(){},\[\]])|(?P<word>[\w.:/*-]+)|"(?P<text>(?:[^"\\]|\\.)*)"|\s+',
        re.ASCII | re.DOTALL,
    )
    position = 0
    while position < len(expression):
        match = pattern.match(expression, position)
        if match is None:
            unclosed = expression[position] == '"'
            reason = "this text has no closing quote" if unclosed else f"{expression[position]!r} means nothing here"
            raise QueryError(expression, position, reason)
        kind = match.lastgroup
        if kind == "text":
            yield Token(kind, re.sub(r"\\(.)", r"\1", match[kind], flags=re.DOTALL), position)
        elif kind is not None:
            yield Token(kind, WORDS.get(match[kind], match[kind]), position)
        position = match.end()
    yield Token("end", "", len(expression.rstrip()))


class _Parser:
    """Reads tokens from left to right; `or` binds weakest, then `and`, then `not`, as in Wireshark."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.fields: dict[str, int] = {}
        self._rest = _tokens(expression)
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
        subject = self._subject()
        negated = self._accept("not")
        operator = self.token
        if self._accept("in"):
            test = Predicate(subject.name, "in", self._set(subject), subject.part)
            return Not(test) if negated else test
        if negated:
            self.fail("`not` after a field is followed by `in`")
        if operator.kind == "text" or operator.text not in OPERATORS:
            if subject.part is not None:
                self.fail("a slice needs a comparison")
            return Predicate(subject.name)
        self._next()
        if operator.text == "matches":
            self.fail('regular expressions are not offered: use `contains`, or `== "web-*"`', operator)
        if is_text(subject.name) and operator.text in ORDERING:
            self.fail(f"text has no order; {subject.name} takes ==, !=, in and contains", operator)
        if operator.text == "contains" and not is_text(subject.name):
            self.fail(f"`contains` is for text; {subject.name} holds {_holds(subject.field)}", operator)
        token = self.token
        value = self._value(subject)
        if operator.text in ORDERING and value.low != value.high:
            self.fail(f"`{operator.text}` compares with one value", token)
        return Predicate(subject.name, operator.text, (value,), subject.part)

    def _subject(self) -> _Subject:
        token = self.token
        if token.kind != "word" or token.text in KEYWORDS:
            self.fail("expected a field name")
        self._next()
        name = query_fields.canonical(token.text)
        try:
            field = None if is_text(name) else query_fields.target_of(name).field
        except KeyError:
            self.fail(_unknown(name, token.text), token)
        self.fields.setdefault(name, token.position)
        if self.token[:2] != ("sign", "["):
            return _Subject(name, field)
        if field is None or field.kind != "mac":
            self.fail(f"a slice is for MAC addresses; {name} holds {_holds(field)}")
        self._next()
        match = re.fullmatch(r"([0-5])?:([1-6])?|([0-5])", self.token.text)
        if match is None:
            self.fail("a slice is two byte numbers from 0 to 6, as [0:3]")
        first = int(match[1] or match[3] or 0)
        end = first + 1 if match[3] else int(match[2] or 6)
        if first >= end:
            self.fail("this slice is empty")
        self._next()
        self._expect("]")
        return _Subject(name, field, (first, end))

    def _set(self, subject: _Subject) -> tuple[Value, ...]:
        self._expect("{")
        values = [self._value(subject)]
        while self._accept(","):
            values.append(self._value(subject))
        self._expect("}")
        return tuple(values)

    def _value(self, subject: _Subject) -> Value:
        token = self.token
        if token.kind not in ("word", "text") or (token.kind == "word" and token.text in KEYWORDS):
            self.fail("expected a value")
        self._next()
        if is_text(subject.name):
            return Value(token.text)
        if subject.field is None:
            self.fail(f"{subject.name} is a protocol: it is there or not", token)
        try:
            if subject.part is None:
                return query_fields.parse_value(subject.field, token.text)
            return query_fields.parse_mac_bytes(token.text, subject.part[1] - subject.part[0])
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
