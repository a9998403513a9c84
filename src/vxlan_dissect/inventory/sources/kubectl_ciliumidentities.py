"""Which security identities are there, and of which namespaces?

Run `kubectl get ciliumidentities`. The table has no labels of the identity.

Law: a row is one whose NAME is a number. What `--show-labels` adds are labels of the object, to search by; they may be
fewer than those of the identity (cilium, pkg/k8s/apis/cilium.io/v2, CiliumIdentity) and are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Identity, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import known, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "NAMESPACE", "AGE"))


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get ciliumidentities`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and "ciliumidentities" in said.resources and said.output in {None, "wide"}
    return "NAMESPACE" in text and "AGE" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Identity facts."""
    del host, command  # whoever asks, the answer is the cluster's
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        identity = whole_number(cells["NAME"])
        if identity is None:
            found.rest.append((number, line))
            continue
        found.facts.append(Identity(identity, Source(file, number), namespace=known(cells.get("NAMESPACE"))))
    return found
