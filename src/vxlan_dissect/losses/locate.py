"""Between which two places did packets of a conversation go missing?

Law: places stand in the order of the packets' way. One that lies before a place where the packet was seen cannot have
lost it, so only the places after the last sighting count, and of these only those that were captured at the time and
are not blind. Without such a place a loss is open towards the end of the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.places import At

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.losses.model import Conversation, Coverage, Spot, Tally

HASTE_NS = 300_000_000  # two requests without an answer for so long: round trips inside a cluster are shorter
SKEW_NS = 100_000_000  # by which clocks of nodes may differ, and a packet take to get on
PATIENCE_NS = 1_000_000_000  # an answer may take as long as this; ping and TCP repeat after a second too
NEAR_NS = 60_000_000_000  # captures whose frames lie further from the packet's time tell nothing of it


class Way(NamedTuple):
    """The places of one direction in order, with those that were captured and can show its packets.

    `watched` are the numbers in `hops` of the places that were captured.
    """

    hops: tuple[Hop, ...]
    watched: frozenset[int]

    def step(self, at: At) -> int | None:
        """The number of a place, None where it is not on the way."""
        return next((number for number, hop in enumerate(self.hops) if is_at(hop, at)), None)

    def at(self, step: int) -> At:
        """The place with a number."""
        return place_of(self.hops[step])


def place_of(hop: Hop) -> At:
    """The interface of a hop."""
    return At(hop.node, hop.interface, hop.owner if hop.role == "pod" else None)


def way_of(conversation: Conversation, direction: int, coverage: Iterable[Coverage]) -> Way:
    """The way to the receiver that most of the sightings lie on, and which of its places were captured."""
    shown = {spot.at for spot in conversation.seen[direction]}
    ways = [tally.context.hops for tally in conversation.seen[direction].values()]

    def fit(way: tuple[Hop, ...]) -> tuple[bool, int, int, int]:
        on_it = sum(any(is_at(hop, at) for hop in way) for at in shown)
        # What a wrong tunnel endpoint leads to is not where the packet should have gone.
        arrives = bool(way) and way[-1].role in ("pod", "host")
        return arrives, on_it, sum(hop.interface is not None for hop in way), len(way)

    hops = max(ways, key=fit, default=())
    begin = min((t.first_ns for side in conversation.seen for t in side.values()), default=0)
    end = max((t.last_ns for side in conversation.seen for t in side.values()), default=0)
    watched: set[int] = set()
    for capture in coverage:
        first, last = capture.begin_ns, capture.end_ns
        if first is not None and last is not None and (first - NEAR_NS > end or last + NEAR_NS < begin):
            continue
        seen = [spot.at for spot in conversation.seen[direction] if spot.capture == capture.capture]
        for number, hop in enumerate(hops):
            # Where frames cannot be read, only a place that did show the conversation could have shown more of it.
            if _covers(capture.at, hop) and not (capture.veiled and all(not is_at(hop, at) for at in seen)):
                watched.add(number)
    return Way(hops, frozenset(number for number in watched if hops[number].visibility != "blind"))


def _covers(at: At, hop: Hop) -> bool:
    if at.interface is None:  # all interfaces of the node, none of its pods'
        return at.node is not None and at.node == hop.node and hop.role != "pod"
    return is_at(hop, at)


def is_at(hop: Hop, at: At) -> bool:
    """Whether a hop is at an interface, of a node or of a pod."""
    if at.interface is None or hop.interface != at.interface:
        return False
    if hop.role == "pod" or at.pod is not None:
        return hop.role == "pod" and hop.owner == at.pod
    return hop.node == at.node


class Trail(NamedTuple):
    """One direction of a conversation along its way: the tallies by the number of their place.

    `off` are those that are not on the way.
    """

    way: Way
    tallies: dict[int, list[tuple[Spot, Tally]]]
    off: list[tuple[Spot, Tally]]


def trail_of(conversation: Conversation, direction: int, coverage: Sequence[Coverage]) -> Trail:
    """The tallies of one direction in the order of its way."""
    way = way_of(conversation, direction, coverage)
    tallies: dict[int, list[tuple[Spot, Tally]]] = {}
    off = []
    for spot, tally in conversation.seen[direction].items():
        step = way.step(spot.at)
        if step is None:
            off.append((spot, tally))
        else:
            tallies.setdefault(step, []).append((spot, tally))
    return Trail(way, dict(sorted(tallies.items())), off)


def next_watched(way: Way, after: int) -> int | None:
    """The first captured place beyond a step."""
    return next((step for step in range(after + 1, len(way.hops)) if step in way.watched), None)


def end_of(way: Way) -> At | None:
    """The last place of the way."""
    return way.at(len(way.hops) - 1) if way.hops else None
