"""Which security identities have the pods, where Cilium packs its endpoints in slices?

Run `kubectl get ciliumendpointslices -o yaml` (or `-o json`).

Law: `id` in a slice is the security identity, not the endpoint's number (cilium, pkg/k8s/apis/cilium.io/v2alpha1,
CoreCiliumEndpoint). The namespace stands beside `endpoints`, since the object itself is in none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import CiliumEndpoint, Fact, Host
from vxlan_dissect.inventory.sources.documents import number_value, objects
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of
from vxlan_dissect.inventory.sources.object_ciliumendpoint import addressing

if TYPE_CHECKING:
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KEYS = keys_of(top="endpoints namespace")
_ENDPOINT = frozenset("id name networking encryption named-ports service-account".split())


def accepts(command: str) -> bool:
    """`kubectl get ciliumendpointslices -o yaml`."""
    return asked(command, "ciliumendpointslices")


def takes(value: dict[str, Any]) -> bool:
    """A CiliumEndpointSlice."""
    return is_kind(value, "CiliumEndpointSlice", "cilium.io")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """CiliumEndpoint facts."""
    del host, command  # whoever asks, the answer is the cluster's
    slice_ = Reading(element, document, _KEYS)
    namespace = slice_.name_in(slice_.value, "namespace")
    facts: list[Fact] = []
    for each in objects(slice_.value.get("endpoints")):
        slice_.unread(each, "endpoints", _ENDPOINT)
        pod = slice_.name_in(each, "name")
        if pod is None:
            document.note(element, "an endpoint without a name")
            continue
        ips, node_ip, _ = addressing(slice_, each)
        facts.append(
            CiliumEndpoint(
                Host(None),
                slice_.source(each, "name", pod),
                ips=ips,
                identity=number_value(each.get("id")),
                pod=pod,
                namespace=namespace,
                node_ip=node_ip,
            )
        )
    return facts
