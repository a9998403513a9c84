"""Where in its frame does each header lie?

Law: the places come from the same walk that makes the columns, run again over the rows that someone asks about, so
both always agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.wire import DISPATCH
from vxlan_dissect.wire.walk import Frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets
    from vxlan_dissect.wire.walk import Place


class Traced(NamedTuple):
    """Frames of one buffer that were walked again.

    `rows`, shape (k,): their rows of the Packets. `frames`: what was walked, whose rows count from 0 in the order of
    `rows`. `places`: where each header was read, outermost first.
    """

    rows: NDArray[np.intp]
    frames: Frames
    places: list[Place]


def trace(packets: Packets, rows: NDArray[np.intp] | None = None) -> Iterator[Traced]:
    """Walk frames again, all or those of `rows`, buffer by buffer; frames without bytes are left out."""
    offsets, captured = packets.column("frame.offset").values, packets.column("frame.cap_len").values
    lengths, interfaces = packets.column("frame.len"), packets.column("frame.interface_id").values
    types = np.array([interface.linktype for interface in packets.interfaces], dtype=np.int64)
    for chosen, (base, data) in packets.held(np.arange(len(packets)) if rows is None else np.asarray(rows)):
        size = captured[chosen].astype(np.int64)
        original = np.where(lengths.valid[chosen], lengths.values[chosen], size)
        frames = Frames(DISPATCH, data, offsets[chosen] - base, size, original)
        frames.trace = []
        frames.walk(types[interfaces[chosen]][frames.rows])
        yield Traced(chosen, frames, frames.trace)
