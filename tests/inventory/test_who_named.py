"""Is everything told that a name or a number stands for, each with its line, and nothing that it does not?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import NODE, POD, address, at, device
from vxlan_dissect.addresses import parse_ip, parse_mac, parse_prefix
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    Backend,
    CacheEntry,
    CiliumEndpoint,
    Host,
    Identity,
    Name,
    Node,
    NodeAddress,
    NodePrefix,
    Pod,
    Route,
    Service,
    Vtep,
)

IP, GATEWAY = parse_ip("10.0.0.9"), parse_ip("10.0.0.1")
MAC = parse_mac("4e:5b:57:45:63:3b")
PAIR = [
    device(POD, "eth0", 1, index=18, peer_index=19, mac=MAC),
    address(POD, "eth0", "10.0.0.9", 2),
    device(NODE, "lxc1", 3, index=19, peer_index=18),
    Route(POD, None, 4, at(4), via=GATEWAY),
]


def lines(facts, asked):
    """The answer's lines."""
    return list(Inventory(facts).who(asked).lines)


def test_a_pod():
    """Where it runs, its interfaces with what they hang on, its gateway, identity and services."""
    facts = [
        *PAIR,
        Pod("web-1", at(5), namespace="shop", node="node-7", ips=(IP,), status="Running"),
        CiliumEndpoint(NODE, at(6), id=7, identity=300, pod="web-1", namespace="shop"),
        Backend(IP, 80, "TCP", at(7), service="front", namespace="shop", pod="web-1"),
    ]
    assert lines(facts, "web-1") == [
        "pod web-1 in namespace shop on node node-7, Running: 10.0.0.9 [f:5]",
        "eth0 of pod web-1: ifindex 18, 4e:5b:57:45:63:3b, 10.0.0.9/32 [f:1]",
        "eth0 hangs on lxc1 of node node-7: ifindex 19 [f:3]",
        "sends to 10.0.0.1 by default [f:4]",
        "has identity 300 [f:6]",
        "is behind service front [f:7]",
    ]
    bare = [Pod("web-1", at(5), host_network=True)]
    assert lines(bare, "web-1") == ["pod web-1, its node unknown, on its node's network: no address [f:5]"]
    assert lines(facts, "web") == lines(facts, "eth") == []


def test_a_namespace_and_a_name():
    """NAMESPACE/NAME is the pod or service of that namespace alone; a name alone is all of them."""
    facts = [Pod("web-1", at(line), namespace=name, node="node-7") for line, name in ((1, "a"), (2, "b"))]
    facts += [Service("web-1", at(3), namespace="b", cluster_ips=(IP,))]
    both = [
        f"pod web-1 in namespace {name} on node node-7: no address [f:{line}]" for line, name in ((1, "a"), (2, "b"))
    ]
    service = "service web-1 in namespace b: 10.0.0.9 [f:3]"
    assert lines(facts, "web-1") == [*both, service]
    assert lines(facts, "b/web-1") == [both[1], service]
    assert lines(facts, "c/web-1") == []


def test_a_node():
    """Its addresses, ranges, tunnel endpoint, own interfaces and pods; those of another node are not told."""
    facts = [
        *PAIR,
        Node("node-7", at(5), ips=(parse_ip("192.0.2.7"),)),
        NodeAddress("node-7", GATEWAY, "router", at(6)),
        NodePrefix("node-7", parse_prefix("10.0.0.0/24"), at(7)),
        Vtep("node-7", 5, "flannel.1", at(8)),
        NodeAddress("node-8", parse_ip("10.0.1.1"), "router", at(9)),
        device(Host("node-8"), "eth0", 10),
    ]
    assert lines(facts, "node-7") == [
        "node node-7 has 192.0.2.7 [f:5]",
        "node node-7 has 10.0.0.1 as router address [f:6]",
        "pods of node node-7 have addresses of 10.0.0.0/24 [f:7]",
        "flannel.1 of node-7 has 00:00:00:00:00:05 [f:8]",
        "lxc1 of node node-7: ifindex 19 [f:3]",
        "flannel.1 of node node-7: 00:00:00:00:00:05 [f:8 (as the node's tunnel endpoint)]",
        "node node-7 runs 1 pod: web-1",
    ]
    assert lines([Pod("a", at(1), node="n"), Pod("b", at(2), node="n")], "n") == ["node n runs 2 pods: a, b"]


