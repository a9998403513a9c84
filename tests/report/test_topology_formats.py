"""Do other programs read what is written, and can no name leave its quotes?"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from tests.inventory.truth import name_of
from tests.report.made_topologies import ATTACKS, graph_of, hostile, small
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Service
from vxlan_dissect.report.layout import Screen
from vxlan_dissect.report.neutral import clean
from vxlan_dissect.report.topology import render
from vxlan_dissect.report.topology.names import Names
from vxlan_dissect.report.topology.picture import Drawing

MADE = pytest.mark.parametrize("facts", [small, hostile], ids=["small", "hostile"])


def text(graph, shape, **options):
    """A graph in one shape."""
    return "".join(render(graph, shape, Screen(), **options))


def picture_of(graph):
    """The picture of a graph: its boxes by id, its groups by id, its lines."""
    picture = Drawing(graph, Names(graph)).picture()
    groups = [group for outer in picture.groups for group in (outer, *outer.groups)]
    boxes = {box.id: box for group in groups for box in group.boxes} | {box.id: box for box in picture.boxes}
    return boxes, {group.id: group for group in groups}, picture.lines


# Identifiers


def test_identifiers():
    """They are as documented, ASCII, and no two nodes have one."""
    graph = graph_of(small())
    names = Names(graph)
    ids = {name_of(node): names.id(node) for node in graph}
    assert {
        name: ids[name] for name in ("a", "a/web-1", "a eth0", "a/web-1 eth0", "10.0.0.1", "service shop/front")
    } == {
        "a": "node/a",
        "a/web-1": "pod/a/web-1",
        "a eth0": "interface/a/eth0",
        "a/web-1 eth0": "interface/a/web-1/eth0",
        "10.0.0.1": "address/10.0.0.1",
        "service shop/front": "service/shop/front",
    }


@pytest.mark.parametrize("shown", [True, False])
def test_identifiers_of_hostile_names(shown):
    """Whatever the names, and without them, identifiers are unique and have none of the characters of a syntax."""
    graph = graph_of(hostile())
    names = Names(graph, shown=shown)
    ids = [names.id(node) for node in graph]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[\w./:%@+?~-]+", identifier, re.ASCII) for identifier in ids)


def test_identifiers_do_not_collide():
    """Slashes in names, and a node that is called as a pod's path, are told apart."""
    hosts = [Host("a/b"), Host("a", "b"), Host("a"), Host(None, "b"), Host("?", "b")]
    facts = [Service(name, made.source, namespace=space) for space, name in (("a/b", "c"), ("a", "b/c"), (None, "c"))
             for made in small()[:1]]  # fmt: skip
    graph = graph_of([*facts, *(fact._replace(host=host) for host in hosts for fact in small()[1:2])])
    ids = [Names(graph).id(node) for node in graph]
    assert len(set(ids)) == len(ids) == len(graph)


# JSON


@MADE
def test_json(facts):
    """Every node and edge with every attribute, absent ones null, sorted, its ends among the nodes."""
    graph = graph_of(facts())
    found = json.loads(text(graph, "json"))
    names = Names(graph)
    nodes = {node["id"]: node for node in found["nodes"]}
    assert list(nodes) == sorted(names.id(node) for node in graph)
    for node, data in graph.nodes(data=True):
        said = nodes[names.id(node)]
        assert said["label"] == data["label"]
        for name in data.keys() - {"sources", "node", "ports"}:
            assert said[name] == data[name]
        assert [(one["file"], one["line"]) for one in said["sources"]] == [(s.file, s.line) for s in data["sources"]]
    edges = [(edge["from"], edge["to"], edge["kind"]) for edge in found["edges"]]
    assert edges == sorted((names.id(one), names.id(other), kind) for one, other, kind in graph.edges(keys=True))
    assert {end for edge in edges for end in edge[:2]} <= nodes.keys()
    pods = [node for node in found["nodes"] if node["kind"] == "pod"]
    assert pods
    assert all(node["node"] in nodes for node in pods)
    interfaces = [node for node in found["nodes"] if node["id"].startswith("interface/")]
    assert all(nodes[node["host"]]["kind"] in {"node", "pod", "host"} for node in interfaces)


def test_json_of_nothing():
    """The empty graph is an object too."""
    assert json.loads(text(Inventory().graph, "json")) == {"nodes": [], "edges": []}


def test_json_one_a_line():
    """Each node and edge stands on a line of its own, so that two runs can be compared."""
    lines = text(graph_of(small()), "json").splitlines()
    assert all(json.loads(line.rstrip(",")) for line in lines if line.startswith(('{"id"', '{"from"')))
    assert sum(line.startswith('{"id"') for line in lines) == len(graph_of(small()))


# GraphML


