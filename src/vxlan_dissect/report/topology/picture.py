"""What of the graph belongs into a picture?

Law: boxes for hosts with their interfaces, whose addresses stand in them, and services; lines for pairs, bridge ports,
tunnels, services and gateways. Left out is what a line already tells (a node behind a tunnel, a route to a pod's
address by its own veth), neighbour tables, and `lo` where it has no address but its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.addresses import IP, link_local_of, parse_mac
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.report.topology.names import holds

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import networkx as nx

    from vxlan_dissect.report.topology.names import Names

# Which attribute of an edge stands at the line.
_LABELS = {"tunnels-to": "endpoints", "selects": "ports", "routes-to": "prefixes"}
DRAWN = ("veth-peer", "member", "tunnels-to", "selects", "routes-to")


class Box(NamedTuple):
    """A thing with lines of text: `id` as of `Names`, `kind` of the graph's node."""

    id: str
    kind: str
    lines: tuple[str, ...]


class Group(NamedTuple):
    """A host with its interfaces, and a node's pods as groups inside."""

    id: str
    kind: str
    label: str
    boxes: tuple[Box, ...]
    groups: tuple[Group, ...]


class Line(NamedTuple):
    """A line between two boxes or groups, by their ids; `sure` False where it was inferred."""

    one: str
    other: str
    kind: str
    label: str
    sure: bool


class _Stroke(NamedTuple):
    """One edge of the graph as a line, its label in words."""

    one: str
    other: str
    kind: str
    words: tuple[str, ...]
    sure: bool


class Picture(NamedTuple):
    """Hosts, boxes outside of them, and lines."""

    groups: tuple[Group, ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def own_addresses(graph: Any, node: Hashable) -> list[str]:
    """The addresses that an interface holds, as `ip` prints them, but for what its MAC or loopback gives it anyway."""
    mac = graph.nodes[node].get("mac")
    given = link_local_of(parse_mac(mac)) if mac else None
    said = []
    for ip in holds(graph, node):
        if isinstance(ip, IP) and ip != given and not ip.is_loopback:
            length = graph.edges[node, ip, "holds"]["length"]
            said.append((ip, f"{ip}/{length}" if length is not None else str(ip)))
    return [text for _, text in sorted(said)]


def is_shown(graph: Any, interface: tuple[Host, str]) -> bool:
    """Whether an interface says more than that every host has a loopback device."""
    return interface[1] != "lo" or bool(own_addresses(graph, interface))


class Drawing:
    """Makes the picture of one graph."""

    def __init__(self, graph: nx.MultiDiGraph, names: Names) -> None:
        self._graph: Any = graph
        self._names = names
        self._boxes: set[Hashable] = set()
        self._held_by: dict[IP, Hashable] = {}

    def picture(self) -> Picture:
        """The picture, everything in a settled order."""
        hosts = [node for node in self._graph if isinstance(node, Host)]
        pods: dict[Host | None, list[Host]] = {}
        for host in hosts:
            if host.pod is not None:
                pods.setdefault(Host(host.node) if host.node is not None else None, []).append(host)
        groups = [self._group(host, pods.get(host, [])) for host in hosts if host.pod is None]
        groups += [self._group(host, []) for host in pods.get(None, [])]
        boxes = [
            Box(self._names.id(node), "service", (self._names.label(node), *own_addresses(self._graph, node)))
            for node, data in self._graph.nodes(data=True)
            if data["kind"] == "service"
        ]
        self._boxes |= {node for node, data in self._graph.nodes(data=True) if data["kind"] == "service"}
        outside: set[IP] = set()
        lines = self._joined(outside)
        boxes += [Box(self._names.id(ip), "address", (str(ip),)) for ip in outside]
        return Picture(tuple(sorted(groups)), tuple(sorted(boxes)), lines)

    def _group(self, host: Host, pods: list[Host]) -> Group:
        data = self._graph.nodes[host]
        boxes = []
        loose = [str(ip) for ip in sorted(ip for ip in holds(self._graph, host) if isinstance(ip, IP))]
        for interface in holds(self._graph, host):
            if not isinstance(interface, IP) and is_shown(self._graph, interface):
                self._boxes.add(interface)
                boxes.append(self._interface(interface))
        self._boxes.add(host)
        label = f"{data['kind']} {self._names.label(host)}" if self._names.shown else self._names.label(host)
        return Group(
            self._names.id(host),
            data["kind"],
            " ".join((label, *loose)),
            tuple(sorted(boxes)),
            tuple(sorted(self._group(pod, []) for pod in pods)),
        )

    def _interface(self, interface: tuple[Host, str]) -> Box:
        data = self._graph.nodes[interface]
        lines = [interface[1]]
        if data["mac"] not in {None, "00:00:00:00:00:00"} and data["mac"] not in interface[1]:
            lines.append(data["mac"])
        if data["kind"] == "tunnel-device":
            lines.append(tunnel_words(data))
        lines += own_addresses(self._graph, interface)
        return Box(self._names.id(interface), data["kind"], tuple(line for line in lines if line))

    def _joined(self, outside: set[IP]) -> tuple[Line, ...]:
        """The lines, those of one kind between two boxes made one, such as the routes of both IP versions."""
        found: dict[tuple[str, str, str], list[_Stroke]] = {}
        for line in self._lines(outside):
            if line.one != line.other:
                found.setdefault((line.one, line.other, line.kind), []).append(line)
        return tuple(
            Line(*ends, ", ".join(sorted({word for one in same for word in one.words})), any(one.sure for one in same))
            for ends, same in sorted(found.items())
        )

    def _lines(self, outside: set[IP]) -> Iterator[_Stroke]:
        for one, other, kind, data in self._graph.edges(keys=True, data=True):
            if kind not in DRAWN or one not in self._boxes:
                continue
            if kind == "routes-to" and not self._is_gateway(one, other, data):
                continue
            end: Hashable = other
            if isinstance(other, IP):
                end = self._holder(other)
                if end == other:
                    outside.add(other)
            elif other not in self._boxes:
                continue
            words = tuple(data.get(_LABELS.get(kind, ""), ()))
            if kind == "routes-to":
                words = tuple(prefix for prefix in words if not _is_host(prefix))
            yield _Stroke(self._names.id(one), self._names.id(end), kind, words, data["confidence"] == "certain")

    def _is_gateway(self, one: Any, other: Hashable, data: dict[str, Any]) -> bool:
        """Whether a route says what no other line does: a gateway that is not at the far end of a tunnel."""
        tunnel = not isinstance(one, Host) and self._graph.nodes[one]["kind"] == "tunnel-device"
        return isinstance(other, IP) and not tunnel and any(not _is_host(prefix) for prefix in data["prefixes"])

    def _holder(self, ip: IP) -> Hashable:
        """The one box that has an address, else the address itself; asked once, as many may have it."""
        if ip not in self._held_by:
            edges = self._graph.in_edges(ip, keys=True)
            holders = [one for one, _, kind in edges if kind == "holds" and one in self._boxes]
            self._held_by[ip] = holders[0] if len(holders) == 1 else ip
        return self._held_by[ip]


def _is_host(prefix: str) -> bool:
    return prefix.endswith("/128" if ":" in prefix else "/32")


def tunnel_words(data: dict[str, Any]) -> str:
    """`vxlan, VNI 1, port 8472`: what a tunnel device is set to."""
    words = [
        data["driver"] or "",
        "external" if data["external"] else "",
        f"VNI {data['vni']}" if data["vni"] is not None else "",
        f"port {data['port']}" if data["port"] is not None else "",
    ]
    return ", ".join(word for word in words if word)
