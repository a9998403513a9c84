"""Which part of the graph is about some nodes?

Law: a part has the nodes, their pods, interfaces and addresses whole, and of everything else what these are joined to,
so that no edge of theirs is lost; what is beyond that is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.addresses import IP
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    import networkx as nx

_MOST_NAMES = 10  # in an error


def part_of(graph: nx.MultiDiGraph, nodes: Collection[str]) -> nx.MultiDiGraph:
    """The part about nodes of these names. Raises UsageError for a name that no node or other host has."""
    known = {node.node for node in graph if isinstance(node, Host)}
    for name in nodes:
        if name not in known:
            some = sorted(str(node) for node in known if node is not None)
            more = f" and {len(some) - _MOST_NAMES} more" if len(some) > _MOST_NAMES else ""
            raise UsageError(f"no node {name!r}; there are {', '.join(some[:_MOST_NAMES]) or 'none'}{more}")
    whole: Any = graph
    kept = {node for node in whole if (host := _host_of(node)) is not None and host.node in nodes}
    ends = {
        other
        for node in kept
        for neighbours in (whole.successors(node), whole.predecessors(node))
        for other in neighbours
    }
    ends |= {host for node in ends if (host := _host_of(node)) is not None}
    # Of an address that is no more than an end, other holders would bring in the whole cluster.
    part = whole.edge_subgraph([edge for edge in whole.edges(keys=True) if kept & set(edge[:2])]).copy()
    part.add_nodes_from((node, whole.nodes[node]) for node in kept | ends)
    for one, other, kind, data in whole.edges(ends, keys=True, data=True):
        if other in ends and kind in {"holds", "runs-on"} and not isinstance(other, IP):
            part.add_edge(one, other, kind, **data)
    result: nx.MultiDiGraph = part
    return result


def _host_of(node: Hashable) -> Host | None:
    if isinstance(node, Host):
        return node
    return node[0] if isinstance(node, tuple) and not isinstance(node, IP) and isinstance(node[0], Host) else None
