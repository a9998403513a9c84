"""Does the graph say what the facts say, and how sure it is?"""

from __future__ import annotations

import time

import networkx as nx
import pytest

from tests.inventory.facts import NODE, POD, WORKER, address, at, device
from tests.inventory.truth import name_of
from vxlan_dissect.addresses import IP, parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.graph import EDGE_KINDS, NODE_KINDS
from vxlan_dissect.inventory.model import (
    Backend,
    CacheEntry,
    CiliumEndpoint,
    FdbEntry,
    Host,
    Interface,
    Neighbour,
    Node,
    NodeAddress,
    NodePrefix,
    Pod,
    Route,
    Service,
    Source,
    Vtep,
)

FAR = Host("node-8")


def graph_of(*facts):
    """The graph of facts."""
    return Inventory(facts).graph


def edges(graph, *kinds):
    """The edges of these kinds, as texts."""
    return {f"{name_of(one)} {kind} {name_of(other)}" for one, other, kind in graph.edges(keys=True) if kind in kinds}


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


# Tunnels

MESH = [
    device(NODE, "flannel.1", 1, mac=0x071, kind="vxlan", vni=1, port=8472),
    device(FAR, "flannel.1", 2, mac=0x081, kind="vxlan", vni=1, port=8472),
    address(NODE, "eth0", "10.0.0.7", 3, 24),
    address(FAR, "eth0", "10.0.0.8", 4, 24),
]
AB = "node-7 flannel.1 tunnels-to node-8 flannel.1"


def tunnel(*facts):
    """The one edge of a tunnel device, as text, with its attributes."""
    graph = graph_of(*facts)
    ((one, other, data),) = [edge for edge in graph.edges(data=True) if edge[2]["kind"] == "tunnels-to"]
    return f"{name_of(one)} tunnels-to {name_of(other)}", data


def test_tunnel_by_forwarding_database():
    """The MAC names the far device, the remote endpoint its node."""
    for mac in (0x081, 0):
        text, data = tunnel(*MESH, FdbEntry(NODE, mac, "flannel.1", at(9), remote=parse_ip("10.0.0.8")))
        assert text == AB
        assert {name: data[name] for name in ("confidence", "endpoints", "vni", "port")} == {
            "confidence": "certain",
            "endpoints": ("10.0.0.8",),
            "vni": 1,
            "port": 8472,
        }


def test_tunnel_to_an_unknown_endpoint():
    """A remote endpoint of which nothing else is known, or a group, is the far end itself."""
    for remote in ("10.0.0.99", "ff05::4321"):
        text, _ = tunnel(*MESH, FdbEntry(NODE, 0, "flannel.1", at(9), remote=parse_ip(remote)))
        assert text == f"node-7 flannel.1 tunnels-to {remote}"


def test_a_station_behind_a_tunnel():
    """Behind a bridged tunnel device the MAC is a pod's; the far device is the one of the same VNI."""
    facts = [
        device(NODE, "vx7", 1, mac=0x71, kind="vxlan", vni=7, port=4789),
        device(FAR, "vx7-b", 2, mac=0x81, kind="vxlan", vni=7, port=4789),
        device(FAR, "vx8", 3, mac=0x82, kind="vxlan", vni=8, port=4789),
        device(Host("node-8", "vm"), "eth0", 4, mac=0x99),
        address(FAR, "eth0", "10.0.0.8", 5, 24),
        FdbEntry(NODE, 0x99, "vx7", at(9), remote=parse_ip("10.0.0.8")),
    ]
    assert tunnel(*facts)[0] == "node-7 vx7 tunnels-to node-8 vx7-b"


def test_the_forwarding_database_tells_a_tunnel_device():
    """A device with remote endpoints is a VXLAN device, whatever it is called."""
    graph = graph_of(device(NODE, "wan", 1, mac=1), FdbEntry(NODE, 0, "wan", at(2), remote=parse_ip("10.0.0.8")))
    assert graph.nodes[NODE, "wan"]["kind"] == "tunnel-device"


