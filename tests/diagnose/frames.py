"""Which frames of a scenario are otherwise than the table says?

Law: counts of kinds are exact at every point. Hops are those of one of the scenario's ways, there or back, or a part of
it: a packet may die on its way, and one whose address a node translated begins or ends there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import vxlan_dissect as vxd
from tests.diagnose.truth import OUTSIDE, captures_of, compared, expected, inventory_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.diagnose.truth import Truth
    from vxlan_dissect.datapath.base import Hop

WIRE = ("underlay.", "wire.")  # points between the nodes, of which no inventory tells
# Fragments and errors belong to a way too, but start or end in the middle of it.
WHOLE_WAYS = ("icmp.echo", "icmpv6.echo", "tcp", "udp")


def mistakes(truth: Truth) -> Iterator[str]:
    """What the program has otherwise, one line a point."""
    kinds = {kind for found in truth.kinds.values() for kind in found}
    ways = [_bare(one) for way in truth.ways.values() for one in (way.hops, way.reply)]
    inventory = inventory_of(truth.name)
    for point, path in captures_of(truth.name).items():
        explained = list(vxd.explain(str(path), inventory))
        if compared(truth, point):
            found, wanted = Counter(one.kind for one in explained), expected(truth, point)
            wrong = [
                f"{kind} {found[kind]} for {wanted[kind]}" for kind in sorted(kinds) if found[kind] != wanted[kind]
            ]
            if wrong:
                yield f"{point}: {', '.join(wrong)}"
        if ways and "all" not in truth.open:
            others = Counter(
                one.kind
                for one in explained
                if one.kind in kinds
                and one.kind.startswith(WHOLE_WAYS)
                and not any(_part_of(names(one.hops), way) for way in ways)
            )
            if others:
                yield f"{point}: other hops for {', '.join(sorted(others))}"


def names(hops: tuple[Hop, ...]) -> tuple[str, ...]:
    """Hops as the table writes them."""
    return tuple(
        OUTSIDE
        if hop.node is None
        else f"{hop.node}.pod-{hop.owner}.{hop.interface}"
        if hop.role == "pod"
        else f"{hop.node}.{hop.interface}"
        for hop in hops
    )


def _part_of(hops: tuple[str, ...], way: tuple[str, ...]) -> bool:
    return len(hops) > 1 and any(hops == way[start : start + len(hops)] for start in range(len(way)))


def _bare(way: tuple[str, ...]) -> tuple[str, ...]:
    """A way without the points between the nodes; a device that a packet passes twice in a row is one hop."""
    bare = [point for point in way if not point.startswith(WIRE)]
    return tuple(point for before, point in zip([None, *bare], bare, strict=False) if before != point)
