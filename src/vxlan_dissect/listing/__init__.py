"""How are packets listed, one line or one row a frame?

Law: a listing is made batch by batch and needs the memory of one; each column is made for a whole batch at once. What
a frame is called (pods, nodes) is asked of the explanation pipeline, and only where a column or a filter needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.listing.fields import Column
    from vxlan_dissect.report.layout import Screen

FORMATS = ("text", "csv", "jsonl", "parquet")


class Wanted(NamedTuple):
    """What is asked for: one of FORMATS, the names of fields (none: what the format has by itself), a form of `times`.

    `several`: more than one capture is listed, so that each line says of which it is.
    """

    shape: str = "text"
    names: tuple[str, ...] = ()
    times: str = "r"
    several: bool = False

    @property
    def lines(self) -> bool:
        """Whether lines for people are wanted."""
        return self.shape == "text" and not self.names

    def columns(self) -> list[Column]:
        """The columns: those named, else all of the schema (jsonl, parquet) or those of a line. Raises UsageError."""
        from vxlan_dissect.listing import fields
        from vxlan_dissect.listing.times import Clock

        clock = Clock(self.times)
        if self.names:
            return fields.columns_of(self.names, clock)
        every = fields.every_column() if self.shape in {"jsonl", "parquet"} else fields.line_columns(clock)
        return [*fields.columns_of([fields.CAPTURE] * self.several, clock), *every]


class Writer(Protocol):
    """Writes batches of frames into a binary file."""

    def write(self, batch: Batch) -> None:
        """Take a batch in."""

    def close(self) -> None:
        """Write what is left; the file stays open."""


def open_writer(wanted: Wanted, columns: Sequence[Column], file: Any, screen: Screen, *, flowing: bool) -> Writer:
    """What writes into `file`; `screen` and `flowing`, whether lines keep to its width, are for text."""
    if wanted.shape == "parquet":
        from vxlan_dissect.listing.parquet import ParquetWriter

        return ParquetWriter(file, columns)
    from vxlan_dissect.listing import rows
    from vxlan_dissect.listing.lines import Lines
    from vxlan_dissect.listing.times import Clock

    if wanted.lines:
        return rows.RowWriter(file, Lines(Clock(wanted.times), screen, flowing=flowing, captures=wanted.several))
    if wanted.shape == "jsonl":
        return rows.RowWriter(file, rows.JsonRows(columns, sparse=not wanted.names))
    if wanted.shape == "csv":
        return rows.RowWriter(file, rows.CsvRows(columns))
    return rows.RowWriter(file, rows.TextRows(columns, screen.clean))