def test_tunnel_by_route_to_the_device():
    """flannel: the gateway is the far device's own address."""
    route = Route(NODE, parse_prefix("10.1.8.0/24"), 4, at(9), via=parse_ip("10.1.8.0"), device="flannel.1")
    text, data = tunnel(*MESH, route, address(FAR, "flannel.1", "10.1.8.0", 8))
    assert (text, data["confidence"], data["prefixes"]) == (AB, "certain", ("10.1.8.0/24",))


def test_tunnel_by_neighbour_of_the_device():
    """Where nobody shows the gateway, the neighbour table has the far device's MAC for it."""
    via = parse_ip("10.1.8.0")
    route = Route(NODE, parse_prefix("10.1.8.0/24"), 4, at(9), via=via, device="flannel.1")
    entry = Neighbour(NODE, via, 0x081, at(8), device="flannel.1", state="PERMANENT")
    text, data = tunnel(*MESH, route, entry)
    assert (text, data["confidence"]) == (AB, "likely")
    assert tunnel(*MESH, route)[0] == "node-7 flannel.1 tunnels-to 10.1.8.0"


def test_tunnel_by_route_to_the_node():
    """IPIP: the gateway is the far node, which is the tunnel's endpoint."""
    facts = [
        device(NODE, "tunl0", 1, flags=("POINTOPOINT",)),
        device(FAR, "tunl0", 2, flags=("POINTOPOINT",)),
        address(FAR, "eth0", "10.0.0.8", 3, 24),
        Route(NODE, parse_prefix("10.1.8.0/26"), 4, at(4), via=parse_ip("10.0.0.8"), device="tunl0"),
    ]
    text, data = tunnel(*facts)
    assert (text, data["endpoints"]) == ("node-7 tunl0 tunnels-to node-8 tunl0", ("10.0.0.8",))


CILIUM = [
    device(NODE, "cilium_vxlan", 1, kind="vxlan", port=8472, external=True),
    device(FAR, "cilium_vxlan", 2, kind="vxlan", port=8472, external=True),
    address(FAR, "eth0", "10.0.0.8", 3, 24),
]
CILIUM_AB = "node-7 cilium_vxlan tunnels-to node-8 cilium_vxlan"


def test_tunnel_by_the_map_of_cilium():
    """The tunnel endpoint of a prefix; the node's own and 0.0.0.0 are none."""
    prefix = parse_prefix("10.1.8.5/32")
    entry = CacheEntry(NODE, prefix, at(4), tunnel_endpoint=parse_ip("10.0.0.8"))
    own = CacheEntry(NODE, prefix, at(5), identity=2, tunnel_endpoint=parse_ip("0.0.0.0"))
    text, data = tunnel(*CILIUM, entry, own)
    assert (text, data["confidence"], data["endpoints"]) == (CILIUM_AB, "certain", ("10.0.0.8",))


def test_tunnel_by_route_to_cilium_host():
    """The route to a remote range goes to cilium_host, and from there through the tunnel."""
    route = Route(NODE, parse_prefix("10.1.8.0/24"), 4, at(4), via=parse_ip("10.1.7.1"), device="cilium_host")
    text, data = tunnel(*CILIUM, route, address(Host("node-8", "far"), "eth0", "10.1.8.5", 5))
    assert (text, data["confidence"]) == (CILIUM_AB, "likely")


def test_tunnel_by_the_ranges_of_nodes():
    """With a tunnel device on both, the range of a node's pods is behind the tunnel."""
    text, data = tunnel(*CILIUM, NodePrefix("node-8", parse_prefix("10.1.8.0/24"), at(4)))
    assert (text, data["confidence"], data["prefixes"]) == (CILIUM_AB, "likely", ("10.1.8.0/24",))


