"""Does the graph say what the facts say, and how sure it is?"""

from __future__ import annotations

import re
import time

import networkx as nx
import pytest

from tests.inventory.facts import NODE, POD, WORKER, address, at, device
from tests.inventory.graphs import FAR, edges, graph_of
from tests.inventory.truth import name_of
from vxlan_dissect.addresses import IP, parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.graph import EDGE_KINDS, NODE_KINDS
from vxlan_dissect.inventory.model import (
    Backend,
    FdbEntry,
    Host,
    Neighbour,
    Node,
    NodeAddress,
    Pod,
    Route,
    Service,
)


def test_the_way_of_a_pod(captures_dir):
    """From the pod of the article to its node's interface, with kinds, labels and lines."""
    graph = Inventory.load(captures_dir / "dual-stack-ping6" / "inventory" / "session.txt").graph
    pod, lxc = Host(WORKER, "cni-7t9p4"), (Host(WORKER), "lxc237a31216c0f")
    wires = [edge for edge in graph.edges(keys=True) if edge[2] in {"holds", "veth-peer"}]
    way = graph.edge_subgraph(wires).to_undirected()
    assert nx.shortest_path(way, pod, Host(WORKER)) == [pod, (pod, "eth0"), lxc, Host(WORKER)]
    assert graph.nodes[pod]["kind"] == "pod"
    assert {name: graph.nodes[lxc][name] for name in ("kind", "role", "mac", "index")} == {
        "kind": "host-interface",
        "role": "lxc",
        "mac": "a2:79:14:47:80:b3",
        "index": 19,
    }
    gateway = parse_ip("fd00:10:244:1::22f1")
    assert graph.edges[(pod, "eth0"), gateway, "routes-to"]["prefixes"] == ("default",)
    assert graph.edges[(pod, "eth0"), gateway, "neighbour"]["mac"] == "a2:79:14:47:80:b3"
    assert graph.edges[pod, Host(WORKER), "runs-on"]["confidence"] == "certain"


def test_the_contract(captures_dir):
    """Every node and edge of every stored laboratory has a kind of the lists, a label, lines, and how sure it is."""
    for folder in sorted(captures_dir.glob("*/inventory")):
        inventory = Inventory.load(folder)
        graph = inventory.graph
        assert isinstance(graph, nx.MultiDiGraph)
        assert inventory.graph is graph
        for node, data in graph.nodes(data=True):
            assert data["kind"] in NODE_KINDS
            assert isinstance(data["label"], str)
            assert data["sources"] or isinstance(node, Host), node
        for one, other, key, data in graph.edges(keys=True, data=True):
            assert key == data["kind"] in EDGE_KINDS, (one, other)
            assert isinstance(data["sources"], tuple)
            assert (data["confidence"] == "certain") == (data["inferred"] is None)
        assert {fact.ip for fact in inventory.addresses} <= {node for node in graph if isinstance(node, IP)}


def said_of(kinds, kind):
    """The attributes that the brackets of a kind list; those of another kind where they say `the same`."""
    listed = re.search(r"\(([^)]*)\)$", kinds[kind])
    if listed is None:
        return set()
    if listed[1] == "the same":
        return said_of(kinds, "container-interface")
    return {word.split()[0].rstrip(":") for word in listed[1].split(":")[0].split(", ")}


def test_the_lists_name_every_attribute(captures_dir):
    """A node or edge has what its kind's brackets name, and what all have; nothing else, and nothing less."""
    both = {"kind", "sources", "confidence", "inferred"}
    found = set()
    for folder in sorted(captures_dir.glob("*/inventory")):
        graph = Inventory.load(folder).graph
        for _, data in graph.nodes(data=True):
            assert data.keys() == both | {"label"} | said_of(NODE_KINDS, data["kind"])
            found.add(data["kind"])
        for _, other, data in graph.edges(data=True):
            wanted = both | said_of(EDGE_KINDS, data["kind"])
            assert data.keys() == wanted - (set() if isinstance(other, IP) else {"length"})
            found.add(data["kind"])
    assert found == NODE_KINDS.keys() | EDGE_KINDS.keys() - {"selects"}


def test_nothing_known():
    """The empty inventory has an empty graph."""
    assert len(Inventory().graph) == 0


def test_kinds_of_hosts():
    """A node is what pods run on or the cluster names; a machine that only printed something is a host."""
    graph = graph_of(
        device(Host("switch"), "br0", 1),
        device(Host("a"), "flannel.1", 2),
        Node("b", at(3), ips=(parse_ip("10.0.0.2"),)),
        device(Host("c", "web-1"), "eth0", 4),
        Pod("hostnet", at(5), node="b", ips=(parse_ip("10.0.0.2"),)),
    )
    kinds = {name_of(node): data["kind"] for node, data in graph.nodes(data=True) if isinstance(node, Host)}
    assert kinds == {"switch": "host", "a": "node", "b": "node", "c": "node", "c/web-1": "pod", "b/hostnet": "pod"}
    assert graph.nodes[Host("b", "hostnet")]["host_network"] is True
    # The address is the node's, and the pod shares it.
    assert edges(graph, "holds") >= {"b holds 10.0.0.2"}
    assert "b/hostnet holds 10.0.0.2" not in edges(graph, "holds")


