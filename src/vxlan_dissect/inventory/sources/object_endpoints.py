"""Which pods stand behind a service, as the older Endpoints objects tell?

Run `kubectl get endpoints -A -o yaml` (or `-o json`).

Law: the object is called as its service (k8s.io/api, core/v1 Endpoints); an address that is not ready is a backend that
gets no traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Backend, Fact
from vxlan_dissect.inventory.sources.documents import objects
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of
from vxlan_dissect.inventory.sources.object_endpointslice import limited, pod_of, ports_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KEYS = keys_of(top="subsets")
_ADDRESS = frozenset("ip nodeName targetRef hostname".split())


def accepts(command: str) -> bool:
    """`kubectl get endpoints -o yaml`."""
    return asked(command, "endpoints")


def takes(value: dict[str, Any]) -> bool:
    """An Endpoints object."""
    return is_kind(value, "Endpoints", "")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Backend facts."""
    del host, command  # whoever asks, the answer is the cluster's
    endpoints = Reading(element, document, _KEYS)
    return limited(_backends(endpoints), endpoints) if endpoints.named() else []


def _backends(endpoints: Reading) -> Iterator[Backend]:
    for subset in objects(endpoints.value.get("subsets")):
        ports = ports_of(subset)
        for key, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in objects(subset.get(key)):
                endpoints.unread(address, f"subsets.{key}", _ADDRESS)
                ip = endpoints.ip(address.get("ip"))
                if ip is None:
                    continue
                source = endpoints.source(address, "ip", str(address["ip"]))
                node, pod = endpoints.name_in(address, "nodeName"), pod_of(endpoints, address)
                for port, protocol in ports:
                    yield Backend(
                        ip,
                        port,
                        protocol,
                        source,
                        service=endpoints.name,
                        namespace=endpoints.namespace,
                        node=node,
                        pod=pod,
                        ready=ready,
                    )
