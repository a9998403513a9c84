"""How do hosts, interfaces and addresses hang together, as a graph?

Law: a node of the graph is a value of the model: a `Host`, a pair `(Host, interface name)`, an `IP`, or a `Service`.
Attributes of nodes: `kind` (`node`, `pod`, `host`, `interface`, `address`, `service`), `label`, `sources` (tuple of
Source); hosts also `node`, interfaces `role`, `mac`, `index`. Attributes of edges: `kind` (`on` a pod and its node,
`has` host and interface, `veth` the two ends, `address` interface and address, `lists` a pod, node or service and the
address that kubectl gives it, `route` a host and the gateway of a default route, `neighbour` interface and the address
it resolved), `sources`, and `mac` of a neighbour. An edge keeps the first of these that joins its ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.inventory.model import Fact, Host

if TYPE_CHECKING:
    import networkx as nx

    from vxlan_dissect.inventory.inventory import Inventory


def graph(inventory: Inventory) -> nx.Graph:
    """Build the graph; networkx is imported here, which takes a third of a second."""
    built: nx.Graph = _Builder(inventory).build()
    return built


class _Builder:
    def __init__(self, inventory: Inventory) -> None:
        from networkx import Graph

        self._inventory = inventory
        self._graph: Any = Graph()

    def build(self) -> Any:
        inventory = self._inventory
        for name in inventory.node_names():
            self._host(Host(name))
        for interface in inventory.interfaces:
            self._interface(interface.host, interface.name, interface)
        for address in inventory.addresses:
            self._address(address.ip, address)
            self._edge((address.host, address.interface), address.ip, "address", address)
        for interface in inventory.interfaces:
            peer = inventory.peer(interface)
            if peer is not None:
                self._edge((interface.host, interface.name), (peer.host, peer.name), "veth", interface)
        for pod in inventory.pods:
            self._listed(Host(pod.node, None if pod.host_network else pod.name), pod.ips, pod)
        for node in inventory.nodes:
            self._listed(Host(node.name), node.ips, node)
        for service in inventory.services:
            label = f"{service.namespace}/{service.name}" if service.namespace else service.name
            self._graph.add_node(service, kind="service", label=label, sources=inventory.sources_of(service))
            for ip in (*service.cluster_ips, *service.external_ips):
                self._address(ip, service)
                self._edge(service, ip, "lists", service)
        for route in inventory.routes:
            if route.prefix is None and route.via is not None:
                self._host(route.host)
                self._address(route.via, route)
                self._edge(route.host, route.via, "route", route)
        for entry in inventory.neighbours:
            self._host(entry.host)
            self._address(entry.ip, entry)
            here = (entry.host, entry.device) if entry.device is not None else entry.host
            if entry.device is not None:
                self._interface(entry.host, entry.device, None)
            mac = None if entry.mac is None else format_mac(entry.mac)
            self._edge(here, entry.ip, "neighbour", entry, mac=mac)
        return self._graph

    def _host(self, host: Host) -> None:
        if host in self._graph:
            return
        kind = "pod" if host.pod is not None else "node" if host.node in self._inventory.node_names() else "host"
        self._graph.add_node(host, kind=kind, label=host.name, sources=(), node=host.node)
        if host.pod is not None and host.node is not None:
            self._host(Host(host.node))
            self._graph.add_edge(host, Host(host.node), kind="on", sources=())

    def _interface(self, host: Host, name: str, interface: Any) -> None:
        key = (host, name)
        if key in self._graph:
            return
        self._host(host)
        if interface is None:  # a neighbour table names a device that no line shows
            self._graph.add_node(key, kind="interface", label=name, sources=(), role=None, mac=None, index=None)
        else:
            self._graph.add_node(
                key,
                kind="interface",
                label=name,
                sources=self._inventory.sources_of(interface),
                role=self._inventory._index.role_of(interface),
                mac=None if interface.mac is None else format_mac(interface.mac),
                index=interface.index,
            )
        self._graph.add_edge(host, key, kind="has", sources=self._graph.nodes[key]["sources"])

    def _address(self, ip: IP, fact: Fact) -> None:
        if ip not in self._graph:
            self._graph.add_node(ip, kind="address", label=str(ip), sources=self._inventory.sources_of(fact))

    def _listed(self, host: Host, ips: tuple[IP, ...], fact: Fact) -> None:
        self._host(host)
        for ip in ips:
            self._address(ip, fact)
            self._edge(host, ip, "lists", fact)

    def _edge(self, one: object, other: object, kind: str, fact: Fact, **more: object) -> None:
        if not self._graph.has_edge(one, other):
            self._graph.add_edge(one, other, kind=kind, sources=self._inventory.sources_of(fact), **more)
