"""What stands in the BPF maps of endpoints, of the ipcache, of tunnels and of services, as JSON?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg bpf endpoint list -o json`, and `bpf ipcache list -o json`,
`bpf tunnel list -o json`, `bpf lb list -o json`.

Law: one object, a key of the map to a list of values, each of the same form as in the text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Source
from vxlan_dissect.inventory.sources import cilium_values as values
from vxlan_dissect.inventory.sources.cilium_map_text import COMMANDS, TUNNELS
from vxlan_dissect.inventory.sources.documents import texts

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """A dump of one of these maps with `-o json`."""
    return values.is_agent_command(command, *COMMANDS, json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object whose first key is an address and whose first value is a list of strings."""
    key, said = next(iter(value.items()))
    listed = texts(said)
    if not listed:
        return False
    return values.is_address(key) and (
        "nodemac=" in listed[0]
        or "tunnelendpoint=" in listed[0]
        or listed[0].startswith("(localhost)")
        or values.balanced(f"{key} {listed[0].rstrip()}") is not None
    )


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """CiliumEndpoint, CacheEntry and Backend facts."""
    tunnels = values.is_agent_command(command, *TUNNELS, json=True)
    facts: list[Fact] = []
    at = element.begin
    for key, listed in element.value.items():
        # The keys stand in the text in this order; one search through it, not one for each of half a million.
        at = max(at, document.text.find(json.dumps(key), at, element.end))
        source = Source(document.file, document.line(at))
        for said in texts(listed):
            row = " ".join(said.split())
            balanced = None if tunnels else values.balanced(f"{key} {row}")
            if balanced is None:
                fact: Fact | None = values.entry(host, source, key, row, tunnels=tunnels)
            else:
                fact = values.backend(source, key.partition(" ")[0], balanced[1]) if balanced[1] else None
            if fact is not None:
                facts.append(fact)
            elif balanced is None:
                document.note(element, f"not an entry of a map: {key[:40]} {row[:80]!r}", value=key)
    return facts
