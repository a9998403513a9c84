"""How does Graphviz draw the topology?

Run `vxd topology -i inventory/ -T dot | dot -Tsvg -o topology.svg`.

Law: every identifier and label stands in double quotes. In an identifier only a quote is special, and none has one; in
a label backslashes and HTML entities are too, so quote, backslash and ampersand are escaped (Graphviz, `escString`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.report.neutral import clean
from vxlan_dissect.report.topology.picture import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx

    from vxlan_dissect.report.topology.names import Names
    from vxlan_dissect.report.topology.picture import Box, Group, Line

_BOXES = {
    "container-interface": 'fillcolor="#cfe8d5"',
    "host-interface": 'fillcolor="#f4f4f4"',
    "tunnel-device": 'fillcolor="#fbe3c0"',
    "bridge": 'fillcolor="#e6dcf2"',
    "service": 'shape=ellipse, fillcolor="#fff3b8"',
    "address": 'shape=plaintext, style=""',
}
_GROUPS = {"node": "#d6e4f5", "pod": "#eaf5ed", "host": "#eeeeee"}
_LINES = {
    "veth-peer": 'dir=none, color="#2e7d4f", penwidth=2',
    "member": 'dir=none, color="#7b5ea7"',
    "tunnels-to": 'color="#c77700", penwidth=2, constraint=false',
    "selects": 'color="#8a7500"',
    "routes-to": 'color="#777777", arrowhead=open',
}


def dot(graph: nx.MultiDiGraph, names: Names) -> Iterator[str]:
    """The text, line by line."""
    picture = Drawing(graph, names).picture()
    anchors = {group.id: group for outer in picture.groups for group in (outer, *outer.groups)}
    yield "digraph topology {\n"
    yield '  graph [rankdir=LR, compound=true, fontname="sans-serif", fontsize=11, bgcolor=white];\n'
    yield '  node [shape=box, style=filled, fontname="monospace", fontsize=9, margin="0.08,0.04"];\n'
    yield '  edge [fontname="sans-serif", fontsize=8];\n'
    for group in picture.groups:
        yield from _group(group, "  ")
    for box in picture.boxes:
        yield f"  {_box(box)}\n"
    for line in picture.lines:
        yield f"  {_line(line, anchors)}\n"
    yield "}\n"


def _group(group: Group, indent: str) -> Iterator[str]:
    yield f'{indent}subgraph "cluster {group.id}" {{\n'
    yield f'{indent}  label="{_label(group.label)}"; style=filled; color="{_GROUPS[group.kind]}";\n'
    if not group.boxes:  # a cluster without nodes is not drawn, and a line needs a node to end at
        yield f'{indent}  "{group.id}" [label="", shape=point, style=invis];\n'
    for box in group.boxes:
        yield f"{indent}  {_box(box)}\n"
    for inner in group.groups:
        yield from _group(inner, indent + "  ")
    yield f"{indent}}}\n"


def _box(box: Box) -> str:
    label = "\\n".join(map(_label, box.lines))
    return f'"{box.id}" [label="{label}", {_BOXES[box.kind]}];'


def _line(line: Line, anchors: dict[str, Group]) -> str:
    """A line to a host ends at its border: at a node inside, cut there (`lhead`)."""
    attributes = [_LINES[line.kind]]
    ends = []
    for end, clip in ((line.one, "ltail"), (line.other, "lhead")):
        group = anchors.get(end)
        if group is not None:
            attributes.append(f'{clip}="cluster {end}"')
        ends.append(f'"{group.boxes[0].id if group is not None and group.boxes else end}"')
    if line.label:
        attributes.append(f'label="{_label(line.label)}"')
    if not line.sure:
        attributes.append("style=dashed")
    return f"{ends[0]} -> {ends[1]} [{', '.join(attributes)}];"


def _label(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
