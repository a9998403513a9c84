"""Which addresses and pod ranges has a node, and which tunnel devices, by its annotations?

Run `kubectl get nodes -o yaml` (or `-o json`).

Law: CNIs tell each other through annotations: flannel the MAC of its VXLAN device (flannel, pkg/subnet/kube), Calico
the addresses and MACs of its tunnel devices (libcalico-go, lib/backend/k8s/resources/node.go), Cilium those of
cilium_host and its health endpoint (cilium, pkg/annotation/k8s.go).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.inventory.model import Fact, Node, NodeAddress, NodePrefix, Vtep
from vxlan_dissect.inventory.sources.base import mac_or_none
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

# Left aside: taints, the machine's resources and images, what the kubelet says of itself.
_KEYS = keys_of(
    top="spec status",
    spec="podCIDR podCIDRs configSource externalID providerID taints unschedulable",
    status="addresses allocatable capacity conditions config daemonEndpoints declaredFeatures features images nodeInfo "
    "phase runtimeHandlers volumesAttached volumesInUse",
)
_ADDRESSES = frozenset(("InternalIP", "ExternalIP"))


class _Flannel(NamedTuple):
    """The annotations of one family; the device is `flannel.VNI` (pkg/backend/vxlan)."""

    data: str
    ip: str
    device: str


_FLANNEL_PREFIX = "flannel.alpha.coreos.com/"
_FLANNEL = (
    _Flannel("backend-data", "public-ip", "flannel."),
    _Flannel("backend-v6-data", "public-ipv6", "flannel-v6."),
)
_CALICO_PREFIX = "projectcalico.org/"
_CALICO_TUNNELS = ("IPv4VXLANTunnelAddr", "IPv6VXLANTunnelAddr", "IPv4IPIPTunnelAddr")
_CALICO_WIREGUARD = ("IPv4WireguardInterfaceAddr", "IPv6WireguardInterfaceAddr")
_CALICO_NODE = ("projectcalico.org/IPv4Address", "projectcalico.org/IPv6Address")  # with the length of its network
_CALICO_MACS = {"VXLANTunnelMACAddr": "vxlan.calico", "VXLANTunnelMACAddrV6": "vxlan-v6.calico"}
_CILIUM_PREFIXES = ("network.cilium.io/", "io.cilium.network.")  # the second up to Cilium 1.12
_CILIUM = {"cilium-host": "router", "health-ip": "health", "Ingress-ip": "ingress"}


def accepts(command: str) -> bool:
    """`kubectl get nodes -o yaml`."""
    return asked(command, "nodes")


def takes(value: dict[str, Any]) -> bool:
    """A Node."""
    return is_kind(value, "Node", "")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Node, NodePrefix, NodeAddress and Vtep facts."""
    del host, command  # whoever asks, the answer is the cluster's
    node = Reading(element, document, _KEYS)
    if not node.named():
        return []
    addresses = objects(node.status.get("addresses"))
    texts = [each.get("address") for each in addresses if text_value(each.get("type")) in _ADDRESSES]
    texts += [str(node.annotations.get(key, "")).partition("/")[0] for key in _CALICO_NODE]
    ips = node.ips(texts)
    source = node.source(node.status, "addresses", str(ips[0])) if ips else node.source()
    facts: list[Fact] = [Node(node.name, source, ips=ips)]
    ranges = node.spec.get("podCIDRs")
    key = "podCIDRs" if isinstance(ranges, list) and ranges else "podCIDR"
    for prefix, text in node.prefixes(ranges if isinstance(ranges, list) and ranges else [node.spec.get(key)]):
        facts.append(NodePrefix(node.name, prefix, node.source(node.spec, key, text)))
    return [*facts, *_flannel(node), *_calico(node), *_cilium(node)]


def _flannel(node: Reading) -> Iterator[Fact]:
    for names in _FLANNEL:
        key = _FLANNEL_PREFIX + names.data
        text = text_value(node.annotations.get(key))
        if not text or len(text) > 4096:
            continue
        try:
            data = mapping(json.loads(text))
        except (ValueError, RecursionError):
            node.document.note(node.element, f"not JSON: {text[:80]!r}", value=key)
            continue
        # `null` for backends without a device of their own (host-gw); VNI is missing before flannel 0.14, then 1.
        mac = mac_or_none(text_value(data.get("VtepMAC")) or "")
        if mac is not None:
            vni = number_value(data.get("VNI"))
            ip = node.ip(node.annotations.get(_FLANNEL_PREFIX + names.ip))
            device = f"{names.device}{1 if vni is None else vni}"
            yield Vtep(node.name, mac, device, node.source(node.annotations, key), vni=vni, ip=ip)


def _calico(node: Reading) -> Iterator[Fact]:
    notes = node.annotations
    for name in (*_CALICO_TUNNELS, *_CALICO_WIREGUARD):
        key = _CALICO_PREFIX + name
        ip = node.ip(notes.get(key))
        if ip is not None:
            yield NodeAddress(node.name, ip, "tunnel", node.source(notes, key))
    for name, device in _CALICO_MACS.items():
        key = _CALICO_PREFIX + name
        mac = mac_or_none(text_value(notes.get(key)) or "")
        if mac is not None:
            yield Vtep(node.name, mac, device, node.source(notes, key))


def _cilium(node: Reading) -> Iterator[Fact]:
    notes = node.annotations
    for prefix in _CILIUM_PREFIXES:
        for family in ("ipv4-", "ipv6-"):
            for name, kind in _CILIUM.items():
                key = prefix + family + name
                ip = node.ip(notes.get(key))
                if ip is not None:
                    yield NodeAddress(node.name, ip, kind, node.source(notes, key))
            key = f"{prefix}{family}pod-cidr"
            for pods, text in node.prefixes([notes.get(key)]):
                yield NodePrefix(node.name, pods, node.source(notes, key, text))
