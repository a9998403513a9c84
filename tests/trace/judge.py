"""Is what a trace says of a scenario true?

Law: frames that share a part of a packet must be in one journey, frames of two packets never; sightings stand in the
order of time, and of the way where times are equal; changes are those between the frames themselves. A loss is right
where the packet ended between its two places. What the oracle cannot tell is not judged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.trace.losses import End, ends_at
from tests.trace.oracle import LINK_LOCAL, Journey, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.diagnose.truth import Way
    from tests.trace.frames import Seen

Key = tuple[str, int]
ISSUES = (
    "crash", "under", "over", "place", "order", "changes", "missed", "misplaced", "false", "ambiguous", "negative",
)  # fmt: skip
COMPARED = {"hop-limit", "src-mac", "dst-mac", "source", "destination", "source-port", "destination-port"}
MERGING = 1_000_000  # ns
HARMLESS = {"normal", "by-design"}  # the sender brought it about, and reads of it


@dataclass
class Verdict:
    """What is to be said of one scenario: `found` maps an issue to a line for each case of it."""

    name: str
    journeys: int = 0
    right: int = 0
    lost: int = 0
    hits: int = 0
    provoked: int = 0
    found: dict[str, list[str]] = field(default_factory=lambda: {issue: [] for issue in ISSUES})

    @property
    def counts(self) -> dict[str, int]:
        """How often each issue."""
        return {issue: len(lines) for issue, lines in self.found.items() if lines}


def judge(
    name: str,
    truth: Iterable[Journey],
    told: Iterable[Any],
    ends: list[End],
    ways: dict[str, Way],
    *,
    healthy: bool,
    clocks: bool = True,
) -> Verdict:
    """Compare journeys of a trace with the oracle's. `clocks` is False where times differ from those of the oracle."""
    from tests.trace.losses import rank

    verdict = Verdict(name)
    truth = list(truth)
    of_frame = {frame.key: (index, frame) for index, one in enumerate(truth) for frame in one.frames}
    ranks = [rank(one, ways) for one in truth]
    bad: set[int] = set()
    holders: dict[Key, set[int]] = defaultdict(set)
    lost: dict[int, list[Any]] = defaultdict(list)
    for number, journey in enumerate(told):
        keys = [key for sighting in journey.sightings for key in frames_of(sighting)]
        known = [of_frame[key] for key in keys if key in of_frame]
        firm = {index for index, frame in known if frame.firm}
        for key in keys:
            holders[key].add(number)
        if len(firm) > 1:
            verdict.found["over"].append(f"{_of(journey)} holds {_several(truth, firm)}")
            bad |= firm
        for issue, line, index in _sightings(journey, of_frame, truth, ranks):
            verdict.found[issue].append(line)
            bad.add(index)
        if journey.ambiguous and healthy:
            verdict.found["ambiguous"].append(f"{_of(journey)}: {journey.doubt}")
        if clocks:
            verdict.found["negative"] += [
                f"{_of(journey)}: {sighting.delay_ns} ns to {sighting.at}"
                for sighting in journey.sightings
                if sighting.delay_ns is not None and sighting.delay_ns < 0
            ]
        if journey.lost is not None:
            for index in sorted(firm)[:1]:
                lost[index].append(journey)
            if not firm:
                verdict.found["false"].append(f"{_of(journey)} of no known packet lost {_gap(journey)}")
    for index, one in enumerate(truth):
        if any(frame.firm for frame in one.frames):
            verdict.journeys += 1
            parted = _parted(one, holders)
            if parted:
                verdict.found["under"].append(parted)
                bad.add(index)
            verdict.right += index not in bad
        _losses(verdict, one, ends_at(one, ends), lost[index])
    return verdict


def frames_of(sighting: Any) -> list[Key]:
    """All frames that a sighting names, by the names of their files."""
    own = Path(sighting.capture).name
    frames = {(own, int(number)) for number in (sighting.frame, *sighting.frames)}
    return sorted(frames | {(Path(capture).name, int(number)) for capture, number in sighting.also})


