"""Which MAC does `ip -j neighbour` give for an address?

Run `ip -j neighbour`, and `ip -j neighbour show proxy` for the addresses that the host answers for.

Law: as for the text form. A flag is a key whose value is null (`"router": null`); iproute2, ip/ipneigh.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Neighbour, Note
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_command, ip_or_none, mac_or_none
from vxlan_dissect.inventory.sources.json_text import looks_like_array, read_array, text_value

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepts(command: str | None, text: str) -> bool:
    """JSON of `ip neighbour`; without a command, an array with `dst` and `lladdr`, `state` or `proxy`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject == "neighbour" and said.json
    return '"dst"' in text and any(key in text for key in ('"lladdr"', '"state"', '"proxy"')) and looks_like_array(text)


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Neighbour facts."""
    del command
    notes: list[Note] = []
    array = read_array(lines, file, notes)
    found = Parsed([], notes, array.rest)
    for element in array.elements:
        value = element.value
        if not value:
            continue
        text = text_value(value.get("dst")) or ""
        lladdr = text_value(value.get("lladdr"))
        source = array.source(element, text)
        ip = ip_or_none(text)
        if ip is None:
            notes.append(Note(source.file, source.line, f"not an address: {text[:80]!r}", "bad-value"))
            continue
        mac = mac_or_none(lladdr) if lladdr else None
        if lladdr and mac is None:
            notes.append(Note(source.file, source.line, f"lladdr is no MAC: {lladdr[:80]!r}", "bad-value"))
        states = value.get("state")
        state = text_value(states[0]) if isinstance(states, list) and states else None
        if state is None and "proxy" in value:
            state = "PROXY"
        device = text_value(value.get("dev"))
        found.facts.append(Neighbour(host, ip, mac, source, device=device, state=state, router="router" in value))
    return found
