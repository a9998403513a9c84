"""Which values does a column of a listing have?

Law: every name that a filter knows and that has one value a frame is a column: those of `schema`, Wireshark's names of
them and of their bits, the frame's own texts, and the names that an explanation gives. A column has one Arrow type. A
name without level is of the innermost packet; that of a tunnel's header, of the tunnel around it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from vxlan_dissect import arrow, query_fields, schema
from vxlan_dissect.columns import Column as Values
from vxlan_dissect.errors import ColumnError, UsageError
from vxlan_dissect.query_fields import BITS, EITHER, JOIN_FIELDS, PROTOCOLS, TEXT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.listing.times import Clock
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.query import Query

CAPTURE = "capture"
LINE = ("number", "time", "source", "destination", "protocol", "length", "info")
# A tunnel's header stands around the innermost packet; where it has no packet inside, it is of that one.
TUNNELS = frozenset({"vxlan", "geneve", "gre", "nvgre", "erspan", "nsh"})
_NAMES = pa.list_(pa.string())
# Names of the join that have one value a frame at most.
_SINGLE = frozenset(name for name in JOIN_FIELDS if name.rpartition(".")[0]) | {CAPTURE, "interface", "kind"}


class Column(NamedTuple):
    """A column: its Arrow field, and how it is read from a batch.

    `joined`: only an explanation knows it. `named`: an explanation knows names for what else are addresses. `sources`:
    the columns of packets that it is made of, None where those may be any.
    """

    field: pa.Field
    read: Callable[[Batch], pa.Array]
    joined: bool = False
    named: bool = False
    sources: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """What it was called when it was asked for."""
        return str(self.field.name)


def every_column() -> list[Column]:
    """All columns of the schema but the derived ones, which are costly and must be named."""
    return [_of_schema(name, name) for name in schema.columns(derived=False)]


def line_columns(clock: Clock) -> list[Column]:
    """The columns of a line; `clock` makes the times."""
    return [_line_column(name, name, clock) for name in LINE]


def columns_of(names: Iterable[str], clock: Clock) -> list[Column]:
    """The columns of these names. Raises UsageError for one that is none, or stands twice."""
    chosen = [
        _line_column(name, listed, clock) if (listed := _listed_name(name)) is not None else column_of(name)
        for name in names
    ]
    doubled = {column.name for column in chosen if [other.name for other in chosen].count(column.name) > 1}
    if doubled:
        raise UsageError(f"{', '.join(sorted(doubled))} is asked for twice")
    return chosen


def column_of(name: str) -> Column:
    """The column of a name. Raises UsageError where it is none."""
    written = query_fields.canonical(name)
    level, base = query_fields.split_level(written)
    if written == CAPTURE:
        return Column(pa.field(name, arrow.WORDS), _capture_name, sources=frozenset())
    if written in JOIN_FIELDS:
        return _join_column(name, written)
    if written in TEXT_COLUMNS and written != "damage.layer":
        if written == "frame.interface_name":
            return Column(pa.field(name, arrow.WORDS), _interface_names, sources=frozenset(["frame.interface_id"]))
        written = TEXT_COLUMNS[written]
    if base in BITS:
        return _bits_column(name, level, base)
    try:
        column = schema.column_of(written)
    except ColumnError as error:
        raise UsageError(_why_not(name, base, error)) from None
    if level == "" and column.partition(".")[0] in TUNNELS:
        return Column(
            arrow.field_of(column, name),
            lambda batch: arrow.array(batch.packets, column, _either(batch.packets, column)),
            sources=frozenset([column, schema.OUTER + column]),
        )
    return _of_schema(name, column)


def _of_schema(name: str, column: str) -> Column:
    sources = None if schema.is_derived(column) else frozenset([column])
    return Column(arrow.field_of(column, name), lambda batch: arrow.array(batch.packets, column), sources=sources)


def _either(packets: Packets, column: str) -> Values:
    """A column of the innermost packet, and where that is absent of the tunnel around it."""
    one, other = packets.column(column), packets.column(schema.OUTER + column)
    return Values(np.where(one.valid, one.values, other.values), one.valid | other.valid)


def needed(columns: Iterable[Column], where: Query | None) -> frozenset[str] | None:
    """The columns of packets that these columns and a filter are made of, None where those may be any."""
    found: set[str] = set()
    for column in columns:
        if column.sources is None:
            return None
        found |= column.sources
    for name in where.fields if where is not None else ():
        if query_fields.is_text(name):
            return None
        targets = query_fields.target_of(name).columns
        if any(map(schema.is_derived, targets)):
            return None
        found.update(targets)
    return frozenset(found)


def _listed_name(name: str) -> str | None:
    """The column of a line that tshark calls `_ws.col.Info` and so on, in whatever case; None for any other name."""
    prefix, _, last = name.lower().rpartition(".")
    last = "number" if prefix == "_ws.col.no" else last  # `_ws.col.No.`
    return last if prefix.startswith("_ws.col") and last in LINE else None


def _line_column(name: str, listed: str, clock: Clock) -> Column:
    from vxlan_dissect.listing.ends import ends
    from vxlan_dissect.listing.info import words
    from vxlan_dissect.listing.lines import said

    if listed in {"number", "length"}:
        column = "frame.number" if listed == "number" else "frame.len"
        return column_of(column)._replace(field=arrow.field_of(column, name))
    made: Callable[[Batch], Sequence[str]] = {
        "time": clock.texts,
        "source": lambda batch: ends(batch, "src"),
        "destination": lambda batch: ends(batch, "dst"),
        "protocol": lambda batch: words(batch.packets).protocols,
        "info": lambda batch: said(batch).together(),
    }[listed]
    named = listed in {"source", "destination", "info"}
    return Column(pa.field(name, pa.string()), lambda batch: arrow.strings(made(batch)), named=named)


def _why_not(name: str, base: str, error: ColumnError) -> str:
    if base in EITHER:
        return f"{name} has two values: ask for {' and '.join(EITHER[base])}"
    if base in PROTOCOLS or base in query_fields.FRAME_PROTOCOLS:
        return f"{name} is a protocol, which has no value of its own: ask for its fields"
    return f"{name} is no field" + (f"; did you mean {error.near[0]}?" if error.near else "; see vxd packets --fields")


def _bits_column(name: str, level: str, base: str) -> Column:
    source, low_bit, width = BITS[base]
    column = ("" if level == schema.INNER else level) + source
    either = level == "" and source.partition(".")[0] in TUNNELS

    def read(batch: Batch) -> pa.Array:
        values, valid = _either(batch.packets, column) if either else batch.packets.column(column)
        bits = values >> low_bit & ((1 << width) - 1)
        return arrow.numbers(bits.astype(bool if width == 1 else np.uint8), valid)

    kind = pa.bool_() if width == 1 else pa.uint8()
    return Column(pa.field(name, kind), read, sources=frozenset([column, *([schema.OUTER + column] * either)]))


def _interface_names(batch: Batch) -> pa.Array:
    ids = batch.packets.column("frame.interface_id")
    names = [interface.name for interface in batch.packets.interfaces]
    known = np.array([*(name is not None for name in names), False])
    places = np.minimum(ids.values, len(names)).astype(np.int32)
    return _worded(np.where(ids.valid & known[places], places, -1), [name or "" for name in names])


def _join_column(name: str, written: str) -> Column:
    single = written in _SINGLE

    def read(batch: Batch) -> pa.Array:
        assert batch.explained is not None
        pairs = [(codes[batch.rows], texts) for codes, texts in batch.explained.join(written)]
        if single:
            return _worded(*pairs[0]) if pairs else pa.nulls(batch.size, arrow.WORDS)
        return _listed(pairs, batch.size)

    said = {"doc": JOIN_FIELDS[written]}
    return Column(pa.field(name, arrow.WORDS if single else _NAMES, metadata=said), read, joined=True)


def _listed(pairs: Sequence[tuple[np.ndarray, Sequence[str | None]]], rows: int) -> pa.Array:
    """Several texts a frame as lists. All pairs have the codes of the same situations, so each list is made once."""
    if not pairs:
        return pa.nulls(rows, _NAMES)
    codes = pairs[0][0]
    lists = [[text for text in texts if text is not None] for texts in zip(*(t for _, t in pairs), strict=True)]
    some = np.array([bool(found) for found in lists])[codes]
    return arrow.lists(lists).take(arrow.numbers(codes, some))


def _capture_name(batch: Batch) -> pa.Array:
    name = batch.packets.name
    return _worded(np.zeros(batch.size, dtype=np.int32), [os.path.basename(name) or name])


def _worded(codes: np.ndarray, texts: Sequence[str | None]) -> pa.Array:
    """Codes into texts, -1 where there is none, as a dictionary of the distinct texts."""
    places: dict[str, int] = {}
    table = [-1 if text is None else places.setdefault(text, len(places)) for text in texts]
    indices = np.array([*table, -1], dtype=np.int32)[codes]
    return pa.DictionaryArray.from_arrays(arrow.numbers(indices, indices >= 0), arrow.strings(list(places)))
