"""Which identity and node had an address at which time?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg map events cilium_ipcache`.

Law: an event says what is so from its time on; the next one of the same key ends it, and one that deletes the key ends
it too. What was so before the first event is not said. Source: cilium, cilium-dbg/cmd/map_event_list.go (printEvent).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed
from vxlan_dissect.inventory.sources.cilium_history import Event, entries
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command

if TYPE_CHECKING:
    from collections.abc import Sequence

_EVENT = re.compile(
    r'key="([^"]{0,100})" value="([^"]{0,200})" time=(\S{1,40}) action=(\S{1,20}) desiredState=\S{0,20} '
    r'lastError="([^"]{0,400})"\s*\Z'
)


def accepts(command: str | None, text: str) -> bool:
    """The lines of `map events` on the ipcache; without a command, a line of that form."""
    if command is not None:
        return is_agent_command(command, "map events cilium_ipcache", "map events cilium_ipcache_v2", json=False)
    return 'key="' in text and " desiredState=" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """CacheEntry facts with `since` and, where a later event says so, `until`."""
    del command
    found = Parsed([], [], [])
    events: list[Event] = []
    for number, line in lines:
        match = _EVENT.match(line.strip()) if len(line) < 4096 else None
        if match is not None:
            events.append(Event(Source(file, number), *match.groups()))
        elif line.strip():
            found.rest.append((number, line))
    found.facts.extend(entries(events, host, found.notes))
    return found
