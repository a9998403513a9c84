"""Which security identity and addresses has a pod?

Run `kubectl get ciliumendpoints -A` (`kubectl get cep -A -o wide`).

Law: a row is one whose identity is a number. The titles changed (cilium, pkg/k8s/apis/cilium.io/v2, CiliumEndpoint):
IDENTITY ID and ENDPOINT ID up to 1.14, SECURITY IDENTITY after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import CiliumEndpoint, Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import bare_name, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = frozenset(("NAME", "IPV4", "IPV6"))
_IDENTITY = ("SECURITY IDENTITY", "IDENTITY ID")


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get ciliumendpoints`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and "ciliumendpoints" in said.resources and said.output in {None, "wide"}
    return any(title in text for title in _IDENTITY) and "IPV4" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """CiliumEndpoint facts."""
    del host  # whoever asks, the answer is the cluster's
    said = kubectl_get(command)
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        numbers = [whole_number(cells.get(title, "")) for title in _IDENTITY]
        identity = next((value for value in numbers if value is not None), None)
        # Where runs of blanks were lost, an empty cell moves all that follow: addresses are found by their form.
        ips = [ip_or_none(word) for word in (line.split() if len(line) < 4096 else ())]
        if identity is None:
            found.rest.append((number, line))
            continue
        found.facts.append(
            CiliumEndpoint(
                Host(None),
                Source(file, number),
                ips=tuple(ip for ip in ips if ip is not None),
                id=whole_number(cells.get("ENDPOINT ID", "")),
                identity=identity,
                pod=bare_name(cells["NAME"]),
                namespace=cells.get("NAMESPACE") or (said.namespace if said else None),
            )
        )
    return found
