"""Which objects of JSON and YAML are read, and by whom?

Law: an object goes to the first source of OBJECTS that takes it, where the command is known to one that reads that
command's output; kinds of objects that nobody takes are counted, not dropped. This module is itself a source of text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from vxlan_dissect.inventory.sources import (
    bpftool_net_json,
    bridge_fdb_json,
    cilium_endpoint_json,
    cilium_events_json,
    cilium_health_json,
    cilium_identity_json,
    cilium_ip_json,
    cilium_map_json,
    cilium_node_json,
    cilium_service_json,
    collect_record,
    ethtool_json,
    helm_values,
    inventory_file,
    ip_addr_json,
    ip_neigh_json,
    ip_route_json,
    ip_rule_json,
    kind_config,
    kubeshark,
    nft_json,
    object_calico,
    object_ciliumendpoint,
    object_ciliumendpointslice,
    object_ciliumidentity,
    object_ciliumnode,
    object_configmap,
    object_endpoints,
    object_endpointslice,
    object_node,
    object_pod,
    object_service,
    tc_filter_json,
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
        inventory_file,
        collect_record,
        ip_addr_json,
        ip_neigh_json,
        ip_route_json,
        object_pod,
        object_node,
        object_service,
        object_endpointslice,
        object_endpoints,
        object_ciliumnode,
        object_ciliumendpoint,
        object_ciliumendpointslice,
        object_ciliumidentity,
        object_configmap,
        object_calico,
        ip_rule_json,
        bridge_fdb_json,
        ethtool_json,
        tc_filter_json,
        bpftool_net_json,
        nft_json,
        cilium_endpoint_json,
        cilium_identity_json,
        cilium_ip_json,
        cilium_node_json,
        cilium_service_json,
        cilium_events_json,
        cilium_health_json,
        cilium_map_json,
        kubeshark,
        kind_config,
        helm_values,
    ),
)


@lru_cache(maxsize=1024)  # the files of all nodes and pods have the names of few commands
def _of_command(command: str | None) -> tuple[ObjectSource, ...]:
    """The sources that read what a command prints."""
    return tuple(source for source in OBJECTS if command is not None and source.accepts(command))


def accepts(command: str | None, text: str) -> bool:
    """The output of a command that prints objects; without a command, a text with a line that begins some."""
    if command is not None:
        return bool(_of_command(command))
    return Document(text, "", []).begins() if "{" in text or ":" in text else False


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Read the objects among numbered lines. Without a command, what holds no object at all may be prose."""
    text = "\n".join(line for _, line in lines)
    document = Document(text, file, [], [number for number, _ in lines], expected=command is not None)
    found = _read(document, host, command)
    if command is None and not found.facts and any(note.kind == "broken" for note in found.notes):
        return Parsed([], [], [(number, line) for number, line in lines if line.strip()])
    return found


def parse_text(text: str, host: Host, file: str, command: str | None = None) -> Parsed | None:
    """Read a whole file of objects; None where the text is none from its first line on."""
    expected = helm_values.marks(text) or bool(_of_command(command))
    if not looks_like_document(text, expected=expected):
        return None
    found = _read(Document(text, file, [], expected=expected), host, command)
    return found._replace(rest=[line for line in found.rest if not line[1].lstrip().startswith("#")])  # comments


def _read(document: Document, host: Host, command: str | None) -> Parsed:
    by_command = _of_command(command)
    facts: list[Fact] = []
    for element in document.elements():
        value = element.value
        if not value:  # `ip -j` leaves empty objects where a filter skips something
            continue
        source = next((each for each in by_command if each.takes(value)), None)
        source = source or next((each for each in OBJECTS if each.takes(value)), None)
        if source is None and len(by_command) == 1 and "kind" not in value:
            source = by_command[0]
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
