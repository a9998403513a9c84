"""Which frames does a filter match?

Law: a filter is evaluated on whole columns, never row by row and never as code. As in Wireshark, a test is true where
any value of the field fits it, `!=` where the field is there and no value equals; a name without level means the
innermost packet and the one around it. The language is described in docs/filters.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from vxlan_dissect import query_fields, query_syntax, schema
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_fields import JOIN_FIELDS, TEXT_COLUMNS, is_text
from vxlan_dissect.query_syntax import Group, Not, Predicate, Tree
from vxlan_dissect.query_tokens import ORDERING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets, TextColumn

    Mask = NDArray[np.bool_]
    # Codes of shape (n,) into texts, -1 where a frame has none.
    Texts = tuple[NDArray[Any], Sequence[str | None]]
    Join = Callable[[str], Sequence[Texts]]

__all__ = ["JOIN_FIELDS", "Query", "compile"]

LOW_64 = (1 << 64) - 1
# Operators that ask whether a value is another: whether every value must be so, as Wireshark 4 has it.
_NEGATED = {"!=": "all", "!==": "any"}
_EVERY = {"!=": "all", "===": "all"}


def compile(expression: str) -> Query:  # noqa: A001 - named as re.compile is; used with its module
    """Read a filter expression. Raises QueryError, whose `position` is the column of the fault."""
    return Query(expression)


class Query:
    """A filter that was understood.

    `fields` are the names it uses, in order. `needs_join` is true where one of them is a name of JOIN_FIELDS, which
    only an explanation can give. `str(query)` is the expression in its plainest form; it compiles to an equal query.
    """

    __slots__ = ("_positions", "expression", "tree")

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tree, self._positions = query_syntax.parse(expression)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names it uses, each once, in order of appearance."""
        return tuple(self._positions)

    @property
    def needs_join(self) -> bool:
        """Whether it uses a name of JOIN_FIELDS."""
        return any(name in JOIN_FIELDS for name in self._positions)

    def mask(self, packets: Packets, join: Join | None = None) -> Mask:
        """Which frames match, shape (n,), bool.

        `join(name)` gives the values of a name of JOIN_FIELDS as pairs (codes, texts): codes are integers of shape (n,)
        that index texts, -1 where a frame has none; a frame with several values has them in several pairs. Raises
        QueryError where such a name is used and `join` is missing.
        """
        if join is None and self.needs_join:
            name, position = next(item for item in self._positions.items() if item[0] in JOIN_FIELDS)
            raise QueryError(self.expression, position, f"{name} is known only once packets are explained")
        try:
            return _evaluate(self.tree, packets, join)
        except _TooSlowError:
            position = max(self.expression.find("matches"), self.expression.find("~"))
            raise QueryError(self.expression, position, "this regular expression takes too long") from None

    def __str__(self) -> str:
        return query_syntax.write(self.tree)

    def __repr__(self) -> str:
        return f"<Query {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)


class _TooSlowError(Exception):
    """A regular expression that takes too long for the frames."""


class _Tested(NamedTuple):
    """Some values of a field, one a frame: where they are there, and which are what the test names; shape (n,)."""

    valid: Mask
    fits: Mask


def _evaluate(tree: Tree, packets: Packets, join: Join | None) -> Mask:
    if isinstance(tree, Not):
        return ~_evaluate(tree.tree, packets, join)
    if isinstance(tree, Group):
        combine = np.logical_and if tree.word == "and" else np.logical_or
        result = _evaluate(tree.trees[0], packets, join)
        for part in tree.trees[1:]:
            combine(result, _evaluate(part, packets, join), out=result)
        return result
    present, some, others = np.zeros((3, len(packets)), dtype=bool)
    for valid, fits in _tested(tree, packets, join):
        present |= valid
        some |= valid & fits
        others |= valid & ~fits
    if not tree.operator:
        return some if tree.mask or tree.part is not None else present
    every = (tree.quantity or _EVERY.get(tree.operator, "any")) == "all"
    if tree.operator in _NEGATED:
        some, others = others, some
    return present & ~others if every else some


def _tested(test: Predicate, packets: Packets, join: Join | None) -> Iterator[_Tested]:
    """The values of the field of a test, those of each level and side one after the other."""
    if test.field in TEXT_COLUMNS:
        yield from _test_texts(test, [_own_text(test.field, packets)])
    elif test.field in JOIN_FIELDS:
        yield from _test_texts(test, join(test.field) if join else ())
    elif is_text(test.field):
        yield from _test_derived_texts(test, packets)
    elif test.part is not None or test.operator in ("contains", "matches"):
        bytes_of_protocol = query_fields.target_of(test.field).field is None
        yield from _test_bytes(test, packets) if bytes_of_protocol else _test_numbers(test, packets)
    else:
        yield from _test_numbers(test, packets)


