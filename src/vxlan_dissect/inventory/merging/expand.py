"""Which interfaces and addresses follow from what an agent or the cluster says of an endpoint?

Law: what follows keeps the source of what it follows from, and says in `Source.why` which that is. A name that nothing
states is either found (the pod that has the address, the device that has the index) or made of what is known.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.merging.derive import POD_INTERFACE, vteps
from vxlan_dissect.inventory.model import (
    Address,
    CiliumEndpoint,
    Fact,
    Host,
    Interface,
    Node,
    NodeAddress,
    Pod,
    Vtep,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.addresses import IP

_ENDPOINT = "as Cilium's endpoint"
_VTEP = "as the node's tunnel endpoint"
FOLLOWS = frozenset((_ENDPOINT, _VTEP))  # `Source.why` of what follows
_RESERVED = {1: None, 4: "cilium-health"}  # host, health: pkg/identity/numericidentity.go


class _Known(NamedTuple):
    """What other facts say of the places that endpoints speak of."""

    pods: dict[IP, list[Pod]]
    nodes: dict[IP, str]
    by_name: dict[tuple[str | None, str], Interface]
    by_index: dict[tuple[str | None, int], list[Interface]]
    by_mac: dict[tuple[Host, int], str]
    by_id: dict[tuple[Host, int], str]  # the pod of an endpoint's number: a map has a row for each address


def expanded(facts: Sequence[Fact]) -> list[Fact]:
    """The facts that follow from these, whose hosts are settled."""
    endpoints = [fact for fact in facts if isinstance(fact, CiliumEndpoint)]
    stated = [fact for fact in facts if isinstance(fact, Vtep) and fact.computed is None]
    found: list[Fact] = [*vteps(facts)]
    if endpoints:
        known = _known(facts)
        for endpoint in endpoints:
            if endpoint.id is not None and (name := _named(endpoint, known)):
                known.by_id.setdefault((endpoint.host, endpoint.id), name)
        for endpoint in endpoints:
            found += _of_endpoint(endpoint, known)
    for vtep in stated:
        source = vtep.source._replace(why=_VTEP)
        found.append(Interface(Host(vtep.node), vtep.device, None, vtep.mac, source, kind="vxlan", vni=vtep.vni))
    return found


def _known(facts: Sequence[Fact]) -> _Known:
    known = _Known(defaultdict(list), {}, {}, defaultdict(list), {}, {})
    for fact in facts:
        if isinstance(fact, Pod):
            for ip in fact.ips if not fact.host_network else ():
                known.pods[ip].append(fact)
        elif isinstance(fact, Node):
            known.nodes.update(dict.fromkeys(fact.ips, fact.name))
        elif isinstance(fact, NodeAddress):
            known.nodes[fact.ip] = fact.node
        elif isinstance(fact, Interface):
            if fact.mac is not None:
                known.by_mac.setdefault((fact.host, fact.mac), fact.name)
            if fact.host.pod is None:
                known.by_name.setdefault((fact.host.node, fact.name), fact)
                if fact.index is not None:
                    known.by_index[fact.host.node, fact.index].append(fact)
    return known


def _of_endpoint(endpoint: CiliumEndpoint, known: _Known) -> Iterator[Fact]:
    if endpoint.identity == 1 or "reserved:host" in endpoint.labels:
        return  # the node itself
    host = _pod_of(endpoint, known)
    source = endpoint.source._replace(why=_ENDPOINT)
    since, until = endpoint.since, endpoint.until
    name = endpoint.interface or known.by_mac.get((host, endpoint.mac or -1)) or POD_INTERFACE
    if endpoint.mac is not None:
        yield Interface(host, name, None, endpoint.mac, source, peer_index=endpoint.lxc_index, since=since, until=until)
    for ip in endpoint.ips:
        yield Address(host, name, ip, ip.bits, source, "global", since=since, until=until)
    if host.node is not None and (endpoint.lxc_mac, endpoint.lxc_index, endpoint.lxc_name) != (None, None, None):
        lxc = endpoint.lxc_name or _lxc_of(endpoint, host.node, known)
        node = Host(host.node)
        yield Interface(node, lxc, endpoint.lxc_index, endpoint.lxc_mac, source, serves=host, since=since, until=until)


def _pod_of(endpoint: CiliumEndpoint, known: _Known) -> Host:
    """The pod behind an endpoint; one that nobody names is called by its address or its number."""
    name = _named(endpoint, known)
    if name is None and endpoint.id is not None:
        name = known.by_id.get((endpoint.host, endpoint.id))
    return Host(
        _node_of(endpoint, known), name or (str(endpoint.ips[0]) if endpoint.ips else f"endpoint {endpoint.id}")
    )


def _named(endpoint: CiliumEndpoint, known: _Known) -> str | None:
    """The pod that an endpoint is, by itself or by its addresses."""
    pods = [pod for ip in endpoint.ips for pod in known.pods.get(ip, ())]
    here = [pod for pod in pods if pod.node in {_node_of(endpoint, known), None}] or pods
    return endpoint.pod or (here[0].name if here else None) or _RESERVED.get(endpoint.identity or 0)


def _node_of(endpoint: CiliumEndpoint, known: _Known) -> str | None:
    pods = (pod for ip in endpoint.ips for pod in known.pods.get(ip, ()))
    node = endpoint.host.node or next((pod.node for pod in pods if pod.node), None)
    return known.nodes.get(endpoint.node_ip) if node is None and endpoint.node_ip is not None else node


def _lxc_of(endpoint: CiliumEndpoint, node: str, known: _Known) -> str:
    """The device that has the endpoint's index; iproute2 calls one that it cannot name `if19`."""
    same = known.by_index.get((node, endpoint.lxc_index or -1), ())
    fitting = [each.name for each in same if endpoint.lxc_mac in {each.mac, None} or each.mac is None]
    if fitting:
        return fitting[0]
    by_mac = known.by_mac.get((Host(node), endpoint.lxc_mac or -1))
    return by_mac or f"if{endpoint.lxc_index if endpoint.lxc_index is not None else '?'}"
