"""Which nodes are there, and under which addresses?

Run `kubectl get nodes -o wide`. Without `-o wide` only names are known.

Law: a row is one whose STATUS begins with `Ready` or `NotReady`; the table has no MAC and no pod range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Node, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get
from vxlan_dissect.inventory.sources.table import bare_name, known, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "STATUS", "VERSION"))


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get nodes`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and "nodes" in said.resources and said.output in {None, "wide"}
    return "STATUS" in text and "ROLES" in text and "VERSION" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Node facts."""
    del host, command  # whoever asks, the answer is the cluster's
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        if not cells.get("STATUS", "").startswith(("Ready", "NotReady")) or "VERSION" not in cells:
            found.rest.append((number, line))
            continue
        ips = [ip_or_none(text) for title in ("INTERNAL-IP", "EXTERNAL-IP") if (text := known(cells.get(title)))]
        found.facts.append(
            Node(bare_name(cells["NAME"]), Source(file, number), ips=tuple(ip for ip in ips if ip is not None))
        )
    return found
