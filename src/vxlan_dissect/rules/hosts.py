"""Which routes does a host have, and whom does its neighbour table list?

Law: an inventory is put in order by host and IP version once, in its own order, since every frame asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Host, Neighbour, Route


class _Tables(NamedTuple):
    routes: dict[tuple[Host, int], list[Route]]
    neighbours: dict[tuple[Host, int], list[Neighbour]]


_kept: WeakKeyDictionary[Inventory, _Tables] = WeakKeyDictionary()


def routes_of(inventory: Inventory, host: Host, version: int) -> list[Route]:
    """The routes of a host, of one IP version."""
    return _tables(inventory).routes.get((host, version), [])


def neighbours_of(inventory: Inventory, host: Host, version: int) -> list[Neighbour]:
    """The neighbour table of a host, of one IP version."""
    return _tables(inventory).neighbours.get((host, version), [])


def _tables(inventory: Inventory) -> _Tables:
    found = _kept.get(inventory)
    if found is None:
        found = _kept[inventory] = _Tables({}, {})
        for route in inventory.routes:
            found.routes.setdefault((route.host, route.family), []).append(route)
        for entry in inventory.neighbours:
            found.neighbours.setdefault((entry.host, entry.ip.version), []).append(entry)
    return found
