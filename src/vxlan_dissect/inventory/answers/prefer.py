"""Which of facts that contradict each other is to be believed?

Law: what wins and why is said, and the others are kept. What was collected later wins; of one time, what stands closer
to the kernel (a namespace's own output, then the agent's maps, then the cluster's objects, then lists of names, then
what frames let infer); else what names more. Facts that are equal in all of this stay a draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.merging.expand import FOLLOWS
from vxlan_dissect.inventory.model import Address, FdbEntry, Interface, Name, Neighbour, Route
from vxlan_dissect.inventory.model.cilium import Agent, CacheEntry, CiliumEndpoint, Identity, Translation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.model import Collected, Fact

_KERNEL = (Interface, Address, Route, Neighbour, FdbEntry)
_AGENT = (Agent, CacheEntry, CiliumEndpoint, Identity, Translation)


class Times:
    """When each file was collected, where something says so."""

    def __init__(self, collected: Sequence[Collected]) -> None:
        # The scope that fits closest comes first.
        self._scopes = sorted(((fact.scope, fact.time) for fact in collected), key=lambda pair: -len(pair[0]))

    def of(self, fact: Fact) -> int | None:
        """The time at which a fact was collected, in ns since 1970; None where nothing says it."""
        file = fact.source.file
        return next((time for scope, time in self._scopes if file == scope or file.startswith(f"{scope}/")), None)


def closeness(fact: Fact) -> int:
    """How close to the kernel a fact stands, 0 to 4."""
    if fact.source.inferred:
        return 0
    if isinstance(fact, Name):
        return 1
    if isinstance(fact, _KERNEL):
        return 3 if fact.source.why in FOLLOWS else 4  # what follows from an endpoint is the agent's word
    return 3 if isinstance(fact, _AGENT) else 2


def preferred(facts: Sequence[Fact], times: Times) -> tuple[int, str] | None:
    """Which of several facts wins, by its place among them, and why; None for a draw."""
    left = list(range(len(facts)))
    for rank, why in (
        (times.of, "it was collected later"),
        (closeness, "it stands closer to the kernel"),
        (_named, "it names more"),
    ):
        ranks = [rank(facts[at]) for at in left]
        known = [value for value in ranks if value is not None]
        if len(known) < len(ranks):
            continue
        best = max(known)
        left = [at for at, value in zip(left, known, strict=True) if value == best]
        if len(left) == 1:
            return left[0], why
    return None


def _named(fact: Fact) -> int:
    return sum(value not in (None, (), False) for value in fact)
