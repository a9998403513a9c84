"""What do the cluster's and the agents' facts say of addresses that no interface line shows?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import NODE, POD, address, at, device
from vxlan_dissect.addresses import parse_ip, parse_mac, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    Backend,
    CacheEntry,
    Collected,
    Host,
    Name,
    Node,
    NodeAddress,
    NodePrefix,
    Pod,
    Route,
    Source,
    Vtep,
)

IP = parse_ip("10.0.0.9")
MAC = parse_mac("66:34:4a:c9:9a:0d")


def owners(facts, ip=IP, at=None):
    """The owners of an address: host, interface, role and confidence."""
    found = Inventory(facts).owners_of_ip(ip, at) if ip is not MAC else Inventory(facts).owners_of_mac(MAC, at)
    return [(owner.host, owner.interface, owner.what, owner.confidence) for owner in found]


@pytest.mark.parametrize(
    ("kind", "role"), [("router", "router"), ("tunnel", "tunnel"), ("health", "host"), ("ingress", "host")]
)
def test_node_addresses(kind, role):
    """The cluster says outright which node has a router, tunnel or health address; an interface line says it closer."""
    said = NodeAddress("node-7", IP, kind, at(1))
    assert owners([said]) == [(NODE, None, role, "certain")]
    shown = [device(NODE, "cilium_host", 2, index=2, mac=5), address(NODE, "cilium_host", "10.0.0.9", 3)]
    ((host, interface, _, confidence),) = owners([said, *shown])
    assert (host, interface, confidence) == (NODE, "cilium_host", "certain")


def test_a_router_and_its_users():
    """A router address serves the pod whose default route goes to it; the route alone makes it likely."""
    said, route = NodeAddress("node-7", IP, "router", at(1)), Route(POD, None, 4, at(2), via=IP)
    (owner,) = Inventory([said, route]).owners_of_ip(IP)
    assert (owner.what, owner.confidence, owner.serves, owner.fact) == ("router", "certain", "web-1", said)
    assert owners([route]) == [(NODE, None, "router", "likely")]
    (other,) = Inventory([said, route._replace(via=parse_ip("10.0.0.8"))]).owners_of_ip(IP)
    assert other.serves is None


def test_backends():
    """A pod behind a service is whom the slice names, but a line of its own says it first."""
    backend = Backend(IP, 80, "TCP", at(1), service="front", namespace="shop", node="node-7", pod="web-1")
    (owner,) = Inventory([backend]).owners_of_ip(IP)
    assert (owner.host, owner.what, owner.namespace, owner.fact) == (POD, "pod", "shop", backend)
    assert owners([backend._replace(pod=None)]) == []
    listed = Pod("web-2", at(2), node="node-8", ips=(IP,))
    assert owners([backend, listed]) == [(Host("node-8", "web-2"), None, "pod", "certain")]


def test_maps():
    """A map puts an address behind a node's tunnel endpoint; a range, or an endpoint of nobody, names none."""
    node = Node("node-8", at(1), ips=(parse_ip("192.0.2.8"),))
    entry = CacheEntry(NODE, parse_prefix("10.0.0.9/32"), at(2), identity=300, tunnel_endpoint=parse_ip("192.0.2.8"))
    (owner,) = Inventory([node, entry]).owners_of_ip(IP)
    assert (owner.host, owner.what, owner.confidence) == (Host("node-8"), "pod", "likely")
    assert owner.inferred == "the map of node-7 has it with identity 300 behind 192.0.2.8"
    assert owners([entry]) == []
    assert owners([node, entry._replace(prefix=parse_prefix("10.0.0.0/24"))]) == []
    assert owners([node, entry._replace(tunnel_endpoint=parse_ip("0.0.0.0"))]) == []
    assert owners([entry._replace(pod="web-1", tunnel_endpoint=None)]) == [(Host(None, "web-1"), None, "pod", "likely")]


