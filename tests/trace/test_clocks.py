"""Does a trace find that the clock of one node is wrong, and tell the same journeys all the same?

Law: the captures of one node are written anew by a clock that is 80 ms ahead and gains 50 ppm. The labs' own nodes have
one clock. Where packets cross in both directions the offset is found within 1 ms.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.diagnose.truth import inventory_of, table
from tests.trace.judge import judge
from tests.trace.losses import ends_of
from tests.trace.moved import drifting, move
from tests.trace.oracle import LINK_LOCAL
from tests.trace.parts import captures_of, partition, told_of, truth_of
from tests.trace.score import family_of, here, trace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.trace.oracle import Journey

WITHIN = 1_000_000  # ns
STORED = here(stored=True)
BESIDE = sorted({family_of(name) for name in here()})


def crossings(truth: Iterable[Journey]) -> dict[tuple[str, str], int]:
    """How many packets went from one node to another."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for one in truth:
        if one.packet.kind in LINK_LOCAL:  # a flood takes no way from one receiver to the next
            continue
        for before, after in pairwise(one.passes):
            if before.place.node != after.place.node and after.time > before.time:
                found[before.place.node, after.place.node] += 1
    return found


def node_to_move(name: str) -> str | None:
    """A node that sends to another and hears from it; None where there is none."""
    found = crossings(truth_of(name))
    both = sorted(way for way in found if way[::-1] in found and min(found[way], found[way[::-1]]) > 1)
    return both[-1][0] if both else None


def ahead(told: Any, node: str, other: str, time: int) -> float:
    """How far a clock is ahead of another at a time by the clock of reference, in nanoseconds, as a trace says."""
    clocks = {clock.node: clock for clock in told.clocks}
    found = [
        clock.offset_ns + clock.drift_ppm * 1e-6 * (time - (clock.at_ns - clock.offset_ns))
        for clock in (clocks[node], clocks[other])
    ]
    return found[0] - found[1]


def mistakes(name: str, folder: Path) -> list[str]:
    """What is told otherwise because a clock is wrong."""
    node = node_to_move(name)
    if node is None:
        return []
    truth, captures = truth_of(name), captures_of(name)
    begin = min(one.passes[0].time for one in truth)
    end = max(one.passes[-1].time for one in truth)
    clock = drifting(begin)
    folder.mkdir()
    paths = [
        move(path, folder / path.name, clock if path.stem.partition(".")[0] == node else lambda time: time)
        for path in captures
    ]
    right, wrong = told_of(name, captures), trace(paths, inventory_of(name))
    found = []
    ways = crossings(truth)
    for other in sorted({way[1] for way in ways if way[0] == node and way[::-1] in ways}):
        for time in (begin, end):
            off = ahead(wrong, node, other, time) - (clock(time) - time)
            if abs(off) > WITHIN and min(ways[node, other], ways[other, node]) > 1:
                found.append(f"{node} against {other}: offset wrong by {off / 1e6:.3f} ms")
    about = table().get(name)
    healthy, ways_of = about is None or about.healthy, about.ways if about else {}
    before, after = (
        judge(name, truth, told.journeys, ends_of(name), ways_of, healthy=healthy) for told in (right, wrong)
    )
    for issue, lines in after.found.items():
        if len(lines) > len(before.found[issue]):
            found += [f"{issue}: {line}" for line in lines if line not in before.found[issue]]
    names = {path.name for path in captures}
    if not found and partition(right, names) != partition(wrong, names):
        found.append(f"{len(partition(right, names) ^ partition(wrong, names))} journeys have other frames")
    return [f"{name}: {line}" for line in found]


@pytest.mark.parametrize("name", STORED)
def test_clocks_of_stored_scenarios(name, tmp_path):
    """A clock that is 80 ms ahead and gains 50 ppm is found, and neither losses nor negative delays come of it."""
    assert mistakes(name, tmp_path / name) == []


@pytest.mark.parametrize("family", BESIDE)
def test_clocks_of_scenarios_beside_the_project(shared_dir, family, tmp_path):
    """A clock that is 80 ms ahead and gains 50 ppm is found, and neither losses nor negative delays come of it."""
    names = [name for name in here(family) if name not in STORED]
    assert [line for name in names for line in mistakes(name, tmp_path / name)] == []


def test_some_clocks_can_be_told():
    """Many of the stored scenarios have packets that cross in both directions."""
    assert sum(node_to_move(name) is not None for name in STORED) >= 20
