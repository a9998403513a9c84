"""Which pods stand behind a service, with which ports?

Run `kubectl get endpointslices -A -o yaml` (or `-o json`).

Law: the label `kubernetes.io/service-name` names the service (k8s.io/api, discovery/v1); each address with each port is
a backend, and `ready` left out means ready.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Backend, Fact
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

# A slice has at most 1,000 endpoints and 100 ports (kubernetes, pkg/apis/discovery/validation).
MOST_BACKENDS = 100_000
_SERVICE = "kubernetes.io/service-name"
_KEYS = keys_of(top="addressType endpoints ports")
# Left aside: for which zones an endpoint is meant.
_ENDPOINT = frozenset("addresses conditions nodeName targetRef deprecatedTopology hints hostname zone".split())


def accepts(command: str) -> bool:
    """`kubectl get endpointslices -o yaml`."""
    return asked(command, "endpointslices")


def takes(value: dict[str, Any]) -> bool:
    """An EndpointSlice."""
    return is_kind(value, "EndpointSlice", "discovery.k8s.io")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Backend facts."""
    del host, command  # whoever asks, the answer is the cluster's
    slice_ = Reading(element, document, _KEYS)
    if slice_.value.get("addressType") == "FQDN":
        return []
    return limited(_backends(slice_), slice_)


def limited(backends: Iterator[Backend], of: Reading) -> list[Fact]:
    """The backends of one object, unless they are too many to be true."""
    facts: list[Fact] = list(islice(backends, MOST_BACKENDS))
    if len(facts) == MOST_BACKENDS and next(backends, None) is not None:
        of.document.note(of.element, f"more than {MOST_BACKENDS} backends in one {of.kind}", "skipped")
    return facts


def ports_of(value: dict[str, Any]) -> list[tuple[int | None, str | None]]:
    """(port, protocol) of each port; one of nothing where there are none."""
    ports = [
        (number_value(each.get("port")), text_value(each.get("protocol")) or "TCP")
        for each in objects(value.get("ports"))
    ]
    return list(dict.fromkeys(ports)) or [(None, None)]


def pod_of(of: Reading, endpoint: dict[str, Any]) -> str | None:
    """The pod that an endpoint's reference names."""
    target = mapping(endpoint.get("targetRef"))
    return of.name_in(target, "name") if target.get("kind") == "Pod" else None


def _backends(slice_: Reading) -> Iterator[Backend]:
    service = slice_.name_in(slice_.labels, _SERVICE)
    ports = ports_of(slice_.value)
    for endpoint in objects(slice_.value.get("endpoints")):
        slice_.unread(endpoint, "endpoints", _ENDPOINT)
        ready = mapping(endpoint.get("conditions")).get("ready")
        node, pod = slice_.name_in(endpoint, "nodeName"), pod_of(slice_, endpoint)
        addresses = endpoint.get("addresses")
        for ip in slice_.ips(addresses if isinstance(addresses, list) else ()):
            source = slice_.source(endpoint, "addresses", str(ip))
            for port, protocol in ports:
                yield Backend(
                    ip,
                    port,
                    protocol,
                    source,
                    service=service,
                    namespace=slice_.namespace,
                    node=node,
                    pod=pod,
                    ready=ready is not False,
                )
