"""What was so from when to when, by the events of the ipcache?

Law: an event whose update failed, or whose time or value is none, says nothing and is noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import CacheEntry, Note, Source
from vxlan_dissect.inventory.model.times import parse_time
from vxlan_dissect.inventory.sources.cilium_values import cache_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.inventory.model import Host


class Event(NamedTuple):
    """An event as it is printed, all texts (api/v1/models/map_event.go)."""

    source: Source
    key: str
    value: str
    time: str
    action: str
    error: str


def entries(events: Iterable[Event], host: Host, notes: list[Note]) -> list[CacheEntry]:
    """The entries in the order of their events, each with the time in which it was so."""
    found: list[CacheEntry] = []
    current: dict[str, int] = {}  # key -> where its last entry stands
    timed = [(time, event) for event in events if (time := _time_of(event, notes)) is not None]
    for time, event in sorted(timed, key=lambda each: each[0]):
        if event.action == "delete":
            entry = None
        else:
            entry = cache_entry(host, event.source, event.key, event.value)
            if entry is None:
                notes.append(_note(event, f"not an entry of the ipcache: {event.value[:80]!r}"))
                continue
        at = current.get(event.key)
        if at is not None:
            if entry is not None and entry._replace(source=found[at].source, since=found[at].since) == found[at]:
                continue  # written again, as it was
            found[at] = found[at]._replace(until=time)
            del current[event.key]
        if entry is not None:
            current[event.key] = len(found)
            found.append(entry._replace(since=time))
    return found


def _time_of(event: Event, notes: list[Note]) -> int | None:
    time = None if event.error else parse_time(event.time)
    if time is None:
        failed = f"an update that failed: {event.error[:80]!r}" if event.error else f"not a time: {event.time[:40]!r}"
        notes.append(_note(event, failed))
    return time


def _note(event: Event, why: str) -> Note:
    return Note(event.source.file, event.source.line, why, "bad-value")