def test_names():
    """A list of names answers last, with every name; what else speaks of the address comes before."""
    names = [Name("printer", at(1), ip=IP), Name("lp", at(2), ip=IP), Name("other", at(3), ip=parse_ip("10.0.0.8"))]
    (owner,) = Inventory(names).owners_of_ip(IP)
    assert (owner.host, owner.what, owner.confidence, owner.names) == (None, "named", "likely", ("printer", "lp"))
    assert owners([*names, Pod("web-1", at(4), node="node-7", ips=(IP,))]) == [(POD, None, "pod", "certain")]
    assert [what for _, _, what, _ in owners([Name("card", at(1), mac=MAC)], MAC)] == ["named"]


def test_ranges():
    """An address of which nothing speaks is possibly a pod of the node with the longest range; none if two have it."""
    wide = NodePrefix("node-8", parse_prefix("10.0.0.0/16"), at(1))
    close = NodePrefix("node-7", parse_prefix("10.0.0.0/24"), at(2))
    assert owners([wide, close]) == [(NODE, None, "pod", "possible")]
    assert owners([wide, close], parse_ip("10.0.1.9")) == [(Host("node-8"), None, "pod", "possible")]
    assert owners([wide, close], parse_ip("10.1.0.9")) == []
    assert owners([close, close._replace(node="node-9", source=at(3))]) == []
    assert owners([close], parse_ip("fd00::9")) == []
    assert owners([close, Pod("web-1", at(4), node="node-8", ips=(IP,))])[0][3] == "certain"


def test_tunnel_endpoints():
    """A VTEP that the cluster states is certain, one computed from the node's name likely, with how."""
    vtep = Vtep("node-7", MAC, "vxlan.calico", at(1))
    assert owners([vtep], MAC) == [(NODE, "vxlan.calico", "tunnel", "certain")]
    (owner,) = Inventory([vtep._replace(computed="SHA-1 of the node's name")]).owners_of_mac(MAC)
    assert (owner.interface, owner.confidence, owner.inferred) == ("vxlan.calico", "likely", "SHA-1 of the node's name")
    shown = device(Host("node-8"), "eth0", 2, mac=MAC)
    assert owners([vtep._replace(computed="x"), shown], MAC) == [(Host("node-8"), "eth0", "node", "certain")]


def test_the_later_of_two():
    """Of two hosts with one address the one collected later is likely, the other possible; of one time both are."""
    old, new = Source("old/ip-a.txt", 1), Source("new/ip-a.txt", 1)
    both = [
        address(Host("node-7"), "eth0", "10.0.0.9", 1)._replace(source=old),
        address(Host("node-8"), "eth0", "10.0.0.9", 1)._replace(source=new),
    ]
    assert [(host.node, confidence) for host, _, _, confidence in owners(both)] == [
        ("node-7", "possible"),
        ("node-8", "possible"),
    ]
    times = [Collected(1, old, "old"), Collected(2, new, "new")]
    found = Inventory([*both, *times]).owners_of_ip(IP)
    assert [(owner.node, owner.confidence) for owner in found] == [("node-8", "likely"), ("node-7", "possible")]
    assert found[0].inferred.endswith("it was collected later")


def test_one_pod_after_another():
    """At each moment the address is the pod's that had it then; a moment outside of all is doubted."""
    first = Pod("web-1", at(1), node="node-7", ips=(IP,), since=10, until=20)
    second = Pod("web-2", at(2), node="node-8", ips=(IP,), since=20, until=30)
    facts = [first, second]
    assert owners(facts, at=15) == [(POD, None, "pod", "certain")]
    assert owners(facts, at=20) == [(Host("node-8", "web-2"), None, "pod", "certain")]
    assert {confidence for *_, confidence in owners(facts, at=40)} == {"possible"}
    (late,) = Inventory([first]).owners_of_ip(IP, 40)
    assert late.confidence == "likely"
    assert "the inventory may be older than the capture" in late.inferred
