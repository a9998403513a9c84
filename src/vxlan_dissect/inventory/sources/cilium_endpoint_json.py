"""Which endpoints does an agent manage, with which MACs and devices?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg endpoint list -o json`. It names the pod, both ends of its veth
pair, the security identity and the sandbox container of each endpoint of the node.

Law: `mac` is the pod's end, `host-mac`, `interface-name` and `interface-index` are the host end. Source: cilium,
api/v1/models/endpoint_networking.go, endpoint_identifiers.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import CiliumEndpoint
from vxlan_dissect.inventory.sources.base import ip_or_none, mac_or_none
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value, texts

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`endpoint list -o json`; `endpoint get` prints the same of one endpoint."""
    return is_agent_command(command, "endpoint list", "endpoint get", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object with a numeric `id` and a `status` of its own; a Kubernetes object has a `kind`."""
    return "kind" not in value and number_value(value.get("id")) is not None and isinstance(value.get("status"), dict)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A CiliumEndpoint fact."""
    del command
    status = mapping(element.value.get("status"))
    network, identity = mapping(status.get("networking")), mapping(status.get("identity"))
    outside = mapping(status.get("external-identifiers"))
    namespace, _, pod = (text_value(outside.get("pod-name")) or "").rpartition("/")
    mac_text = text_value(network.get("mac")) or ""
    source = document.source(element, mac_text or None)
    endpoint = CiliumEndpoint(
        host,
        source,
        _addresses(network, element, document),
        id=number_value(element.value.get("id")),
        identity=number_value(identity.get("id")),
        pod=text_value(outside.get("k8s-pod-name")) or pod or None,
        namespace=text_value(outside.get("k8s-namespace")) or namespace or None,
        mac=_mac(network.get("mac"), element, document),
        interface=text_value(network.get("container-interface-name")) or None,
        lxc_mac=_mac(network.get("host-mac"), element, document),
        lxc_index=number_value(network.get("interface-index")) or None,
        lxc_name=text_value(network.get("interface-name")) or None,
        container=text_value(outside.get("container-id")) or None,
        labels=tuple(texts(identity.get("labels"))),
    )
    return [endpoint]


def _addresses(network: dict[str, Any], element: Element, document: Document) -> tuple[IP, ...]:
    found: list[IP] = []
    for pair in objects(network.get("addressing")):
        for text in filter(None, (text_value(pair.get("ipv4")), text_value(pair.get("ipv6")))):
            ip = ip_or_none(text)
            if ip is None:
                document.note(element, f"not an address: {text[:80]!r}", value=text)
            else:
                found.append(ip)
    return tuple(found)


def _mac(value: object, element: Element, document: Document) -> int | None:
    text = text_value(value)
    mac = mac_or_none(text) if text else None
    if text and mac is None:
        document.note(element, f"not a MAC: {text[:80]!r}", value=text)
    return mac or None  # the host's own endpoint has none
