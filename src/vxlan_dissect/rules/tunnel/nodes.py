"""Which node has an address of the network between the nodes?

Law: only lines of the inventory count here, not what a capture taught: what the tunnel header says is what is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from vxlan_dissect.explain.context import called, said, said_by

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Endpoint, Evidence
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Address, Interface, Node, Owner

_SHOWN = 3  # addresses of a node in a sentence


class Homes(NamedTuple):
    """What the inventory says of nodes.

    `addresses`: of each, with the fact. `listed`: those of which addresses of interfaces are known. `tunnels`: the
    tunnel devices of each of which the UDP port is known.
    """

    addresses: dict[str, dict[IP, Address | Node]]
    listed: frozenset[str]
    tunnels: dict[str, list[Interface]]


_kept: WeakKeyDictionary[Inventory, Homes] = WeakKeyDictionary()


def homes(inventory: Inventory) -> Homes:
    """The nodes of an inventory, read once."""
    found = _kept.get(inventory)
    if found is None:
        addresses: dict[str, dict[IP, Address | Node]] = {}
        listed = set()
        for node in inventory.nodes:
            addresses.setdefault(node.name, {}).update((ip, node) for ip in node.ips)
        for address in inventory.addresses:
            name, ip = address.host.node, address.ip
            if address.host.pod is None and name is not None and not (ip.is_link_local or ip.is_loopback):
                addresses.setdefault(name, {})[ip] = address
                listed.add(name)
        tunnels: dict[str, list[Interface]] = {}
        for device in inventory.interfaces:
            if device.port is not None and device.host.pod is None and device.host.node is not None:
                tunnels.setdefault(device.host.node, []).append(device)
        known = {name: ips for name, ips in addresses.items() if ips}
        found = _kept[inventory] = Homes(known, frozenset(listed), tunnels)
    return found


def node_with(inventory: Inventory, ip: IP | None) -> str | None:
    """The node that has an address of its own, by a line of the inventory."""
    if ip is None:
        return None
    owners = (owner for owner in inventory.owners_of_ip(ip) if owner.fact is not None and owner.pod is None)
    return next((owner.node for owner in owners if owner.node is not None), None)


def elsewhere(context: Context, inner: Endpoint, outer: Endpoint) -> tuple[str, str, list[Evidence]] | None:
    """Whether a pod lives on another node than the tunnel header names for it.

    Returns the pod's node with its address in words, the node of the header in words, and what proves both; None where
    they agree or the inventory cannot tell.
    """
    owner: Owner | None = inner.ip_owner
    if owner is None or owner.what != "pod" or owner.fact is None or owner.node is None or outer.ip is None:
        return None
    known = homes(context.inventory)
    own = known.addresses.get(owner.node, {})
    there = node_with(context.inventory, outer.ip)
    if outer.ip in own or outer.ip.is_multicast or there == owner.node:
        return None
    alike = {ip: fact for ip, fact in own.items() if ip.version == outer.ip.version}
    # kubectl lists one address of a node, and the tunnel may use another one.
    if not alike or (there is None and owner.node not in known.listed):
        return None
    header = f"{there} ({outer.ip})" if there else f"{outer.ip}, which no node of the inventory has"
    evidence = [*said_by(owner), *(said(fact) for fact in list(alike.values())[:_SHOWN])]
    if there:
        evidence.append(said(known.addresses.get(there, {}).get(outer.ip) or next(iter(alike.values()))))
    return owner.node, header, evidence


def in_words(endpoint: Endpoint) -> str:
    """A tunnel endpoint by name and address."""
    name = called(endpoint)
    return name if endpoint.ip is None or name == str(endpoint.ip) else f"{name} ({endpoint.ip})"
