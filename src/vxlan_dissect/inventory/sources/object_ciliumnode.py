"""Which addresses does Cilium know of a node: its own, the router's, the health endpoint's, and its pods' ranges?

Run `kubectl get ciliumnodes -o yaml` (or `-o json`).

Law: CiliumInternalIP is the address of cilium_host, which pods have for a gateway (cilium, pkg/k8s/apis/cilium.io/v2,
NodeSpec; pkg/node/addressing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Node, NodeAddress, NodePrefix
from vxlan_dissect.inventory.sources.documents import mapping, objects, text_value, texts
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

# Left aside: how clouds hand out addresses, and what IPAM has in use.
_KEYS = keys_of(
    top="spec status",
    spec="addresses health ingress ipam alibaba-cloud azure bootid encryption eni instance-id nodeidentity",
    status="alibaba-cloud azure eni ipam",
)
_OWN = frozenset(("InternalIP", "ExternalIP"))


def accepts(command: str) -> bool:
    """`kubectl get ciliumnodes -o yaml`."""
    return asked(command, "ciliumnodes")


def takes(value: dict[str, Any]) -> bool:
    """A CiliumNode."""
    return is_kind(value, "CiliumNode", "cilium.io")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Node, NodeAddress and NodePrefix facts."""
    del host, command  # whoever asks, the answer is the cluster's
    node = Reading(element, document, _KEYS)
    if not node.named():
        return []
    spec = node.spec
    addresses = objects(spec.get("addresses"))
    own = [each for each in addresses if text_value(each.get("type")) in _OWN]
    ips = node.ips(each.get("ip") for each in own)
    source = node.source(own[0], "ip", str(ips[0])) if ips else node.source()
    facts: list[Fact] = [Node(node.name, source, ips=ips)]
    kinds = [(each, "ip", "router") for each in addresses if each.get("type") == "CiliumInternalIP"]
    for kind in ("health", "ingress"):
        kinds += [(mapping(spec.get(kind)), key, kind) for key in ("ipv4", "ipv6")]
    for holder, key, kind in kinds:
        ip = node.ip(holder.get(key))
        if ip is not None:
            facts.append(NodeAddress(node.name, ip, kind, node.source(holder, key, str(holder[key]))))
    ipam = mapping(spec.get("ipam"))
    pools = objects(mapping(ipam.get("pools")).get("allocated"))
    for holder, key in ((ipam, "podCIDRs"), *((pool, "cidrs") for pool in pools)):
        for prefix, text in node.prefixes(texts(holder.get(key))):
            facts.append(NodePrefix(node.name, prefix, node.source(holder, key, text)))
    return facts
