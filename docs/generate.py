"""Which pages of this folder are made from the code?

Law: `columns.md`, `rules.md`, the pages in `rules/`, `inventory.schema.json` and `topology.md` say what `schema`, the
docstrings of the rules, the shape of inventory files and the kinds of the graph say, and are never edited by hand.
Run `python docs/generate.py` after a change; a test compares.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from vxlan_dissect import schema
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.graph import EDGE_KINDS, NODE_KINDS
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.own import shape
from vxlan_dissect.report.layout import Screen
from vxlan_dissect.report.topology import render
from vxlan_dissect.report.topology.names import Names
from vxlan_dissect.rules import describe, names

HERE = Path(__file__).parent
DERIVED = (
    "Made from the bytes of the frames when they are asked for, by `packets.derived(name)` or in a filter; they have",
    "levels as packet columns have. Of kind `texts` one frame may have several values, of printable ASCII: other bytes",
    "are `\\DDD` in decimal. A message is read as far as its frame holds it; what stands before a fault in it is kept.",
    "",
)


def columns() -> str:
    """The column page."""
    lines = [
        "# Columns",
        "",
        "Every column of `Packets`, `to_pandas()` and `to_arrow()`, and every field of the filter language.",
        "Made from `vxlan_dissect.schema`; do not edit.",
        "",
        "A frame column exists once. A packet column exists for the innermost packet (no prefix), for the tunnel",
        "packet around it (`outer.`) and for the packet that an ICMP error quotes (`quoted.`). Absent values are null.",
        "",
    ]
    for title, about, fields in (
        ("Frame columns", (), schema.FRAME_FIELDS),
        ("Packet columns", (), schema.PACKET_FIELDS),
        ("Derived columns", DERIVED, schema.DERIVED_FIELDS),
    ):
        lines += [f"## {title}", "", *about, "| column | type | unit | Wireshark | meaning |", "|---|---|---|---|---|"]
        lines += [_row(field) for field in fields]
        lines.append("")
    return "\n".join(lines)


def _row(field: schema.Field) -> str:
    wireshark = "same" if field.wireshark == field.name else f"`{field.wireshark}`" if field.wireshark else ""
    names = ", ".join(f"{code} {name}" for code, name in field.names.items())
    meaning = f"{field.doc} {names}." if names else field.doc
    return f"| `{field.name}` | {field.kind} | {field.unit} | {wireshark} | {meaning} |"


def families() -> list[str]:
    """The families of rules, in the order in which they are listed."""
    return list(dict.fromkeys(name.partition(".")[0] for name in names()))


def rules() -> str:
    """The list of rules."""
    lines = [
        "# Rules",
        "",
        "What `vxd explain` can say of a frame, and `vxd diagnose` of captures. A rule's name states what was seen.",
        "`vxd rule NAME` prints its page. Made from the rules' own files; do not edit.",
        "",
    ]
    for family in families():
        lines += [f"## [{family}](rules/{family}.md)", "", "| rule | says |", "|---|---|"]
        lines += [f"| `{name}` | {describe(name).partition(chr(10))[0]} |" for name in _of(family)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def rules_of(family: str) -> str:
    """The page of one family of rules."""
    lines = [f"# Rules: {family}", "", "Made from the rules' own files; do not edit.", ""]
    for name in _of(family):
        first, _, rest = describe(name).partition("\n\n")
        lines += [f"## {name}", "", first, ""]
        for paragraph in rest.split("\n\n"):
            heading, _, text = paragraph.partition("\n")
            lines += [f"**{heading}.** " + " ".join(line.strip() for line in text.splitlines()), ""]
    return "\n".join(lines).rstrip() + "\n"


def _of(family: str) -> list[str]:
    return [name for name in names() if name.startswith(f"{family}.")]


def inventory_schema() -> str:
    """The JSON Schema of inventory files."""
    return json.dumps(shape.schema(), indent=1) + "\n"


TOPOLOGY = """\
# Topology

`vxd topology -i inventory/` shows which interfaces, pods, tunnels, bridges and services there are and what each hangs
on; `Inventory.graph` is the same as a networkx graph. Made by `docs/generate.py`; do not edit.

    vxd topology -i inventory/                  a tree, to read
    vxd topology -i inventory/ --node worker    one node, and of the others what it is joined to
    vxd topology 1.cap                          the inventory beside a capture; of other hosts, what frames let infer
    vxd topology -i inventory/ -T dot | dot -Tsvg -o topology.svg

`-n` calls nodes, pods and services by their addresses; names of interfaces and files stay. Exit status: 0 done, 2
something could not be read.