def test_vtep_of_flannel():
    """The annotation tells of a far device that no line shows."""
    text, data = tunnel(MESH[0], Vtep("node-8", 0x081, "flannel.1", at(5), vni=1))
    assert (text, data["confidence"]) == (AB, "likely")
    node = graph_of(Vtep("node-8", 0x081, "flannel.1", at(5), vni=1)).nodes[FAR, "flannel.1"]
    assert (node["kind"], node["mac"], node["vni"]) == ("tunnel-device", "00:00:00:00:00:81", 1)
    assert node["confidence"] == "certain"


def test_vteps_of_calico(shared_dir):
    """Of a node that was not asked, the MACs are computed, and are those that the laboratory's node has."""
    folder = shared_dir / "captures-others" / "inventory" / "calico-vxlan" / "rack1-k8s01"
    full = Inventory.load(folder.parent).graph
    inventory = Inventory.load(folder)
    graph = Inventory([*inventory.facts, Node("rack2-k8s02", at(1))]).graph
    for name in ("vxlan.calico", "vxlan-v6.calico"):
        computed, real = (one.nodes[Host("rack2-k8s02"), name] for one in (graph, full))
        assert computed["mac"] == real["mac"]
        assert (computed["confidence"], real["confidence"]) == ("likely", "certain")
        assert "SHA-1 of the node's name" in computed["inferred"]
        here = Host("rack1-k8s01"), name
        assert graph.has_edge(here, (Host("rack2-k8s02"), name), "tunnels-to")


# Pods whose interfaces were not listed


def test_cilium_endpoint():
    """An endpoint has both ends of the pair, with the pod's address and identity."""
    endpoint = CiliumEndpoint(
        NODE, at(1), ips=(parse_ip("10.1.7.5"),), pod="web-1", namespace="shop", identity=9, mac=5, lxc_mac=6,
        lxc_index=19, lxc_name="lxc1",
    )  # fmt: skip
    graph = graph_of(endpoint, Pod("web-1", at(2), namespace="shop", node="node-7", ips=(parse_ip("10.1.7.5"),)))
    assert edges(graph, "veth-peer") == {"node-7/web-1 eth0 veth-peer node-7 lxc1"}
    assert edges(graph, "holds") == {
        "node-7 holds node-7 lxc1",
        "node-7/web-1 holds node-7/web-1 eth0",
        "node-7/web-1 eth0 holds 10.1.7.5",
    }
    own, lxc = graph.nodes[POD, "eth0"], graph.nodes[NODE, "lxc1"]
    assert (own["mac"], lxc["mac"], lxc["index"]) == ("00:00:00:00:00:05", "00:00:00:00:00:06", 19)
    assert (graph.nodes[POD]["identity"], graph.nodes[POD]["namespace"]) == (9, "shop")


def test_what_frames_let_infer():
    """A node and an edge that stand on frames alone are likely, with why; a line beside makes them certain."""
    source = Source("1.cap", 0, (3, 7), "it answered for its own address")
    seen = Interface(NODE, "eth0", None, 7, source)
    data = graph_of(seen).nodes[NODE, "eth0"]
    assert (data["confidence"], data["inferred"]) == ("likely", "it answered for its own address")
    assert graph_of(seen).edges[NODE, (NODE, "eth0"), "holds"]["confidence"] == "likely"
    said = graph_of(seen, device(NODE, "eth0", 1, mac=7)).nodes[NODE, "eth0"]
    assert (said["confidence"], said["inferred"], len(said["sources"])) == ("certain", None, 2)


