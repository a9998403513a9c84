"""How does a graph grow from facts that come in any order?

Law: what is said twice is one node or edge with both sources, and the surer saying gives the confidence. Nothing is
taken back, and an attribute that is known is not written over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.inventory.merging.merge import NODE_DEVICES
from vxlan_dissect.inventory.model import (
    CiliumEndpoint,
    FdbEntry,
    Host,
    Interface,
    NodeAddress,
    NodePrefix,
    Vtep,
)
from vxlan_dissect.inventory.model.base import RANK

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact, Source

Key = tuple[Host, str]

_UNKNOWN_POD: dict[str, Any] = {**dict.fromkeys(("namespace", "status", "identity")), "host_network": False}
_UNKNOWN: dict[str, object] = {
    **dict.fromkeys(("role", "mac", "index", "mtu", "state", "driver", "vni", "port")),
    "external": False,
}
_BRIDGE_NAMES = ("br-", "br0", "cni0", "cbr0", "docker0", "virbr", "kube-bridge", "weave", "cni-podman", "podman")
_NO_BRIDGES = ("bond", "team", "vrf", "ovs-system")  # what else can be a master


class Basis(NamedTuple):
    """How sure it is, and in words from what it follows where no line says it."""

    confidence: str = "certain"
    inferred: str | None = None


CERTAIN = Basis()


def likely(why: str) -> Basis:
    """What follows, and may be otherwise."""
    return Basis("likely", why)


class Draft:
    """The graph of one inventory while it is built."""

    def __init__(self, inventory: Inventory) -> None:
        from networkx import MultiDiGraph

        self.inventory = inventory
        self.graph: Any = MultiDiGraph()
        self.masters = {(one.host, one.master) for one in inventory.interfaces if one.master is not None}
        self.masters |= {(one.host, one.master) for one in inventory.of(FdbEntry) if one.master is not None}
        # A forwarding database with remote endpoints is a VXLAN device's (bridge/fdb.c, NDA_DST).
        self.vxlans = {(entry.host, entry.device) for entry in inventory.of(FdbEntry) if entry.remote is not None}
        self.held: set[tuple[Host, IP]] = {(address.host, address.ip) for address in inventory.addresses}
        self._members = set(_cluster_members(inventory))

    def finish(self) -> Any:
        """The graph, to which nothing is added any more."""
        for _, data in self.graph.nodes(data=True):
            _settle(data)
        for _, _, data in self.graph.edges(data=True):
            _settle(data)
        hosts = [node for node, data in self.graph.nodes(data=True) if isinstance(node, Host) and not data["sources"]]
        for host in sorted(hosts, key=lambda host: host.pod is None):  # a node may be known by its pods alone
            self._settle_unsaid(host)
        return self.graph

    def _settle_unsaid(self, host: Host) -> None:
        """A host that no list names is as sure as the surest of what it holds, knows and runs."""
        own = list(self.graph.out_edges(host, keys=True, data=True))
        known = [data for _, _, kind, data in own if kind != "runs-on"]
        known += [data for _, _, kind, data in self.graph.in_edges(host, keys=True, data=True) if kind == "runs-on"]
        if known and all(data["confidence"] != "certain" for data in known):
            surest = min(known, key=lambda data: RANK[data["confidence"]])
            placed = [data for _, _, kind, data in own if kind == "runs-on" and not data["sources"]]
            for unsaid in (self.graph.nodes[host], *placed):
                unsaid["confidence"], unsaid["inferred"] = surest["confidence"], surest["inferred"]

    def sources(self, fact: Fact) -> tuple[Source, ...]:
        """Where a fact stands."""
        return self.inventory.sources_of(fact)

    def node(
        self,
        value: Hashable,
        kind: str,
        label: str,
        sources: tuple[Source, ...],
        basis: Basis = CERTAIN,
        **more: object,
    ) -> None:
        """Add a node, or what is new of it."""
        known = self.graph.nodes.get(value)
        if known is None:
            self.graph.add_node(value, kind=kind, label=label, **_fresh(sources, basis, more))
        else:
            _update(known, sources, basis, more)

    def edge(
        self,
        one: Hashable,
        other: Hashable,
        kind: str,
        sources: tuple[Source, ...],
        basis: Basis = CERTAIN,
        **more: object,
    ) -> None:
        """Add an edge between nodes that are there, or what is new of it; values that are tuples grow."""
        known = self.graph.get_edge_data(one, other, kind)
        if known is None:
            self.graph.add_edge(one, other, kind, kind=kind, **_fresh(sources, basis, more))
        else:
            _update(known, sources, basis, more)

    def has(self, node: Hashable) -> bool:
        """Whether the node is there."""
        return node in self.graph

    def kind(self, node: Hashable) -> str:
        """The kind of a node that is there."""
        kind: str = self.graph.nodes[node]["kind"]
        return kind

    def host(self, host: Host, sources: tuple[Source, ...] = (), **more: Any) -> Host:
        """A host, and for a pod also its node."""
        if host not in self.graph or sources or more:
            kind = "pod" if host.pod is not None else "node" if host.node in self._members else "host"
            said = _UNKNOWN_POD | more if host.pod is not None else more
            self.node(host, kind, host.name, sources, node=host.node, **said)
        if host.pod is not None and host.node is not None:
            self.host(Host(host.node))
            self.edge(host, Host(host.node), "runs-on", sources)
        return host

    def interface(self, interface: Interface) -> Key:
        """An interface as a line shows it."""
        key = (interface.host, interface.name)
        sources = self.sources(interface)
        self._interface(
            key,
            sources,
            CERTAIN,
            role=self.inventory._index.role_of(interface),
            mac=None if interface.mac is None else format_mac(interface.mac),
            index=interface.index,
            mtu=interface.mtu,
            state=interface.state,
            driver=interface.kind,
            vni=interface.vni,
            port=interface.port,
            external=interface.external,
        )
        return key

    def named(
        self,
        host: Host,
        name: str,
        sources: tuple[Source, ...],
        basis: Basis = CERTAIN,
        **more: object,
    ) -> Key:
        """An interface that something names, shown by a line or not."""
        key = (host, name)
        if key not in self.graph:
            self._interface(key, sources, basis, **(_UNKNOWN | more))
        else:
            _update(self.graph.nodes[key], (), basis, more)
        return key

    def _interface(self, key: Key, sources: tuple[Source, ...], basis: Basis, **more: Any) -> None:
        host, name = key
        self.host(host)
        self.node(key, self._kind_of(key, more["role"], more["driver"]), name, sources, basis, **more)
        self.edge(host, key, "holds", sources, basis)

    def _kind_of(self, key: Key, role: str | None, driver: str | None) -> str:
        host, name = key
        if host.pod is not None:
            return "container-interface"
        if role == "tunnel" or key in self.vxlans:
            return "tunnel-device"
        if driver == "bridge" or (
            driver is None
            and (name.startswith(_BRIDGE_NAMES) or (key in self.masters and not name.startswith(_NO_BRIDGES)))
        ):
            return "bridge"
        return "host-interface"

    def address(self, ip: IP, sources: tuple[Source, ...]) -> IP:
        """An address, whoever has it."""
        scope = "host" if ip.is_loopback else "link" if ip.is_link_local else "global"
        self.node(ip, "address", str(ip), sources, scope=scope)
        return ip


def _cluster_members(inventory: Inventory) -> Iterator[str | None]:
    """The hosts on which pods run, or that the cluster calls its nodes, or that have a CNI's devices."""
    for pod in inventory.pods:
        yield pod.node
    for host in inventory.hosts():
        if host.pod is not None:
            yield host.node
    for node in inventory.nodes:
        if node.ips:  # the layout of a folder names a node without any
            yield node.name
    yield from (own.node for own in inventory.of(NodeAddress))
    yield from (said.node for said in inventory.of(NodePrefix))
    yield from (vtep.node for vtep in inventory.of(Vtep))
    for endpoint in inventory.of(CiliumEndpoint):
        if endpoint.host.pod is None:
            yield endpoint.host.node
    for interface in inventory.interfaces:
        if interface.host.pod is None and interface.name.startswith(NODE_DEVICES):
            yield interface.host.node