## The tree

A node of the flannel laboratory, `vxd topology -i captures/flannel/inventory`:

```
{tree}```

Link-local addresses that follow from a MAC (EUI-64), loopback devices and neighbour tables are left out, and of long
lists (the far ends of a mesh, the ports of a bridge) all but twelve; JSON and GraphML have everything. What is inferred
says so: `(likely: the route by cilium_host to addresses of worker2)`.

## Formats

| `-T` | for |
|---|---|
| `tree` | a person; coloured on a terminal (`--color`) |
| `dot` | Graphviz |
| `mermaid` | pages that draw Mermaid, such as those of GitHub; they refuse more than 500 lines: use `--node` |
| `graphml` | yEd, Gephi, Cytoscape, networkx; every node and edge, several values of an attribute with commas between |
| `json` | other programs; every node and edge with every attribute |

The pictures show hosts as groups and interfaces as boxes with their addresses, and as lines the pairs, ports, tunnels,
services and gateways; what is inferred is dashed.

JSON is one object, `{{"nodes": [...], "edges": [...]}}`, each node and edge on a line of its own, sorted by identifier,
so that two runs can be compared. Identifiers are the same in every run and every format but Mermaid:
{ids}.
Each part is percent-encoded; `?` stands for one that is not known. An interface has `host`, a pod `node`, an edge
`from` and `to`, which are identifiers. The attributes are those of the graph, below; `sources` are objects with `file`,
`line`, `frames` and `why`. Absent ones are null. A node and an edge:

```json
{node}
{edge}
```

## The graph

`Inventory.graph` is a networkx MultiDiGraph; the `kind` of an edge is also its key, so that two nodes have at most one
edge of a kind in each direction. Its nodes are `Host` values, pairs of host and interface name, `IP` values, and
triples `("service", namespace, name)`. To walk without direction, take `graph.to_undirected()`.

All nodes have `kind` and `label`, all edges `kind`; both have `sources` (lines of files, or frames), `confidence`
(`certain`, `likely`, `possible`) and `inferred`: in words from what it follows, None where a line says it.

| node | is (and has besides) |
|---|---|
{nodes}

| edge | joins (and has besides) |
|---|---|
{edges}

`role` is one of those that [inventory.md](inventory.md) lists; `driver` is what `ip -d link` names.

A veth pair is certain where both ends name each other by ifindex and belong together by node or `link-netns`, or where
an endpoint of Cilium says it; likely where a route to the pod's address, a name computed from the container's id, or an
IP network that two nodes share says so.

A tunnel is certain by a forwarding database, a tunnel map of Cilium, or a route by the tunnel device whose gateway is
known; likely by a route to `cilium_host`, or up to 500 nodes by their ranges, or a mesh whose device all have. The MACs
of Calico's VXLAN devices on nodes that nobody asked are computed from the nodes' names, and likely. What frames alone
let infer is never certain; that each of more than two tunnel endpoints in a capture tunnels to each is only possible.
"""


def topology() -> str:
    """The topology page, with what the program prints of a stored capture."""
    root = HERE.parent
    graph = Inventory.load(root / "captures" / "flannel" / "inventory").graph
    text = "".join(render(graph, "json", Screen())).replace(f"{root.as_posix()}/", "")
    lines = [line.rstrip(",") for line in text.splitlines()]
    names = Names(graph)
    node, pod = Host("oak-w1"), Host("oak-w1", "web-qk2lm")
    examples = (node, pod, (node, "eth0"), (pod, "eth0"), parse_ip("10.244.1.9"))
    return TOPOLOGY.format(
        tree=next(part for part in render(graph, "tree", Screen()) if part.startswith("node oak-w1")),
        ids=", ".join([f"`{names.id(one)}`" for one in examples] + ["`service/shop/front`"]),
        node=next(line for line in lines if line.startswith(f'{{"id": "{names.id((node, "flannel.1"))}"')),
        edge=next(line for line in lines if '"kind": "veth-peer"' in line),
        nodes="\n".join(f"| `{kind}` | {meaning} |" for kind, meaning in NODE_KINDS.items()),
        edges="\n".join(f"| `{kind}` | {meaning} |" for kind, meaning in EDGE_KINDS.items()),
    )


PAGES = {
    "columns.md": columns,
    "rules.md": rules,
    "inventory.schema.json": inventory_schema,
    "topology.md": topology,
    **{f"rules/{family}.md": partial(rules_of, family) for family in families()},
}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(make(), encoding="utf-8")
