"""Which security identity does the inventory give to an address, and what does an identity stand for?

Law: an endpoint and an ipcache entry of one address count; a prefix speaks of no single sender. Read once an inventory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from vxlan_dissect.inventory.model import CacheEntry, CiliumEndpoint, Identity

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.inventory import Inventory


class Identities(NamedTuple):
    """`of`: address -> identity -> the line that says so. `labels`: identity -> its labels."""

    of: dict[IP, dict[int, CiliumEndpoint | CacheEntry]]
    labels: dict[int, Identity]


_kept: WeakKeyDictionary[Inventory, Identities] = WeakKeyDictionary()


def identities(inventory: Inventory) -> Identities:
    """The identities of an inventory."""
    found = _kept.get(inventory)
    if found is None:
        found = _kept[inventory] = Identities({}, {})
        for endpoint in inventory.of(CiliumEndpoint):
            for ip in endpoint.ips:
                if endpoint.identity is not None:
                    found.of.setdefault(ip, {}).setdefault(endpoint.identity, endpoint)
        for entry in inventory.of(CacheEntry):
            if entry.identity is not None and entry.prefix.length == entry.prefix.ip.bits:
                found.of.setdefault(entry.prefix.ip, {}).setdefault(entry.identity, entry)
        for identity in inventory.of(Identity):
            found.labels.setdefault(identity.number, identity)
    return found
