"""How does a page that knows Mermaid draw the topology?

GitHub, GitLab and many wikis draw a code block of the language `mermaid`. They refuse more than 50,000 characters or
500 lines between boxes: narrow a large cluster down with `--node`.

Law: identifiers are numbers of our own; a label is quoted, and every character in it but letters, digits and a few
signs is written as its number (`#34;`), so that none of it is read as Mermaid, Markdown or HTML.
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

_LETTERS = frozenset(" -./:," + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_CLASSES = {
    "container-interface": ("pod", "fill:#cfe8d5,stroke:#2e7d4f,color:#000"),
    "host-interface": ("nic", "fill:#f4f4f4,stroke:#888,color:#000"),
    "tunnel-device": ("tunnel", "fill:#fbe3c0,stroke:#c77700,color:#000"),
    "bridge": ("bridge", "fill:#e6dcf2,stroke:#7b5ea7,color:#000"),
    "service": ("service", "fill:#fff3b8,stroke:#8a7500,color:#000"),
    "address": ("address", "fill:#ffffff,stroke:#888,color:#000"),
}
_ARROWS = {
    "veth-peer": ("---", "-.-"),
    "member": ("---", "-.-"),
    "tunnels-to": ("==>", "-.->"),
    "selects": ("-->", "-.->"),
    "routes-to": ("-->", "-.->"),
}


def mermaid(graph: nx.MultiDiGraph, names: Names) -> Iterator[str]:
    """The text, line by line."""
    picture = Drawing(graph, names).picture()
    numbers: dict[str, str] = {}
    yield "flowchart LR\n"
    for group in picture.groups:
        yield from _group(group, numbers, "  ")
    for box in picture.boxes:
        yield f"  {_box(box, numbers)}\n"
    for line in picture.lines:
        yield f"  {_line(line, numbers)}\n"
    for name, style in _CLASSES.values():
        yield f"  classDef {name} {style}\n"


def _group(group: Group, numbers: dict[str, str], indent: str) -> Iterator[str]:
    yield f'{indent}subgraph {_number(group.id, numbers)}["{_label(group.label)}"]\n'
    for box in group.boxes:
        yield f"{indent}  {_box(box, numbers)}\n"
    for inner in group.groups:
        yield from _group(inner, numbers, indent + "  ")
    yield f"{indent}end\n"


def _box(box: Box, numbers: dict[str, str]) -> str:
    left, right = ("([", "])") if box.kind == "service" else ("[", "]")
    label = "<br/>".join(map(_label, box.lines))
    return f'{_number(box.id, numbers)}{left}"{label}"{right}:::{_CLASSES[box.kind][0]}'


def _line(line: Line, numbers: dict[str, str]) -> str:
    arrow = _ARROWS[line.kind][0 if line.sure else 1]
    label = f'|"{_label(line.label)}"|' if line.label else ""
    return f"{_number(line.one, numbers)} {arrow}{label} {_number(line.other, numbers)}"


def _number(identifier: str, numbers: dict[str, str]) -> str:
    return numbers.setdefault(identifier, f"n{len(numbers)}")


def _label(text: str) -> str:
    return "".join(letter if letter in _LETTERS else f"#{ord(letter)};" for letter in clean(text))
