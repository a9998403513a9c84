"""Which facts speak of hosts that an inventory does not know?

Law: frames call a host by an address, where an inventory has its name; so a host of which one address or MAC is known
is that one, and what frames say of it is left out, as what is given comes first. Hosts that are new keep all facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.merge import host_of
from vxlan_dissect.inventory.model import Address, CacheEntry, Host, Interface, Node, NodeAddress, NodePrefix, Pod, Vtep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact


def beyond(inventory: Inventory, facts: Sequence[Fact]) -> list[Fact]:
    """The facts whose hosts have no address or MAC, and no pod, that the inventory knows."""
    if not inventory:
        return list(facts)
    known = {host for fact in facts for host, address in _addresses(fact) if _is_known(inventory, address)}
    known |= {Host(host.node) for host in known if host.node is not None}
    new = [fact for fact in facts if not _hosts(fact) & known]
    nodes = {ip for fact in new if isinstance(fact, Node) for ip in fact.ips}
    # A tunnel map that no host owns is about the node at the endpoint.
    return [fact for fact in new if not isinstance(fact, CacheEntry) or fact.tunnel_endpoint in nodes]


def _is_known(inventory: Inventory, address: IP | int) -> bool:
    if isinstance(address, int):
        return any(owner.host is not None for owner in inventory.owners_of_mac(address))
    if address.is_link_local or address.is_loopback or address.is_multicast:
        return False
    return any(owner.host is not None for owner in inventory.owners_of_ip(address))


def _addresses(fact: Fact) -> Iterator[tuple[Host, IP | int]]:
    if isinstance(fact, Address):
        yield fact.host, fact.ip
    elif isinstance(fact, Interface) and fact.mac:
        yield fact.host, fact.mac
    elif isinstance(fact, Pod):
        yield from ((Host(fact.node, fact.name), ip) for ip in fact.ips)
    elif isinstance(fact, Node):
        yield from ((Host(fact.name), ip) for ip in fact.ips)


def _hosts(fact: Fact) -> set[Host]:
    """The hosts that a fact is about, a pod's node with it."""
    if isinstance(fact, Pod):
        return {Host(fact.node, fact.name), Host(fact.node)}
    if isinstance(fact, Node):
        return {Host(fact.name)}
    if isinstance(fact, NodeAddress | NodePrefix | Vtep):
        return {Host(fact.node)}
    host = host_of(fact)
    return set() if host is None or host.node is None else {host, Host(host.node)}