def _test_numbers(test: Predicate, packets: Packets) -> Iterator[_Tested]:
    target = query_fields.target_of(test.field)
    ranges = _ranges(test)
    for name in target.columns:
        column = packets.derived(name) if schema.is_derived(name) else packets.columns.get(name)
        if column is None:
            continue
        values = column.values
        if target.bits:
            values = values >> target.low_bit & ((1 << target.bits) - 1)
        elif test.part is not None:
            first, end = test.part.first, test.part.end or 0
            values = values >> np.uint64(8 * (6 - end)) & np.uint64((1 << 8 * (end - first)) - 1)
        if test.mask:
            values = values & values.dtype.type(test.mask)
        fits = np.zeros(len(packets), dtype=bool)
        for low, high in ranges:
            fits |= _between(values, low, high)
        yield _Tested(column.valid, fits)


def _ranges(test: Predicate) -> list[tuple[int, int]]:
    """The inclusive ranges of integers that the test names; none where it asks for presence only."""
    if not test.operator:
        return [(1, 1 << 64)] if test.mask else []
    if test.operator not in ORDERING:
        return [(value.low, value.high) for value in test.values]
    number, most = test.values[0].low, 1 << 128
    ranges = {"<": (-most, number - 1), "<=": (-most, number), ">": (number + 1, most), ">=": (number, most)}
    return [ranges[test.operator]]


def _between(values: NDArray[Any], low: int, high: int) -> Mask:
    found: Mask
    if values.dtype == np.bool_:
        values = values.view(np.uint8)  # an integer that no bool holds is an OverflowError, for other dtypes just False
    if values.dtype.names is None:
        found = values == low if low == high else (values >= low) & (values <= high)
        return found
    above, below = values["hi"], values["lo"]
    not_less = (above > low >> 64) | (above == low >> 64) & (below >= low & LOW_64)
    not_more = (above < high >> 64) | (above == high >> 64) & (below <= high & LOW_64)
    found = not_less & not_more
    return found


def _test_bytes(test: Predicate, packets: Packets) -> Iterator[_Tested]:
    """The bytes of a protocol, or a part of them, which is there where all of it is."""
    from vxlan_dissect import query_search

    fit: Callable[[Any], Any] | None = None
    if test.operator == "contains":
        fit = query_search.containing(test.values[0].data)
    elif test.operator == "matches":
        fit = query_search.matching(test.values[0].text)
    elif test.operator:
        fit = query_search.equal_to([value.data for value in test.values])
    level, protocol = query_fields.split_level(test.field)
    for rows, data, starts, ends in packets.spans(protocol, query_fields.levels_of(level)):
        valid, fits = np.zeros((2, len(packets)), dtype=bool)
        if test.part is not None:
            first, end = test.part
            begins = (starts if first >= 0 else ends) + first
            stops = ends if end is None else (starts if first >= 0 else ends) + end
            there = (begins >= starts) & (stops <= ends) & (begins < stops)
            rows, starts, ends = rows[there], begins[there], stops[there]
        valid[rows] = True
        try:
            fits[rows] = True if fit is None else query_search.search(data, starts, ends, fit)
        except query_search.TooSlowError:
            raise _TooSlowError from None
        yield _Tested(valid, fits)


def _own_text(name: str, packets: Packets) -> Texts:
    lists: dict[str, Sequence[str | None]] = {
        "frame.protocols": [":".join(path) for path in packets.layer_paths],
        "frame.interface_name": [interface.name for interface in packets.interfaces],
        "damage.layer": packets.layer_names,
    }
    column, texts = packets.column(TEXT_COLUMNS[name]), lists[name]
    return np.where(column.valid & (column.values < len(texts)), column.values.astype(np.int64), -1), texts


def _test_texts(test: Predicate, pairs: Sequence[Texts]) -> Iterator[_Tested]:
    for codes, texts in pairs:
        # One more entry, which the code -1 reaches.
        there = np.array([*(text is not None for text in texts), False])
        yield _Tested(there[codes], np.array([*_fitting(test, [text or "" for text in texts]), False])[codes])


def _test_derived_texts(test: Predicate, packets: Packets) -> Iterator[_Tested]:
    """Texts of which one frame may have several: the first ones, the second ones and so on."""
    for name in query_fields.target_of(test.field).columns:
        values, valid, several = cast("TextColumn", packets.derived(name))
        codes = np.where(valid, values, -1)
        for place in range(max(map(len, several), default=0)):
            texts = [each[place] if place < len(each) else None for each in several]
            yield from _test_texts(test, [(codes, texts)])


def _fitting(test: Predicate, texts: Sequence[str]) -> Sequence[bool]:
    """Which texts are what a test names."""
    if test.operator == "matches":
        from vxlan_dissect import query_search

        return [bool(fits) for fits in query_search.matching_texts(test.values[0].text, texts)]
    if test.operator == "contains":
        return [test.values[0].text in text for text in texts]
    return [any(_like(text, value.text) for value in test.values) for text in texts]


def _like(text: str, pattern: str) -> bool:
    """Whether `text` is `pattern`, whose every `*` stands for any text. Linear: each piece is looked for once."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        position = text.find(piece, position, end)
        if position < 0:
            return False
        position += len(piece)
    return True
