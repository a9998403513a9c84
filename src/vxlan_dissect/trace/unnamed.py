"""Which interface is it that a capture of all of them tells by its index alone?

Law: that which shows the same packets at the same moments in a capture of its own, and that no other index stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.trace.fingerprint import mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.reading import Read

SAME_NS = 30_000  # two captures of one interface stamp a frame so close together


def named(read: Read, looks: Looks, packet: NDArray[np.int64]) -> None:
    """Give taps of `looks` whose interface no inventory names the place of the capture that shows the same.

    `packet`, shape (n,), numbers the packets of the records.
    """
    records = read.records
    open_taps = [tap for tap, place in enumerate(looks.place_of_tap.tolist()) if looks.is_unnamed(place)]
    if not open_taps:
        return
    keys = mixed(packet, records.hop_limit, records.tunnelled)
    for tap in open_taps:
        node = looks.node_of(int(looks.place_of_tap[tap]))
        mine = np.flatnonzero(records.tap == tap)
        taken = {int(looks.place_of_tap[t]) for t, one in enumerate(read.taps) if one.capture == read.taps[tap].capture}
        votes: dict[int, int] = {}
        for other, place in enumerate(looks.place_of_tap.tolist()):
            if not looks.cooked[other] and place not in taken and looks.node_of(place) == node:
                rows = np.flatnonzero(records.tap == other)
                votes[place] = votes.get(place, 0) + _alike(keys, records.time, mine, rows)
        best = max(votes, key=lambda place: votes[place], default=None)
        if best is not None and 2 * votes[best] > len(mine):
            looks.place_of_tap[tap] = best


def _alike(keys: NDArray[np.uint64], time: NDArray[np.int64], mine: NDArray[np.intp], rows: NDArray[np.intp]) -> int:
    """How many frames of one tap another shows at the same moment."""
    rows = rows[np.lexsort((time[rows], keys[rows]))]
    if not len(rows):
        return 0
    at = np.minimum(np.searchsorted(keys[rows], keys[mine]), len(rows) - 1)
    same = keys[rows[at]] == keys[mine]
    return int((same & (np.abs(time[rows[at]] - time[mine]) < SAME_NS)).sum())
