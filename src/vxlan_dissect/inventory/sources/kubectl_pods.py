"""Which pods are there, and on which node?

Run `kubectl get pods -A -o wide`. Without `-o wide` only names are known, without `-A` no namespace.

Law: the table shows one address of a dual-stack pair (kubernetes, pkg/printers/internalversion, printPod), so an
address that is not here may still be the pod's. A row is one where READY counts containers (`1/1`); `| grep` and
`--no-headers` leave rows without titles, of which those of `-o wide` have a form of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Note, Pod, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import bare_name, known, pairs_of, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.model import Fact

# NAMESPACE (with -A), NAME, READY, STATUS, RESTARTS, AGE, IP, NODE, NOMINATED NODE, READINESS GATES.
_WIDE_ROW = re.compile(
    r"^[ \t]*(?:([a-z0-9][a-z0-9-]{0,62})[ \t]+)?([a-z0-9][a-z0-9.-]{0,252})[ \t]+\d{1,3}/\d{1,3}[ \t]+"
    r"([A-Z][\w:/.-]{1,62})[ \t]+\d{1,6}(?: \([\w ]{1,20}\))?[ \t]+(?:\d{1,6}[smhdy]){1,3}[ \t]+"
    r"([0-9a-f.:]{2,39}|<none>)[ \t]+([a-z0-9][a-z0-9.-]{0,252}|<none>)(?:[ \t]+\S{1,253}){2}[ \t]*$",
    re.MULTILINE,
)
_NEEDED = frozenset(("NAME", "READY", "STATUS", "RESTARTS"))


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get pods`; without a command, its header or a row of the wide table."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and bool(said.resources & {"pods", "all"}) and said.output in {None, "wide"}
    return ("READY" in text and "RESTARTS" in text) or _WIDE_ROW.search(text) is not None


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
    rest = [(number, line) for number, line in found.rest if not _untitled(line, Source(file, number), found.facts)]
    return Parsed(found.facts, found.notes, rest)


def _untitled(line: str, source: Source, facts: list[Fact]) -> bool:
    """Whether a line is a row of the wide table, which is then a fact."""
    row = _WIDE_ROW.match(line) if len(line) < 1 << 12 else None
    if row is None:
        return False
    namespace, name, status, ip, node = row.groups()
    address = ip_or_none(ip)
    if address is None and known(ip):
        return False
    facts.append(
        Pod(
            name,
            source,
            namespace=namespace,
            node=known(node),
            ips=(address,) if address else (),
            status=status,
        )
    )
    return True
