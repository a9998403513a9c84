"""How are packets listed, one line or one row a frame?

Law: a listing is made batch by batch and needs the memory of one; each column is made for a whole batch at once. What
a frame is called (pods, nodes) is asked of the explanation pipeline, and only where a column or a filter needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.listing.fields import Column

FORMATS = ("text", "csv", "jsonl", "parquet")


class Writer(Protocol):
    """Writes batches of frames into a binary file."""

    def write(self, batch: Batch) -> None:
        """Take a batch in."""

    def close(self) -> None:
        """Write what is left; the file stays open."""


def open_writer(shape: str, columns: Sequence[Column], file: Any) -> Writer:
    """The writer of one of FORMATS; `file` is written to and flushed."""
    if shape == "parquet":
        from vxlan_dissect.listing.parquet import ParquetWriter

        return ParquetWriter(file, columns)
    from vxlan_dissect.listing.rows import CsvRows, JsonRows, RowWriter, TextRows

    rows = {"text": TextRows, "csv": CsvRows, "jsonl": JsonRows}[shape](columns)
    return RowWriter(file, rows)
