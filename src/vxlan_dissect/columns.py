"""What is a column made of, and where do the bytes that it was read from lie?

Law: an absent value is absent, never zero: `valid` says so, and what stands in `values` there means nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.schema_field import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]


class Column(NamedTuple):
    """`values`, shape (n,), dtype of the field's kind; `valid`, shape (n,), bool: False where the value is absent."""

    values: Array
    valid: NDArray[np.bool_]


class TextColumn(NamedTuple):
    """A column of text, of kind `texts`.

    `values`, int32 of shape (n,): index into `texts`. `valid`, bool of shape (n,). `texts`: the distinct values; one
    holds every text that a frame has for this field, in the order of the frame.
    """

    values: Array
    valid: NDArray[np.bool_]
    texts: Sequence[tuple[str, ...]]


class Buffer(NamedTuple):
    """Bytes of a capture: `data`, uint8, of which the first lies at `base` of the (decompressed) file."""

    base: int
    data: NDArray[np.uint8]


class Held(NamedTuple):
    """Frames in one buffer: `rows` of the Packets, shape (k,), and of each of them where it lies in `data`, uint8.

    `starts`, `captured`, `original`: int64, shape (k,): the first byte, the bytes present, the bytes on the wire.
    """

    rows: NDArray[np.intp]
    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    captured: NDArray[np.int64]
    original: NDArray[np.int64]


class Span(NamedTuple):
    """Pieces of frames in one buffer: of row `rows[i]` of the Packets, `data[starts[i]:ends[i]]`. Shape (k,)."""

    rows: NDArray[np.intp]
    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class CaptureInterface(NamedTuple):
    """Where a file says that its frames were taken: one interface of a pcapng section, or the one of a pcap.

    `linktype` is the LINKTYPE_ number. `host` is the host whose prompt stood before the command in a pasted session.
    `name`, `description`, `hardware`, `os` and `host` are None where the file is silent.
    """

    linktype: int
    name: str | None = None
    host: str | None = None
    description: str | None = None
    snaplen: int = 0
    hardware: str | None = None
    os: str | None = None


def empty(kind: str, rows: int) -> Column:
    """A column of `kind` with nothing in it yet."""
    return Column(np.zeros(rows, dtype=np.dtype(KINDS[kind])), np.zeros(rows, dtype=bool))
