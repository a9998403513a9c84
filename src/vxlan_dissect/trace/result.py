"""What does a trace say, packet by packet and as a whole?

Law: journeys are made when they are asked for; tables and numbers come from the arrays. Nothing is kept twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.kinds import message
from vxlan_dissect.explain.statements import LIKELY, counted
from vxlan_dissect.trace.delays import delays
from vxlan_dissect.trace.lost import HARMLESS
from vxlan_dissect.trace.model import Change, Flow, Journey, Overview, RankedCause, Sighting
from vxlan_dissect.trace.routes import AT_ONCE_NS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from vxlan_dissect.errors import CaptureError
    from vxlan_dissect.trace.assemble import Sightings
    from vxlan_dissect.trace.hubble import Events
    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.model import Clock, Lost, Point, Verdict
    from vxlan_dissect.trace.reading import Read
    from vxlan_dissect.trace.routes import Route

DROPPED = "DROPPED"
SLACK_NS = 50_000_000  # Hubble's agent notes a packet a little after it passed


class Findings(NamedTuple):
    """What was found, as arrays.

    `times`, int64, shape (n,): those of the records by the clock of reference, which agree within `slack_ns` between
    nodes. `doubts`, shape (packets,): whether a packet is ambiguous; `ended`, shape (packets,):
    which of `losses` it is part of, counted from 1, 0 for none.
    """

    read: Read
    looks: Looks
    seen: Sightings
    times: NDArray[np.int64]
    slack_ns: int
    doubts: NDArray[np.bool_]
    ended: NDArray[np.int32]
    losses: list[Lost]

    def delays(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Nanoseconds from the sighting before to each of the sightings `rows`, shape (k,), none the first of a packet.

        In the order of the way, at times that do not tell, no time passed.
        """
        here, before = self.seen.record[rows], self.seen.record[rows - 1]
        taken = self.times[here] - self.times[before]
        tap = self.read.records.tap
        same = self.looks.node_of_tap[tap[here]] == self.looks.node_of_tap[tap[before]]
        doubt = AT_ONCE_NS + np.where(same, 0, self.slack_ns)
        # A merged frame has the time of the first segment in it.
        merged = (self.read.records.flags[here] != 0) & (
            self.read.records.length[here] != self.read.records.length[before]
        )
        return np.where((taken < 0) & ((taken >= -doubt) | merged), 0, taken)


