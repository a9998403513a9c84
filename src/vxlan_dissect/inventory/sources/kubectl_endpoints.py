"""Which addresses and ports stand behind the services, as the older Endpoints objects tell?

Run `kubectl get endpoints -A`. The table has neither pods nor nodes, and at most three addresses of a service.

Law: a row is one whose ENDPOINTS are addresses with ports (kubernetes, pkg/printers/internalversion, formatEndpoints).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Backend, Host, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import bare_name, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "ENDPOINTS"))
_MORE = re.compile(r" \+ (\d+) more\.\.\.\Z")
_NONE = "<none>"


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get endpoints`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and "endpoints" in said.resources and said.output in {None, "wide"}
    return "ENDPOINTS" in text and "NAME" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Backend facts."""
    del host  # whoever asks, the answer is the cluster's
    said = kubectl_get(command)
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        text = cells.get("ENDPOINTS", "")
        left_out = _MORE.search(text)
        parts = text[: left_out.start() if left_out else None].split(",") if text != _NONE else []
        pairs = [part.rpartition(":") for part in parts]
        backends = [(ip_or_none(ip.strip("[]")), whole_number(port)) for ip, _, port in pairs]
        if not cells["NAME"] or any(ip is None or port is None for ip, port in backends):
            found.rest.append((number, line))
            continue
        if left_out:
            found.notes.append(Note(file, number, f"{left_out[1]} endpoints are not shown", "skipped"))
        for ip, port in backends:
            if ip is not None:
                found.facts.append(
                    Backend(
                        ip,
                        port,
                        None,
                        Source(file, number),
                        service=bare_name(cells["NAME"]),
                        namespace=cells.get("NAMESPACE") or (said.namespace if said else None),
                    )
                )
    return found
