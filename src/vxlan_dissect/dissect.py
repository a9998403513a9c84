"""Where in its frame does each header lie?

Law: the places come from the same walk that makes the columns, run again over the rows that someone asks about, so
both always agree. A frame that was put together from fragments is walked as it was decoded, whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.packets import Span
from vxlan_dissect.wire import DISPATCH
from vxlan_dissect.wire.header import QUOTE
from vxlan_dissect.wire.walk import Frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets
    from vxlan_dissect.wire.walk import Place

    Rows = NDArray[np.intp]
    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]


class Traced(NamedTuple):
    """Frames of one buffer that were walked again.

    `rows`, shape (k,): their rows of the Packets. `frames`: what was walked, whose rows count from 0 in the order of
    `rows`. `places`: where each header was read, outermost first.
    """

    rows: Rows
    frames: Frames
    places: list[Place]


class Extents(NamedTuple):
    """Where frames lie in a buffer, arrays of shape (k,): the first byte, bytes present and bytes on the wire."""

    starts: Ints
    captured: Ints
    original: Ints


def trace(packets: Packets, rows: Rows | None = None) -> Iterator[Traced]:
    """Walk frames again, all or those of `rows`, buffer by buffer; frames without bytes are left out."""
    wanted = np.arange(len(packets)) if rows is None else np.asarray(rows)
    if packets.rebuilt and len(wanted):
        numbers = packets.column("frame.number").values[wanted]
        again = np.isin(numbers, list(packets.rebuilt))
        if again.any():
            whole = [packets.rebuilt[number] for number in numbers[again].tolist()]
            sizes = np.array([len(frame) for frame in whole], dtype=np.int64)
            data = np.frombuffer(b"".join(whole), dtype=np.uint8)
            yield _traced(packets, wanted[again], data, Extents(np.cumsum(sizes) - sizes, sizes, sizes))
        wanted = wanted[~again]
    offsets, captured = packets.column("frame.offset"), packets.column("frame.cap_len")
    lengths = packets.column("frame.len")
    wanted = wanted[offsets.valid[wanted] & captured.valid[wanted]]
    bases = np.array([buffer.base for buffer in packets.buffers], dtype=np.int64)
    owners = np.searchsorted(bases, offsets.values[wanted], side="right") - 1
    for owner in np.unique(owners[owners >= 0]).tolist():
        base, data = packets.buffers[owner]
        chosen = wanted[owners == owner]
        size = captured.values[chosen].astype(np.int64)
        original = np.where(lengths.valid[chosen], lengths.values[chosen], size)
        yield _traced(packets, chosen, data, Extents(offsets.values[chosen] - base, size, original))


def spans(packets: Packets, protocol: str, levels: Sequence[str]) -> Iterator[Span]:
    """Where the headers named `protocol` begin and their packets end, at the levels `""`, `outer.` and `quoted.`."""
    for rows, frames, places in trace(packets):
        for place in places:
            if frames.dispatch.headers[place.header].name != protocol:
                continue
            work = place.work
            if work.level == QUOTE:
                chosen = np.full(len(work.rows), schema.QUOTED in levels)
            else:
                inside = frames.tunnels[work.rows] - np.int64(work.level)
                chosen = (inside == 0) & ("" in levels) | (inside == 1) & (schema.OUTER in levels)
            if chosen.any():
                starts, ends = work.offsets[chosen], frames.there(work)[chosen]
                yield Span(rows[work.rows[chosen]], frames.buffer, starts, ends)


def _traced(packets: Packets, rows: Rows, data: Bytes, extents: Extents) -> Traced:
    types = np.array([interface.linktype for interface in packets.interfaces], dtype=np.int64)
    frames = Frames(DISPATCH, data, *extents)
    frames.trace = []
    frames.walk(types[packets.column("frame.interface_id").values[rows]][frames.rows])
    return Traced(rows, frames, frames.trace)