class Trace:
    """Packets that several captures show. Iterate `journeys` for each packet; `overview` sums up.

    `points`: where each capture was taken; `clocks`: how far those of the nodes differ; `problems`: the errors that
    ended the reading of captures early; `selected`: the numbers of the packets that a filter chose, shape (k,), int64.
    """

    def __init__(
        self, found: Findings, points: Sequence[Point], clocks: Sequence[Clock], *, notes: Sequence[str] = (),
        problems: Sequence[CaptureError] = (), selected: NDArray[np.int64], hubble: Events | None = None,
    ) -> None:  # fmt: skip
        self._found, self._notes, self._hubble = found, tuple(notes), hubble
        self.points, self.clocks, self.problems = tuple(points), tuple(clocks), tuple(problems)
        self.selected = selected

    def __repr__(self) -> str:
        said = self.overview
        return f"<Trace: {said.journeys} packets at {len(self.points)} points, {said.lost} lost>"

    @property
    def journeys(self) -> Journeys:
        """The journeys that the filter chose, in the order in which they began."""
        return Journeys(self, self.selected)

    @property
    def lost(self) -> Journeys:
        """Those of them that ended in a loss."""
        return Journeys(self, self.selected[self._lost[self.selected]])

    def slowest(self, most: int) -> list[Journey]:
        """At most so many of the journeys, those that took longest first."""
        order = np.argsort(-self._durations()[self.selected], kind="stable")[:most]
        return list(Journeys(self, self.selected[order]))

    @cached_property
    def _lost(self) -> NDArray[np.bool_]:
        """Whether each packet was lost to somebody's harm."""
        harm = np.array([False, *(lost.verdict not in HARMLESS for lost in self._found.losses)])
        lost: NDArray[np.bool_] = harm[self._found.ended]
        return lost

    @cached_property
    def overview(self) -> Overview:
        """What it all amounts to."""
        seen = self._found.seen
        places = np.diff(seen.begins)
        frames = sum(capture.frames for capture in self._found.read.captures)
        moved = np.zeros(len(self._found.times), dtype=bool)
        moved[seen.carried[np.repeat((places > 1)[seen.packet], np.diff(seen.frames))]] = True
        matched = int(moved.sum()) + self._found.read.fragments(moved)
        return Overview(
            frames,
            matched,
            frames - matched,
            len(places),
            int(self._lost.sum()),
            int(self._found.doubts.sum()),
            tuple(delays(self._found)),
            self._notes,
        )

    @property
    def sightings(self) -> pd.DataFrame:
        """One row a sighting of the journeys: see `tables.SIGHTINGS` for columns and dtypes."""
        from vxlan_dissect.trace import tables

        return tables.sightings(self, self._found)

    @property
    def hops(self) -> pd.DataFrame:
        """One row a step from one sighting to the next: see `tables.HOPS`."""
        from vxlan_dissect.trace import tables

        return tables.hops(self, self._found)

    @property
    def losses(self) -> pd.DataFrame:
        """One row a lost packet: see `tables.LOSSES`."""
        from vxlan_dissect.trace import tables

        return tables.losses(self, self._found)

    def as_dict(self) -> dict[str, Any]:
        """The object of `vxd trace -T json`."""
        return {
            "points": [point.as_dict() for point in self.points],
            "clocks": [clock.as_dict() for clock in self.clocks],
            "overview": self.overview.as_dict(),
            "journeys": [journey.as_dict() for journey in self.journeys],
        }

    def journey(self, packet: int) -> Journey:
        """The journey of a packet by its number, from 0."""
        found, seen = self._found, self._found.seen
        begin, end = int(seen.begins[packet]), int(seen.begins[packet + 1])
        route = seen.routes[int(seen.route[packet])]
        delays = [None, *found.delays(np.arange(begin + 1, end)).tolist()]
        sightings = [self._sighting(route, row, delay) for row, delay in zip(range(begin, end), delays, strict=True)]
        record, flow = int(seen.record[begin]), self.flow(packet)
        doubt = None
        if found.doubts[packet]:
            doubt = "frames with the same content passed so close together that which one is which cannot be told"
        ended = int(found.ended[packet])
        lost = found.losses[ended - 1]._replace(after=sightings[-1].at) if ended else None
        arrived = False if lost is not None else route.arrived
        said = self._verdicts(flow, sightings)
        if lost is not None:
            lost = lost._replace(causes=_with_drops(lost.causes, said))
        return Journey(
            packet + 1,
            self._summary(record, flow),
            flow,
            tuple(sightings),
            doubt is not None,
            doubt,
            arrived,
            lost,
            said,
        )

    def flow(self, packet: int) -> Flow:
        """Who sends a packet to whom; its number counts from 0."""
        return self._flow(int(self._found.seen.record[self._found.seen.begins[packet]]))

    def _durations(self) -> NDArray[np.int64]:
        seen, times = self._found.seen, self._found.times
        durations: NDArray[np.int64] = times[seen.record[seen.begins[1:] - 1]] - times[seen.record[seen.begins[:-1]]]
        return durations

    def _sighting(self, route: Route, row: int, delay: int | None) -> Sighting:
        """The sighting of a row, `delay` ns after the one before, which is None for the first of a packet."""
        found, seen = self._found, self._found.seen
        records, read = found.read.records, found.read
        spot = route.spots[int(seen.spot[row])]
        record = int(seen.record[row])
        here = read.taps[int(records.tap[record])].capture
        mine, also = [], []
        for each in seen.carried[int(seen.frames[row]) : int(seen.frames[row + 1])].tolist():
            capture = read.taps[int(records.tap[each])].capture
            parts = self._parts(each)
            if capture == here:
                mine += [part for part in parts if part not in mine]
            else:
                also += [(read.captures[capture].label, part) for part in parts]
        changes = spot.changes
        if delay is not None:
            changes += self._own_changes(int(seen.record[row - 1]), row - 1, record, row)
        return Sighting(
            read.captures[here].label, int(records.frame[record]), int(records.time[record]),
            int(found.times[record]), spot.at, delay, changes, tuple(mine), tuple(also), int(seen.lacking[row]),
        )  # fmt: skip

    def _own_changes(self, before: int, row_before: int, record: int, row: int) -> tuple[Change, ...]:
        """What changed for this packet alone: ports, and how many frames it is in."""
        records = self._found.read.records
        found = []
        was, now = int(records.ports[before]), int(records.ports[record])
        names = ("source-port", "destination-port")
        if was != now and was >> 16 == was & 0xFFFF and now >> 16 == now & 0xFFFF and not records.flags[record]:
            found.append(Change("identifier", str(was & 0xFFFF), str(now & 0xFFFF)))
        elif was != now:
            for name, old, new in zip(names, divmod(was, 1 << 16), divmod(now, 1 << 16), strict=True):
                found += [Change(name, str(old), str(new))] if old != new else []
        return (*found, *self._cut_anew(before, row_before, record, row))

    def _cut_anew(self, before: int, row_before: int, record: int, row: int) -> tuple[Change, ...]:
        """Whether the packet came in more frames or in fewer than before, or in longer or shorter ones."""
        records = self._found.read.records
        fragments = len(self._parts(before)), len(self._parts(record))
        if fragments[0] != fragments[1]:
            return (Change("fragmented" if fragments[1] > 1 else "reassembled", *map(str, fragments)),)
        if not records.flags[record]:
            return ()
        was, now = self._pieces(row_before), self._pieces(row)
        old, new = int(records.length[before]), int(records.length[record])
        if was == now and (was > 1 or old == new):
            return ()
        if was == now:
            return (Change("merged" if new > old else "segmented", f"{old} bytes", f"{new} bytes"),)
        return (Change("merged" if now < was else "segmented", counted(was, "frame"), counted(now, "frame")),)

    def _pieces(self, row: int) -> int:
        """In how many frames of one capture a sighting is."""
        seen, records = self._found.seen, self._found.read.records
        taps = records.tap[seen.carried[int(seen.frames[row]) : int(seen.frames[row + 1])]].tolist()
        return int(taps.count(taps[0]))

    def _parts(self, record: int) -> tuple[int, ...]:
        """The frames of a record: the fragments that it was put together from, or itself."""
        read, frame = self._found.read, int(self._found.read.records.frame[record])
        capture = read.captures[read.taps[int(read.records.tap[record])].capture]
        return capture.made_of.get(frame, (frame,))

    def _flow(self, record: int) -> Flow:
        records = self._found.read.records
        context = self._found.looks.context(int(records.look[record]))
        ports = divmod(int(records.ports[record]), 1 << 16)
        protocol = context.kind.partition(".")[0]
        has_ports = context.packet.get("tcp.srcport") is not None or context.packet.get("udp.srcport") is not None
        if has_ports:
            protocol = "tcp" if context.packet.get("tcp.srcport") is not None else "udp"
        ends = [None if end.ip is None else str(end.ip) for end in (context.src, context.dst)]
        names = [None if end.owner is None else called(end) for end in (context.src, context.dst)]
        src_port, dst_port = ports if has_ports else (None, None)
        return Flow(protocol, ends[0], ends[1], src_port, dst_port, names[0], names[1])

    def _summary(self, record: int, flow: Flow) -> str:
        records, read = self._found.read.records, self._found.read
        capture = read.captures[read.taps[int(records.tap[record])].capture]
        context = self._found.looks.context(int(records.look[record]))
        text = f"{called(context.src)} → {called(context.dst)}: "
        if capture.whole:
            row = int(np.searchsorted(capture.packets.columns["frame.number"].values, records.frame[record]))
            return text + message(capture.packets[row], context.kind)
        number, length = int(records.number[record]), int(records.length[record])
        if flow.src_port is not None:
            said = f"{flow.protocol.upper()} {flow.src_port} → {flow.dst_port}, {length} bytes"
            return text + said + (f", sequence number {number}" if flow.protocol == "tcp" else "")
        return text + context.kind + (f" number {number}" if "echo" in context.kind else "")

    def _verdicts(self, flow: Flow, sightings: Sequence[Sighting]) -> tuple[Verdict, ...]:
        if self._hubble is None:
            return ()
        times = [sighting.corrected_ns for sighting in sightings]
        said = self._hubble.verdicts(
            protocol=flow.protocol, src=flow.src, dst=flow.dst, src_port=flow.src_port, dst_port=flow.dst_port,
            begin_ns=min(times) - SLACK_NS, end_ns=max(times) + SLACK_NS,
        )  # fmt: skip
        return tuple(said)


