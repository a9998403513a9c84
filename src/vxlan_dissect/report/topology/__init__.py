"""In which shapes is the graph of an inventory shown?

Law: one module a shape and one line of FORMATS; each reads the graph of `inventory.graph` and adds nothing to it. The
tree and the pictures leave out what repeats itself and say so; JSON and GraphML have every node and edge. The same
graph gives the same bytes, and no name of a host can leave the quotes it is put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx

    from vxlan_dissect.report.layout import Screen

FORMATS = ("tree", "dot", "graphml", "mermaid", "json")


def render(graph: nx.MultiDiGraph, shape: str, screen: Screen, *, names: bool = True) -> Iterator[str]:
    """The graph as one of FORMATS, in pieces of text; without names hosts are called by their addresses."""
    from vxlan_dissect.report.topology.names import Names

    called = Names(graph, shown=names)
    if shape == "tree":
        from vxlan_dissect.report.topology.tree import tree

        return tree(graph, called, screen)
    if shape == "dot":
        from vxlan_dissect.report.topology.dot import dot

        return dot(graph, called)
    if shape == "mermaid":
        from vxlan_dissect.report.topology.mermaid import mermaid

        return mermaid(graph, called)
    if shape == "graphml":
        from vxlan_dissect.report.topology.graphml import graphml

        return graphml(graph, called)
    from vxlan_dissect.report.topology.json import json

    return json(graph, called)
