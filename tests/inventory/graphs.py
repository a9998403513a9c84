"""How do tests of the graph make one and look at it?"""

from __future__ import annotations

from tests.inventory.truth import name_of
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host

FAR = Host("node-8")


def graph_of(*facts):
    """The graph of facts."""
    return Inventory(facts).graph


def edges(graph, *kinds):
    """The edges of these kinds, as texts."""
    return {f"{name_of(one)} {kind} {name_of(other)}" for one, other, kind in graph.edges(keys=True) if kind in kinds}
