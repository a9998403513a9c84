"""Which frames are explained to judge what was lost?

Few frames are all at hand. Of many only the first of each look is, so captures are read once more and of that the
conversations are taken whose packets stop short, with what else may tell why: ICMP errors, ARP and neighbour discovery.

Law: a conversation is judged with all of its frames or not at all, and what was not looked at is said.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.errors import CaptureError
from vxlan_dissect.explain.statements import counted
from vxlan_dissect.packets import Packets
from vxlan_dissect.trace.clock import corrected
from vxlan_dissect.trace.conversations import conversation_of, conversations, tells_why
from vxlan_dissect.trace.lost import at_times, found_losses
from vxlan_dissect.trace.records import KEPT
from vxlan_dissect.trace.times import clock_of_capture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.losses.model import Loss
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.trace.assemble import Sightings
    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.model import Clock
    from vxlan_dissect.trace.reading import Read
    from vxlan_dissect.trace.records import Taken
    from vxlan_dissect.trace.routes import Route

ASIDE = 4096  # frames of a capture that belong to no conversation


class Again:
    """Looks at captures again. `notes` say what was left out, once `losses` is done."""

    def __init__(
        self, read: Read, looks: Looks, clocks: Sequence[Clock], seen: Sightings,
        packets_of: Callable[[str], Iterator[Packets]],
    ) -> None:  # fmt: skip
        self._read, self._looks, self._clocks, self._seen, self._packets_of = read, looks, clocks, seen, packets_of
        self.notes: list[str] = []

    def losses(self) -> list[Loss]:
        """What was lost, by conversation; its times are by the clock of reference."""
        spans = {}
        for number, capture in enumerate(self._read.captures):
            if capture.begin_ns is not None and capture.end_ns is not None:
                begin, end = self._right(number, np.array([capture.begin_ns, capture.end_ns])).tolist()
                spans[capture.name] = begin, end
        if all(capture.whole for capture in self._read.captures):
            return found_losses(self._whole(), spans)
        wanted = self._wanted()
        return found_losses(self._sampled(wanted), spans) if len(wanted) else []

    def _whole(self) -> Iterator[Explanations]:
        captures = zip(self._read.captures, self._looks.explained, strict=True)
        for number, (capture, explained) in enumerate(captures):
            yield self._by_one_clock(number, capture, explained)

    def _by_one_clock(self, number: int, capture: Taken, explained: Explanations) -> Explanations:
        explained.file_name = capture.label
        return at_times(explained, self._right(number, explained.packets.times()))

    def _right(self, number: int, times: NDArray[np.int64]) -> NDArray[np.int64]:
        clock = clock_of_capture(number, self._read, self._looks, self._clocks)
        return times if clock is None else corrected(times, clock)

    def _sampled(self, wanted: NDArray[np.uint64]) -> Iterator[Explanations]:
        for number, capture in enumerate(self._read.captures):
            if capture.name == "-":
                self.notes.append("standard input cannot be read twice: what it lacks is not judged")
                continue
            parts: list[Packets] = []
            with suppress(CaptureError):  # it was said when it was read first
                parts.extend(self._part(self._packets_of(capture.name), wanted))
            # One without a frame of these was captured too, and shows that they did not come by.
            frames = Packets.concat(parts) if parts else capture.packets[:0]
            yield self._by_one_clock(number, capture, self._looks.explain(frames, self._place(number)))

    def _place(self, number: int) -> str | None:
        """The place of a capture as all of its frames tell it, as `--at` has it; None for several or none."""
        places = self._looks.explained[number].places()
        if len(places) != 1 or places[0].interface is None:
            return None
        host = places[0].pod or places[0].node
        return None if host is None else f"{host}:{places[0].interface}"

    def _part(self, batches: Iterator[Packets], wanted: NDArray[np.uint64]) -> Iterator[Packets]:
        aside = 0
        for packets in batches:
            taken = np.isin(conversations(packets), wanted)
            beside = np.flatnonzero(tells_why(packets) & ~taken)[: ASIDE - aside]
            aside += len(beside)
            taken[beside] = True
            if taken.any():
                part = packets.take(np.flatnonzero(taken))
                part.buffers, part.rebuilt = (), {}
                yield part

    def _wanted(self) -> NDArray[np.uint64]:
        """The conversations to look at: of those with packets that stop short, as many as KEPT frames hold."""
        if not self._short.any():
            return np.zeros(0, dtype=np.uint64)
        seen, records = self._seen, self._read.records
        keys = conversation_of(self._looks.ends[records.look], records.ports)
        packets = np.flatnonzero(self._short[seen.route])
        known, counts = np.unique(keys[seen.record[seen.begins[packets]]], return_counts=True)
        order = np.argsort(known)
        frames = np.zeros(len(known), dtype=np.int64)
        at = np.minimum(np.searchsorted(known[order], keys), len(known) - 1)
        same = known[order][at] == keys
        np.add.at(frames, order[at[same]], 1)
        rank = np.lexsort((frames, -counts))
        fits = np.cumsum(frames[rank]) <= KEPT
        fits[0] = True
        if not fits.all():
            self.notes.append(
                f"losses were judged on {int(fits.sum())} of {counted(len(known), 'conversation')} with packets that "
                "stop short; those of the others that stop on the same way at the same place count with them"
            )
        found: NDArray[np.uint64] = known[rank[fits]]
        return found

    def say_what_is_open(self, ended: NDArray[np.int32]) -> None:
        """Note packets that stop short on a way that nothing tells; `ended`: the losses of packets, 0 for none."""
        off = np.array([all(spot.step is None for spot in route.spots) for route in self._seen.routes], dtype=bool)
        count = int(((off & self._short)[self._seen.route] & (ended == 0)).sum())
        if count:
            self.notes.append(
                f"{counted(count, 'packet')} ended where others of the same two hosts went on, on a way that is not "
                "known: whether they were lost is not judged; an inventory (-i) tells the way"
            )

    @cached_property
    def _short(self) -> NDArray[np.bool_]:
        """Which routes end before a captured place that lies further on their way, or on that of others like them."""
        looks, routes = self._looks, self._seen.routes
        further: dict[object, set[At]] = defaultdict(set)  # by ends and last place, where others went on to
        for route in routes:
            places = [spot.at for spot in route.spots]
            for number, at in enumerate(places):
                further[_ends(route, looks), at].update(places[number + 1 :])
        found = np.zeros(len(routes), dtype=bool)
        for number, route in enumerate(routes):
            if not route.arrived:
                reached = max((spot.step for spot in route.spots if spot.step is not None), default=None)
                ahead = reached is not None and any(map(looks.covers, route.hops[reached + 1 :]))
                beyond = further[_ends(route, looks), route.spots[-1].at] - {spot.at for spot in route.spots}
                found[number] = ahead or bool(beyond)
        return found


def _ends(route: Route, looks: Looks) -> object:
    context = looks.context(route.spots[0].looks[0])
    return context.src.ip, context.dst.ip
