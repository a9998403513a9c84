"""What do readers call a place, a change, a loss, a clock?

Law: the words that text and pictures of a trace share stand here once. Text from outside passes through as it is;
whoever shows it makes it safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import CERTAIN, counted, format_duration
from vxlan_dissect.report import words
from vxlan_dissect.report.layout import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.report.layout import Screen
    from vxlan_dissect.trace.model import Change, Clock, Journey, Lost, Point, RankedCause, Sighting, Verdict

_NAMES = {
    "tunnel": "tunnel", "source": "source", "destination": "destination", "source-port": "source port",
    "destination-port": "destination port", "identifier": "identifier", "src-mac": "source MAC",
    "dst-mac": "destination MAC", "dscp": "DSCP", "ecn": "ECN",
}  # fmt: skip
_CUT = {"segmented": "cut into", "fragmented": "fragmented into"}
_JOINED = {"merged": "put together from", "reassembled": "reassembled from"}
_PARTS = {"segmented": "segments", "fragmented": "fragments", "merged": "segments", "reassembled": "fragments"}
_DIRECTIONS = {"in": "incoming only", "out": "outgoing only"}
FULL = 96  # a screen narrower than this has room for seconds only where the time of each line stands
# A drift below this is not told from none.
_LEAST_DRIFT = 0.1
_RUNS = 4  # of frames that carry one packet
_UNITS = (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1000))


def taken_at(point: Point) -> str:
    """`worker eth0`, `worker, all interfaces`, `eth0 of an unknown node`, `an unknown place`."""
    at = point.at
    if at.interface is None:
        owner = at.pod or at.node
        return f"{owner}, all interfaces" if owner else "an unknown place"
    return str(at) if at.node or at.pod else f"{at.interface} of an unknown node"


def basis(point: Point) -> str:
    """How it is known where a capture was taken: `file name`, `likely: the outer source is this interface`."""
    said = point.basis.removesuffix(f", {point.capture}")  # which stands beside it
    return said if point.confidence == CERTAIN else f"{point.confidence}: {said}"


def direction(point: Point) -> str:
    """What a capture of one direction shows; nothing where it shows both, or the frames do not say."""
    return _DIRECTIONS.get(point.direction or "", "")


def differs(one: Clock) -> bool:
    """Whether the times of a node had to be set right."""
    return one.error_ns is not None and not agrees(one)


def agrees(one: Clock) -> bool:
    """Whether a clock is not told from that of reference."""
    within = one.error_ns is not None and abs(one.offset_ns) <= one.error_ns
    return within and abs(one.drift_ppm) < _LEAST_DRIFT


def clock(one: Clock) -> str:
    """One sentence on the clock of a node."""
    if one.error_ns is None:
        why = one.basis.removesuffix(": cannot be told")
        return f"how far {one.node} is from {one.reference} cannot be told: {why}"
    rests = f"({one.basis})" if one.basis else f"({counted(one.packets, 'packet')})"
    if agrees(one):
        rests = rests.partition(":")[0].rstrip(")") + ")"  # what follows says that they agree
        return f"{one.node} agrees with {one.reference} within {format_duration(one.error_ns)} {rests}"
    side = "ahead of" if one.offset_ns >= 0 else "behind"
    drifts = abs(one.drift_ppm) >= _LEAST_DRIFT
    drift = f", and {'gains' if one.drift_ppm > 0 else 'loses'} {abs(one.drift_ppm):.3g} ppm" if drifts else ""
    offset = f"{_exact(abs(one.offset_ns), one.error_ns)}, to within {format_duration(one.error_ns)}"
    return f"{one.node} is {side} {one.reference} by {offset}{drift} {rests}"


def _exact(ns: int, error_ns: int) -> str:
    """A time with as many digits as its error leaves: `80.01 ms` where that is 12 µs."""
    unit, size = next(((unit, size) for unit, size in _UNITS if ns >= size), ("ns", 1))
    return f"{ns / size:.{max(0, min(9, len(str(size // max(1, error_ns))) if size > error_ns else 0))}f} {unit}"


def took(ns: int) -> str:
    """`24 µs`; no time at all is `0 µs`, since most captures tell no less."""
    return format_duration(ns) if ns else "0 µs"


def delay(ns: int | None) -> str:
    """`+24 µs`, `-3 µs`; nothing where it is not known."""
    return "" if ns is None else f"{'+' if ns >= 0 else ''}{took(ns)}"


def times(journey: Journey) -> list[tuple[str, str]]:
    """Date and time of day of each sighting; those of a clock that was set right are no better than microseconds."""
    exact = all(sighting.corrected_ns == sighting.time_ns for sighting in journey.sightings)
    found = [sighting.corrected_ns for sighting in journey.sightings]
    return [words.clock(time if exact else round(time, -3), True) for time in found]


def began(journey: Journey) -> tuple[str, str]:
    """Date and time of day of the first sighting."""
    return times(journey)[0] if journey.sightings else words.clock(None, True)


def hop_limit(journey: Journey) -> str:
    """What the family of the packet calls it."""
    return "hop limit" if ":" in (journey.flow.src or journey.flow.dst or ":") else "TTL"


def changes(changed: Sequence[Change], limit: str = "hop limit") -> Iterator[str]:
    """Each change in words, in the order of the way: `into VXLAN, VNI 10398`, `MACs now a → b`.

    `limit` is what the family of the packet calls its hop limit.
    """
    both = {change.what: change for change in changed}
    pair = both.get("src-mac"), both.get("dst-mac")
    for change in changed:
        what, before, after = change
        if what == "encapsulated":
            yield f"into {after or 'a tunnel'}"
        elif what == "decapsulated":
            yield f"out of {before or 'the tunnel'}"
        elif what == "hop-limit":
            yield _became(limit, before, after)
        elif what in _CUT:
            yield f"{_CUT[what]} {after or _PARTS[what]}"
        elif what in _JOINED:
            yield f"{_JOINED[what]} {before or _PARTS[what]}"
        elif pair[0] and pair[1] and what == "src-mac":
            yield f"MACs now {pair[0].after} → {pair[1].after}"
        elif not (pair[0] and pair[1] and what == "dst-mac"):
            yield _became(_NAMES.get(what, what), before, after)


def _became(name: str, before: str | None, after: str | None) -> str:
    if before is None or name.endswith("MAC"):
        return f"{name} now {after}"
    return f"{name} {before} → {after}" if after is not None else f"{name} {before} no more"


def passage(sighting: Sighting, limit: str) -> str:
    """What became different on the way to a sighting, and what lacks there."""
    said = [*changes(sighting.changes, limit)]
    if sighting.lacking:
        said.append(f"{counted(sighting.lacking, 'byte')} did not come by here")
    return "; ".join(said)


def frames(sighting: Sighting) -> str:
    """`frame 4`, `frames 1-3, 7`: those that carry it there, the first few runs of them."""
    numbers = sighting.frames or (sighting.frame,)
    if len(numbers) == 1:
        return f"frame {numbers[0]}"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    said = ", ".join("-".join(map(str, run)) for run in runs[:_RUNS])
    return f"frames {said}" + (f" and more, {len(numbers)} in all" if len(runs) > _RUNS else "")


def where_lost(lost: Lost) -> str:
    """`after worker eth0 and before worker2 eth0`."""
    if lost.before is None:
        return f"after {lost.after}, and no captured place lies further on"
    return f"after {lost.after} and before {lost.before}"


def cause(one: RankedCause) -> str:
    """`underlay-loss: no capture behind the underlay has it (likely)`."""
    return f"{one.cause}: {one.why} ({one.confidence})"


def causes(lost: Lost) -> Iterator[tuple[str, str]]:
    """All of them in their order, each behind a label."""
    if not lost.causes:
        yield "cause", "nothing speaks for one"
    for number, one in enumerate(lost.causes):
        yield "or" if number else "cause", cause(one)


def verdict(one: Verdict) -> str:
    """`DROPPED, Policy denied, at to-endpoint on worker2 (basis; source)`."""
    said = ", ".join(filter(None, [one.verdict, one.reason]))
    where = " ".join(filter(None, [one.point and f"at {one.point}", one.node and f"on {one.node}"]))
    return f"{said}{', ' + where if where else ''} ({one.basis}; {one.source})"


def outcome(journey: Journey) -> str:
    """How it ended: `265 µs`, `lost`, `265 µs, where it went is not known`."""
    if journey.lost is not None:
        return "lost"
    if len(journey.sightings) < 2:
        return "seen at one place" if journey.sightings else "not seen"
    said = took(journey.duration_ns)
    return said if journey.arrived else f"{said} so far" if journey.arrived is None else f"{said}, did not arrive"


def cut(text: str, room: int, end: str = "…") -> str:
    """Cleaned text in at most `room` columns; what is cut ends with `end`, of one column."""
    if columns_of(text) <= room:
        return text
    kept, used = [], 1
    for character in text:
        used += columns_of(character)
        if used > room:
            break
        kept.append(character)
    return "".join(kept) + end if room > 0 else ""


def fitted(text: str, room: int, screen: Screen) -> str:
    """Text cleaned for a screen, in at most `room` columns."""
    return cut(screen.clean(text), room, "…" if screen.encoding.startswith("utf") else "~")


def shortened(text: str, room: int, end: str = "…") -> str:
    """Cleaned text in at most `room` columns without its middle: the end of a summary tells packets apart."""
    over = columns_of(text) - room
    if over <= 0:
        return text
    tail = min(len(text), max(0, room // 2))
    while tail and columns_of(text[-tail:]) > room // 2:
        tail -= 1
    return cut(text, room - columns_of(text[-tail:]), end) + text[-tail:] if tail else cut(text, room, end)


def ends(journey: Journey) -> tuple[str, str]:
    """Who sends and who receives: names where they are known, else addresses."""
    flow = journey.flow
    return flow.src_name or flow.src or "?", flow.dst_name or flow.dst or "?"


def way_of(journey: Journey) -> list[At]:
    """The places of a journey in order, and behind them the one that it should have reached and did not."""
    way: list[At] = []
    for sighting in journey.sightings:
        if not way or way[-1] != sighting.at:
            way.append(sighting.at)
    if journey.lost is not None and journey.lost.before is not None:
        way.append(journey.lost.before)
    return way