@MADE
def test_graphml(facts):
    """networkx reads the same graph back, its text cleaned."""
    graph = graph_of(facts())
    names = Names(graph)
    back = nx.read_graphml(io.BytesIO(text(graph, "graphml").encode()), force_multigraph=True)
    assert set(back) == {names.id(node) for node in graph}
    for node, data in graph.nodes(data=True):
        said = back.nodes[names.id(node)]
        assert said["label"] == clean(data["label"])
        for name in ("kind", "mac", "index", "vni", "external", "confidence"):
            assert said.get(name) == data.get(name)
        assert said.get("sources", "") == clean(", ".join(map(str, data["sources"])))
    edges = sorted((one, other, data["kind"]) for one, other, data in back.edges(data=True))
    assert edges == sorted((names.id(one), names.id(other), kind) for one, other, kind in graph.edges(keys=True))


# DOT

_ID = r'"[\w./:%@+?~ -]+"'
_QUOTED = r'"(?:[^"\\\n]|\\[\\"n])*"'
_WORD = rf"\w+=(?:{_QUOTED}|[\w.]+)"
_DOT = re.compile(
    rf"digraph topology \{{|\}}|(?:graph|node|edge) \[{_WORD}(?:, {_WORD})*\];|subgraph {_ID} \{{"
    rf"|{_WORD}(?:; {_WORD})*;|{_ID} \[{_WORD}(?:, {_WORD})*\];|{_ID} -> {_ID} \[{_WORD}(?:, {_WORD})*\];"
)


@MADE
def test_dot_grammar(facts):
    """Every line is one of the few forms that are written, each name inside its quotes."""
    lines = text(graph_of(facts()), "dot").splitlines()
    assert [line for line in lines if not _DOT.fullmatch(line.strip())] == []
    assert sum(line.endswith("{") for line in lines) == sum(line.strip() == "}" for line in lines)


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz: apt install graphviz")
@MADE
def test_dot_is_what_graphviz_draws(facts):
    """Graphviz finds the boxes, groups and lines of the picture, no more, and shows their names as they are."""
    graph = graph_of(facts())
    boxes, groups, lines = picture_of(graph)
    source = text(graph, "dot").encode()
    drawn = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, check=True, timeout=60)
    assert drawn.stderr == b""
    svg = ET.fromstring(drawn.stdout)
    space = "{http://www.w3.org/2000/svg}"
    kinds = [part.get("class") for part in svg.iter(f"{space}g")]
    assert kinds.count("edge") == len(lines)
    assert kinds.count("cluster") == len(groups)
    assert kinds.count("node") == len(boxes)
    shown = {part.text for part in svg.iter(f"{space}text")}
    wanted = {clean(line) for box in boxes.values() for line in box.lines}
    wanted |= {clean(group.label) for group in groups.values()}
    assert {blanks(line) for line in wanted} <= {blanks(line) for line in shown}
    assert {part.tag.removeprefix(space) for part in svg.iter()} <= {
        "svg", "g", "title", "text", "polygon", "path", "ellipse", "polyline",
    }  # fmt: skip


def blanks(line):
    """A line with one kind of blank: Graphviz writes a no-break space where several follow each other."""
    return re.sub(r"\s+", " ", line or "").strip()


# Mermaid

_LABEL = r'"(?:[\w ./:,-]|#\d+;|<br/>)*"'
_MERMAID = re.compile(
    rf"flowchart LR|end|subgraph n\d+\[{_LABEL}\]|n\d+(?:\[{_LABEL}\]|\(\[{_LABEL}\]\)):::\w+"
    rf"|n\d+ (?:---|-\.-|-->|-\.->|==>)(?:\|{_LABEL}\|)? n\d+|classDef \w+ [\w:#,]+",
    re.ASCII,
)


@MADE
def test_mermaid_grammar(facts):
    """Every line is one of the few forms that are written; each group ends; lines join what there is."""
    lines = [line.strip() for line in text(graph_of(facts()), "mermaid").splitlines()]
    assert [line for line in lines if not _MERMAID.fullmatch(line)] == []
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")
    made = {
        re.match(r"(?:subgraph )?(n\d+)[\[(]", line)[1] for line in lines if re.match(r"(?:subgraph )?n\d+[\[(]", line)
    }
    joined = [re.fullmatch(r"(n\d+) \S*(?:\|.*\|)? (n\d+)", line) for line in lines if not line.startswith("classDef")]
    assert {end for match in joined if match for end in match.groups()} <= made


@MADE
def test_mermaid_shows_the_names(facts):
    """The numbers in a label are those of its letters."""
    graph = graph_of(facts())
    boxes, groups, lines = picture_of(graph)
    shown = text(graph, "mermaid")
    labels = {
        re.sub(r"#(\d+);", lambda code: chr(int(code[1])), part)
        for label in re.findall(r'[\[(]"(.*)"[\])]', shown)
        for part in label.split("<br/>")
    }
    assert labels == {clean(line) for box in boxes.values() for line in box.lines} | {
        clean(group.label) for group in groups.values()
    }
    arrows = [line for line in shown.splitlines() if re.match(r"  n\d+ [-=]", line)]
    assert len(arrows) == len(lines)


def test_no_markup():
    """None of the attacks stands in Mermaid as it was, and of HTML no more than line breaks."""
    shown = text(graph_of(hostile()), "mermaid")
    for attack in ATTACKS[:9]:
        assert attack not in shown
    assert not set(shown) & set("`\\{}%@")
    assert set(re.findall("<.{0,4}", shown)) == {"<br/>"}