@pytest.mark.parametrize(
    ("interface", "kind"),
    [
        (device(NODE, "cilium_vxlan", 1), "tunnel-device"),
        (device(NODE, "overlay7", 1, kind="geneve"), "tunnel-device"),
        (device(NODE, "cni0", 1), "bridge"),
        (device(NODE, "sw", 1, kind="bridge"), "bridge"),
        (device(NODE, "br0", 1, kind="veth"), "host-interface"),
        (device(NODE, "eth0", 1), "host-interface"),
        (device(POD, "eth0", 1), "container-interface"),
        (device(POD, "vxlan7", 1, kind="vxlan"), "container-interface"),
    ],
)
def test_kinds_of_interfaces(interface, kind):
    """What the driver says comes before what the name suggests; a pod's interface is a container's, whatever it is."""
    assert graph_of(interface).nodes[interface.host, interface.name]["kind"] == kind


def test_members():
    """The port of a bridge, from its own line and from the forwarding database; a bond is no bridge."""
    graph = graph_of(
        device(NODE, "veth1", 1, master="uplink"),
        FdbEntry(NODE, 5, "veth2", at(2), master="uplink"),
        device(NODE, "eth1", 3, master="bond0"),
        FdbEntry(NODE, 6, "uplink", at(4), master="uplink", state="permanent"),
    )
    assert edges(graph, "member") == {
        "node-7 veth1 member node-7 uplink",
        "node-7 veth2 member node-7 uplink",
        "node-7 eth1 member node-7 bond0",
    }
    assert graph.nodes[NODE, "uplink"]["kind"] == "bridge"
    assert graph.nodes[NODE, "bond0"]["kind"] == "host-interface"


def test_lists_and_interfaces_agree():
    """An address that a list gives a pod hangs on the pod's interface where one has it, else on the pod."""
    ip, other = parse_ip("10.0.0.9"), parse_ip("10.0.0.10")
    pods = [Pod("web-1", at(1), node="node-7", ips=(ip,)), Pod("web-2", at(2), node="node-7", ips=(other,))]
    graph = graph_of(*pods, address(POD, "eth0", "10.0.0.9", 3))
    assert edges(graph, "holds") == {
        "node-7/web-1 holds node-7/web-1 eth0",
        "node-7/web-1 eth0 holds 10.0.0.9",
        "node-7/web-2 holds 10.0.0.10",
    }
    assert [source.line for source in graph.nodes[ip]["sources"]] == [3, 1]


def test_router_addresses():
    """A node's router address that no interface shows is the node's own."""
    graph = graph_of(NodeAddress("node-7", parse_ip("10.1.0.1"), "router", at(1)))
    assert edges(graph, "holds") == {"node-7 holds 10.1.0.1"}


# Routes


def test_routes():
    """To the gateway from the device, to the node behind by its pods' addresses; a connected network is no edge."""
    facts = [
        Route(NODE, None, 4, at(1), via=parse_ip("10.0.0.1"), device="eth0"),
        Route(NODE, parse_prefix("10.1.8.0/24"), 4, at(2), via=parse_ip("10.0.0.8"), device="eth0"),
        Route(NODE, parse_prefix("10.0.0.0/24"), 4, at(3), device="eth0"),
        Route(NODE, parse_prefix("10.1.9.0/24"), 4, at(4), kind="blackhole"),
        Route(NODE, parse_prefix("fe80::/64"), 6, at(5), device="eth0"),
        Route(NODE, parse_prefix("10.1.7.5/32"), 4, at(6), device="lxc1"),
        address(Host("node-8", "far"), "eth0", "10.1.8.5", 7),
        address(POD, "eth0", "10.1.7.5", 8),
    ]
    graph = graph_of(*facts)
    assert edges(graph, "routes-to") == {
        "node-7 eth0 routes-to 10.0.0.1",
        "node-7 eth0 routes-to 10.0.0.8",
        "node-7 eth0 routes-to node-8",
        "node-7 lxc1 routes-to 10.1.7.5",
    }
    behind = graph.edges[(NODE, "eth0"), FAR, "routes-to"]
    assert (behind["prefixes"], behind["confidence"]) == (("10.1.8.0/24",), "likely")


def test_a_prefix_of_two_nodes_is_nobody_s():
    """Where pods of several nodes have addresses in a prefix, the route names no node."""
    facts = [
        Route(NODE, parse_prefix("10.1.0.0/16"), 4, at(1), via=parse_ip("10.0.0.8"), device="eth0"),
        address(Host("node-8", "a"), "eth0", "10.1.8.5", 2),
        address(Host("node-9", "b"), "eth0", "10.1.9.5", 3),
    ]
    assert edges(graph_of(*facts), "routes-to") == {"node-7 eth0 routes-to 10.0.0.8"}


