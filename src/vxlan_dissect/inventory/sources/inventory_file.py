"""What does an inventory file of our own say?

Run `vxd inventory convert` to have one written from anything else that is read; docs/inventory.schema.json describes
it.

Law: every key is one that `own.shape` names; any other is counted as unread, and a value of the wrong kind is a note
with its line, not an error: the rest of the file holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Address, Host, Interface, Source
from vxlan_dissect.inventory.own.shape import FROM, HOST_ENDS, NODE, OF_CLUSTER, OF_HOST, OF_NODE, POD, VERSION
from vxlan_dissect.inventory.sources.base import prefix_or_none
from vxlan_dissect.inventory.sources.documents import text_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.model import Fact
    from vxlan_dissect.inventory.own.shape import Section
    from vxlan_dissect.inventory.sources.documents import Document, Element

_INFERRED = re.compile(r".*: inferred from frames? ([\d, ]+) \((certain|likely|possible): (.*)\)\Z", re.DOTALL)
_LONGEST = 4096


def accepts(command: str) -> bool:
    """What `vxd inventory convert` and `vxd inventory infer` print."""
    return command.split()[:3] in (["vxd", "inventory", "convert"], ["vxd", "inventory", "infer"])


def takes(value: dict[str, Any]) -> bool:
    """An object with the version of the format."""
    return value.get("inventory") == VERSION


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Facts of every kind."""
    del host, command
    return list(_Reader(element, document).read())


class _Reader:
    """One file being read."""

    def __init__(self, element: Element, document: Document) -> None:
        self._element, self._document = element, document
        self._first = document.line(element.begin)

    def read(self) -> Iterator[Fact]:
        value = self._element.value
        at_top = {section.key for section in OF_CLUSTER}
        self._unread(value, {"inventory", "nodes", "pods", "unknown-host", *at_top})
        for entry in self._list(value, "nodes"):
            yield from self._node(entry)
        for entry in self._list(value, "pods"):
            yield from self._pod(entry, None)
        unknown = value.get("unknown-host")
        if isinstance(unknown, dict):
            self._unread(unknown, {section.key for section in OF_HOST})
            yield from self._sections(unknown, OF_HOST, {"host": Host(None)})
        yield from self._sections(value, OF_CLUSTER, {})

    def _node(self, entry: dict[str, Any]) -> Iterator[Fact]:
        name = self._name(entry, "node")
        if name is None:
            return
        inside = {section.key for section in (*OF_HOST, *OF_NODE)}
        yield from self._fact(entry, NODE, {"name": name}, inside | {"node", "pods"})
        yield from self._sections(entry, OF_HOST, {"host": Host(name)})
        yield from self._sections(entry, OF_NODE, {"node": name})
        for pod in self._list(entry, "pods"):
            yield from self._pod(pod, name)

    def _pod(self, entry: dict[str, Any], node: str | None) -> Iterator[Fact]:
        name = self._name(entry, "pod")
        if name is None:
            return
        inside = {section.key for section in (*OF_HOST, HOST_ENDS)}
        yield from self._fact(entry, POD, {"name": name, "node": node}, inside | {"pod"})
        host = Host(node, name)
        yield from self._sections(entry, OF_HOST, {"host": host})
        yield from self._sections(entry, (HOST_ENDS,), {"host": Host(node), "serves": host})

    def _sections(self, entry: dict[str, Any], sections: tuple[Section, ...], given: dict[str, Any]) -> Iterator[Fact]:
        for section in sections:
            for each in self._list(entry, section.key):
                nested = {"addresses"} if section.kind is Interface else set()
                for fact in self._fact(each, section, given, nested):
                    yield fact
                    if isinstance(fact, Interface):
                        yield from self._addresses(each, fact)

    def _addresses(self, entry: dict[str, Any], interface: Interface) -> Iterator[Fact]:
        """`addresses: [10.244.1.233/32]` within an interface, which is shorter to write by hand."""
        found = entry.get("addresses", [])
        for text in found if isinstance(found, list) else [found]:
            prefix = prefix_or_none(text) if isinstance(text, str) else None
            if prefix is None:
                self._bad(entry, "addresses", f"not an address: {str(text)[:80]!r}")
            else:
                scope = "link" if prefix.ip.is_link_local else "host" if prefix.ip.is_loopback else "global"
                source = Source(self._document.file, self._line(entry, "addresses"))
                yield Address(interface.host, interface.name, prefix.ip, prefix.length, source, scope)

    def _fact(self, entry: dict[str, Any], section: Section, given: dict[str, Any], others: set[str]) -> Iterator[Fact]:
        values = {name: value for name, value in given.items() if name in section.kind.__annotations__}
        for field in section.fields:
            if field.key in entry:
                try:
                    values[field.name] = field.codec.decode(entry[field.key])
                except ValueError as error:
                    self._bad(entry, field.key, f"{field.key}: {str(error)[:120]}")
            if field.required and field.name not in values:
                if field.key not in entry:
                    self._bad(entry, None, f"an entry of {section.key} without {field.key}")
                return
            values.setdefault(field.name, field.default)
        self._unread(entry, {field.key for field in section.fields} | others | {"from"})
        values["source"] = self._source(entry)
        fact: Fact = section.kind(**values)
        yield fact

    def _source(self, entry: dict[str, Any]) -> Source:
        """The line of the file; what frames let infer stays inferred until someone takes its `from` away."""
        source = Source(self._document.file, self._line(entry, None))
        came_from = text_value(entry.get("from"))
        inferred = _INFERRED.match(came_from) if came_from and len(came_from) < _LONGEST else None
        if inferred:
            frames = tuple(int(number) for number in inferred[1].split(",") if len(number) < 20)
            return source._replace(frames=frames, why=inferred[3], confidence=inferred[2])
        return source._replace(why=FROM + came_from) if came_from else source

    def _name(self, entry: dict[str, Any], key: str) -> str | None:
        name = entry.get(key)
        if isinstance(name, int) and not isinstance(name, bool):
            name = str(name)  # a node called 4711
        if not isinstance(name, str) or not name:
            self._bad(entry, key if key in entry else None, f"a {key} without a name")
            return None
        return name

    def _list(self, entry: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
        value = entry.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self._bad(entry, key, f"{key}: no list")
            return
        for each in value:
            if isinstance(each, dict):
                yield each
            else:
                self._bad(entry, key, f"{key}: an entry that is no object")

    def _line(self, entry: dict[str, Any], key: str | None) -> int:
        lines: dict[str, int] = getattr(entry, "lines", {})
        return self._first + (lines.get(key, 0) if key is not None else next(iter(lines.values()), 0))

    def _bad(self, entry: dict[str, Any], key: str | None, why: str) -> None:
        self._document.note_at(self._line(entry, key), why)

    def _unread(self, entry: dict[str, Any], known: set[str]) -> None:
        self._document.unread(self._element, [key for key in entry if key not in known])
