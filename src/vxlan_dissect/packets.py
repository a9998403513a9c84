"""What does a set of decoded frames look like?

Law: one row a frame, one column a field of `schema`; a column is two numpy arrays, the values and which of them are
there. Nothing is text here, and an absent value is absent, never zero. The bytes stay where they were read, and what
costs more than a gather (`derived`, pandas, Arrow) is made where it is asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import index
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP
from vxlan_dissect.columns import Buffer, CaptureInterface, Column, Held, Span, TextColumn, empty
from vxlan_dissect.packet import Packet, Value, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from vxlan_dissect.capture.names import BlockNames
    from vxlan_dissect.errors import CaptureError

    Array = NDArray[Any]

__all__ = [
    "Buffer",
    "CaptureInterface",
    "Column",
    "Held",
    "Packet",
    "Packets",
    "Span",
    "TextColumn",
    "Value",
    "empty",
    "text_of",
]


class Packets:
    """Decoded frames of one capture.

    `columns` maps column names to Column; a name that is missing is absent in every row. `layer_paths` holds the
    distinct header sequences, `layer_names` the header names that `damage.layer` counts into. `problem` is the error
    that ended the reading early, or None. `unread` counts the packet lines and hex dumps of a text that were not
    understood in full, `names` are those that a pcapng holds beside its packets. `buffers`, in the order of
    their bases, hold the bytes that `frame.offset` counts in. `decode_as` are the rules of the user's own that the
    frames were decoded by.

    A frame that completes a fragmented datagram says what the whole of it says: `made_of` gives for its number those of
    the frames that it was made of, in the order in which they came, and `rebuilt` the bytes that were decoded for it.
    `late`: what a batch tells of frames in batches before it, column -> frame number -> value; `concat` writes it.
    """

    def __init__(
        self,
        name: str,
        rows: int,
        columns: Mapping[str, Column],
        *,
        interfaces: Sequence[CaptureInterface] = (),
        layer_paths: Sequence[tuple[str, ...]] = ((),),
        layer_names: Sequence[str] = (),
        comments: Mapping[int, str] | None = None,
        problem: CaptureError | None = None,
        unread: int = 0,
        buffers: Sequence[Buffer] = (),
        rebuilt: Mapping[int, bytes] | None = None,
        made_of: Mapping[int, tuple[int, ...]] | None = None,
        decode_as: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._rows = rows
        self.columns = dict(columns)
        self.interfaces = tuple(interfaces)
        self.layer_paths = tuple(layer_paths)
        self.layer_names = tuple(layer_names)
        self.comments = dict(comments or {})
        self.problem = problem
        self.names: BlockNames | None = None  # what blocks of the file say beside its packets, once they were read
        self.unread = unread
        self.buffers = tuple(buffers)
        self.rebuilt = dict(rebuilt or {})
        self.made_of = dict(made_of or {})
        self.late: dict[str, dict[int, int]] = {}
        self.selection: tuple[str, ...] | None = None
        self.decode_as = tuple(decode_as)
        self._derived: dict[str, Column | TextColumn] = {}

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[Packet]:
        return (Packet(self, row) for row in range(self._rows))

    @overload
    def __getitem__(self, picked: int) -> Packet: ...

    @overload
    def __getitem__(self, picked: slice | Array | Sequence[int] | Sequence[bool]) -> Packets: ...

    def __getitem__(self, picked: Any) -> Packet | Packets:
        """One frame by its row, from 0 or backwards from -1; or the Packets of a slice, an index or a boolean mask."""
        if isinstance(picked, slice):
            columns = {name: Column(c.values[picked], c.valid[picked]) for name, c in self.columns.items()}
            return self._like(len(range(self._rows)[picked]), columns)
        if isinstance(picked, int) or np.ndim(picked) == 0:
            row = index(picked)
            if not -self._rows <= row < self._rows:
                raise IndexError(f"packet {row} of {self._rows}")
            return Packet(self, row % self._rows)
        rows = np.asarray(picked)
        return self.take(rows if rows.size else rows.astype(np.intp))

    def __repr__(self) -> str:
        return f"<Packets {self.name}: {self._rows} frames, {len(self.columns)} columns>"

    def column(self, name: str) -> Column:
        """The column `name`, all absent where no frame has it. Raises KeyError for a name outside the schema."""
        found = self.columns.get(name)
        return found if found is not None else empty(schema.field_of(name).kind, self._rows)

    def derived(self, name: str) -> Column | TextColumn:
        """A column of `schema.DERIVED_FIELDS`, made from the bytes on first use. Raises KeyError for another name."""
        if name not in self._derived:
            from vxlan_dissect import derived

            self._derived |= derived.columns(self, name)
        return self._derived[name]

    def content_of(self, row: int) -> bytes:
        """The bytes that a frame was decoded from: captured, or put together from fragments."""
        rebuilt = self.rebuilt.get(int(self.columns["frame.number"].values[row])) if self.rebuilt else None
        return self.bytes_of(row) if rebuilt is None else rebuilt

    def texts(self, name: str, row: int) -> tuple[str, ...]:
        """All texts of a derived column of kind `texts` in a frame, none where it is absent."""
        column = self.derived(name)
        if not isinstance(column, TextColumn) or not column.valid[row]:
            return ()
        return column.texts[int(column.values[row])]

    def bytes_of(self, row: int) -> bytes:
        """The captured bytes of a frame, empty where the capture holds none or they were let go."""
        offset, length = self.column("frame.offset"), self.column("frame.cap_len")
        if not (offset.valid[row] and length.valid[row]):
            return b""
        start, size = int(offset.values[row]), int(length.values[row])
        place = bisect_right(self.buffers, start, key=lambda buffer: buffer.base) - 1
        if place < 0:
            return b""
        base, data = self.buffers[place]
        return data[start - base : start - base + size].tobytes()

    def spans(self, protocol: str, levels: Sequence[str] = ("",)) -> Iterator[Span]:
        """Where the bytes of `frame`, or of a protocol with what it carries, lie, at the levels named.

        A frame that has a protocol several times is in several spans, one without bytes or protocol in none.
        """
        if protocol != "frame":
            from vxlan_dissect import dissect

            yield from dissect.spans(self, protocol, levels)
            return
        offset, length = self.column("frame.offset"), self.column("frame.cap_len")
        rows = np.flatnonzero(offset.valid & length.valid)
        owners = np.searchsorted([buffer.base for buffer in self.buffers], offset.values[rows], side="right") - 1
        for owner in np.unique(owners[owners >= 0]).tolist():
            base, data = self.buffers[owner]
            chosen = rows[owners == owner]
            starts = offset.values[chosen] - base
            yield Span(chosen, data, starts, np.minimum(starts + length.values[chosen], len(data)))

    def held(self, rows: NDArray[np.intp]) -> Iterator[Held]:
        """Those of `rows` whose bytes are at hand, as they were decoded (see `content_of`), buffer by buffer."""
        if self.rebuilt and len(rows):
            again = np.isin(self.columns["frame.number"].values[rows], list(self.rebuilt))
            if again.any():
                frames = [self.content_of(row) for row in rows[again].tolist()]
                sizes = np.array([len(frame) for frame in frames], dtype=np.int64)
                data = np.frombuffer(b"".join(frames), dtype=np.uint8)
                yield Held(rows[again], data, np.cumsum(sizes) - sizes, sizes, sizes)
            rows = rows[~again]
        offset, captured, length = map(self.column, ("frame.offset", "frame.cap_len", "frame.len"))
        rows = rows[offset.valid[rows] & captured.valid[rows]]
        bases = np.array([buffer.base for buffer in self.buffers], dtype=np.int64)
        owners = np.searchsorted(bases, offset.values[rows], side="right") - 1
        for owner in np.unique(owners[owners >= 0]).tolist():
            base, data = self.buffers[owner]
            chosen = rows[owners == owner]
            size = captured.values[chosen].astype(np.int64)
            original = np.where(length.valid[chosen], length.values[chosen], size)
            yield Held(chosen, data, offset.values[chosen] - base, size, original)

    def values(self, name: str, rows: NDArray[np.intp]) -> list[Value]:
        """The values of a column in some rows, as Packet.get gives them: faster where many rows are read."""
        column = self.columns.get(name)
        if column is None:
            return [None] * len(rows)
        kind = schema.field_of(name).kind
        taken = column.values[rows].tolist()
        if kind == "ipv6":
            taken = [IP(6, high << 64 | low) for high, low in taken]
        elif kind == "ipv4":
            taken = [IP(4, value) for value in taken]
        there = column.valid[rows]
        return taken if there.all() else [v if ok else None for v, ok in zip(taken, there.tolist(), strict=True)]

    def times(self) -> NDArray[np.int64]:
        """Nanoseconds of each frame on one clock, shape (n,), int64: since 1970, or since midnight in undated text."""
        epoch, day = self.column("frame.time_epoch"), self.column("frame.time_of_day")
        return np.where(epoch.valid, epoch.values, day.values)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Packets:
        """The frames that an index or a boolean mask of shape (n,) picks; frame numbers stay those of the file."""
        columns = {name: Column(c.values[rows], c.valid[rows]) for name, c in self.columns.items()}
        count = int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)
        return self._like(count, columns)

    def only(self, row: int) -> Packets:
        """One frame with no column but its number, and without bytes."""
        number = self.columns["frame.number"]
        columns = {"frame.number": Column(number.values[row : row + 1].copy(), number.valid[row : row + 1].copy())}
        return Packets(
            self.name, 1, columns, interfaces=self.interfaces, layer_paths=self.layer_paths,
            layer_names=self.layer_names,
        )  # fmt: skip

    def where(self, expression: str) -> Packets:
        """The frames that a filter matches (see docs/filters.md). Raises QueryError."""
        from vxlan_dissect import query

        return self.take(query.compile(expression).mask(self))

    def select(self, *columns: str) -> Packets:
        """The same frames, of which tables show these columns, in this order, and no others. Raises ColumnError.

        Names are ours or Wireshark's, with their level: `ip.src`, `outer.ip.src`, `inner.ip.src`. All columns stay
        there for filters.
        """
        for name in columns:
            schema.column_of(name)
        chosen = self._like(self._rows, self.columns)
        chosen.selection = columns
        return chosen

    def to_pandas(self, columns: Sequence[str] | None = None, *, text: bool = True) -> pd.DataFrame:
        """A DataFrame, one row a frame; docs/tables.md has the dtypes. Raises ColumnError.

        `columns` are names as `select` takes them, derived ones too; without them those of `select`, or all that occur,
        in schema order. Times are `datetime64[ns, UTC]`; addresses are categoricals of text (integers where `text` is
        false); numbers keep their width and turn nullable (`UInt16` and so on) where a value is absent.
        """
        from vxlan_dissect import tables

        return tables.to_pandas(self, self._columns_of_tables(columns), text=text)

    def to_arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """A pyarrow Table of the same columns; docs/tables.md has the types. Raises ColumnError.

        Addresses are dictionary-encoded text, times `timestamp[ns, UTC]`, texts lists. What the schema says of a column
        is its field's metadata.
        """
        from vxlan_dissect import arrow

        return arrow.to_arrow(self, self._columns_of_tables(columns))

    @staticmethod
    def concat(parts: Sequence[Packets]) -> Packets:
        """Join the chunks of one capture; `layer_paths` are merged and the codes rewritten."""
        if len(parts) == 1:
            return parts[0]
        paths: dict[tuple[str, ...], int] = {}
        recoded = []
        for part in parts:
            codes = np.array([paths.setdefault(path, len(paths)) for path in part.layer_paths], dtype=np.uint32)
            layers = part.column("frame.layers")
            recoded.append(Column(codes[layers.values], layers.valid))
        names = {name: None for part in parts for name in part.columns}
        columns = {}
        for name in names:
            pieces = recoded if name == "frame.layers" else [part.column(name) for part in parts]
            columns[name] = Column(
                np.concatenate([piece.values for piece in pieces]), np.concatenate([piece.valid for piece in pieces])
            )
        for name in {name for part in parts for name in part.late}:
            told = {number: value for part in parts for number, value in part.late.get(name, {}).items()}
            column = columns.setdefault(name, empty(schema.field_of(name).kind, sum(map(len, parts))))
            rows = np.searchsorted(columns["frame.number"].values, list(told))
            column.values[rows], column.valid[rows] = list(told.values()), True
        comments = {number: text for part in parts for number, text in part.comments.items()}
        last = parts[-1]
        return Packets(
            last.name,
            sum(len(part) for part in parts),
            columns,
            interfaces=last.interfaces,
            layer_paths=tuple(paths),
            layer_names=last.layer_names,
            comments=comments,
            problem=last.problem,
            unread=sum(part.unread for part in parts),
            buffers=list({id(buffer.data): buffer for part in parts for buffer in part.buffers}.values()),
            rebuilt={number: frame for part in parts for number, frame in part.rebuilt.items()},
            made_of={number: frames for part in parts for number, frames in part.made_of.items()},
            decode_as=last.decode_as,
        )

    def _columns_of_tables(self, columns: Sequence[str] | None) -> Sequence[str]:
        from vxlan_dissect import tables

        chosen = self.selection if columns is None else columns
        return list(tables.occurring(self)) if chosen is None else chosen

    def _like(self, rows: int, columns: Mapping[str, Column]) -> Packets:
        like = Packets(
            self.name,
            rows,
            columns,
            interfaces=self.interfaces,
            layer_paths=self.layer_paths,
            layer_names=self.layer_names,
            comments=self.comments,
            problem=self.problem,
            unread=self.unread,
            buffers=self.buffers,
            rebuilt=self.rebuilt,
            made_of=self.made_of,
            decode_as=self.decode_as,
        )
        like.selection = self.selection
        return like
