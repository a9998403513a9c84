"""Which of two places is nearer to the sender, where no network model tells?

Law: a question and its answer pass each place, and the one nearer to who asks waits longer for the answer. Both times
are by one clock, so no clock has to be right for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.explain.segments import ACK_BIT, SYN_BIT
from vxlan_dissect.trace.conversations import ANSWERS, ASKS
from vxlan_dissect.trace.fingerprint import mixed
from vxlan_dissect.trace.runs import begins

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.records import Records

MOST = 1 << 18  # questions and answers that are looked at


class Waits(NamedTuple):
    """How long each place waits: median nanoseconds by who asks, who answers, and the number of the place."""

    of: dict[tuple[IP | None, IP | None, int], int]

    def rank(self, src: IP | None, dst: IP | None, place: int) -> float | None:
        """How far a place is from who sends from `src` to `dst`, in an order only; None where that is not known."""
        asked = self.of.get((src, dst, place))
        if asked is not None:
            return -float(asked)
        answered = self.of.get((dst, src, place))
        return None if answered is None else float(answered)


def waits(records: Records, looks: Looks) -> Waits:
    """What echoes and the openings of TCP connections tell of all places."""
    if not len(looks.echoes):
        return Waits({})
    opens = np.where(records.flags & ACK_BIT, ANSWERS, ASKS) * ((records.flags & SYN_BIT) != 0)
    kind = np.where(records.flags != 0, opens, looks.echoes[records.look])
    rows = np.flatnonzero(kind)[:MOST]
    if not len(rows):
        return Waits({})
    numbers = np.where(records.flags[rows] != 0, 0, records.number[rows])
    ports = records.ports[rows]
    # The two directions of a connection have their ports the other way round.
    both = np.minimum(ports, ports << np.uint32(16) | ports >> np.uint32(16))
    keys = mixed(looks.ends[records.look[rows]], both, numbers, records.tap[rows], records.tunnelled[rows])
    order = np.lexsort((records.time[rows], kind[rows], keys))
    rows, keys = rows[order], keys[order]
    first = begins(keys, kind[rows])
    rows, keys = rows[first], keys[first]
    pair = np.flatnonzero((keys[1:] == keys[:-1]) & (records.time[rows[1:]] > records.time[rows[:-1]]))
    asks, answers = rows[pair], rows[pair + 1]
    found: dict[tuple[IP | None, IP | None, int], list[int]] = {}
    for look, tap, wait in zip(
        records.look[asks].tolist(), records.tap[asks].tolist(), (records.time[answers] - records.time[asks]).tolist(),
        strict=True,
    ):  # fmt: skip
        context = looks.context(look)
        place = int(looks.place_of_tap[tap])
        found.setdefault((context.src.ip, context.dst.ip, place), []).append(wait)
    return Waits({key: int(np.median(each)) for key, each in found.items()})
