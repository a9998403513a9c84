"""Which addresses and ports stand behind the services?

Run `kubectl get endpointslices -A`. The table has neither pods nor nodes, and at most three addresses of a slice.

Law: a row is one whose ADDRESSTYPE is an address family (kubernetes, pkg/printers/internalversion, printEndpointSlice).
The service is not named; a slice's name is its service's with five letters after it, unless somebody else made it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Backend, Host, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import bare_name, known, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS"))
_FAMILIES = frozenset(("IPv4", "IPv6"))
_GENERATED = re.compile(r"(.+)-[a-z0-9]{5}\Z")
_MORE = re.compile(r" \+ (\d+) more\.\.\.\Z")


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get endpointslices`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and "endpointslices" in said.resources and said.output in {None, "wide"}
    return "ADDRESSTYPE" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Backend facts."""
    del host  # whoever asks, the answer is the cluster's
    said = kubectl_get(command)
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        if cells.get("ADDRESSTYPE") not in _FAMILIES:
            found.rest.append((number, line))
            continue
        generated = _GENERATED.match(bare_name(cells["NAME"]))
        source = Source(file, number)
        text = known(cells.get("ENDPOINTS")) or ""
        left_out = _MORE.search(text)
        if left_out:
            found.notes.append(Note(file, number, f"{left_out[1]} endpoints are not shown", "skipped"))
        for part in filter(None, text[: left_out.start() if left_out else None].split(",")):
            ip = ip_or_none(part)
            if ip is None:
                found.notes.append(Note(file, number, f"not an address: {part[:80]!r}", "bad-value"))
                continue
            for port in _MORE.sub("", known(cells.get("PORTS")) or "").split(","):
                found.facts.append(
                    Backend(
                        ip,
                        whole_number(port),
                        None,
                        source,
                        service=generated[1] if generated else None,
                        namespace=cells.get("NAMESPACE") or (said.namespace if said else None),
                    )
                )
    return found
