"""How long do packets take from one place to the next?

Law: a step is counted between the places next to each other in a packet's own journey, in the order of the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.trace.model import Delay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.trace.result import Findings

_MANY = 1 << 20


def delays(found: Findings) -> Iterator[Delay]:
    """The delays of all steps, in the order in which packets first took them."""
    seen = found.seen
    at = np.flatnonzero(seen.packet[1:] == seen.packet[:-1])
    if not len(at):
        return
    taken = found.delays(at + 1)
    routes = seen.route[seen.packet[at]]
    steps, first, code = np.unique(routes * _MANY + seen.spot[at], return_index=True, return_inverse=True)
    # Steps of many routes between the same two places are one.
    known: dict[object, int] = {}
    numbers = np.empty(len(steps), dtype=np.int64)
    ends: list[tuple[At, At]] = []
    for number in np.argsort(first).tolist():
        step = int(steps[number])
        route = seen.routes[step // _MANY]
        spot = step % _MANY
        pair = route.spots[spot], route.spots[spot + 1]
        key = tuple((each.at, each.place) for each in pair)
        if key not in known:
            known[key] = len(ends)
            ends.append((pair[0].at, pair[1].at))
        numbers[number] = known[key]
    group = numbers[code]
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(len(ends) + 1))
    for number, (src, dst) in enumerate(ends):
        mine = taken[order[bounds[number] : bounds[number + 1]]]
        yield Delay(
            src, dst, len(mine), int(mine.min()), *np.percentile(mine, [50, 99], method="higher").astype(int).tolist()
        )
