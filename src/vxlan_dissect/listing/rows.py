"""How do columns become lines of text, CSV or JSON?

Law: a line is put together column by column for a whole batch, and a text is escaped once for each distinct value. What
came from a network or an inventory cannot break a line, move a cursor or start a formula: text for a terminal is
neutralised, CSV is quoted where it must be and JSON is ASCII.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vxlan_dissect import arrow
from vxlan_dissect.arrow import scalar
from vxlan_dissect.report.json import dumps
from vxlan_dissect.report.neutral import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.listing.fields import Column

NANOSECONDS = 1_000_000_000
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RowWriter:
    """Writes lines into a binary file as the batches come."""

    def __init__(self, file: Any, rows: Rows) -> None:
        self._file, self._rows = file, rows
        self._begun = False

    def write(self, batch: Batch) -> None:
        """The lines of a batch."""
        self._begin()
        self._file.write(self._rows.lines(batch))

    def close(self) -> None:
        """Nothing stands after the lines, but the head stands above none too."""
        self._begin()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._file.write(self._rows.head())


class Rows(Protocol):
    """What makes lines; each method gives the bytes to write."""

    def head(self) -> bytes:
        """What stands before all lines."""

    def lines(self, batch: Batch) -> bytes:
        """One line a frame, each with its line feed."""


class ColumnRows(ABC):
    """Lines of the values of `columns`, put together column by column."""

    separator = ""
    missing = ""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns

    def head(self) -> bytes:
        """What stands before all lines."""
        return b""

    def lines(self, batch: Batch) -> bytes:
        """One line a frame, each with its line feed."""
        if not batch.size:
            return b""
        columns = [(column, column.read(batch)) for column in self._columns]
        return _data_of(self._joined([self.cells(column, values) for column, values in columns if self.wants(values)]))

    def wants(self, values: pa.Array) -> bool:
        """Whether a column of these values has cells in this batch."""
        del values
        return True

    def cells(self, column: Column, values: pa.Array) -> pa.Array:
        """The texts of one column, null where the value is absent."""
        del column
        return shown(values, self.escaped)

    @abstractmethod
    def escaped(self, text: str) -> str:
        """A text as a cell of this kind of line."""

    def _joined(self, cells: Sequence[pa.Array]) -> pa.Array:
        options = pc.JoinOptions("replace", self.missing)
        lines = pc.binary_join_element_wise(*cells, scalar(self.separator), options=options)
        return _glued(lines, "\n")


class TextRows(ColumnRows):
    """Cells with a tab between them, as `tshark -T fields` prints them; an absent value is an empty cell."""

    separator = "\t"

    def __init__(self, columns: Sequence[Column], cleaned: Callable[[str], str] = clean) -> None:
        """`cleaned` makes a text safe for whoever reads it."""
        super().__init__(columns)
        self._cleaned = cleaned

    def escaped(self, text: str) -> str:
        """What a terminal may see."""
        return self._cleaned(text)


class CsvRows(ColumnRows):
    """RFC 4180, with a line feed alone at the end of a line, and a header; an absent value is an empty cell."""

    separator = ","

    def head(self) -> bytes:
        """The names of the columns."""
        return (",".join(self.escaped(column.name) for column in self._columns) + "\n").encode()

    def escaped(self, text: str) -> str:
        """A text in quotes where it needs them, and after an apostrophe where it would be a formula."""
        if text.startswith(_FORMULA):
            text = "'" + text
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text


class JsonRows(ColumnRows):
    """One object a line, keys in the order of the columns; an absent value is null, or left out where `sparse`."""

    def __init__(self, columns: Sequence[Column], *, sparse: bool = False) -> None:
        super().__init__(columns)
        self._sparse = sparse

    def cells(self, column: Column, values: pa.Array) -> pa.Array:
        """`"name":value`."""
        if pa.types.is_list(values.type):
            words = shown(values.flatten(), self.escaped)
            texts = _glued("[", _commas(values, words), "]")
        elif pa.types.is_boolean(values.type):
            texts = pc.if_else(values, scalar("true"), scalar("false"))
        else:
            texts = shown(values, self.escaped)
            if pa.types.is_temporal(values.type):
                texts = _glued('"', texts, '"')
        if not self._sparse:
            texts = pc.coalesce(texts, scalar("null"))
        return _glued(f",{dumps(column.name)}:", texts)

    def wants(self, values: pa.Array) -> bool:
        """A column of nothing is left out as a whole."""
        return not self._sparse or values.null_count < len(values)

    def escaped(self, text: str) -> str:
        """A JSON string."""
        return dumps(text)

    def _joined(self, cells: Sequence[pa.Array]) -> pa.Array:
        # Each cell brings its comma, and the first one is cut off: Arrow's own way to skip what is null loses a line
        # of nothing else.
        lines = pc.binary_join_element_wise(*cells, scalar(""), options=pc.JoinOptions("replace", ""))
        return _glued("{", pc.utf8_slice_codeunits(lines, 1), "}\n")


def shown(values: pa.Array, escaped: Callable[[str], str]) -> pa.Array:
    """The texts of a column, null where a value is absent: times in seconds, 1 and 0, the words of a list together."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _escaped(values.dictionary, escaped).take(values.indices)
    if pa.types.is_list(kind):
        return shown(_commas(values, values.flatten()), escaped)
    if pa.types.is_string(kind):
        words = values.dictionary_encode()
        return _escaped(words.dictionary, escaped).take(words.indices)
    if pa.types.is_boolean(kind):
        return pc.if_else(values, scalar("1"), scalar("0"))
    if pa.types.is_timestamp(kind):
        return _seconds(values)
    return values.cast(pa.string())


def _glued(*pieces: pa.Array | str) -> pa.Array:
    """Texts and columns of texts one after the other, null where one of them is."""
    return pc.binary_join_element_wise(*(scalar(p) if isinstance(p, str) else p for p in pieces), scalar(""))


def _commas(lists: pa.Array, words: pa.Array) -> pa.Array:
    """The words of each list with commas between them; `words` stand for what the lists hold, one after the other."""
    lengths = pc.coalesce(pc.list_value_length(lists).cast(pa.int64()), scalar(0))
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(np.frombuffer(lengths.buffers()[1], dtype=np.int64, count=len(lists)), out=offsets[1:])
    joined = pc.binary_join(pa.ListArray.from_arrays(arrow.numbers(offsets), words), scalar(","))
    return pc.if_else(lists.is_valid(), joined, scalar(None))


def _escaped(distinct: pa.Array, escaped: Callable[[str], str]) -> pa.Array:
    return arrow.strings([escaped(text) for text in distinct.to_pylist()])


def _seconds(times: pa.Array) -> pa.Array:
    """Nanoseconds as seconds with nine decimals."""
    numbers = times.cast(pa.int64())
    size = pc.abs(numbers)
    whole = pc.divide(size, scalar(NANOSECONDS))
    rest = pc.subtract(size, pc.multiply(whole, scalar(NANOSECONDS)))
    texts = _glued(whole.cast(pa.string()), ".", pc.utf8_lpad(rest.cast(pa.string()), 9, "0"))
    return pc.if_else(pc.less(numbers, scalar(0)), _glued("-", texts), texts)


def _data_of(lines: pa.Array) -> bytes:
    """The bytes of all texts, which Arrow keeps one after the other."""
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32, count=len(lines) + 1, offset=4 * lines.offset)
    return bytes(data[int(ends[0]) : int(ends[-1])])
