"""Where does a host send what it does not keep?

Law: a route is an edge to its gateway, or to the one other node whose pods have addresses in the prefix; a route that
says neither (a connected network, a blackhole) is none.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP, Prefix, format_mac
from vxlan_dissect.inventory.graph.draft import likely
from vxlan_dissect.inventory.model import CiliumEndpoint, Host, NodeAddress, NodePrefix

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from vxlan_dissect.inventory.graph.draft import Draft
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Route

_MOST_LOOKED_AT = 4096  # addresses in one prefix; one of more is no node's


class Owners:
    """Which node's pods have addresses in a prefix."""

    def __init__(self, inventory: Inventory) -> None:
        self._known: dict[Prefix, str | None] = {}
        self._stated: dict[Prefix, set[str]] = {}
        for said in inventory.of(NodePrefix):
            self._stated.setdefault(said.prefix, set()).add(said.node)
        self._addresses = sorted(set(_pod_addresses(inventory)))

    def of(self, prefix: Prefix) -> str | None:
        """The one node, None where there is none or several."""
        if prefix not in self._known:
            self._known[prefix] = self._find(prefix)
        return self._known[prefix]

    def _find(self, prefix: Prefix) -> str | None:
        nodes = set(self._stated.get(prefix, ()))
        if not nodes:
            at = bisect_left(self._addresses, (prefix.ip, ""))
            for ip, node in self._addresses[at : at + _MOST_LOOKED_AT]:
                if ip not in prefix:
                    break
                nodes.add(node)
            else:
                if len(self._addresses) > at + _MOST_LOOKED_AT:
                    return None
        return nodes.pop() if len(nodes) == 1 else None


def _pod_addresses(inventory: Inventory) -> Iterator[tuple[IP, str]]:
    """Addresses that nodes have or give out for pods: those of pods, of bridges and tunnel devices, of routers."""
    for address in inventory.addresses:
        host, ip = address.host, address.ip
        if host.node is not None and not (ip.is_loopback or ip.is_link_local):
            yield ip, host.node
    for pod in inventory.pods:
        if pod.node is not None:
            for ip in pod.ips:
                yield ip, pod.node
    for own in inventory.of(NodeAddress):
        yield own.ip, own.node
    for endpoint in inventory.of(CiliumEndpoint):
        if endpoint.host.node is not None:
            for ip in endpoint.ips:
                yield ip, endpoint.host.node
    for via, _, pod_host in (*inventory.gateways(4), *inventory.gateways(6)):
        if pod_host.node is not None and not via.is_link_local:
            yield via, pod_host.node


def add(draft: Draft) -> None:
    """Add `routes-to` and `neighbour`."""
    owners = Owners(draft.inventory)
    for route in draft.inventory.routes:
        if route.kind == "unicast" and route.table != "local":
            _route(draft, route, owners)
    for entry in draft.inventory.neighbours:
        sources = draft.sources(entry)
        here: Hashable = draft.host(entry.host)
        if entry.device is not None:
            here = draft.named(entry.host, entry.device, sources)
        mac = None if entry.mac is None else format_mac(entry.mac)
        ip = draft.address(entry.ip, sources)
        draft.edge(here, ip, "neighbour", sources, mac=mac, state=entry.state, router=entry.router)


def _route(draft: Draft, route: Route, owners: Owners) -> None:
    prefix = route.prefix
    if prefix is not None and (prefix.ip.is_link_local or prefix.ip.is_multicast):
        return
    sources = draft.sources(route)
    node = None if prefix is None else owners.of(prefix)
    if node == route.host.node:
        node = None
    held = prefix is not None and prefix.length == prefix.ip.bits and draft.has(prefix.ip)
    if route.via is None and node is None and not held:
        return
    here: Hashable = draft.host(route.host)
    if route.device is not None:
        here = draft.named(route.host, route.device, sources)
    prefixes = (str(prefix) if prefix is not None else "default",)
    if route.via is not None:
        draft.edge(here, draft.address(route.via, sources), "routes-to", sources, prefixes=prefixes)
    elif held and prefix is not None and (route.host, prefix.ip) not in draft.held:
        draft.edge(here, prefix.ip, "routes-to", sources, prefixes=prefixes)
    if node is not None and route.host.pod is None:
        basis = likely(f"addresses of {node} are in {prefix}")
        draft.edge(here, draft.host(Host(node)), "routes-to", sources, basis, prefixes=prefixes)
