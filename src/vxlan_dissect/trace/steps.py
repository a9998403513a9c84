"""In which order are the questions of a trace answered?

Law: what is sure comes first, since it serves what is not: packets known without doubt set the clocks, clocks tell
repeated packets apart, packets tell interfaces and translations, and all of them what was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.trace.assemble import assembled
from vxlan_dissect.trace.looks import Looks
from vxlan_dissect.trace.lost import Missing
from vxlan_dissect.trace.match import match
from vxlan_dissect.trace.notes import notes
from vxlan_dissect.trace.reading import flooded, slots_of
from vxlan_dissect.trace.result import Findings, Trace
from vxlan_dissect.trace.roundtrip import waits
from vxlan_dissect.trace.sample import Again
from vxlan_dissect.trace.segments import cut_anew
from vxlan_dissect.trace.times import clocks_of, set_right
from vxlan_dissect.trace.translate import translated
from vxlan_dissect.trace.unnamed import named

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets
    from vxlan_dissect.trace.assemble import Carried
    from vxlan_dissect.trace.looks import Explain
    from vxlan_dissect.trace.reading import Read


def traced(
    read: Read, explain: Explain, packets_of: Callable[[str], Iterator[Packets]], *,
    filtered: bool, hubble: str | os.PathLike[str] | None = None,
) -> Trace:  # fmt: skip
    """The trace of what was read.

    `explain` explains frames of a capture, `packets_of` reads one again; `filtered`: whether a filter chose records.
    """
    records, looks = read.records, Looks(read, explain)
    looks.waits = waits(records, looks)
    slots = slots_of(read)
    clocks = clocks_of(records, slots, looks)
    times = set_right(records, looks, clocks)
    slack = sum(clock.error_ns or 0 for clock in clocks)
    found = match(records.strong, records.body, slots, times, flooded(records), slack_ns=slack)
    named(read, looks, found.packet)
    found, flows = translated(found, records, times, looks, slack_ns=slack)
    carried = cut_anew(found.packet, records, times, flows, slots, slack_ns=slack)
    del flows, slots
    read = read.without_prints()
    records = read.records
    carried, doubts = _in_order(carried, found.doubtful, times)
    seen = assembled(carried, records, times, looks)
    again = Again(read, looks, clocks, seen, packets_of)
    missing = Missing(seen, records, looks)
    missing.judge(again.losses())
    selected = np.arange(len(seen.route))
    if filtered:
        picked = np.zeros(len(seen.route), dtype=bool)
        picked[carried.packet[read.chosen[carried.record]]] = True
        selected = np.flatnonzero(picked)
    result = Findings(read, looks, seen, times, slack, doubts, missing.ended, missing.told)
    points = looks.points()
    events = None
    if hubble is not None:
        from vxlan_dissect.trace.hubble import read as read_hubble

        events = read_hubble(hubble, clocks)
    again.say_what_is_open(missing.ended)
    said = [*notes(points), *again.notes, *(() if events is None else events.notes)]
    return Trace(result, points, clocks, notes=said, problems=read.problems, selected=selected, hubble=events)


def _in_order(
    carried: Carried, doubtful: NDArray[np.int64], times: NDArray[np.int64]
) -> tuple[Carried, NDArray[np.bool_]]:
    """Packets numbered without gaps in the order in which they began, and which of them are ambiguous."""
    count = int(carried.packet.max()) + 1 if len(carried.packet) else 0
    none = np.iinfo(np.int64).max
    start = np.full(count, none)
    np.minimum.at(start, carried.packet, times[carried.record])
    order = np.argsort(start, kind="stable")
    order = order[: count - int((start == none).sum())]
    rank = np.zeros(count, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return carried._replace(packet=rank[carried.packet]), np.isin(order, doubtful)
