"""Which objects of JSON and YAML are read, and by whom?

Law: an object goes to the first source of OBJECTS that takes it, where the command is known to one that reads that
command's output; kinds of objects that nobody takes are counted, not dropped. This module is itself a source of text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from vxlan_dissect.inventory.sources import (
    cilium_endpoint_json,
    cilium_events_json,
    cilium_health_json,
    cilium_identity_json,
    cilium_ip_json,
    cilium_map_json,
    cilium_node_json,
    cilium_service_json,
    ip_addr_json,
    ip_neigh_json,
    ip_route_json,
)
from vxlan_dissect.inventory.sources.base import Line, Parsed
from vxlan_dissect.inventory.sources.documents import Document, Element, looks_like_document, text_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.model import Fact, Host


class ObjectSource(Protocol):
    """What a module of OBJECTS offers."""

    def accepts(self, command: str) -> bool:
        """Whether objects that this command prints are read here."""

    def takes(self, value: dict[str, Any]) -> bool:
        """Whether an object is of the kind that is read here, by its keys."""

    def read(self, element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
        """The facts of one object, with notes on the document for what could not be used."""


OBJECTS = cast(
    "tuple[ObjectSource, ...]",
    (
        ip_addr_json,
        ip_neigh_json,
        ip_route_json,
        cilium_endpoint_json,
        cilium_identity_json,
        cilium_ip_json,
        cilium_node_json,
        cilium_service_json,
        cilium_events_json,
        cilium_health_json,
        cilium_map_json,
    ),
)


def accepts(command: str | None, text: str) -> bool:
    """The output of a command that prints objects; without a command, a text with a line that begins some."""
    if command is not None:
        return any(source.accepts(command) for source in OBJECTS)
    return Document(text, "", []).begins() if "{" in text or ":" in text else False


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Read the objects among numbered lines. Without a command, what holds no object at all may be prose."""
    document = Document("\n".join(line for _, line in lines), file, [], [number for number, _ in lines])
    found = _read(document, host, command)
    if command is None and not found.facts and any(note.kind == "broken" for note in found.notes):
        return Parsed([], [], [(number, line) for number, line in lines if line.strip()])
    return found


def parse_text(text: str, host: Host, file: str, command: str | None = None) -> Parsed | None:
    """Read a whole file of objects; None where the text is none from its first line on."""
    if not looks_like_document(text):
        return None
    return _read(Document(text, file, []), host, command)


def _read(document: Document, host: Host, command: str | None) -> Parsed:
    by_command = [source for source in OBJECTS if command is not None and source.accepts(command)]
    facts: list[Fact] = []
    for element in document.elements():
        value = element.value
        if not value:  # `ip -j` leaves empty objects where a filter skips something
            continue
        source = next((each for each in by_command if each.takes(value)), None)
        source = source or next((each for each in OBJECTS if each.takes(value)), None)
        source = source or (by_command[0] if len(by_command) == 1 else None)
        if source is None:
            document.unread(element, [_described(value)])
        else:
            facts += source.read(element, document, host, command)
    facts += document.at_end()
    document.finish()
    return Parsed(facts, document.notes, document.rest)


def _described(value: dict[str, Any]) -> str:
    kind = text_value(value.get("kind"))
    return f"objects of kind {kind!r}" if kind else f"objects with the keys {', '.join(list(value)[:4])}"
