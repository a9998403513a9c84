"""What does an engineer read first of a cluster's network?

Law: nodes with their network cards, tunnel devices, bridges and pods, then services; nothing is wider than the screen
and no name is cut. What repeats itself without end (the far ends of a mesh) is counted after some, and what follows
from something else says so.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.addresses import IP
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.report.layout import BOLD, CYAN, DIM, GREEN, PLAIN, YELLOW, columns_of
from vxlan_dissect.report.topology.names import holds
from vxlan_dissect.report.topology.picture import is_shown, own_addresses, tunnel_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    import networkx as nx

    from vxlan_dissect.report.layout import Piece, Screen
    from vxlan_dissect.report.topology.names import Names

_MOST = 12  # of one list
_GLYPHS = {True: ("├─ ", "│  ", "└─ ", "   "), False: ("|- ", "|  ", "`- ", "   ")}
_KINDS = ("tunnel-device", "bridge")
Interface = tuple[Host, str]


class Twig(NamedTuple):
    """A line of the tree, and what hangs below it."""

    words: list[Piece]
    below: list[Twig]


def tree(graph: nx.MultiDiGraph, names: Names, screen: Screen) -> Iterator[str]:
    """The text, a host or service at a time."""
    first = True
    for twig in _Tree(graph, names, screen).roots():
        if not first:
            yield "\n"
        first = False
        yield "\n".join(_lines(twig, screen, "", "")) + "\n"
    if first:
        yield "nothing is known\n"


def _lines(twig: Twig, screen: Screen, own: str, below: str) -> Iterator[str]:
    """A twig's lines after the strokes `own`, and after `below` those of what hangs on it."""
    corner, bar, last, blank = _GLYPHS[screen.encoding.startswith("utf")]
    hang = below + (bar if twig.below else blank)
    room = screen._replace(width=screen.width - columns_of(hang))
    for number, line in enumerate(room.lines(0, twig.words)):
        yield f"{hang if number else own}{line}"
    for number, each in enumerate(twig.below, 1):
        end = number == len(twig.below)
        yield from _lines(each, screen, below + (last if end else corner), below + (blank if end else bar))


