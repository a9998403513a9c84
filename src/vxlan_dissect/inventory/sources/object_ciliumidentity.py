"""Which labels has a security identity, the number in a VXLAN header of Cilium?

Run `kubectl get ciliumidentities -o yaml` (or `-o json`).

Law: the object's name is the number, `security-labels` the labels with their source (cilium, pkg/k8s/apis/cilium.io/v2,
CiliumIdentity). Reserved identities have no object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Identity
from vxlan_dissect.inventory.sources.base import whole_number
from vxlan_dissect.inventory.sources.documents import mapping
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KEYS = keys_of(top="security-labels status")
_NAMESPACE = "k8s:io.kubernetes.pod.namespace"


def accepts(command: str) -> bool:
    """`kubectl get ciliumidentities -o yaml`."""
    return asked(command, "ciliumidentities")


def takes(value: dict[str, Any]) -> bool:
    """A CiliumIdentity."""
    return is_kind(value, "CiliumIdentity", "cilium.io")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """An Identity fact."""
    del host, command  # whoever asks, the answer is the cluster's
    identity = Reading(element, document, _KEYS)
    number = whole_number(identity.name)
    if number is None:
        document.note(element, f"not the number of an identity: {identity.name[:80]!r}")
        return []
    labels = mapping(identity.value.get("security-labels"))
    return [
        Identity(
            number,
            identity.source(),
            # As the agent prints them: a label without a value is its key alone.
            labels=tuple(f"{key}={text}" if text else key for key, text in labels.items() if isinstance(text, str)),
            namespace=identity.name_in(labels, _NAMESPACE),
        )
    ]
