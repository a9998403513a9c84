"""Which tunnel device leads to which?

Law: a forwarding database, a tunnel map, or a route by the tunnel device says it outright; that a Cilium node routes a
prefix to cilium_host, or that two nodes have devices of one mesh, makes it likely. Where only the address of the far
end is known, the edge ends there.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.inventory.graph.draft import CERTAIN, Basis, likely
from vxlan_dissect.inventory.graph.routes import Owners
from vxlan_dissect.inventory.model import CacheEntry, FdbEntry, Host, Neighbour, NodePrefix, Vtep

if TYPE_CHECKING:
    from collections.abc import Hashable

    from vxlan_dissect.inventory.graph.draft import Draft, Key
    from vxlan_dissect.inventory.model import Route, Source

_CILIUM = ("cilium_vxlan", "cilium_geneve")
_LARGEST_MESH = 500  # nodes; a guess at every pair of more would be more than what is known


def add(draft: Draft) -> None:
    """Add tunnel devices that only the cluster names, and `tunnels-to`."""
    inventory = draft.inventory
    for vtep in inventory.of(Vtep):
        _device(draft, vtep)
    tunnels = _Tunnels(draft)
    for entry in inventory.of(FdbEntry):
        tunnels.forwarded(entry)
    for cached in inventory.of(CacheEntry):
        tunnels.cached(cached)
    owners = Owners(inventory)
    for route in inventory.routes:
        if route.kind == "unicast" and route.device is not None and route.host.pod is None:
            tunnels.routed(route, owners)
    for prefix in inventory.of(NodePrefix):
        tunnels.given_out(prefix)
    for vtep in inventory.of(Vtep):
        tunnels.meshed(vtep)
    tunnels.seen()


def _device(draft: Draft, vtep: Vtep) -> None:
    """A node's VXLAN device, as an annotation or a computed MAC tells of it."""
    sources = draft.sources(vtep)
    basis = likely(vtep.computed) if vtep.computed else CERTAIN
    key = draft.named(Host(vtep.node), vtep.device, sources, basis, role="tunnel", mac=format_mac(vtep.mac))
    if vtep.vni is not None:
        draft.named(*key, (), vni=vtep.vni)


