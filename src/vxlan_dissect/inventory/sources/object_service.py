"""Under which addresses and ports does a service answer?

Run `kubectl get services -A -o yaml` (or `-o json`), which tells all addresses and the selector.

Law: a headless service has `None` for an address (k8s.io/api, core/v1 ServiceSpec); the name of a load balancer is no
address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Service
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value, texts
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

# Left aside: how traffic is spread among the backends and how long they are kept.
_KEYS = keys_of(
    top="spec status",
    spec="type clusterIP clusterIPs externalIPs loadBalancerIP ports selector allocateLoadBalancerNodePorts "
    "externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy "
    "loadBalancerClass loadBalancerSourceRanges publishNotReadyAddresses sessionAffinity sessionAffinityConfig "
    "trafficDistribution",
    status="loadBalancer conditions",
)


def accepts(command: str) -> bool:
    """`kubectl get services -o yaml`."""
    return asked(command, "services", "all")


def takes(value: dict[str, Any]) -> bool:
    """A Service."""
    return is_kind(value, "Service", "")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A Service fact."""
    del host, command  # whoever asks, the answer is the cluster's
    service = Reading(element, document, _KEYS)
    if not service.named():
        return []
    spec = service.spec
    cluster = [text for text in (spec.get("clusterIP"), *texts(spec.get("clusterIPs"))) if text != "None"]
    ingress = objects(mapping(service.status.get("loadBalancer")).get("ingress"))
    cluster_ips = service.ips(cluster)
    return [
        Service(
            service.name,
            service.source(spec, "clusterIP", str(cluster[0])) if cluster_ips else service.source(),
            namespace=service.namespace,
            kind=text_value(spec.get("type")),
            cluster_ips=cluster_ips,
            external_ips=service.ips(
                [*texts(spec.get("externalIPs")), spec.get("loadBalancerIP"), *(each.get("ip") for each in ingress)]
            ),
            ports=tuple(_ports(spec)),
            selector=pairs(mapping(spec.get("selector"))),
        )
    ]


def _ports(spec: dict[str, Any]) -> Iterator[tuple[int, int | None, str]]:
    for each in objects(spec.get("ports")):
        port = number_value(each.get("port"))
        if port is not None:
            yield port, number_value(each.get("nodePort")), text_value(each.get("protocol")) or "TCP"
