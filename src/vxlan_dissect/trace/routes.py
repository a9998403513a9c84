"""In which order did places see a packet, and what changed from one to the next?

Law: a hop limit never rises on the way, so that comes first; then the order of the way as the network model has it,
where that does not contradict the clock of one node; then time. Packets that showed the same looks at the same places
have one route, which is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP
from vxlan_dissect.losses.locate import is_at
from vxlan_dissect.trace.looks import appearance, tunnel_of
from vxlan_dissect.trace.model import CHANGES, Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.places import At
    from vxlan_dissect.trace.looks import Looks

AT_ONCE_NS = 5_000  # places of one node that see a packet within this may have seen it in either order
_CHANGED = tuple(name for name in CHANGES if name not in ("encapsulated", "decapsulated", "tunnel"))


Form = tuple[IP | None, IP | None]  # sender and receiver, which address translation changes


class Spot(NamedTuple):
    """One place of a route, and the form in which it saw the packet: `looks` are those of the captures there.

    `step` is the number of the place in the way, None where it is not on it; `changes` is what became different since
    the spot before.
    """

    place: int
    at: At
    looks: tuple[int, ...]
    hop_limit: int
    tunnelled: bool
    after_ns: float
    step: int | None = None
    changes: tuple[Change, ...] = ()


@dataclass
class Route:
    """What packets of one route have in common.

    `hops` is their way by the network model, the last one where they were translated, empty where it has none.
    `is_ordered`: clocks of different nodes are not needed to tell the order of the spots.
    """

    spots: tuple[Spot, ...]
    hops: tuple[Hop, ...]
    is_ordered: bool = True
    index: dict[int, int] = field(default_factory=dict)  # spot by look

    def __post_init__(self) -> None:
        self.index = {look: number for number, spot in enumerate(self.spots) for look in spot.looks}

    @property
    def arrived(self) -> bool | None:
        """Whether the last place of the way saw it; None where the way is not known, or it was not seen so far."""
        last = len(self.hops) - 1
        return True if self.hops and self.spots[-1].step == last else None


def route_of(looks: Looks, seen: Sequence[tuple[int, int, int, float]]) -> Route:
    """The route of packets that were `seen` as (look, tap, hop limit, nanoseconds after the first sighting)."""
    spots: dict[tuple[Form, int, int, bool], Spot] = {}
    # A capture of one interface says more than one of all.
    for look, tap, limit, after in sorted(seen, key=lambda one: (bool(looks.cooked[one[1]]), one[3])):
        place = int(looks.place_of_tap[tap])
        context = looks.context(look)
        form = context.src.ip, context.dst.ip
        tunnelled = tunnel_of(context) is not None
        key = form, place, limit, tunnelled
        known = spots.get(key)
        spots[key] = (
            Spot(place, looks.places[place], (look,), limit, tunnelled, after)
            if known is None
            else known._replace(looks=(*known.looks, look))
        )
    forms: dict[Form, list[Spot]] = {}
    for (form, *_), spot in sorted(spots.items(), key=lambda item: item[1].after_ns):
        forms.setdefault(form, []).append(spot)
    hops: tuple[Hop, ...] = ()
    found, is_ordered = list[Spot](), True
    for level in forms.values():
        hops = _way(looks, level)
        ordered, known_order = _ordered([spot._replace(step=step_of(hops, spot.at)) for spot in level], hops, looks)
        found += ordered
        is_ordered &= known_order
    return Route(tuple(_with_changes(found, looks)), hops, is_ordered=is_ordered)


def _way(looks: Looks, spots: list[Spot]) -> tuple[Hop, ...]:
    """The way that most of the spots lie on, the longest of such."""
    ways = [looks.context(spot.looks[0]).hops for spot in spots]

    def fit(way: tuple[Hop, ...]) -> tuple[bool, int, int, int]:
        on_it = sum(step_of(way, spot.at) is not None for spot in spots)
        arrives = bool(way) and way[-1].role in ("pod", "host")
        return arrives, on_it, sum(hop.interface is not None for hop in way), len(way)

    return max(ways, key=fit, default=())


def step_of(hops: tuple[Hop, ...], at: At) -> int | None:
    """The number of a place in a way, None where it is not on it."""
    return next((number for number, hop in enumerate(hops) if is_at(hop, at)), None)


def _ordered(spots: list[Spot], hops: tuple[Hop, ...], looks: Looks) -> tuple[list[Spot], bool]:
    """The spots of one form in the order of the way, and whether clocks of different nodes were not asked for it."""
    found: list[Spot] = []
    is_ordered = True
    ranks = _ranks(spots, hops, looks)
    for limit in sorted({spot.hop_limit for spot in spots}, reverse=True):
        level = sorted((spot for spot in spots if spot.hop_limit == limit), key=lambda spot: spot.after_ns)
        ranked = [(ranks[spot], spot.after_ns, spot) for spot in level if spot in ranks]
        on_way = [spot for *_, spot in sorted(ranked, key=lambda each: each[:2])]
        if on_way and not _contradicts(on_way, looks):
            beside = [spot for spot in level if spot not in ranks]
        else:
            on_way, beside = level[:1], level[1:]
        for spot in beside:
            is_ordered &= _put(on_way, spot, looks)
        found += _at_once(on_way, looks)
    return _by_clock(found, looks), is_ordered


def _by_clock(spots: list[Spot], looks: Looks) -> list[Spot]:
    """The same, where the clock of a node decides between its own: a packet that it doubled has two hop limits."""
    found: list[Spot] = []
    for spot in spots:
        at = len(found)
        while at and found[at - 1].after_ns > spot.after_ns + AT_ONCE_NS:
            if looks.node_of(found[at - 1].place) != looks.node_of(spot.place):
                break
            at -= 1
        found.insert(at, spot)
    return found


def _put(spots: list[Spot], spot: Spot, looks: Looks) -> bool:
    """Put a spot among those of its node by time; False where none is of its node and another's clock decides."""
    node = looks.node_of(spot.place)
    same = [place for place, other in enumerate(spots) if looks.node_of(other.place) == node]
    # Between those of its own clock, and there among the others as far as theirs tell.
    low = max((place + 1 for place in same if spots[place].after_ns <= spot.after_ns), default=0)
    high = min((place for place in same if place >= low), default=len(spots))
    at = max((place + 1 for place in range(low, high) if spots[place].after_ns <= spot.after_ns), default=low)
    spots.insert(at, spot)
    return bool(same)