def _parted(one: Journey, holders: dict[Key, set[int]]) -> str | None:
    """Two frames that share a part of the packet and no journey of the trace."""
    firm = [frame for frame in one.frames if frame.firm]
    if len({frozenset(holders.get(frame.key, {-1})) for frame in firm}) == 1 and holders.get(firm[0].key):
        return None
    for first in firm:
        for second in firm:
            shares = first.span is None or second.span is None or overlap(first.span, second.span)
            if first.key < second.key and shares and not holders[first.key] & holders[second.key]:
                return f"{describe(one)}: {first.key} and {second.key} are apart"
    return None


def _sightings(
    journey: Any, of_frame: dict[Key, tuple[int, Seen]], truth: list[Journey], ranks: list[dict[str, int]]
) -> Iterator[tuple[str, str, int]]:
    """Wrong places, orders and changes: issue, line, journey of the oracle."""
    seen = []
    for sighting in journey.sightings:
        key = (Path(sighting.capture).name, int(sighting.frame))
        if key in of_frame:
            index, frame = of_frame[key]
            seen.append((sighting, index, frame))
            place, at = frame.record.place, sighting.at
            named = place.interface is not None and not place.interface.startswith("#")
            # An ifindex that no inventory names may be told as what it is.
            names = {place.interface, f"interface {frame.record.index}"}
            if named and ((at.node, at.pod) != (place.node, place.pod) or at.interface not in names):
                yield "place", f"{_of(journey)}: {key} at {at}, is {place}", index
    for row, (_, index, frame) in enumerate(seen):
        for _, other_index, other in seen[row + 1 :]:
            # A flood reaches other nodes in any order.
            apart = frame.packet.kind in LINK_LOCAL and frame.record.place.node != other.record.place.node
            if index == other_index and not apart and after(frame, other, ranks[index]):
                line = f"{_of(journey)}: {frame.key} {frame.record.place} before {other.key} {other.record.place}"
                yield "order", line, index
    for (_, index, before), (sighting, other_index, now) in pairwise(seen):
        if index == other_index:
            for wrong in _changes(sighting, before, now):
                yield "changes", f"{_of(journey)}: {before.key} to {now.key}: {wrong}", index


def after(one: Seen, other: Seen, rank: dict[str, int]) -> bool:
    """Whether the first was certainly seen after the second."""
    if one.record.place == other.record.place and one.packet.hop_limit == other.packet.hop_limit:
        return False
    if one.span != other.span and abs(one.record.time - other.record.time) < MERGING:
        return False  # what was merged has the time of one of its parts
    if one.record.time != other.record.time:
        return one.record.time > other.record.time
    places = str(one.record.place), str(other.record.place)
    return all(place in rank for place in places) and rank[places[0]] > rank[places[1]]


def _changes(sighting: Any, before: Seen, now: Seen) -> Iterator[str]:
    """What is told of the step to a sighting otherwise than the two frames say."""
    told = {change.what: (change.before, change.after) for change in sighting.changes}
    for what, wanted in expected(before, now).items():
        if wanted is None:
            continue
        found = told.get(what)
        if wanted == () and found is not None:
            yield f"{what} {found} told, there is none"
        elif wanted and found is None:
            yield f"{what} {wanted} not told"
        elif wanted and what in COMPARED and tuple(map(_text, found or ())) != tuple(map(_text, wanted)):
            yield f"{what} {found} told, is {wanted}"


