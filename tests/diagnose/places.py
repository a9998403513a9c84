"""Does the place of a finding hold what was lost?

Law: a place is a point, or what lies between two points of a packet's way there and back. A point holds a loss where it
is the last that saw the packet or the first that did not; two points hold it where the packet was lost on the way from
the first to the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.diagnose.truth import OUTSIDE

if TYPE_CHECKING:
    from tests.diagnose.truth import Loss, Way


def encloses(place: dict[str, Any], loss: Loss) -> bool:
    """Whether the loss lies at the place. Of what two points span there and back the shortest is meant."""
    ends = place.get("between")
    if ends is None:
        return bool(names_of(place) & {loss.last, *loss.missing})
    before, after = gap(loss)
    first, second = (stretches(end, loss.way) for end in ends)
    spans = [
        (start, end) for start, _ in first for begin, end in second if begin > start or (end > begin and end >= start)
    ]
    if all(begin == end for begin, end in first + second):
        shortest = min((end - start for start, end in spans), default=0)
        spans = [(start, end) for start, end in spans if end - start == shortest]
    # Two ends name no direction: what lies between them on the way back lies between them.
    size = len(loss.way.round)
    mirrored = size - 1 - after, size - 1 - before
    gaps = ((before, after), mirrored) if loss.reply else ((before, after),)
    return any(start <= first and end >= last for start, end in spans for first, last in gaps)


def exact(place: dict[str, Any], loss: Loss) -> bool:
    """Whether the place is the loss, no wider."""
    ends = place.get("between")
    if ends is None:
        return bool(names_of(place) & {loss.last, *loss.missing})
    return loss.last in names_of(ends[0]) and bool(names_of(ends[1]) & set(loss.missing))


def gap(loss: Loss) -> tuple[int, int]:
    """Where in the way there and back the packet was last seen and first missing."""
    way = loss.way.round
    start = len(loss.way.hops) if loss.reply else 0
    before = way.index(loss.last, start) if loss.last else start
    after = [way.index(point, before) for point in loss.missing if point in way[before:]]
    return before, min(after, default=before)


def stretches(end: dict[str, Any], way: Way) -> list[tuple[int, int]]:
    """Where in a way there and back an end of a place may lie: first and last index.

    Its point; the points of its node where that is not on the way; the receiver where nobody knows it.
    """
    names, round_trip = names_of(end), way.round
    found = [(index, index) for index, point in enumerate(round_trip) if point in names]
    if found:
        return found
    receiver = len(way.hops) - 1
    if end["node"] is None or end.get("pod"):  # of a pod that is not there: wherever it would be
        return [(receiver, receiver + 1)]
    there = [index for index, point in enumerate(round_trip) if point.startswith(f"{end['node']}.")]
    starts = [index for index in there if index - 1 not in there]
    stops = [index for index in there if index + 1 not in there]
    return list(zip(starts, stops, strict=True))


def names_of(end: dict[str, Any]) -> set[str]:
    """What the table calls an interface."""
    node, interface, pod = end["node"], end["interface"], end.get("pod")
    if node is None:
        return {OUTSIDE}
    return {f"{node}.pod-{pod}.{interface}" if pod else f"{node}.{interface}"}