class _Tunnels:
    """The tunnel devices of a graph, by what may name their far ends."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._of_host: defaultdict[Host, list[Key]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Key]] = defaultdict(list)
        self._by_mac: dict[str, Key] = {}
        for key, data in draft.graph.nodes(data=True):
            if data["kind"] == "tunnel-device":
                self._of_host[key[0]].append(key)
                self._by_name[key[1]].append(key)
                if data["mac"] is not None:
                    self._by_mac.setdefault(data["mac"], key)
        self._holders: defaultdict[IP, set[Key]] = defaultdict(set)
        for address in draft.inventory.addresses:
            if address.host.pod is None:
                self._holders[address.ip].add((address.host, address.interface))
        self._resolved: dict[tuple[Host, str, IP], Neighbour] = {}
        for entry in draft.inventory.neighbours:
            if entry.mac is not None and entry.device is not None:
                self._resolved.setdefault((entry.host, entry.device, entry.ip), entry)

    def forwarded(self, entry: FdbEntry) -> None:
        """`16:ca:e7:50:07:20 dev flannel.1 dst 192.168.56.11`."""
        if entry.remote is None:
            return
        sources = self._draft.sources(entry)
        here = self._draft.named(entry.host, entry.device, sources, role="tunnel")
        # Behind a bridged VXLAN device the MAC is a station's, not the far device's.
        far = self._by_mac.get(format_mac(entry.mac)) if entry.mac else None
        self._join(here, far or self._behind(here, entry.remote, sources), sources, endpoints=(str(entry.remote),))

    def cached(self, entry: CacheEntry) -> None:
        """`10.244.2.245/32 identity=10398 tunnelendpoint=172.18.0.3`."""
        remote = entry.tunnel_endpoint
        if remote is None or (remote.value == 0):
            return
        own = [key for key in self._of_host[entry.host] if key[1] in _CILIUM]
        if own and (entry.host, remote) not in self._draft.held:
            sources = self._draft.sources(entry)
            self._join(own[0], self._behind(own[0], remote, sources), sources, endpoints=(str(remote),))

    def routed(self, route: Route, owners: Owners) -> None:
        """A route by a tunnel device, or by cilium_host to pods of another node."""
        here = (route.host, str(route.device))
        prefix = route.prefix
        if prefix is not None and (prefix.ip.is_link_local or prefix.ip.is_multicast):
            return
        words = str(prefix) if prefix is not None else "default"
        node = owners.of(prefix) if prefix is not None else None
        tunnel = here in self._of_host[route.host]
        if tunnel and route.via is not None:
            self._by_gateway(here, route, words, node)
        elif node is not None and node != route.host.node:
            if not tunnel and route.device == "cilium_host":
                here = next((key for key in self._of_host[route.host] if key[1] in _CILIUM), here)
                tunnel = here in self._of_host[route.host]
            if tunnel:
                sources = self._draft.sources(route)
                why = f"the route by {route.device} to addresses of {node}"
                far = self._far_device(here, Host(node))
                self._join(here, far, sources, basis=likely(why), prefixes=(words,))

    def given_out(self, said: NodePrefix) -> None:
        """A node's range of pod addresses: the others reach it by the tunnel devices of Cilium."""
        there = [key for key in self._of_host[Host(said.node)] if key[1] in _CILIUM and self._is_small(key[1])]
        for far in there:
            for here in self._by_name[far[1]]:
                if here[0] != far[0]:
                    sources = self._draft.sources(said)
                    why = f"both nodes have {far[1]}, and pods of {said.node} have addresses of {said.prefix}"
                    self._join(here, far, sources, basis=likely(why), prefixes=(str(said.prefix),))

    def meshed(self, vtep: Vtep) -> None:
        """Another node's VXLAN device of the same name: the CNI lets every node know all."""
        far = (Host(vtep.node), vtep.device)
        for here in self._by_name[vtep.device] if self._is_small(vtep.device) else ():
            if here[0] != far[0] and not self._draft.graph.has_edge(here, far, "tunnels-to"):
                why = f"both nodes have {vtep.device}, and the CNI tells each of all others"
                self._join(here, far, self._draft.sources(vtep), basis=likely(why))

    def seen(self) -> None:
        """The nodes that are tunnel endpoints in one capture, of which frames may have shown only some pairs."""
        nodes: defaultdict[str, dict[Host, tuple[Source, ...]]] = defaultdict(dict)
        for vtep in self._draft.inventory.of(Vtep):
            if vtep.source.inferred:
                nodes[vtep.source.file].setdefault(Host(vtep.node), self._draft.sources(vtep))
        for entry in self._draft.inventory.of(CacheEntry):
            node = self._draft.inventory.node_by_address(entry.tunnel_endpoint) if entry.tunnel_endpoint else None
            if entry.source.inferred and node is not None:
                nodes[entry.source.file].setdefault(Host(node), self._draft.sources(entry))
        for file, ends in nodes.items():
            confidence = "likely" if len(ends) == 2 else "possible"
            for one, other in permutations(ends if len(ends) <= _LARGEST_MESH else (), 2):
                here, far = (own[0] if len(own := self._of_host[host]) == 1 else host for host in (one, other))
                basis = Basis(confidence, f"both are tunnel endpoints in {file}")
                if not self._draft.graph.has_edge(here, far, "tunnels-to"):
                    self._join(here, far, ends[other], basis=basis)

    def _is_small(self, device: str) -> bool:
        return len(self._by_name[device]) <= _LARGEST_MESH

    def _by_gateway(self, here: Key, route: Route, prefix: str, node: str | None) -> None:
        """`10.244.1.0/24 via 10.244.1.0 dev flannel.1`: the gateway is the far device, or as with IPIP the node."""
        via, sources = route.via, self._draft.sources(route)
        if via is None:
            return
        holders = [key for key in self._holders.get(via, ()) if key[0] != here[0]]
        entry = self._resolved.get((here[0], here[1], via))
        if len(holders) == 1:
            tunnels = holders[0] in self._of_host[holders[0][0]]
            if tunnels:
                self._join(here, holders[0], sources, prefixes=(prefix,))
            else:
                far = self._far_device(here, holders[0][0])
                self._join(here, far, sources, prefixes=(prefix,), endpoints=(str(via),))
        elif entry is not None and entry.mac is not None and (device := self._by_mac.get(format_mac(entry.mac))):
            why = f"the neighbour table of {here[0].name} has {format_mac(entry.mac)} for the gateway {via}"
            known = (*sources, *self._draft.sources(entry))
            self._join(here, device, known, basis=likely(why), prefixes=(prefix,))
        elif node is not None and node != here[0].node:
            far = self._far_device(here, Host(node))
            self._join(here, far, sources, basis=likely(f"addresses of {node} are in {prefix}"), prefixes=(prefix,))
        else:
            self._join(here, self._draft.address(via, sources), sources, prefixes=(prefix,))

    def _behind(self, here: Key, remote: IP, sources: tuple[Source, ...]) -> Hashable:
        """What is at a tunnel endpoint: the far device, else its node, else the address alone."""
        hosts = {key[0] for key in self._holders.get(remote, ())}
        node = self._draft.inventory.node_by_address(remote)
        host = hosts.pop() if len(hosts) == 1 else Host(node) if node is not None else None
        if host is None or host == here[0]:
            return self._draft.address(remote, sources)
        return self._far_device(here, host)

    def _far_device(self, here: Key, host: Host) -> Key | Host:
        """The device of another host that answers `here`: of the same name, or the only one of its VNI, or of all."""
        there = self._of_host[host]
        if (host, here[1]) in there:
            return host, here[1]
        vni = self._draft.graph.nodes[here]["vni"]
        alike = [key for key in there if vni is not None and self._draft.graph.nodes[key]["vni"] == vni] or there
        return alike[0] if len(alike) == 1 else self._draft.host(host)

    def _join(
        self, here: Key | Host, far: Hashable, sources: tuple[Source, ...], *, basis: Basis = CERTAIN,
        endpoints: tuple[str, ...] = (), prefixes: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        own = self._draft.graph.nodes[here]
        more = {"endpoints": endpoints, "prefixes": prefixes, "vni": own.get("vni"), "port": own.get("port")}
        self._draft.edge(here, far, "tunnels-to", sources, basis, **more)
