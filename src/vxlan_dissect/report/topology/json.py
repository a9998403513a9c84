"""How does the graph leave for another program?

Law: docs/topology.md documents it: one object with `nodes` and `edges`, each with every attribute of the graph, absent
ones null, sorted by identifier and one a line, in ASCII without control characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Host, Source
from vxlan_dissect.report.json import dumps

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import networkx as nx

    from vxlan_dissect.report.topology.names import Names


def json(graph: nx.MultiDiGraph, names: Names) -> Iterator[str]:
    """The text, in pieces."""
    nodes = sorted((names.id(node), node) for node in graph)
    ids = {node: identifier for identifier, node in nodes}
    edges = sorted((ids[one], ids[other], kind) for one, other, kind in graph.edges(keys=True))
    by_id: dict[str, Hashable] = dict(nodes)
    yield '{"nodes": ['
    separator = "\n"
    for identifier, node in nodes:
        yield separator + dumps(_node(identifier, node, graph.nodes[node], names))
        separator = ",\n"
    yield '\n], "edges": ['
    separator = "\n"
    for one, other, kind in edges:
        data = graph.edges[by_id[one], by_id[other], kind]
        yield separator + dumps({"from": one, "to": other} | _plain(data))
        separator = ",\n"
    yield "\n]}\n"


def _node(identifier: str, node: Any, data: dict[str, Any], names: Names) -> dict[str, Any]:
    said = {"id": identifier} | _plain(data) | {"label": names.label(node)}
    if isinstance(node, Host):
        said["node"] = names.id(Host(node.node)) if node.node is not None and node.pod is not None else None
    elif data["kind"].endswith(("interface", "device", "bridge")):
        said["host"] = names.id(node[0])
    elif not names.shown and "namespace" in said:
        said["namespace"] = None
    if not names.shown and isinstance(node, Host) and "namespace" in said:
        said["namespace"] = None
    return said


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {name: [_source(s) for s in value] if name == "sources" else value for name, value in data.items()}


def _source(source: Source) -> dict[str, Any]:
    return {"file": source.file, "line": source.line or None, "frames": source.frames or None, "why": source.why}
