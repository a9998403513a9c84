"""Which service stands behind an address, and which backends does an agent have for it?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg service list -o json`. Unlike the table it names the service.

Law: what the agent realised counts, `spec` only where there is no `status`. Source: cilium, api/v1/models/service.go,
service_spec.go, backend_address.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Backend, Fact, Host, Service
from vxlan_dissect.inventory.sources.base import ip_or_none
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value

if TYPE_CHECKING:
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`service list -o json`."""
    return is_agent_command(command, "service list", "service get", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object whose `spec` has a `frontend-address`."""
    return "frontend-address" in mapping(value.get("spec"))


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A Service fact where it has a name and an address of its own, and Backend facts."""
    del host, command
    said = mapping(element.value.get("spec"))
    realised = mapping(mapping(element.value.get("status")).get("realized")) or said
    front, flags = mapping(said.get("frontend-address")), mapping(said.get("flags"))
    ip, port = ip_or_none(text_value(front.get("ip")) or ""), number_value(front.get("port"))
    if ip is None or port is None:
        document.note(element, "a service without an address and a port")
        return []
    name, namespace = text_value(flags.get("name")) or None, text_value(flags.get("namespace")) or None
    kind = text_value(flags.get("type"))
    protocol = (text_value(front.get("protocol")) or "").upper() or None
    source = document.source(element, text_value(front.get("ip")))
    facts: list[Fact] = []
    # The entries of NodePort, HostPort and external addresses are of the same service, and not its own address.
    if name and kind == "ClusterIP":
        ports = ((port, None, protocol or "TCP"),)
        facts.append(Service(name, source, namespace=namespace, kind=kind, cluster_ips=(ip,), ports=ports))
    for each in objects(realised.get("backend-addresses")):
        backend = ip_or_none(text_value(each.get("ip")) or "")
        state = text_value(each.get("state"))
        if backend is None:
            document.note(element, f"not an address: {str(each.get('ip'))[:80]!r}")
            continue
        facts.append(
            Backend(
                backend,
                number_value(each.get("port")),
                (text_value(each.get("protocol")) or "").upper() or protocol,
                source,
                service=name,
                namespace=namespace,
                frontend=(ip, port),
                node=text_value(each.get("nodeName")) or None,
                ready=state == "active" if state else None,
            )
        )
    return facts
