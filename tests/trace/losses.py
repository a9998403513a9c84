"""Which packets of a scenario ended before the end of their way, and where?

Law: the table of truth of `tests/diagnose` says where a way ends early, by fault or because the sender provoked it; the
oracle's journeys say which packets ended there. A loss must be found where the first place that misses the packet was
captured; where no capture could show it, silence is right too.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from tests.diagnose.truth import HERE, OUTSIDE, Way, captures_of, table
from tests.trace.oracle import LINK_LOCAL

if TYPE_CHECKING:
    from tests.diagnose.truth import Truth
    from tests.trace.oracle import Journey

ERRORS = {*(f"icmp {kind}" for kind in (3, 5, 11, 12)), *(f"icmpv6 {kind}" for kind in (1, 2, 3, 4))}


class End(NamedTuple):
    """Where packets of a way end early. `missing` are the places any of which is the first that does not see them.

    `known` says that a capture shows that: a trace must find it. `fault` is False where the sender provoked it.
    """

    way: tuple[str, ...]
    last: str
    missing: tuple[str, ...]
    known: bool
    fault: bool


def ends_of(name: str) -> list[End]:
    """All of a scenario."""
    truth = table().get(name)
    if truth is None:
        return []
    captured = captures_of(name).keys()
    return [*_faults(truth, captured), *_provoked(name, truth, captured)]


def _faults(truth: Truth, captured: Any) -> list[End]:
    found = []
    for loss in truth.losses:
        way = loss.way.reply if loss.reply else loss.way.hops
        if loss.last in way:
            known = any(_captured(point, captured) for point in loss.missing)
            found.append(End(way, loss.last, loss.missing, known, fault=True))
    return found


def _provoked(name: str, truth: Truth, captured: Any) -> list[End]:
    found = []
    for flow, points in _flows(name):
        way: Way = truth.ways[flow["way"]]
        for key, hops, dark in (
            ("until", way.hops, way.dark_request),
            ("after", way.hops, way.dark_request),
            ("reply-until", way.reply, way.dark_reply),
        ):
            last = points.get(flow.get(key, ""))
            if last is not None:
                later = [point for point in hops[hops.index(last) + 1 :] if point not in dark]
                fault = any((end.way, end.last) == (hops, last) and end.fault for end in _faults(truth, captured))
                if not fault:
                    found.append(End(hops, last, tuple(later[:1]), known=False, fault=False))
    return found


def _captured(point: str, captured: Any) -> bool:
    node = point.partition(".")[0]
    return point in captured or (point != OUTSIDE and ".pod-" not in point and f"{node}.any" in captured)


@functools.lru_cache(maxsize=1)
def _raw() -> dict[str, tuple[list[dict[str, Any]], dict[str, str]]]:
    found = {}
    for path in sorted(HERE.glob("*.yaml")):
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, about in told["scenarios"].items():
            found[name] = ((about or {}).get("flows", []), told["points"] | {"outside": OUTSIDE})
    return found


def _flows(name: str) -> list[tuple[dict[str, Any], dict[str, str]]]:
    flows, points = _raw()[name]
    return [(flow, points) for flow in flows]


def ends_at(journey: Journey, ends: list[End]) -> list[End]:
    """Where a packet ended, of these; empty where it did not or nobody says so.

    A question to neighbours may end anywhere, and an error that a fault provoked is read where it ends: neither is a
    loss that must be found.
    """
    places = {each for each in journey.places if ".None" not in each and "#" not in each}
    found = [end for end in ends if _ends(places, journey, end)]
    if journey.packet.kind in (LINK_LOCAL | ERRORS):
        return [end._replace(known=False) for end in found]
    return found


def _ends(places: set[str], journey: Journey, end: End) -> bool:
    """Whether the packet went this way, backwards or forwards as it says, and ended there."""
    after = end.way[end.way.index(end.last) + 1 :]
    if end.last not in places or places & (set(after) - set(end.way[: end.way.index(end.last) + 1])):
        return False
    index = {place: at for at, place in reversed(list(enumerate(end.way)))}
    first = {str(each.place): each.time for each in reversed(journey.passes) if str(each.place) in index}
    times = [(time, index[place]) for place, time in first.items()]
    forward = all(one[1] <= other[1] for one in times for other in times if one[0] < other[0])
    return forward and len(times) >= len(places) / 2


def rank(journey: Journey, ways: dict[str, Way]) -> dict[str, int]:
    """In which order a packet passes its places where the clock leaves it open: that of the one way that fits."""
    places = set(journey.places)
    best: dict[str, int] = {}
    for way in ways.values():
        for hops in (way.hops, way.reply):
            index = {place: at for at, place in enumerate(hops)}
            if len(index) < len(hops):
                continue
            times = [(each.time, index[str(each.place)]) for each in journey.passes if str(each.place) in index]
            forward = all(one[1] < other[1] for one in times for other in times if one[0] < other[0])
            shared = places & index.keys()
            if forward and len(shared) > len(places & best.keys()) and len({time for time, _ in times}) > 1:
                best = index
    return best
