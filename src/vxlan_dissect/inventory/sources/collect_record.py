"""When was a folder collected, and what could not be had?

Run `vxd inventory collect`, which writes it as `collected.json` beside what the commands printed.

Law: what failed is a note with the command and its reason; what is just not there (a pod without `ip`) is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Collected
from vxlan_dissect.inventory.model.times import parse_time
from vxlan_dissect.inventory.sources.documents import mapping, objects, text_value, texts

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """The record that `vxd inventory collect` leaves."""
    return command.split()[:3] == ["vxd", "inventory", "collect"]


def takes(value: dict[str, Any]) -> bool:
    """An object with the key `collected`, which holds an object with commands."""
    return "commands" in mapping(value.get("collected"))


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A Collected fact for the record's folder, and notes on the commands that failed."""
    del host, command
    record = mapping(element.value.get("collected"))
    for each in objects(record.get("commands")):
        if each.get("status") == "failed":
            words = " ".join(texts(each.get("command")))[:200]
            why = f"not collected: {words}: {str(each.get('why'))[:200]}"
            document.note(element, why, "skipped", text_value(each.get("started")))
    started = text_value(record.get("started"))
    time = parse_time(started)
    if time is None:
        document.note(element, f"not a time: {str(record.get('started'))[:80]!r}")
        return []
    return [Collected(time, document.source(element, started), document.file.rpartition("/")[0])]
