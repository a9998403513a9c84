"""What is a node of the graph called, in words and as an identifier?

Law: an identifier follows from the node alone, is ASCII without blanks and quotes, and no two nodes have the same; it
is the same in every format and every run. Without names it is made of addresses, and so are the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vxlan_dissect.addresses import IP
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    import networkx as nx


class Names:
    """The names in one graph; `shown` False leaves those of nodes, pods and services out."""

    def __init__(self, graph: nx.MultiDiGraph, *, shown: bool = True) -> None:
        self._graph: Any = graph
        self._called: dict[Hashable, str] | None = None if shown else dict(self._by_address())

    @property
    def shown(self) -> bool:
        """Whether hosts and services are called by their names."""
        return self._called is None

    def label(self, node: Hashable) -> str:
        """What a reader calls it: as it came, not made safe for any page or screen."""
        if self._called is not None and node in self._called:
            return self._called[node]
        label: str = self._graph.nodes[node]["label"]
        return label

    def id(self, node: Any) -> str:
        """`node/worker`, `pod/worker/web-1`, `interface/worker/web-1/eth0`, `address/10.0.0.1`, `service/shop/front`.

        Each part is percent-encoded; `?` stands for a part that is not known.
        """
        if isinstance(node, IP):
            return f"address/{node}"
        if isinstance(node, Host):
            kind = "node" if node.pod is None else "pod"
            return "/".join((kind, *self._host(node)))
        if len(node) == 2:
            host, name = node
            return "/".join(("interface", *self._host(host), _part(name)))
        if self._called is not None:
            return f"service/{_part(self._called[node])}"
        return f"service/{_part(node[1])}/{_part(node[2])}"

    def _host(self, host: Host) -> Iterator[str]:
        if self._called is not None:
            yield _part(self._called[host])
        else:
            yield _part(host.node)
            if host.pod is not None:
                yield _part(host.pod)

    def _by_address(self) -> Iterator[tuple[Hashable, str]]:
        """Hosts and services by their first address, or by number where they have none that is theirs alone."""
        taken: set[str] = set()
        nameless = 0
        for node, data in self._graph.nodes(data=True):
            if isinstance(node, Host) or data["kind"] == "service":
                ips = sorted(ip for ip in self._addresses(node) if not (ip.is_link_local or ip.is_loopback))
                name = str(ips[0]) if ips else ""
                if not name or name in taken:
                    nameless += 1
                    name = f"{data['kind']} {nameless}"
                taken.add(name)
                yield node, name

    def _addresses(self, node: Hashable) -> Iterator[IP]:
        for held in holds(self._graph, node):
            if isinstance(held, IP):
                yield held
            else:
                yield from (ip for ip in holds(self._graph, held) if isinstance(ip, IP))


def holds(graph: Any, node: Hashable) -> Iterable[Any]:
    """What a node holds, in the order of the facts."""
    return [other for _, other, kind in graph.out_edges(node, keys=True) if kind == "holds"]


def _part(text: object) -> str:
    return "?" if text is None else quote(str(text).encode("utf-8", "surrogatepass"), safe=":@+")
