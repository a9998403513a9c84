"""Which identity and node had an address at which time, as JSON?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg map events cilium_ipcache -o json`.

Law: as for the text form; each event is an object of its own, the history is made once all were read. Source: cilium,
api/v1/models/map_event.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.sources.cilium_history import Event, entries
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command
from vxlan_dissect.inventory.sources.documents import text_value

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`map events` of the ipcache with `-o json`."""
    return is_agent_command(command, "map events cilium_ipcache", "map events cilium_ipcache_v2", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object with `key`, `action` and `timestamp`, whose value is one of the ipcache or none."""
    said = text_value(value.get("value")) or ""
    return {"key", "action", "timestamp"} <= value.keys() and (not said or "tunnelendpoint=" in said)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Nothing yet: the event is kept until the text ends."""
    del command
    said = [text_value(element.value.get(name)) or "" for name in ("key", "value", "timestamp", "action", "last-error")]
    if not document.waiting:
        document.at_end = lambda: list(entries(document.waiting, host, document.notes))
    document.waiting.append(Event(document.source(element), *said))
    return []
