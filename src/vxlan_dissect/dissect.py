"""Where in its frame does each header lie?

Law: the places come from the same walk that makes the columns, run again over the rows that someone asks about, so
both always agree. A frame that was put together from fragments is walked as it was decoded, whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.columns import Span
from vxlan_dissect.wire.decode_as import dispatch
from vxlan_dissect.wire.header import QUOTE
from vxlan_dissect.wire.walk import Frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets
    from vxlan_dissect.wire.walk import Place

    Rows = NDArray[np.intp]


class Traced(NamedTuple):
    """Frames of one buffer that were walked again.

    `rows`, shape (k,): their rows of the Packets. `frames`: what was walked, whose rows count from 0 in the order of
    `rows`. `places`: where each header was read, outermost first.
    """

    rows: Rows
    frames: Frames
    places: list[Place]


def trace(packets: Packets, rows: Rows | None = None) -> Iterator[Traced]:
    """Walk frames again, all or those of `rows`, buffer by buffer; frames without bytes are left out."""
    types = np.array([interface.linktype for interface in packets.interfaces], dtype=np.int64)
    interfaces = packets.column("frame.interface_id").values
    for held in packets.held(np.arange(len(packets)) if rows is None else np.asarray(rows)):
        frames = Frames(dispatch(packets.decode_as), held.data, held.starts, held.captured, held.original)
        frames.trace = []
        frames.walk(types[interfaces[held.rows]][frames.rows])
        yield Traced(held.rows, frames, frames.trace)


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
