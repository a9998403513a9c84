"""Which frames does a filter match?

Law: a filter is evaluated on whole columns, never row by row and never as code. As in Wireshark, a test is true where
any value of the field fits it, `!=` where the field is there and no value equals; a name without level means the
innermost packet and the one around it. The language is described in docs/filters.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vxlan_dissect import query_fields, query_syntax, schema
from vxlan_dissect.errors import QueryError
from vxlan_dissect.query_fields import JOIN_FIELDS, TEXT_COLUMNS, is_text
from vxlan_dissect.query_syntax import ORDERING, Group, Not, Predicate, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets, TextColumn

    Mask = NDArray[np.bool_]
    # Codes of shape (n,) into texts, -1 where a frame has none.
    Texts = tuple[NDArray[Any], Sequence[str | None]]
    Join = Callable[[str], Sequence[Texts]]

__all__ = ["JOIN_FIELDS", "Query", "compile"]

LOW_64 = (1 << 64) - 1


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
        return _evaluate(self.tree, packets, join)

    def __str__(self) -> str:
        return query_syntax.write(self.tree)

    def __repr__(self) -> str:
        return f"<Query {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)


def _evaluate(tree: Tree, packets: Packets, join: Join | None) -> Mask:
    if isinstance(tree, Not):
        return ~_evaluate(tree.tree, packets, join)
    if isinstance(tree, Group):
        combine = np.logical_and if tree.word == "and" else np.logical_or
        result = _evaluate(tree.trees[0], packets, join)
        for part in tree.trees[1:]:
            combine(result, _evaluate(part, packets, join), out=result)
        return result
    if tree.field in TEXT_COLUMNS:
        present, fits = _test_text(tree, [_own_text(tree.field, packets)], len(packets))
    elif tree.field in JOIN_FIELDS:
        present, fits = _test_text(tree, join(tree.field) if join else (), len(packets))
    elif is_text(tree.field):
        present, fits = _test_derived_text(tree, packets)
    else:
        present, fits = _test_number(tree, packets)
    if not tree.operator:
        return present
    return present & ~fits if tree.operator == "!=" else fits


def _test_number(test: Predicate, packets: Packets) -> tuple[Mask, Mask]:
    """Where the field is there, and where any of its values is what the test names (for `!=`, what it excludes)."""
    target = query_fields.target_of(test.field)
    ranges = _ranges(test)
    present, fits = np.zeros((2, len(packets)), dtype=bool)
    for name in target.columns:
        column = packets.derived(name) if schema.is_derived(name) else packets.columns.get(name)
        if column is None:
            continue
        present |= column.valid
        if not ranges:
            continue
        values = column.values
        if target.bits:
            values = values >> target.low_bit & ((1 << target.bits) - 1)
        elif test.part is not None:
            first, end = test.part
            values = values >> np.uint64(8 * (6 - end)) & np.uint64((1 << 8 * (end - first)) - 1)
        for low, high in ranges:
            fits |= column.valid & _between(values, low, high)
    return present, fits


def _ranges(test: Predicate) -> list[tuple[int, int]]:
    """The inclusive ranges of integers that the test names; none where it asks for presence only."""
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


def _own_text(name: str, packets: Packets) -> Texts:
    lists: dict[str, Sequence[str | None]] = {
        "frame.protocols": [":".join(path) for path in packets.layer_paths],
        "frame.interface_name": [interface.name for interface in packets.interfaces],
        "damage.layer": packets.layer_names,
    }
    column, texts = packets.column(TEXT_COLUMNS[name]), lists[name]
    return np.where(column.valid & (column.values < len(texts)), column.values.astype(np.int64), -1), texts


def _test_text(test: Predicate, pairs: Sequence[Texts], rows: int) -> tuple[Mask, Mask]:
    """As `_test_number`, for text."""
    present, fits = np.zeros((2, rows), dtype=bool)
    for codes, texts in pairs:
        # One more entry, which the code -1 reaches.
        present |= np.array([*(text is not None for text in texts), False])[codes]
        fits |= np.array([*(_fits(test, text) for text in texts), False])[codes]
    return present, fits


def _test_derived_text(test: Predicate, packets: Packets) -> tuple[Mask, Mask]:
    """As `_test_number`, for text of which one frame may have several."""
    present, fits = np.zeros((2, len(packets)), dtype=bool)
    for name in query_fields.target_of(test.field).columns:
        values, valid, texts = cast("TextColumn", packets.derived(name))
        present |= valid
        fitting = [any(_fits(test, text) for text in several) for several in texts]
        fits |= valid & np.array([*fitting, False])[values]
    return present, fits


def _fits(test: Predicate, text: str | None) -> bool:
    if text is None:
        return False
    if test.operator == "contains":
        return test.values[0].text in text
    return any(_like(text, value.text) for value in test.values)


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
