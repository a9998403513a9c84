"""Which node has an address of the network between the nodes?

Law: only lines of the inventory count here, not what a capture taught: what the tunnel header says is what is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from vxlan_dissect.addresses import Prefix
from vxlan_dissect.explain.context import called, said, said_by
from vxlan_dissect.inventory.model import Address

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Endpoint, Evidence
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Interface, Node, Owner

_SHOWN = 3  # addresses of a node in a sentence


class Homes(NamedTuple):
    """What the inventory says of nodes.

    `addresses`: of each, with the fact. `networks`: an address in each network, by that. `tunnels`: the tunnel devices
    of each with a known UDP port.
    """

    addresses: dict[str, dict[IP, Address | Node]]
    networks: dict[Network, Address]
    tunnels: dict[str, list[Interface]]


Network = tuple[int, int, int]  # IP version, length of the prefix, its bits
_kept: WeakKeyDictionary[Inventory, Homes] = WeakKeyDictionary()


def homes(inventory: Inventory) -> Homes:
    """The nodes of an inventory, read once."""
    found = _kept.get(inventory)
    if found is None:
        addresses: dict[str, dict[IP, Address | Node]] = {}
        networks: dict[Network, Address] = {}
        for node in inventory.nodes:
            addresses.setdefault(node.name, {}).update((ip, node) for ip in node.ips)
        for address in inventory.addresses:
            name, ip = address.host.node, address.ip
            if address.host.pod is None and name is not None and not (ip.is_link_local or ip.is_loopback):
                addresses.setdefault(name, {})[ip] = address
                if address.length < ip.bits:
                    networks.setdefault(_network(ip, address.length), address)
        tunnels: dict[str, list[Interface]] = {}
        for device in inventory.interfaces:
            if device.port is not None and device.host.pod is None and device.host.node is not None:
                tunnels.setdefault(device.host.node, []).append(device)
        known = {name: ips for name, ips in addresses.items() if ips}
        found = _kept[inventory] = Homes(known, networks, tunnels)
    return found


def is_of(fact: Address | Node, ip: IP) -> bool:
    """Whether an address that a node has on an interface is of the same network as `ip`."""
    return isinstance(fact, Address) and fact.length < ip.bits and ip in Prefix(fact.ip, fact.length)


def near(inventory: Inventory, ip: IP) -> Address | None:
    """An address of some node in the network of `ip`."""
    networks = homes(inventory).networks
    lengths = sorted({length for _, length, _ in networks}, reverse=True)
    return next((found for length in lengths if (found := networks.get(_network(ip, length))) is not None), None)


def node_with(inventory: Inventory, ip: IP | None) -> str | None:
    """The one node that has an address of its own, by a line of the inventory; None where several have it."""
    nodes = list(_holders(inventory, ip))
    return next(iter(nodes)) if len(nodes) == 1 else None


def elsewhere(context: Context, inner: Endpoint, outer: Endpoint) -> tuple[str, str, list[Evidence]] | None:
    """Whether a pod lives on another node than the tunnel header names for it.

    Returns the pod's node with its address in words, the node of the header in words, and what proves both; None where
    they agree or the inventory cannot tell.
    """
    owner: Owner | None = inner.ip_owner
    if owner is None or owner.what != "pod" or owner.fact is None or owner.node is None or outer.ip is None:
        return None
    own = homes(context.inventory).addresses.get(owner.node, {})
    holders = _holders(context.inventory, outer.ip)
    if outer.ip in own or outer.ip.is_multicast or owner.node in holders or len(holders) > 1:
        return None
    # Of a network that is not listed at the pod's node, its address there is not known either.
    proof = [fact for fact in own.values() if is_of(fact, outer.ip)]
    if not holders and not proof:
        return None
    evidence = [*said_by(owner), *map(said, proof[:_SHOWN])]
    for node, holder in holders.items():
        return owner.node, f"{node} ({outer.ip})", [*evidence, *said_by(holder)]
    return owner.node, f"{outer.ip}, which no node of the inventory has", evidence


def _holders(inventory: Inventory, ip: IP | None) -> dict[str, Owner]:
    """The nodes that have an address of their own, by a line of the inventory."""
    owners = inventory.owners_of_ip(ip) if ip is not None else ()
    return {
        owner.node: owner for owner in owners if owner.fact is not None and not owner.pod and owner.node is not None
    }


def _network(ip: IP, length: int) -> Network:
    return ip.version, length, ip.value >> max(ip.bits - length, 0)


def in_words(endpoint: Endpoint) -> str:
    """A tunnel endpoint by name and address."""
    name = called(endpoint)
    return name if endpoint.ip is None or name == str(endpoint.ip) else f"{name} ({endpoint.ip})"
