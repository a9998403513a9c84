"""Is the graph of a laboratory's inventory the laboratory, from text, from JSON and from both?"""

from __future__ import annotations

import json
import shutil

import pytest

from tests.inventory.test_truth import FAMILIES, STORED, VERSIONS
from tests.inventory.truth import copy_of, differences, expected, name_of, without
from vxlan_dissect.inventory import Inventory

FORMS = ("text", "json", "both")
# `bridge fdb show`, which alone prints tunnel endpoints, and `ip neigh show proxy` were collected as text alone. JSON
# has no names after `link-netns` either, so that it ties the ends of pairs between nodes together by index and network.
TEXT_ALONE = ("bridge-fdb-show.txt", "ip-n-s-proxy.txt")
ENDPOINTS = frozenset(("endpoints",))
# The captures stored here have no `bridge fdb`, and their text no `ip -d link`, which alone prints these.
DETAILS = frozenset(("driver", "vni", "port", "external"))


def read(path):
    """A topology."""
    return json.loads(path.read_text(encoding="utf-8"))


def labs(shared):
    """Every laboratory with its inventory: (name, topology, folder)."""
    yield "captures", read(shared / "captures" / "topology.json"), shared / "captures" / "inventory"
    versions = shared / "captures-versions"
    for version in VERSIONS:
        yield f"versions{version}", read(versions / "topology.json"), versions / f"inventory{version}"
    others = shared / "captures-others"
    for family in FAMILIES.split():
        folder = others / "inventory" / family
        yield family, read(folder / "topology.json"), folder


NAMES = ["captures", *(f"versions{version}" for version in VERSIONS), *FAMILIES.split()]


@pytest.fixture(scope="module")
def all_labs(shared_dir):
    """The laboratories by name."""
    return {name: (topology, folder) for name, topology, folder in labs(shared_dir)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_laboratories(all_labs, tmp_path, name, form):
    """The graph is what the topology says, no more and no less."""
    topology, folder = all_labs[name]
    graph = Inventory.load(copy_of(folder, tmp_path / "inventory", form)).graph
    unsaid = ENDPOINTS if form == "json" else frozenset()
    assert list(differences(graph, expected(topology), unsaid)) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("folder", STORED, ids=lambda folder: folder.name)
def test_stored_laboratories(tmp_path, folder, form):
    """The same for the captures in this repository."""
    graph = Inventory.load(copy_of(folder / "inventory", tmp_path / "inventory", form)).graph
    unsaid = ENDPOINTS | (DETAILS if form == "text" else frozenset())
    assert list(differences(graph, expected(read(folder / "topology.json")), unsaid)) == []


@pytest.mark.parametrize("name", ["captures", *(f"versions{version}" for version in VERSIONS)])
def test_a_host_that_nobody_asked(all_labs, tmp_path, name):
    """Without the outputs of the network between the nodes, all else is the same, and nothing is made up for it."""
    topology, folder = all_labs[name]
    copy = copy_of(folder, tmp_path / "inventory", "both")
    shutil.rmtree(copy / topology["underlay"]["netns"])
    truth = without(expected(topology), topology["underlay"]["netns"])
    assert len(truth.nodes) < len(expected(topology).nodes)
    assert list(differences(Inventory.load(copy).graph, truth)) == []


def test_families_have_one_topology(all_labs, shared_dir):
    """The topology beside an inventory of captures-others is that of the whole."""
    whole = read(shared_dir / "captures-others" / "topology.json")["families"]
    assert {family: all_labs[family][0] for family in whole} == whole


@pytest.mark.parametrize("name", NAMES)
def test_text_and_json_agree(all_labs, tmp_path, name):
    """Text and JSON give one graph, also where the topology says nothing: every attribute, every edge."""
    copies = [copy_of(all_labs[name][1], tmp_path / form, form) for form in FORMS[:2]]
    for path in copies[0].rglob("*"):
        if path.name in TEXT_ALONE:
            path.unlink()
    text, other = (shape(Inventory.load(copy).graph) for copy in copies)
    assert text == other


def shape(graph):
    """A graph without its sources."""
    edges = sorted((name_of(one), name_of(other), plain(data)) for one, other, data in graph.edges(data=True))
    return edges, sorted((name_of(node), plain(data)) for node, data in graph.nodes(data=True))


def plain(data):
    """Attributes as text, without sources; values that hold several, in order."""
    left_out = {"sources", "inferred"} | ({"confidence"} if data["kind"] == "veth-peer" else set())
    return str(
        sorted(
            (key, tuple(sorted(value)) if isinstance(value, tuple) else str(value))
            for key, value in data.items()
            if key not in left_out
        )
    )


def test_an_empty_graph_misses_all(captures_dir):
    """The comparison finds every node and edge of which nothing was read."""
    truth = expected(read(captures_dir / "cilium-1.16" / "topology.json"))
    assert len(list(differences(Inventory().graph, truth))) == len(truth.nodes) + len(truth.edges) > 120


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda graph, ends: graph.remove_edge(*ends, "veth-peer"), "is missing"),
        (lambda graph, ends: graph.remove_node(ends[0]), "is missing"),
        (lambda graph, ends: graph.nodes[ends[1]].update(mac="02:00:00:00:00:01"), "and should have"),
        (lambda graph, ends: graph.nodes[ends[1]].update(kind="bridge"), "and should have"),
        (lambda graph, ends: graph.add_edge(*ends, "tunnels-to", kind="tunnels-to"), "is too much"),
        (lambda graph, ends: graph.add_node((ends[0][0], "eth1"), kind="container-interface"), "is too much"),
    ],
)
def test_the_comparison_sees(captures_dir, change, said):
    """A pair less, a pod's interface less, another MAC, another kind, an edge or an interface more."""
    folder = captures_dir / "cilium-1.16"
    graph = Inventory.load(folder / "inventory").graph.copy()
    ends = next((one, other) for one, other, kind in graph.edges(keys=True) if kind == "veth-peer" and one[0].pod)
    change(graph, ends)
    found = list(differences(graph, expected(read(folder / "topology.json"))))
    assert any(said in sentence for sentence in found), found
