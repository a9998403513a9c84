"""Which nodes does an agent's health probe know, and which of them is its own?

Run `kubectl -n kube-system exec ds/cilium -- cilium-health status -o json`.

Law: `local` names the node that was asked, whatever the pod or the machine calls itself. Source: cilium,
api/v1/health/models/health_status_response.go, node_status.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Collected, Fact, Host, Hostname, Node, NodeAddress
from vxlan_dissect.inventory.model.times import parse_time
from vxlan_dissect.inventory.sources.base import ip_or_none
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command
from vxlan_dissect.inventory.sources.documents import mapping, objects, text_value

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`cilium-health status -o json`."""
    return is_agent_command(command, "cilium-health status", "cilium-health get", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object with `local` and `nodes`, of which each has a `host`."""
    nodes = objects(value.get("nodes"))
    return "local" in value and bool(nodes) and "host" in nodes[0]


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Hostname, Node and NodeAddress facts, and when it was."""
    del command
    value = element.value
    facts: list[Fact] = []
    local = _name(mapping(value.get("local")))
    if local:
        facts.append(Hostname(host, local, document.source(element, "local")))
    time = parse_time(value.get("timestamp"))
    if time is not None:
        facts.append(Collected(time, document.source(element, text_value(value.get("timestamp"))), document.file))
    for each in objects(value.get("nodes")):
        name = _name(each)
        if not name:
            document.note(element, "a node without a name")
            continue
        source = document.source(element, text_value(each.get("name")))
        addresses = mapping(each.get("host"))
        paths = [addresses.get("primary-address"), *objects(addresses.get("secondary-addresses"))]
        facts.append(Node(name, source, tuple(_ips(paths[:1]))))
        health = mapping(each.get("health-endpoint"))
        probed = [health.get("primary-address"), *objects(health.get("secondary-addresses")), each.get("endpoint")]
        facts += [NodeAddress(name, ip, "health", source) for ip in dict.fromkeys(_ips(probed))]
    return facts


def _name(value: dict[str, Any]) -> str:
    return (text_value(value.get("name")) or "").rpartition("/")[2]


def _ips(paths: list[Any]) -> list[IP]:
    ips = (ip_or_none(text_value(mapping(each).get("ip")) or "") for each in paths)
    return [ip for ip in ips if ip is not None]