def test_cilium_endpoint_without_a_name():
    """The map of endpoints has index and MAC alone: they find the interface, or stand for it."""
    endpoint = CiliumEndpoint(NODE, at(1), ips=(parse_ip("10.1.7.5"),), mac=5, lxc_mac=6, lxc_index=19)
    pod = Pod("web-1", at(2), node="node-7", ips=(parse_ip("10.1.7.5"),))
    listed = device(NODE, "lxcabc", 3, index=19, mac=6)
    assert edges(graph_of(endpoint, pod, listed), "veth-peer") == {"node-7/web-1 eth0 veth-peer node-7 lxcabc"}
    assert edges(graph_of(endpoint, pod), "veth-peer") == {"node-7/web-1 eth0 veth-peer node-7 if19"}


def test_interface_that_serves_a_pod():
    """Said outright it is certain, with the pod's interface listed (whatever its index) or not."""
    host_end = device(NODE, "lxc1", 1, index=19, serves=POD)
    for own in ([], [device(POD, "eth0", 2, index=18)], [device(POD, "eth0", 2), device(POD, "lo", 3)]):
        graph = graph_of(host_end, *own)
        assert edges(graph, "veth-peer") == {"node-7/web-1 eth0 veth-peer node-7 lxc1"}
        assert graph.edges[(POD, "eth0"), (NODE, "lxc1"), "veth-peer"]["confidence"] == "certain"
    inventory = Inventory([host_end, device(POD, "eth0", 2, index=18)])
    assert inventory.lxc_of_pod("web-1") == host_end
    # An index that contradicts it, or two interfaces that may be meant, give no pair of interfaces.
    wrong = device(POD, "eth0", 2, index=18, peer_index=20)
    assert Inventory([host_end, wrong]).lxc_of_pod("web-1") is None
    two = [device(POD, "eth0", 2), device(POD, "net1", 3)]
    assert Inventory([host_end, *two]).lxc_of_pod("web-1") is None


def test_container_id():
    """The name computed from the sandbox's id finds the interface; where none has it, nothing is made up."""
    container = "a0b1" * 16
    # echo -n a0b1...a0b1:eth0 | sha256sum | cut -c1-12
    name = "lxc" + sha256(f"{container}:eth0")[:12]
    pod = Pod("web-1", at(1), node="node-7", container=container)
    graph = graph_of(pod, device(NODE, name, 2, mac=6))
    pair = graph.edges[(POD, "eth0"), (NODE, name), "veth-peer"]
    assert (pair["confidence"], pair["inferred"]) == ("likely", "its name is computed from the container's id")
    older = "lxc" + sha256(container)[:12]
    assert edges(graph_of(pod, device(NODE, older, 2)), "veth-peer") == {f"node-7/web-1 eth0 veth-peer node-7 {older}"}
    assert edges(graph_of(pod, device(NODE, "lxc000000000000", 2)), "veth-peer") == set()


def sha256(text):
    """As `sha256sum` prints it."""
    import subprocess

    return subprocess.run(["sha256sum"], input=text, capture_output=True, text=True, check=True).stdout


def test_route_to_a_pod_s_address():
    """The node's route to the one address of a pod tells the interface that the pod hangs on."""
    pod = Pod("web-1", at(1), node="node-7", ips=(parse_ip("10.1.7.5"),))
    route = Route(NODE, parse_prefix("10.1.7.5/32"), 4, at(2), device="cali1")
    graph = graph_of(pod, route, device(NODE, "cali1", 3))
    pair = graph.edges[(POD, "eth0"), (NODE, "cali1"), "veth-peer"]
    assert (pair["confidence"], pair["inferred"]) == ("likely", "the node's route to 10.1.7.5")
    # cilium_host and bridges lead to many, and a listed pair needs no guess.
    assert edges(graph_of(pod, route._replace(device="cni0"), device(NODE, "cni0", 3)), "veth-peer") == set()
    listed = [device(NODE, "lxc1", 4, index=9, peer_index=2), device(POD, "eth0", 5, index=2, peer_index=9)]
    both = graph_of(pod, route, device(NODE, "cali1", 3), *listed)
    assert edges(both, "veth-peer") == {"node-7/web-1 eth0 veth-peer node-7 lxc1"}


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