class _Tree:
    def __init__(self, graph: nx.MultiDiGraph, names: Names, screen: Screen) -> None:
        self._graph: Any = graph
        self._names, self._screen = names, screen
        self._gateways: dict[IP, list[Piece]] = {}
        self._pods: dict[str | None, list[Host]] = {}
        for node in graph:
            if isinstance(node, Host) and node.pod is not None:
                self._pods.setdefault(node.node, []).append(node)

    def roots(self) -> Iterator[Twig]:
        """Nodes, then other hosts, pods of no known node, services."""
        hosts = [node for node in self._graph if isinstance(node, Host) and node.pod is None]
        for kind in ("node", "host"):
            for host in sorted((host for host in hosts if self._kind(host) == kind), key=self._names.label):
                yield Twig(self._title(host, BOLD), [*self._host(host), *self._pods_of(host.node)])
        yield from self._pods_of(None)
        services = [node for node in self._graph if self._kind(node) == "service"]
        for service in sorted(services, key=self._names.label):
            yield self._service(service)

    # Hosts

    def _host(self, host: Host) -> Iterator[Twig]:
        """What a node or another host holds, network cards first."""
        yield from self._loose(host)
        yield from self._tunnels(host)
        for interface in sorted(self._interfaces(host), key=self._order):
            if not self._is_told_elsewhere(interface):
                yield self._interface(interface)

    def _interfaces(self, host: Host) -> list[Interface]:
        return [one for one in holds(self._graph, host) if not isinstance(one, IP) and is_shown(self._graph, one)]

    def _order(self, interface: Interface) -> tuple[int, int, str]:
        """Network cards, the pods' gateway, tunnels, bridges, others; by ifindex."""
        data = self._graph.nodes[interface]
        ranks = {"node": 0, "router": 1, "tunnel": 2, None: 0 if own_addresses(self._graph, interface) else 4}
        rank = 3 if data["kind"] == "bridge" else ranks.get(data["role"], 4)
        return rank, data["index"] or 0, interface[1]

    def _is_told_elsewhere(self, interface: Interface) -> bool:
        """The host end of a pod's pair, which stands below the pod, and the second end of a pair on one host."""
        for one in self._ends("in", interface, "veth-peer"):
            if one[0].pod is not None or (one[0] == interface[0] and not own_addresses(self._graph, interface)):
                return True
        return False

    def _interface(self, interface: Interface) -> Twig:
        data = self._graph.nodes[interface]
        said = [data["kind"].replace("-", " ")] if data["kind"] in _KINDS else []
        said += ["router of the pods"] if data["role"] == "router" else []
        said += [tunnel_words(data)] if data["kind"] == "tunnel-device" else []
        words = [(interface[1], CYAN), *self._facts(interface)]
        if said:
            words[1:1] = self._say(f"({', '.join(filter(None, said))})")
        words += [(text, GREEN) for text in own_addresses(self._graph, interface)]
        words += self._basis(data)
        below = [*self._pairs(interface), *self._ports(interface), *self._ways(interface), *self._tunnels(interface)]
        return Twig(self._clean(words), below)

    def _facts(self, interface: Interface) -> Iterator[Piece]:
        """What every interface may have: its MAC, unless it is called by it, ifindex and MTU."""
        data = self._graph.nodes[interface]
        if data["mac"] not in {None, "00:00:00:00:00:00"} and data["mac"] not in interface[1]:
            yield data["mac"], YELLOW
        for name, word in (("index", "ifindex"), ("mtu", "mtu")):
            if data[name] is not None:
                yield self._screen.together(f"{word} {data[name]}", DIM)

    def _loose(self, node: Hashable) -> Iterator[Twig]:
        """Addresses of which no interface is known."""
        ips = [str(ip) for ip in sorted(ip for ip in holds(self._graph, node) if isinstance(ip, IP))]
        if ips:
            yield Twig(
                self._clean([*((ip, GREEN) for ip in ips), *self._say("on no interface that is known", DIM)]), []
            )

    def _pairs(self, interface: Interface) -> Iterator[Twig]:
        """The other end of a pair, seen from a container or the first end on one host."""
        for other in self._ends("out", interface, "veth-peer"):
            where = [] if other[0] == interface[0] else self._on(other[0], interface[0])
            words = [*self._say("veth pair with"), (other[1], CYAN), *where, *self._facts(other)]
            for bridge in self._ends("out", other, "member"):
                words += [*self._say("port of"), (bridge[1], CYAN)]
            yield Twig(self._clean([*words, *self._edge(interface, other, "veth-peer")]), [])
        for other in self._ends("in", interface, "veth-peer"):
            words = [*self._say("veth pair with"), (other[1], CYAN), *self._on(other[0], interface[0])]
            yield Twig(self._clean([*words, *self._edge(other, interface, "veth-peer")]), [])

    def _ports(self, bridge: Interface) -> Iterator[Twig]:
        ports = sorted(self._ends("in", bridge, "member"), key=lambda port: port[1])
        if ports:
            yield Twig(self._clean([*self._say("ports"), *self._some(ports, self._port)]), [])

    def _port(self, port: Interface) -> list[Piece]:
        pods = [end[0] for end in self._ends("in", port, "veth-peer")]
        return [(port[1], CYAN), *(self._say(f"({self._names.label(pods[0])})") if pods else [])]

    def _ways(self, node: Hashable) -> Iterator[Twig]:
        """Gateways, those of one prefix together; the far ends of tunnels have their own lines."""
        if not isinstance(node, Host) and self._kind(node) == "tunnel-device":
            return
        ways = [
            (self._prefixes(prefix for prefix in data["prefixes"] if prefix != f"{other}/{other.bits}"), other)
            for _, other, kind, data in self._graph.out_edges(node, keys=True, data=True)
            if kind == "routes-to" and isinstance(other, IP) and not self._has_peer(node)
        ]
        ways = [way for way in ways if way[0]]
        ways.sort(key=lambda way: (way[0][0] != "default", way))
        for count, (prefixes, group) in enumerate(groupby(ways, key=lambda way: way[0])):
            if count == _MOST:
                yield Twig(self._say(f"and gateways of {len(ways) - count} more ranges", DIM), [])
                return
            gateways = self._some([other for _, other in group], self._gateway)
            yield Twig(self._clean([*self._say(", ".join(prefixes)), *self._say("via"), *gateways]), [])

    def _prefixes(self, prefixes: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(prefixes, key=lambda prefix: (prefix != "default", prefix)))

    def _has_peer(self, node: Hashable) -> bool:
        """Whether it is the host end of a pod's pair, whose routes lead to that pod."""
        return any(end[0].pod is not None for end in self._ends("in", node, "veth-peer"))

    def _gateway(self, ip: IP) -> list[Piece]:
        if ip not in self._gateways:  # asked once: all host ends of Calico have one and the same
            holders = {one[0] for one in self._ends("in", ip, "holds") if isinstance(one[0], Host)}
            self._gateways[ip] = self._say(f"({self._names.label(holders.pop())})") if len(holders) == 1 else []
        return [(str(ip), GREEN), *self._gateways[ip]]

    def _tunnels(self, device: Interface | Host) -> Iterator[Twig]:
        far = sorted(self._ends("out", device, "tunnels-to"), key=self._far_name)
        alike: dict[tuple[Piece, ...], list[str]] = {}  # what is said of tunnels -> where they end
        for other in far[:_MOST]:
            data = self._graph.edges[device, other, "tunnels-to"]
            name = self._far_name(other)
            words: list[Piece] = []
            if not isinstance(other, IP | Host) and not isinstance(device, Host) and other[1] != device[1]:
                words.append((other[1], CYAN))
            if endpoints := [text for text in data["endpoints"] if text != name]:
                words += [*self._say("at"), *((text, GREEN) for text in endpoints)]
            if data["prefixes"]:
                words += self._say(f"for {', '.join(data['prefixes'][:_MOST])}")
            alike.setdefault((*words, *self._basis(data)), []).append(name)
        for said, names in alike.items():
            ends = [(f"{name},", BOLD) for name in names[:-1]] + [(names[-1], BOLD)]
            yield Twig(self._clean([*self._say("tunnels to"), *ends, *said]), [])
        if len(far) > _MOST:
            yield Twig(self._say(f"and to {len(far) - _MOST} more; -T json has them all", DIM), [])

    def _far_name(self, far: Any) -> str:
        return str(far) if isinstance(far, IP) else self._names.label(far if isinstance(far, Host) else far[0])

    # Pods and services

    def _pods_of(self, node: str | None) -> Iterator[Twig]:
        for pod in sorted(self._pods.get(node, ()), key=lambda pod: (self._names.label(pod), pod)):
            below = [*self._loose(pod), *self._ways(pod)]
            below += [self._interface(one) for one in self._interfaces(pod)]
            yield Twig(self._title(pod, PLAIN), below)

    def _title(self, host: Host, colour: str) -> list[Piece]:
        data = self._graph.nodes[host]
        label = self._names.label(host)
        words = [*self._say(data["kind"], colour), (label, BOLD)]
        if data.get("namespace") and self._names.shown:
            words += self._say(f"in namespace {data['namespace']}")
        if data.get("host_network"):
            words += self._say("shares the node's network")
        if data.get("identity") is not None:
            words += self._say(f"identity {data['identity']}")
        if data.get("status") not in {None, "Running"}:
            words += self._say(data["status"])
        return self._clean([*words, *self._basis(data)])

    def _service(self, service: Hashable) -> Twig:
        data = self._graph.nodes[service]
        words = [*self._say("service"), (self._names.label(service), BOLD), *self._say(data["type"] or "")]
        words += [(text, GREEN) for text in own_addresses(self._graph, service)]
        words += self._say(", ".join(data["ports"]))
        backends = sorted(self._ends("out", service, "selects"), key=self._far_name)
        return Twig(self._clean(words), [self._backend(service, backend) for backend in backends])

    def _backend(self, service: Hashable, backend: Host | IP) -> Twig:
        data = self._graph.edges[service, backend, "selects"]
        words = [(self._far_name(backend), GREEN if isinstance(backend, IP) else BOLD)]
        if isinstance(backend, Host):
            words = [*self._say("pod"), *words]
            if backend.node is not None:
                words += [*self._say("on"), (self._names.label(Host(backend.node)), PLAIN)]
        words += self._say(", ".join(data["ports"]))
        words += self._say("not ready") if data["ready"] is False else []
        return Twig(self._clean([*words, *self._basis(data)]), [])

    # Words

    def _kind(self, node: Hashable) -> str:
        kind: str = self._graph.nodes[node]["kind"]
        return kind

    def _ends(self, way: str, node: Hashable, kind: str) -> list[Any]:
        edges = self._graph.out_edges if way == "out" else self._graph.in_edges
        return [edge[way == "out"] for edge in edges(node, keys=True) if edge[2] == kind]

    def _on(self, host: Host, here: Host) -> list[Piece]:
        """Where another end is, unless it is where everybody looks: on the pod's own node."""
        if here.pod is not None and host == Host(here.node):
            return []
        return [*self._say(f"of {self._kind(host)}"), (self._names.label(host), PLAIN)]

    def _some(self, items: list[Any], words: Callable[[Any], list[Piece]]) -> Iterator[Piece]:
        for item in items[:_MOST]:
            yield from words(item)
        if len(items) > _MOST:
            yield from self._say(f"and {len(items) - _MOST} more", DIM)

    def _edge(self, one: Hashable, other: Hashable, kind: str) -> list[Piece]:
        return self._basis(self._graph.edges[one, other, kind])

    def _basis(self, data: dict[str, Any]) -> list[Piece]:
        if data["confidence"] == "certain":
            return []
        why = f": {data['inferred']}" if data["inferred"] and self._names.shown else ""
        return self._say(f"({data['confidence']}{why})", DIM)

    def _say(self, text: str, colour: str = PLAIN) -> list[Piece]:
        return self._screen.words(text, colour)

    def _clean(self, words: Iterable[Piece]) -> list[Piece]:
        """Words of ours are clean; names of hosts become so here, as one word each."""
        return [(self._screen.clean(text), colour) for text, colour in words if text]
