"""Which pods are there, and on which node?

Run `kubectl get pods -A -o wide`. Without `-o wide` only names are known, without `-A` no namespace.

Law: the table shows one address of a dual-stack pair (kubernetes, pkg/printers/internalversion, printPod), so an
address that is not here may still be the pod's. A row is one where READY counts containers (`1/1`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Note, Pod, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import bare_name, known, pairs_of, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "READY", "STATUS", "RESTARTS"))


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get pods`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and bool(said.resources & {"pods", "all"}) and said.output in {None, "wide"}
    return "READY" in text and "RESTARTS" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Pod facts."""
    del host  # whoever asks, the answer is the cluster's
    said = kubectl_get(command)
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        ready, _, of = cells.get("READY", "").partition("/")
        if whole_number(ready) is None or whole_number(of) is None:
            found.rest.append((number, line))
            continue
        text = known(cells.get("IP"))
        ip = ip_or_none(text) if text else None
        if text and ip is None:
            found.notes.append(Note(file, number, f"not an address: {text[:80]!r}", "bad-value"))
        found.facts.append(
            Pod(
                bare_name(cells["NAME"]),
                Source(file, number),
                namespace=cells.get("NAMESPACE") or (said.namespace if said else None),
                node=known(cells.get("NODE")),
                ips=(ip,) if ip else (),
                status=cells.get("STATUS"),
                labels=pairs_of(cells.get("LABELS")),
            )
        )
    return found