def expected(before: Seen, now: Seen) -> dict[str, tuple[Any, ...] | None]:
    """What changed between two frames: before and after, () for nothing, None where it cannot be told."""
    one, two = before.packet, now.packet
    values: dict[str, tuple[Any, Any]] = {
        "hop-limit": (one.hop_limit, two.hop_limit),
        "source": (one.src, two.src),
        "destination": (one.dst, two.dst),
    }
    for what, side in (("src-mac", 0), ("dst-mac", 1)):
        # In IPIP and in a capture of IP there is no Ethernet header around the innermost packet.
        bare = any(packet.tunnels and packet.tunnels[-1].kind in {"ipip", "sit", "vxlan-gpe"} for packet in (one, two))
        values[what] = (None, None) if bare else (one.macs[side], two.macs[side])
    if one.ports and two.ports:
        values["source-port"], values["destination-port"] = zip(one.ports, two.ports, strict=True)
    found: dict[str, tuple[Any, ...] | None] = {}
    for what, pair in values.items():
        found[what] = None if None in pair else pair if pair[0] != pair[1] else ()
    deeper = len(two.tunnels) - len(one.tunnels)
    found["encapsulated"] = (None, None) if deeper > 0 else ()
    found["decapsulated"] = (None, None) if deeper < 0 else ()
    return found


def _text(value: Any) -> str:
    return str(value).lower()


# Losses.


def _losses(verdict: Verdict, one: Journey, ends: list[End], told: list[Any]) -> None:
    """Count what is told of the end of one packet."""
    must = [end for end in ends if end.known and end.fault]
    verdict.lost += bool(must)
    if must and not told:
        verdict.found["missed"].append(f"{describe(one)} after {must[0].last} before {must[0].missing}")
    right = [any(_right(journey.lost, end, one) for end in ends) for journey in told]
    verdict.hits += bool(must) and any(right)
    for journey, is_right in zip(told, right, strict=True):
        if journey.lost.verdict in HARMLESS and not must and _ended(journey.lost, one):
            verdict.provoked += 1
        elif not ends:
            verdict.found["false"].append(f"{describe(one)} lost {_gap(journey)}")
        elif is_right:
            verdict.provoked += not any(end.fault for end in ends)
        else:
            wanted = [(end.last, end.missing) for end in ends]
            verdict.found["misplaced"].append(f"{describe(one)} lost {_gap(journey)}, is {wanted}")


def _right(lost: Any, end: End, one: Journey) -> bool:
    """Whether the packet ended between the two places that are told."""
    last, first = name_of(lost.after), name_of(lost.before)
    # An ifindex that no inventory names may be told as what it is.
    indexes = {f"{frame.record.place.node}.interface {frame.record.index}": frame.record.place for frame in one.frames}
    last, seen = str(indexes.get(last or "", last)), set(one.places)
    if last not in seen or first in seen - set(end.way[: end.way.index(end.last) + 1]):
        return False
    if last not in end.way:  # beside the way, where a wrong turn or a flood took it
        return True
    begins = last == end.last or not end.known
    if first is None or not end.missing:
        return begins and not end.known
    ends = first in end.missing or not end.known or (first in end.way and first not in seen)
    return begins and ends


def _ended(lost: Any, one: Journey) -> bool:
    """Whether the packet was last seen where it is told to be."""
    latest = [str(each.place) for each in one.passes if each.time == one.passes[-1].time]
    return name_of(lost.after) in latest and name_of(lost.before) not in one.places


def name_of(at: Any) -> str | None:
    """A place as the table of truth writes it, None where it is not known."""
    if at is None or at.node is None:
        return None
    return f"{at.node}.pod-{at.pod}.{at.interface}" if at.pod else f"{at.node}.{at.interface}"


def _gap(journey: Any) -> str:
    causes = ",".join(cause.cause for cause in journey.lost.causes)
    return f"after {name_of(journey.lost.after)} before {name_of(journey.lost.before)} [{causes}]"


def _of(journey: Any) -> str:
    first = journey.sightings[0]
    return f"journey {journey.id} ({Path(first.capture).name} {first.frame}, {journey.summary})"


def _several(truth: list[Journey], indexes: set[int]) -> str:
    return "; ".join(describe(truth[index]) for index in sorted(indexes)[:3])


def describe(one: Journey) -> str:
    """A packet in a line."""
    packet, first = one.packet, one.passes[0].frames[0]
    return f"{packet.kind} {packet.src} to {packet.dst} (first {first.record.capture} {first.record.number})"
