"""What do TCP, UDP and ICMP errors tell of the conversations of a capture?

Law: every frame has flags (`stream_flags`) and at most one partner, the frame that it belongs with. What an earlier
batch showed is kept as the few frames that later ones are compared with, so that batches give what the whole capture
would give, as far as these reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.explain.connections import Connections
from vxlan_dissect.explain.datagrams import Datagrams
from vxlan_dissect.explain.quotes import Quotes, errors_of, quoted_flows
from vxlan_dissect.explain.segments import segments
from vxlan_dissect.explain.statements import ERROR, FIRST, QUOTED, REPLY, REQUEST, Related
from vxlan_dissect.explain.stream_flags import (
    AFTER_ERROR,
    HALF_OPEN,
    QUOTES,
    REJECTED,
    RETRANSMITTED,
    SYN,
    UNANSWERED,
    WAITS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.explain.segments import Segments
    from vxlan_dissect.packets import Packets


class Analysis(NamedTuple):
    """What is known of each frame of a batch; arrays of shape (n,).

    `flags`, uint32: of `stream_flags`, 0 where nothing is to be said. `partners` and `partner_times`, int64: number and
    time of the frame that it belongs with, 0 where there is none.
    """

    flags: NDArray[np.uint32]
    partners: NDArray[np.int64]
    partner_times: NDArray[np.int64]


class Streams:
    """Analyses the conversations of one capture, batch by batch."""

    def __init__(self) -> None:
        self._kept: Segments | None = None
        self._datagrams = Datagrams()
        self._quotes = Quotes()

    def analyse(self, packets: Packets) -> Analysis:
        """The analysis of the next batch."""
        count = len(packets)
        found = Analysis(np.zeros(count, np.uint32), np.zeros(count, np.int64), np.zeros(count, np.int64))
        if count:
            self._tcp(packets, found)
            self._datagrams.analyse(packets, found)
            self._errors(packets, found)
        return found

    def _tcp(self, packets: Packets, found: Analysis) -> None:
        rows, now = segments(packets)
        if not len(rows):
            return
        old = 0 if self._kept is None else len(self._kept.frame)
        if self._kept is not None:
            now = self._kept.before(now)
        seen = Connections(packets, now)
        found.flags[rows] = seen.flags[old:]
        partner = seen.partner[old:]
        there = np.flatnonzero(partner >= 0)
        found.partners[rows[there]] = now.frame[partner[there]]
        found.partner_times[rows[there]] = now.time[partner[there]]
        self._kept = now.take(seen.to_keep())

    def _errors(self, packets: Packets, found: Analysis) -> None:
        """Tie each ICMP error to the frame that it quotes; what an error came back for is not unanswered."""
        errors = errors_of(packets)
        for error in self._quotes.match(packets, errors):
            found.flags[error.row] |= QUOTES
            found.partners[error.row], found.partner_times[error.row] = error.frame, error.time_ns
            for row in error.rejected:
                found.flags[row] |= REJECTED
                found.partners[row], found.partner_times[row] = error.number, error.error_time_ns
        turned_down = packets.column("frame.number").values[found.flags & REJECTED != 0]
        again = np.flatnonzero(found.flags & RETRANSMITTED)
        found.flags[again[np.isin(found.partners[again], turned_down)]] |= AFTER_ERROR
        silent = np.flatnonzero(found.flags & (HALF_OPEN | UNANSWERED))
        if len(errors) and len(silent):
            met = quoted_flows(packets, errors, silent)
            found.flags[silent[met]] &= ~np.uint32(HALF_OPEN | UNANSWERED)


def related(analysis: Analysis, row: int, time: int) -> Iterator[Related]:
    """The frame that the one in a row, captured at `time`, belongs with."""
    flags, partner = int(analysis.flags[row]), int(analysis.partners[row])
    if partner:
        relation = REPLY if flags & (SYN | WAITS) else REQUEST
        for flag, other in ((RETRANSMITTED, FIRST), (QUOTES, QUOTED), (REJECTED, ERROR)):
            relation = other if flags & flag else relation
        yield Related(partner, relation, int(analysis.partner_times[row]) - time)