def _settle(data: dict[str, Any]) -> None:
    for name, value in data.items():
        if isinstance(value, dict):  # sources keep the order in which they were read
            data[name] = tuple(value if name == "sources" else sorted(value))
    sources = data["sources"]
    if data["confidence"] == "certain" and sources and all(source.inferred for source in sources):
        surest = min(sources, key=lambda source: RANK[source.confidence])
        # Frames alone never make it certain.
        data["confidence"] = "likely" if surest.confidence == "certain" else surest.confidence
        data["inferred"] = surest.why or str(surest)


def _fresh(sources: tuple[Source, ...], basis: Basis, more: dict[str, Any]) -> dict[str, Any]:
    """The attributes of something new. What may grow is a dict until `Draft.finish`, as many lines may say the same."""
    values = {name: dict.fromkeys(value) if isinstance(value, tuple) else value for name, value in more.items()}
    return {
        "sources": dict.fromkeys(sources),
        "confidence": basis.confidence,
        "inferred": basis.inferred,
        **values,
    }


def _update(known: dict[str, Any], sources: tuple[Source, ...], basis: Basis, more: dict[str, Any]) -> None:
    known["sources"].update(dict.fromkeys(sources))
    if RANK[basis.confidence] < RANK[known["confidence"]]:
        known["confidence"], known["inferred"] = basis
    for name, value in more.items():
        before = known.get(name)
        if isinstance(value, tuple) and isinstance(before, dict):
            before.update(dict.fromkeys(value))
        elif before is None or before is False:
            known[name] = dict.fromkeys(value) if isinstance(value, tuple) else value