def _at_once(spots: list[Spot], looks: Looks) -> list[Spot]:
    """The same, where spots of one node that saw the packet at once stand as far from the sender as they are."""
    found: list[Spot] = []
    for spot in spots:
        at = len(found)
        while at and _swaps(found[at - 1], spot, looks) and _distance(found[at - 1], looks) > _distance(spot, looks):
            at -= 1
        found.insert(at, spot)
    return found


def _swaps(one: Spot, other: Spot, looks: Looks) -> bool:
    """Whether the clock does not tell which of two spots came first, and the way neither."""
    at_once = abs(other.after_ns - one.after_ns) <= AT_ONCE_NS and None in (one.step, other.step)
    pods = {looks.pod_of(one.place), looks.pod_of(other.place), None}
    return at_once and len(pods) < 3 and looks.node_of(one.place) == looks.node_of(other.place)


def _distance(spot: Spot, looks: Looks) -> int:
    """How far a spot is from the sender: its pod, the host end of that, the node, the host end of another, a pod.

    On the sender's node a packet goes into the tunnel, on others it comes out.
    """
    pod, context = looks.pod_of(spot.place), looks.context(spot.looks[0])
    if pod is None:
        sender = context.src.ip_owner
        leaves = sender is not None and sender.node == looks.node_of(spot.place)
        return 3 if spot.tunnelled == leaves else 2
    inside = spot.at.pod is not None
    if pod == context.src.pod_name:
        return 0 if inside else 1
    return 5 if inside else 4


def _ranks(spots: list[Spot], hops: tuple[Hop, ...], looks: Looks) -> dict[Spot, float]:
    """Where on the way spots lie, as far as that is known without their clocks."""
    known = {spot: float(spot.step) for spot in spots if spot.step is not None}
    rest = [spot for spot in spots if spot.step is None]
    ends = looks.context(spots[0].looks[0])
    if not known:
        waited = {spot: looks.waits.rank(ends.src.ip, ends.dst.ip, spot.place) for spot in rest}
        if None not in waited.values() and len(set(waited.values())) > 1:
            return {spot: rank for spot, rank in waited.items() if rank is not None}
    beside = _beside(rest, hops, ends, looks)
    return known | {spot: beside[node] for spot in rest if (node := looks.node_of(spot.place)) in beside}


def _beside(rest: list[Spot], hops: tuple[Hop, ...], ends: Context, looks: Looks) -> dict[str, float]:
    """Where on the way one machine lies that the model does not know, by name; for several only clocks can tell."""
    nodes = [hop.node for hop in hops if hop.node is not None]
    unknown = {looks.node_of(spot.place) for spot in rest}
    if nodes and nodes[0] != nodes[-1]:
        others = unknown - set(nodes)
        return dict.fromkeys(others, nodes.index(nodes[-1]) - 0.5) if len(others) == 1 else {}
    src, dst = (None if end.ip_owner is None else end.ip_owner.node for end in (ends.src, ends.dst))
    home = nodes[0] if nodes else src or dst
    others = unknown - {home}
    if home is None or len(others) != 1 or home not in (src, dst):
        return {}
    found = dict.fromkeys(others, len(hops) + 0.5 if home == src else -0.5)
    return found if hops else {**found, home: 0.0}


def _contradicts(spots: list[Spot], looks: Looks) -> bool:
    """Whether the clock of one node says that it saw the packet in another order."""
    latest: dict[str, float] = {}
    for spot in spots:
        node = looks.node_of(spot.place)
        if spot.after_ns < latest.get(node, spot.after_ns) - AT_ONCE_NS:
            return True
        latest[node] = max(spot.after_ns, latest.get(node, spot.after_ns))
    return False


def _with_changes(spots: list[Spot], looks: Looks) -> Iterator[Spot]:
    last: dict[str, str] = {}
    tunnel: str | None = None
    for number, spot in enumerate(spots):
        context = looks.context(spot.looks[0])
        now, around = appearance(context.packet), tunnel_of(context)
        changes = [] if number == 0 else _tunnel_changes(tunnel, around)
        changes += [Change(name, last[name], now[name]) for name in _CHANGED if _differs(name, last, now)]
        last |= now
        tunnel = around
        yield spot._replace(changes=tuple(changes))


def _differs(name: str, before: dict[str, str], now: dict[str, str]) -> bool:
    return name in before and name in now and before[name] != now[name]


def _tunnel_changes(before: str | None, now: str | None) -> list[Change]:
    if before == now:
        return []
    if before is None:
        return [Change("encapsulated", None, now)]
    return [Change("decapsulated", before, None) if now is None else Change("tunnel", before, now)]
