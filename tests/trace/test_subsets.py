"""Is what a trace says of only some of the captures still true?

Law: all subsets of the captures of three scenarios, from one alone to all: a healthy one, one with a packet lost on the
wire, and one with a policy. Journeys are those of the whole, restricted; a loss encloses the place where the packet
ended, or is not told; nobody sees what was not captured.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from tests.diagnose.truth import folder_of, inventory_of, table
from tests.trace.parts import captures_of, verdict_of_part
from tests.trace.score import baseline, trace

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = ("cilium-01-ping6-cross-node", "cilium-29-policy-deny-ingress")
LOSS = "cilium-35-underlay-loss-1-of-3"  # of which the captures of all interfaces are taken in too
BESIDE = ("cilium119svc-61-clusterip-tcp4", "calico-vxlan-29-fragmented-outer-lost", "kindnet-hostgw-21-hidden-mtu-tcp")


def mistakes(name: str, size: int) -> list[str]:
    """What is wrong of all subsets of so many captures."""
    inventory, every = inventory_of(name), captures_in(name)
    names = {path.name for path in every}
    known = baseline().get(name, {})
    healthy = name not in table() or table()[name].healthy
    found = []
    for captures in combinations(every, size):
        told = trace(list(captures), inventory)
        lines = [
            f"{issue}: {line}"
            for issue, lines in verdict_of_part(name, told, captures).found.items()
            if len(lines) > known.get(issue, 0)
            for line in lines
        ]
        seen = {sighting.capture for journey in told.journeys for sighting in journey.sightings}
        lines += [f"{capture} was not given" for capture in (seen & names) - {path.name for path in captures}]
        lines += [f"{told.overview.lost} lost of a healthy network"] if healthy and told.overview.lost else []
        found += [f"{' '.join(path.stem for path in captures)}: {line}" for line in lines]
    return found


def captures_in(name: str) -> list[Path]:
    """The captures of which subsets are taken."""
    return captures_of(name, lambda stem: name not in SCENARIOS or not stem.endswith(".any"))


def sizes(name: str) -> range:
    """How many captures a subset may have."""
    return range(1, len(captures_in(name)) + 1)


@pytest.mark.parametrize(("name", "size"), [(name, size) for name in (*SCENARIOS, LOSS) for size in sizes(name)])
def test_all_subsets(name, size):
    """Any subset of the captures of a scenario is told truly, if more modestly."""
    assert mistakes(name, size) == []


@pytest.mark.parametrize("name", BESIDE)
def test_pairs_and_all_but_one(shared_dir, name):
    """Captures alone, in pairs, and all but one are told truly with translation, fragments and super-packets too."""
    assert folder_of(name) is not None
    every = sizes(name)
    assert [line for size in sorted({1, 2, every[-2]}) for line in mistakes(name, size)] == []
