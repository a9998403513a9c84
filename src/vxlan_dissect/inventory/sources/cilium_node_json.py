"""Which addresses and ranges do the nodes have that an agent knows?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg node list -o json`. Unlike the table it has the addresses of
the gateway, of the health endpoint and of ingress.

Law: an address of type CiliumInternalIP is the gateway of the node's pods. Source: cilium, api/v1/models/
node_element.go, node_addressing_element.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Host, Node, NodeAddress, NodePrefix
from vxlan_dissect.inventory.sources.base import ip_or_none, prefix_or_none
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command
from vxlan_dissect.inventory.sources.documents import mapping, objects, text_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`node list -o json`."""
    return is_agent_command(command, "node list", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object with `name` and `primary-address`."""
    return "name" in value and "primary-address" in value


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Node, NodePrefix and NodeAddress facts."""
    del host, command
    value = element.value
    name = (text_value(value.get("name")) or "").rpartition("/")[2]
    if not name:
        document.note(element, "a node without a name")
        return []
    source = document.source(element, text_value(value.get("name")))
    first = list(_pair(value.get("primary-address")))
    others = objects(value.get("secondary-addresses"))
    own = [each for each in first + others if each.get("address-type") != "CiliumInternalIP"]
    facts: list[Fact] = [Node(name, source, tuple(_ips(own)))]
    for each in first:
        prefix = prefix_or_none(text_value(each.get("alloc-range")) or "")
        if prefix is not None:
            facts.append(NodePrefix(name, prefix, source))
    kinds = (
        ("router", [each for each in others if each.get("address-type") == "CiliumInternalIP"]),
        ("health", list(_pair(value.get("health-endpoint-address")))),
        ("ingress", list(_pair(value.get("ingress-address")))),
    )
    for kind, elements in kinds:
        facts += [NodeAddress(name, ip, kind, source) for ip in _ips(elements)]
    return facts


def _pair(value: object) -> Iterator[dict[str, Any]]:
    """The elements of `{"ipv4": {"ip": ...}, "ipv6": {...}}`."""
    for family in ("ipv4", "ipv6"):
        each = mapping(mapping(value).get(family))
        if each:
            yield each


def _ips(elements: list[dict[str, Any]]) -> list[IP]:
    ips = (ip_or_none(text_value(each.get("ip")) or "") for each in elements)
    return [ip for ip in ips if ip is not None]