def _with_drops(causes: tuple[RankedCause, ...], said: Iterable[Verdict]) -> tuple[RankedCause, ...]:
    """The causes of a loss with what Hubble says of it first: the program that dropped it knows why."""
    from vxlan_dissect.trace.hubble import causes_of

    drops: dict[str, RankedCause] = {}
    for one in said:
        cause = causes_of(one.reason) if one.verdict == DROPPED and one.reason is not None else None
        if cause is not None:
            where = f" on {one.node}" if one.node else ""
            drops.setdefault(cause, RankedCause(cause, f"Hubble says {DROPPED}, {one.reason}{where}", LIKELY))
    return (*drops.values(), *(cause for cause in causes if cause.cause not in drops))


class Journeys(Sequence[Journey]):
    """Journeys of the packets `numbers`, shape (k,), each made when it is asked for."""

    def __init__(self, trace: Trace, numbers: NDArray[np.int64]) -> None:
        self._trace, self.numbers = trace, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Journey: ...

    @overload
    def __getitem__(self, index: slice) -> Journeys: ...

    def __getitem__(self, index: int | slice) -> Journey | Journeys:
        if isinstance(index, slice):
            return Journeys(self._trace, self.numbers[index])
        return self._trace.journey(int(self.numbers[index]))

    def __iter__(self) -> Iterator[Journey]:
        return (self._trace.journey(int(number)) for number in self.numbers)

    def __repr__(self) -> str:
        return f"<Journeys: {len(self)} packets>"