def test_an_interface():
    """Every host that has one of that name is told, with what is known of it."""
    facts = [*PAIR, device(Host(None), "eth0", 5), device(NODE, "eth0.5", 6)]
    assert lines(facts, "eth0") == [
        "eth0 of pod web-1: ifindex 18, 4e:5b:57:45:63:3b, 10.0.0.9/32 [f:1]",
        "eth0 of a host that is not named: no more is known [f:5]",
    ]


def test_a_service():
    """Its addresses and ports, and where it leads; another service's backends are not told."""
    facts = [
        Service(
            "front", at(1), namespace="shop", cluster_ips=(IP,), external_ips=(GATEWAY,), ports=((80, 30000, "TCP"),)
        ),
        Backend(parse_ip("10.0.0.3"), 8080, "TCP", at(2), service="front", namespace="shop", pod="web-1"),
        Backend(parse_ip("10.0.0.4"), 8080, "TCP", at(3), service="back", namespace="shop"),
    ]
    told = [
        "service front in namespace shop: 10.0.0.9, 10.0.0.1, ports 80/TCP [f:1]",
        "front leads to 10.0.0.3 port 8080 (pod web-1) [f:2]",
    ]
    assert lines(facts, "front") == lines(facts, "shop/front") == told
    assert lines(facts, "other/front") == []


def test_a_list_of_names():
    """A name of `hosts` or `ethers` gives its address or MAC."""
    facts = [Name("printer", at(1), ip=IP), Name("printer", at(2), mac=MAC), Name("printer2", at(3), ip=GATEWAY)]
    assert lines(facts, "printer") == [
        "10.0.0.9 is called printer [f:1]",
        "4e:5b:57:45:63:3b is called printer [f:2]",
    ]


def test_a_number():
    """An ifindex on every host that has it, and the identity of that number with whoever has it."""
    facts = [
        *PAIR,
        device(Host("node-8"), "lxc2", 5, index=19),
        Identity(19, at(6), labels=("k8s:app=web",)),
        CiliumEndpoint(NODE, at(7), ips=(IP,), id=1, identity=19, pod="web-1", mac=MAC),
        CacheEntry(NODE, parse_prefix("10.0.0.9/32"), at(8), identity=19),
        CacheEntry(NODE, parse_prefix("10.0.0.8/32"), at(9), identity=20),
    ]
    assert lines(facts, "19") == [
        "ifindex 19: lxc1 of node node-7: ifindex 19 [f:3]",
        "ifindex 19: lxc2 of node node-8: ifindex 19 [f:5]",
        "identity 19 is k8s:app=web [f:6]",
        "identity 19: endpoint 10.0.0.9 (pod web-1) of node-7 has mac 4e:5b:57:45:63:3b [f:7]",
        "node-7 maps 10.0.0.9/32 to identity 19 [f:8]",
    ]
    assert lines(PAIR, "6") == ["identity 6 is Cilium's reserved identity remote-node"]
    assert lines(PAIR, "20") == []
    assert lines([Pod("7", at(1), node="n")], "7")[-1] == "pod 7 on node n: no address [f:1]"


@pytest.mark.parametrize("asked", ["a:b", "10.0.0", "1.2.3.4/33", " "])
def test_what_is_no_name(asked):
    """A broken address is an error, not a name that nobody has."""
    with pytest.raises(UsageError):
        Inventory(PAIR).who(asked)


def test_hostile_names():
    """A name with escapes is found and told in printable letters."""
    bad = "web\x1b[2J\u202e"
    facts = [Pod(bad, at(1), namespace="a\x07", node="n"), Name(bad, at(2), ip=IP)]
    told = lines(facts, bad)
    assert len(told) == 2
    assert all(line.isprintable() for line in told)
    assert "\x1b" not in "".join(lines(facts, "n"))
