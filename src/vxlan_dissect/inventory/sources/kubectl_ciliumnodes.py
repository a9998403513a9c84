"""Which addresses does Cilium know of a node: its own and the router's?

Run `kubectl get ciliumnodes`. The table shows one address of each kind, of a dual-stack pair the first.

Law: a row is one with two addresses, as the columns of the CRD say (cilium, pkg/k8s/apis/cilium.io/v2, CiliumNode).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Node, NodeAddress, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get
from vxlan_dissect.inventory.sources.table import bare_name, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "CILIUMINTERNALIP", "INTERNALIP"))


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get ciliumnodes`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and "ciliumnodes" in said.resources and said.output in {None, "wide"}
    return "CILIUMINTERNALIP" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Node and NodeAddress facts."""
    del host, command  # whoever asks, the answer is the cluster's
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        router, own = (ip_or_none(cells.get(title, "")) for title in ("CILIUMINTERNALIP", "INTERNALIP"))
        if router is None and own is None:
            found.rest.append((number, line))
            continue
        name, source = bare_name(cells["NAME"]), Source(file, number)
        found.facts.append(Node(name, source, ips=() if own is None else (own,)))
        if router is not None:
            found.facts.append(NodeAddress(name, router, "router", source))
    return found
