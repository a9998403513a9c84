"""Which packets went missing, between which places, and why perhaps?

Law: what counts as lost is judged as `vxd diagnose` judges it, by conversation, with blind places, the time that
captures ran and what was answered; here each packet of it is named. A packet that reached the place that others lack is
not lost, nor is one that was answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.columns import Column
from vxlan_dissect.diagnosis.lost import confidence_of, judged, scope_of
from vxlan_dissect.explain.segments import SYN_BIT
from vxlan_dissect.losses.collect import Collection, resolution_of
from vxlan_dissect.losses.find import losses
from vxlan_dissect.losses.model import BACK, FORWARD, Key
from vxlan_dissect.trace.conversations import ANSWERS, NEITHER
from vxlan_dissect.trace.model import Lost, RankedCause
from vxlan_dissect.trace.routes import step_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.losses.model import Loss
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.trace.assemble import Sightings
    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.records import Records
    from vxlan_dissect.trace.routes import Route

HARMLESS = ("normal", "by-design")


def found_losses(batches: Iterable[Explanations], spans: Mapping[str, tuple[int, int]]) -> list[Loss]:
    """The losses that captures show together; their times are by one clock.

    `spans`: when each capture began and ended by that clock, of which a batch may be a part only.
    """
    collection = Collection()
    for batch in batches:
        collection.learn(batch)
    for key, coverage in collection.coverage.items():
        if key[0] in spans:
            begin, end = spans[key[0]]
            collection.coverage[key] = coverage._replace(begin_ns=begin, end_ns=end)
    return list(losses(collection))


def at_times(batch: Explanations, times: NDArray[np.int64]) -> Explanations:
    """The same frames at other times, int64, shape (n,)."""
    column = batch.packets.columns.get("frame.time_epoch")
    if column is not None and len(times):
        batch.packets.columns["frame.time_epoch"] = Column(times, column.valid)
        batch.__dict__.pop("times", None)
    return batch


class Missing:
    """Marks the packets that losses are about. `ended`, shape (packets,): the loss of each packet plus one, or 0."""

    def __init__(self, seen: Sightings, records: Records, looks: Looks) -> None:
        self._seen, self._records, self._looks = seen, records, looks
        self.ended = np.zeros(len(seen.route), dtype=np.int32)
        self.told: list[Lost] = []
        self._marked: list[tuple[Loss, At]] = []
        self._first = seen.record[seen.begins[:-1]] if len(seen.route) else np.zeros(0, dtype=np.int64)
        self._answered = self._answers()

    def judge(self, found: Sequence[Loss]) -> None:
        """Mark the packets of all losses."""
        for loss in found:
            self._mark(loss)
        self._mark_others()

    def _mark(self, loss: Loss) -> None:
        """Mark the packets of a loss."""
        if loss.missing is None:
            return  # seen at its last captured place: it may have arrived, and the answer went missing
        routes = [number for number, route in enumerate(self._seen.routes) if self._ends(route, loss, loss.missing)]
        rows = np.flatnonzero(np.isin(self._seen.route, routes) & (self.ended == 0))
        rows = rows[self._in_conversation(rows, loss)]
        if loss.unit == "SYN":
            rows = rows[(self._records.flags[self._first[rows]] & SYN_BIT) != 0]
        if loss.unit == "echo request":
            rows = rows[~np.isin(self._echo(self._first[rows]), self._answered)]
        if len(rows):
            self.told.append(_told(loss))
            self.ended[rows] = len(self.told)
            self._marked.append((loss, loss.missing))

    def _mark_others(self) -> None:
        """Mark the packets that ended where others between the same two hosts went missing, alone as they may be."""
        for number, (loss, missing) in enumerate(self._marked, 1):
            routes = [
                index
                for index, route in enumerate(self._seen.routes)
                if route.spots[-1].at == loss.last and self._ends(route, loss, missing, alike=True)
            ]
            rows = np.flatnonzero(np.isin(self._seen.route, routes) & (self.ended == 0))
            self.ended[rows[~np.isin(self._echo(self._first[rows]), self._answered)]] = number

    def _ends(self, route: Route, loss: Loss, missing: At, *, alike: bool = False) -> bool:
        """Whether packets of a route came to where those of a loss were last seen, not further, between its ends."""
        places = [spot.at for spot in route.spots]
        if loss.last not in places or missing in places or _passed(route, missing):
            return False
        if not _comes(route, missing, self._looks):
            return False
        keys = [conversation.key for conversation in loss.conversations]
        ends = {(k.begins, k.answers) if loss.direction == FORWARD else (k.answers, k.begins) for k in keys}
        return any(self._ends_of(look, None if alike else loss.key) in ends for s in route.spots for look in s.looks)

    def _ends_of(self, look: int, key: Key | None) -> object:
        context = self._looks.context(look)
        if key is None:
            return context.src.ip, context.dst.ip
        if key.protocol == "resolution":
            asked, direction = resolution_of(context.packet)
            if asked is None:
                return None
            return (asked.begins, asked.answers) if direction == FORWARD else (asked.answers, asked.begins)
        if key.protocol in ("icmp", "icmpv6") and self._looks.echoes[look] == NEITHER:
            return None
        return context.src.ip, context.dst.ip

    def _in_conversation(self, rows: NDArray[np.int64], loss: Loss) -> NDArray[np.bool_]:
        """Which packets have the ports, or the identifier, of a conversation of the loss."""
        if loss.key.protocol == "resolution":
            return np.ones(len(rows), dtype=bool)
        wanted = []
        for key in (conversation.key for conversation in loss.conversations):
            ports = (key.port, key.to_port) if loss.direction != BACK else (key.to_port, key.port)
            wanted.append(ports[0] << 16 | ports[1])
        return np.isin(self._records.ports[self._first[rows]], wanted)

    def _echo(self, records: NDArray[np.int64]) -> NDArray[np.int64]:
        """Identifier and number of echoes as one number."""
        return (self._records.ports[records].astype(np.int64) & 0xFFFF) << 32 | self._records.number[records]

    def _answers(self) -> NDArray[np.int64]:
        """The echoes of which a reply is seen anywhere."""
        kinds = self._looks.echoes[self._records.look[self._first]]
        return self._echo(self._first[kinds == ANSWERS])


def _comes(route: Route, missing: At, looks: Looks) -> bool:
    """Whether what was seen last can come to where it is missing: the end of a tunnel opens what is in one.

    What came plain is only missed at a captured place behind that end.
    """
    step, last = step_of(route.hops, missing), route.spots[-1]
    if step is None or route.hops[step].role != "tunnel":
        return True
    if last.tunnelled or last.step is None or route.hops[last.step].role != "nic":
        return True
    return any(map(looks.covers, route.hops[step + 1 :]))


def _passed(route: Route, missing: At) -> bool:
    """Whether packets of a route were seen behind the place where those of a loss are missing."""
    step = step_of(route.hops, missing)
    return bool(route.arrived) or any(
        step is not None and spot.step is not None and spot.step > step for spot in route.spots
    )


def _told(loss: Loss) -> Lost:
    said = judged(loss)
    causes = tuple(RankedCause(cause.cause, cause.why, confidence_of(cause.weight)) for cause in said.causes)
    return Lost(loss.last, loss.missing, causes, scope_of(loss), said.verdict)
