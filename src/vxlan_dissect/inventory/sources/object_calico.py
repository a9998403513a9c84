"""Which address pools, encapsulation and ports does Calico use?

Run `kubectl get ippools,felixconfigurations,installations -o yaml` (or `-o json`; `calicoctl get` prints the same).

Law: everything below `spec` is a setting called by kind and name, such as `IPPool.default-ipv4-ippool.vxlanMode`
(calico, api/pkg/apis/projectcalico/v3; tigera/operator, api/v1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of
from vxlan_dissect.inventory.sources.settings import settings_of

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KEYS = keys_of(top="spec status")
_CALICO = ("projectcalico.org", "crd.projectcalico.org")


def accepts(command: str) -> bool:
    """`kubectl get ippools -o yaml`."""
    return asked(command, "ippools", "felixconfigurations", "installations")


def takes(value: dict[str, Any]) -> bool:
    """An IPPool, a FelixConfiguration or an Installation."""
    return (
        is_kind(value, "IPPool", *_CALICO)
        or is_kind(value, "FelixConfiguration", *_CALICO)
        or is_kind(value, "Installation", "operator.tigera.io")
    )


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Setting facts."""
    del host, command  # whoever asks, the answer is the cluster's
    thing = Reading(element, document, _KEYS)
    if not thing.named():
        return []
    return list(settings_of("calico", thing.spec, element, document, f"{thing.kind}.{thing.name}"))
