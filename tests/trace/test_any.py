"""Do captures of all interfaces of each node alone tell the same journeys as separate captures?

Law: places of pods are seen by separate captures only and are left out; what both can see must be the same, packet by
packet, as sets of places.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.trace.parts import captures_of, only, told_of, truth_of, verdict_of_part
from tests.trace.score import baseline, family_of, here

if TYPE_CHECKING:
    from collections.abc import Iterable

Shape = frozenset[tuple[str | None, str | None]]

STORED = [name for name in here(stored=True) if captures_of(name, lambda stem: stem.endswith(".any"))]
BESIDE = sorted({family_of(name) for name in here()})


def is_any(stem: str) -> bool:
    """Whether a capture is of all interfaces, and tells which."""
    return stem.endswith(".any")


def is_one(stem: str) -> bool:
    """Whether a capture is of one interface, or of several that it names."""
    return ".any" not in stem


def shapes(journeys: Iterable[Iterable[Any]], nodes: set[str]) -> Counter[Shape]:
    """How many packets were seen at which interfaces of these nodes; places have node, interface and pod."""
    found = (frozenset((at.node, at.interface) for at in places if _on(at, nodes)) for places in journeys)
    return Counter(shape for shape in found if shape)


def _on(at: Any, nodes: set[str]) -> bool:
    return at.pod is None and at.node in nodes


def both_see(one: Counter[Shape], other: Counter[Shape]) -> Shape:
    """The places that stand in both."""
    return frozenset({place for shape in one for place in shape} & {place for shape in other for place in shape})


def difference(one: Counter[Shape], other: Counter[Shape], both: Shape) -> Counter[Shape]:
    """How many more packets of each shape one has, of places in `both` alone."""
    found: Counter[Shape] = Counter()
    for counts, sign in ((one, 1), (other, -1)):
        for shape, count in counts.items():
            if shape & both:
                found[shape & both] += sign * count
    return Counter({shape: count for shape, count in found.items() if count})


def mistakes(name: str) -> list[str]:
    """What captures of all interfaces tell otherwise than separate ones, or wrongly."""
    every, single = captures_of(name, is_any), captures_of(name, is_one)
    nodes = {path.stem.partition(".")[0] for path in every}
    if not every:
        return []
    told = told_of(name, every)
    known = baseline().get(name, {})
    found = [
        f"{issue}: {line}"
        for issue, lines in verdict_of_part(name, told, every).found.items()
        if len(lines) > known.get(issue, 0)
        for line in lines
    ]
    cut = any(not frame.firm for one in truth_of(name) for frame in one.frames)  # may be of any packet or of none
    if not known and not cut:
        apart = told_of(name, single)
        own, other = (
            shapes([[each.at for each in one.sightings] for one in trace.journeys], nodes) for trace in (told, apart)
        )
        kept = (only(truth_of(name), {path.name for path in paths}) for paths in (every, single))
        truth = (shapes([[each.place for each in one.passes] for one in journeys], nodes) for journeys in kept)
        both = both_see(own, other)
        wanted = difference(*truth, both)  # captures did not begin and end together
        found += [
            f"{count} packets more of all interfaces than of separate ones at {sorted(shape)}, not {wanted[shape]}"
            for shape, count in difference(own, other, both).items()
            # A super-packet is one packet here and may be told as its segments there.
            if not wanted[shape] or (count > 0) != (wanted[shape] > 0)
        ]
    return [f"{name}: {line}" for line in found]


@pytest.mark.parametrize("name", STORED)
def test_all_interfaces_of_stored_scenarios(name):
    """Captures of all interfaces alone give the journeys that separate captures give."""
    assert mistakes(name) == []


@pytest.mark.parametrize("family", BESIDE)
def test_all_interfaces_of_scenarios_beside_the_project(shared_dir, family):
    """Captures of all interfaces alone give the journeys that separate captures give."""
    assert [line for name in here(family) if name not in STORED for line in mistakes(name)] == []
