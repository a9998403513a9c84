"""How does the graph get into yEd, Gephi, Cytoscape or another program that reads GraphML?

Law: networkx writes it, from a copy whose attributes are text, numbers and truth values; several values of one
attribute stand with a comma between them, absent ones are left out. Text is cleaned: XML has no control characters.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from vxlan_dissect.report.neutral import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx

    from vxlan_dissect.report.topology.names import Names


def graphml(graph: nx.MultiDiGraph, names: Names) -> Iterator[str]:
    """The text, in one piece."""
    from networkx import MultiDiGraph, write_graphml_xml

    flat: Any = MultiDiGraph()
    ids = {node: names.id(node) for node in graph}
    for identifier, node in sorted((identifier, node) for node, identifier in ids.items()):
        flat.add_node(identifier, **_plain(graph.nodes[node] | {"label": names.label(node)}, names))
    edges = sorted((ids[one], ids[other], kind, data) for one, other, kind, data in graph.edges(keys=True, data=True))
    for number, (one, other, _, data) in enumerate(edges):
        flat.add_edge(one, other, f"e{number}", **_plain(data, names))  # the key is the edge's id in the file
    stream = BytesIO()
    write_graphml_xml(flat, stream)
    yield stream.getvalue().decode() + "\n"


def _plain(data: dict[str, Any], names: Names) -> dict[str, Any]:
    hidden = set() if names.shown else {"node", "namespace"}
    return {
        name: value if isinstance(value, bool | int) else clean(_text(value))
        for name, value in data.items()
        if value is not None and value != () and name not in hidden
    }


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
