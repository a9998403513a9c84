"""Which security identity has a pod, and on which node is it?

Run `kubectl get ciliumendpoints -A -o yaml` (or `-o json`).

Law: the object is called as its pod, and `networking.node` is the address of a node, not its name (cilium,
pkg/k8s/apis/cilium.io/v2, EndpointStatus). It knows neither MAC nor interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import CiliumEndpoint, Fact, Host
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value, texts
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.sources.documents import Document, Element

# Left aside: policies, controllers and health, and the ports that policies may name.
_KEYS = keys_of(
    top="status",
    status="id identity networking external-identifiers controllers encryption health log named-ports policy "
    "service-account state visibility-policy-status",
)


def accepts(command: str) -> bool:
    """`kubectl get ciliumendpoints -o yaml`."""
    return asked(command, "ciliumendpoints")


def takes(value: dict[str, Any]) -> bool:
    """A CiliumEndpoint."""
    return is_kind(value, "CiliumEndpoint", "cilium.io")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A CiliumEndpoint fact."""
    del host, command  # whoever asks, the answer is the cluster's
    endpoint = Reading(element, document, _KEYS)
    if not endpoint.named():
        return []
    status = endpoint.status
    identity = mapping(status.get("identity"))
    outside = mapping(status.get("external-identifiers"))
    ips, node_ip, texts_of_ips = addressing(endpoint, status)
    attachment = (text_value(outside.get("cni-attachment-id")) or "").partition(":")[0]
    return [
        CiliumEndpoint(
            Host(None),
            endpoint.source(status, "networking", texts_of_ips[0]) if ips else endpoint.source(),
            ips=ips,
            id=number_value(status.get("id")),
            identity=number_value(identity.get("id")),
            pod=endpoint.name,
            namespace=endpoint.namespace,
            container=text_value(outside.get("container-id")) or attachment or None,
            labels=tuple(texts(identity.get("labels"))),
            node_ip=node_ip,
            since=endpoint.time(endpoint.metadata, "creationTimestamp"),
        )
    ]


def addressing(of: Reading, holder: dict[str, Any]) -> tuple[tuple[IP, ...], IP | None, list[str]]:
    """The endpoint's addresses, its node's, and the first of them as text."""
    networking = mapping(holder.get("networking"))
    said = [each.get(key) for each in objects(networking.get("addressing")) for key in ("ipv4", "ipv6")]
    return of.ips(said), of.ip(networking.get("node")), [text for text in said if isinstance(text, str) and text]