def test_neighbours():
    """A resolved, an unresolved and a proxied neighbour are edges to the address, with what the table says."""
    ip = parse_ip("10.0.0.8")
    graph = graph_of(
        Neighbour(NODE, ip, 8, at(1), device="eth0", state="STALE", router=True),
        Neighbour(NODE, parse_ip("10.0.0.9"), None, at(2), device="eth0", state="FAILED"),
    )
    known = graph.edges[(NODE, "eth0"), ip, "neighbour"]
    assert (known["mac"], known["state"], known["router"]) == ("00:00:00:00:00:08", "STALE", True)
    assert graph.edges[(NODE, "eth0"), parse_ip("10.0.0.9"), "neighbour"]["mac"] is None


# Services


def test_backends():
    """The pod behind an address, the address where no one pod has it, by the service's name or its frontend."""
    facts = [
        Service("front", at(1), namespace="shop", kind="ClusterIP", cluster_ips=(parse_ip("10.96.0.5"),),
                ports=((80, 31555, "TCP"),)),
        Backend(parse_ip("10.1.7.5"), 8080, "TCP", at(2), service="front", namespace="shop", ready=True),
        Backend(parse_ip("10.1.7.5"), 8081, "TCP", at(3), frontend=(parse_ip("10.96.0.5"), 80)),
        Backend(parse_ip("192.0.2.9"), 8080, "TCP", at(4), service="front", namespace="shop"),
        Backend(parse_ip("10.1.7.5"), 53, "UDP", at(5), frontend=(parse_ip("10.96.0.99"), 53)),
        address(POD, "eth0", "10.1.7.5", 6),
    ]  # fmt: skip
    graph = graph_of(*facts)
    assert edges(graph, "selects") == {
        "service shop/front selects node-7/web-1",
        "service shop/front selects 192.0.2.9",
        "service None/10.96.0.99 port 53 selects node-7/web-1",
    }
    service = ("service", "shop", "front")
    assert graph.edges[service, POD, "selects"]["ports"] == ("8080/TCP", "8081/TCP")
    assert graph.nodes[service] | {"sources": ()} == {
        "kind": "service",
        "label": "shop/front",
        "namespace": "shop",
        "type": "ClusterIP",
        "ports": ("80/TCP",),
        "sources": (),
        "confidence": "certain",
        "inferred": None,
    }
    assert "service shop/front holds 10.96.0.5" in edges(graph, "holds")


def test_selectors():
    """All labels of the selector, in the same namespace; no guess where the endpoints are known."""
    service = Service("front", at(1), namespace="shop", selector=("app=web", "tier=1"))
    pods = [
        Pod("fits", at(2), namespace="shop", node="node-7", labels=("app=web", "tier=1", "x=y")),
        Pod("half", at(3), namespace="shop", node="node-7", labels=("app=web",)),
        Pod("elsewhere", at(4), namespace="other", node="node-7", labels=("app=web", "tier=1")),
    ]
    graph = graph_of(service, *pods)
    assert edges(graph, "selects") == {"service shop/front selects node-7/fits"}
    ((_, _, data),) = [edge for edge in graph.edges(data=True) if edge[2]["kind"] == "selects"]
    assert (data["confidence"], data["inferred"]) == ("likely", "its selector app=web,tier=1 fits the pod's labels")
    known = Backend(parse_ip("192.0.2.9"), 8080, "TCP", at(5), service="front", namespace="shop")
    assert edges(graph_of(service, *pods, known), "selects") == {"service shop/front selects 192.0.2.9"}


# Names and numbers that nobody chose well


def test_names_do_not_collide():
    """A pod, an interface and a service of equal names are three nodes; `Host` and pairs are tuples."""
    graph = graph_of(device(Host("a", "b"), "b", 1), device(Host("a"), "b", 2), Service("b", at(3), namespace="a"))
    kinds = sorted(data["kind"] for _, data in graph.nodes(data=True))
    assert kinds == ["container-interface", "host-interface", "node", "pod", "service"]


def test_what_many_say():
    """An address and a gateway that ten thousand interfaces have cost time in proportion."""
    facts = []
    for number in range(10_000):
        pod = Host("node-7", f"pod-{number}")
        facts += [address(pod, "eth0", "fe80::1", number + 1), address(pod, "eth0", "10.0.0.1", number + 1)]
        facts.append(Route(pod, None, 4, at(number + 1), via=parse_ip("169.254.1.1"), device="eth0"))
    begun = time.process_time()
    graph = graph_of(*facts)
    assert time.process_time() - begun < 10
    assert len(graph.nodes[parse_ip("169.254.1.1")]["sources"]) == 10_000
    assert graph.in_degree(parse_ip("fe80::1")) == 10_000
