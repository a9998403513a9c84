"""Is the inventory of the capture's time?

Law: only what bears a time speaks: when it was collected, and pods that began after the capture or ended before it. An
hour is let pass, since nobody collects and captures at one moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import format_duration
from vxlan_dissect.inventory.model import Collected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.inventory import Inventory

_PASSED = 3_600_000_000_000


def age_of(inventory: Inventory, first: int, last: int) -> Iterator[str]:
    """What to know of an inventory's age; `first` and `last` are the times of the capture's ends, ns since 1970."""
    for fact in sorted(inventory.of(Collected), key=lambda fact: fact.time)[-1:]:
        late, early = fact.time - last, first - fact.time
        if late > _PASSED:
            yield f"collected {format_duration(late)} after the capture: what changed in between is not in it"
        elif early > _PASSED:
            yield f"collected {format_duration(early)} before the capture: what changed since is not in it"
    pods = inventory.pods
    younger = sum(pod.since is not None and pod.since > last for pod in pods)
    older = sum(pod.until is not None and pod.until < first for pod in pods)
    if younger:
        yield f"lists {younger} of {len(pods)} pods that began after the capture: others may have had their addresses"
    if older and older == len(pods):
        yield "lists only pods that had ended before the capture"
