"""How is an inventory written as a file of our own?

Law: one fact a line, in the order of hosts and kinds; text that YAML could take for something else is quoted, and what
a terminal could take for a command is escaped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from json import dumps
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.merging.expand import FOLLOWS
from vxlan_dissect.inventory.merging.merge import host_of
from vxlan_dissect.inventory.model import Host, Interface, Node, NodeAddress, NodePrefix, Pod, Vtep
from vxlan_dissect.inventory.own.shape import FROM, HOST_ENDS, NODE, OF_CLUSTER, OF_HOST, OF_NODE, POD, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact, Source
    from vxlan_dissect.inventory.own.shape import Section

_BARE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@+-]*\Z")
# YAML 1.1 takes these for something else than text.
_WORDS = frozenset("y n yes no on off true false null none nan inf".split())


def write(inventory: Inventory) -> Iterator[str]:
    """The lines of the file, without line ends."""
    yield "# An inventory: rename, add and remove as you like; docs/inventory.md says what each section is."
    yield f"inventory: {VERSION}"
    by_host = _by_host(inventory)
    pods = _pods(inventory, by_host)
    nodes = dict.fromkeys((*inventory.node_names(), *(node for node in pods if node is not None)))
    if nodes:
        yield "nodes:"
    for name in nodes:
        said = [fact for fact in inventory.nodes if fact.name == name]
        yield from _entry(NODE, "node", name, said[0] if said else None, "- ")
        yield from _sections(OF_HOST, by_host.get(Host(name), {}), "  ")
        yield from _sections(OF_NODE, _of_node(inventory, name), "  ")
        yield from _pod_entries(pods.get(name, {}), by_host, name, "  ")
        for again in said[1:]:
            yield from _entry(NODE, "node", name, again, "- ")
    yield from _pod_entries(pods.get(None, {}), by_host, None, "")
    unknown = by_host.get(Host(None), {})
    if unknown:
        yield "unknown-host:"
        yield from _sections(OF_HOST, unknown, "  ")
    facts: _ByKind = {section.kind: list(inventory.of(section.kind)) for section in OF_CLUSTER}
    yield from _sections(OF_CLUSTER, facts, "")


_ByKind = dict[type, list["Fact"]]


def _by_host(inventory: Inventory) -> dict[Host, _ByKind]:
    """What each host says, by kind; what follows from endpoints is left out, since it will follow again."""
    found: defaultdict[Host, _ByKind] = defaultdict(lambda: defaultdict(list))
    for section in OF_HOST:
        facts: tuple[Fact, ...] = inventory.of(section.kind)
        for fact in facts:
            host = host_of(fact)
            assert host is not None
            if fact.source.why is None or fact.source.inferred or not _follows(fact, inventory):
                found[host][section.kind].append(fact)
    return dict(found)


def _follows(fact: Fact, inventory: Inventory) -> bool:
    """Whether every line that says a fact is one that an endpoint or tunnel endpoint stands on."""
    return all(source.why in FOLLOWS for source in inventory.sources_of(fact))


def _pods(inventory: Inventory, by_host: dict[Host, _ByKind]) -> dict[str | None, dict[str, list[Pod]]]:
    """The pods of each node: by name, what the cluster says of each."""
    pods: defaultdict[str | None, dict[str, list[Pod]]] = defaultdict(dict)
    for pod in inventory.pods:
        pods[pod.node].setdefault(pod.name, []).append(pod)
    for host in by_host:
        if host.pod is not None:
            pods[host.node].setdefault(host.pod, [])
    for interface in inventory.interfaces:
        if interface.serves is not None and interface.serves.pod is not None:
            pods[interface.serves.node].setdefault(interface.serves.pod, [])
    return dict(pods)


def _of_node(inventory: Inventory, name: str) -> _ByKind:
    kinds: tuple[type[NodeAddress] | type[NodePrefix] | type[Vtep], ...] = (NodeAddress, NodePrefix, Vtep)
    return {kind: [fact for fact in inventory.of(kind) if fact.node == name] for kind in kinds}


def _pod_entries(
    pods: dict[str, list[Pod]], by_host: dict[Host, _ByKind], node: str | None, indent: str
) -> Iterator[str]:
    if pods:
        yield f"{indent}pods:"
    ends: defaultdict[str | None, list[Fact]] = defaultdict(list)
    for fact in by_host.get(Host(node), {}).get(Interface, ()):
        if isinstance(fact, Interface) and fact.serves is not None:
            ends[fact.serves.pod].append(fact)
    for name, said in pods.items():
        yield from _entry(POD, "pod", name, said[0] if said else None, f"{indent}- ")
        yield from _sections(OF_HOST, by_host.get(Host(node, name), {}), f"{indent}  ")
        yield from _section(HOST_ENDS, ends[name], f"{indent}  ")
        for again in said[1:]:
            yield from _entry(POD, "pod", name, again, f"{indent}- ")


def _entry(section: Section, key: str, name: str, fact: Node | Pod | None, lead: str) -> Iterator[str]:
    yield f"{lead}{key}: {scalar(name)}"
    indent = " " * len(lead)
    for field, value in _values(section, fact) if fact is not None else ():
        yield f"{indent}{field}: {_flow(value)}"


def _sections(sections: Iterable[Section], facts: dict[type, Any], indent: str) -> Iterator[str]:
    for section in sections:
        here = [fact for fact in facts.get(section.kind, ()) if getattr(fact, "serves", None) is None]
        yield from _section(section, here, indent)


def _section(section: Section, facts: list[Fact], indent: str) -> Iterator[str]:
    if facts:
        yield f"{indent}{section.key}:"
    for fact in facts:
        yield f"{indent}- {_flow(dict(_values(section, fact)))}"


def _values(section: Section, fact: Fact) -> Iterator[tuple[str, Any]]:
    for field in section.fields:
        value = getattr(fact, field.name)
        if value is not None and (field.required or value != field.default):
            yield field.key, field.codec.encode(value)
    yield "from", came_from(fact.source)


def came_from(source: Source) -> str:
    """Where a fact stood first, in one text; `sources.inventory_file` reads it again."""
    if source.inferred:
        return f"{source} ({source.confidence}: {source.why or 'no reason given'})"
    return source.why.removeprefix(FROM) if source.why and source.why.startswith(FROM) else str(source)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else scalar(value)


def scalar(text: str) -> str:
    """A text as YAML, quoted unless nothing in it could be taken for anything else."""
    if _BARE.match(text) and text.lower() not in _WORDS:
        return text
    quoted = dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_visible, quoted))


def _visible(letter: str) -> str:
    return (
        letter
        if letter.isprintable()
        else f"\\u{ord(letter):04x}"
        if ord(letter) < 0x10000
        else f"\\U{ord(letter):08x}"
    )
