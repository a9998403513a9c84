"""Which labels stand behind a security identity, as JSON?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg identity list -o json`.

Law: as for the text form. Source: cilium, api/v1/models/identity.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Identity
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command, namespace_of
from vxlan_dissect.inventory.sources.documents import number_value, texts

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`identity list -o json`."""
    return is_agent_command(command, "identity list", "identity get", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object with a numeric `id` and `labels`, and no more than their checksum."""
    return number_value(value.get("id")) is not None and {"id", "labels"} <= value.keys() <= {
        "id",
        "labels",
        "labelsSHA256",
    }


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """An Identity fact."""
    del host, command
    number = number_value(element.value.get("id"))
    labels = tuple(texts(element.value.get("labels")))
    return [] if number is None else [Identity(number, document.source(element), labels, namespace_of(labels))]
