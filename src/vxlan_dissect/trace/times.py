"""What time is it at a place, by the clock of reference?

Law: clocks are set by packets that are known without doubt, before time is used to tell others apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.trace.assemble import WHOLE, Carried, assembled
from vxlan_dissect.trace.clock import Crossings, clocks, corrected
from vxlan_dissect.trace.looks import OF_CAPTURE
from vxlan_dissect.trace.match import match, repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.model import Clock
    from vxlan_dissect.trace.reading import Read
    from vxlan_dissect.trace.records import Records


ENOUGH = 1 << 18  # records that set the clocks


def clocks_of(records: Records, slots: NDArray[np.int64], looks: Looks) -> list[Clock]:
    """The clocks of the nodes, in the order of `Looks.nodes`."""
    nodes = looks.nodes
    if len(nodes) < 2:
        return clocks(nodes, [])
    if len(slots) > ENOUGH:
        # All records of some packets, from beginning to end: what is left out by its print is left out everywhere.
        some = records.strong % np.uint64(len(slots) // ENOUGH + 1) == 0
        records, slots = records.take(some), slots[some]
    found = match(records.strong, records.body, slots, records.time, apart_ns=None)
    sure = _sure(found.packet, slots)
    rows = np.flatnonzero(sure)
    if not len(rows):
        return clocks(nodes, [])
    _, packet = np.unique(found.packet[rows], return_inverse=True)
    seen = assembled(Carried(packet, rows, np.full(len(rows), WHOLE, dtype=np.int32)), records, records.time, looks)
    node = looks.node_of_tap[records.tap[seen.record]]
    times = records.time[seen.record]
    crosses = (seen.packet[1:] == seen.packet[:-1]) & (node[1:] != node[:-1])
    at = np.flatnonzero(crosses)
    known = np.array([route.is_ordered for route in seen.routes], dtype=bool)[seen.route[seen.packet[at]]]
    at = at[known]
    pairs = node[at] * len(nodes) + node[at + 1]
    crossings = []
    every = np.unique(pairs).tolist()
    for pair in every:
        src, dst = divmod(pair, len(nodes))
        # A capture of an unknown place may be of a node that is known: one direction alone would set it apart.
        unknown = nodes[src].startswith(OF_CAPTURE) or nodes[dst].startswith(OF_CAPTURE)
        if unknown and dst * len(nodes) + src not in every:
            continue
        mine = at[pairs == pair]
        crossings.append(Crossings(src, dst, times[mine], times[mine + 1]))
    return clocks(nodes, crossings)


def clock_of_capture(number: int, read: Read, looks: Looks, known: Sequence[Clock]) -> Clock | None:
    """The clock of the machine that wrote a capture, None where it needs no setting."""
    taps = [tap for tap, one in enumerate(read.taps) if one.capture == number]
    clock = known[int(looks.node_of_tap[taps[0]])] if taps else None
    return clock if clock is not None and (clock.offset_ns or clock.drift_ppm) else None


def set_right(records: Records, looks: Looks, known: list[Clock]) -> NDArray[np.int64]:
    """The times of all records by the clock of reference, shape (n,)."""
    times = records.time.copy()
    node = looks.node_of_tap[records.tap]
    for number, clock in enumerate(known):
        if clock.offset_ns or clock.drift_ppm:
            mine = node == number
            times[mine] = corrected(times[mine], clock)
    return times


def _sure(packet: NDArray[np.int64], slots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether no slot saw the packet of a record twice, and some two saw it, shape (n,)."""
    sure: NDArray[np.bool_] = (np.bincount(packet) > 1)[packet] & ~repeated(packet, slots)
    return sure
