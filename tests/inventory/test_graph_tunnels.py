"""Does the graph know which tunnel device leads to which?"""

from __future__ import annotations

from tests.inventory.facts import NODE, address, at, device
from tests.inventory.graphs import FAR, edges, graph_of
from tests.inventory.truth import name_of
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    CacheEntry,
    FdbEntry,
    Host,
    Neighbour,
    Node,
    NodePrefix,
    Route,
    Source,
    Vtep,
)

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


def test_endpoints_of_a_capture():
    """Two endpoints in a capture tunnel to each other, likely; of three no pair is more than possible."""

    def seen(number):
        source = Source("1.cap", 0, (number,), "it sends through the tunnel", "likely")
        node, ip = f"node 10.0.0.{number}", parse_ip(f"10.0.0.{number}")
        prefix = parse_prefix(f"10.1.{number}.5/32")
        return [Node(node, source, (ip,)), CacheEntry(Host(None), prefix, source, tunnel_endpoint=ip)]

    two = graph_of(*seen(1), *seen(2))
    assert edges(two, "tunnels-to") == {
        "node 10.0.0.1 tunnels-to node 10.0.0.2",
        "node 10.0.0.2 tunnels-to node 10.0.0.1",
    }
    assert {data["confidence"] for _, _, data in two.edges(data=True) if data["kind"] == "tunnels-to"} == {"likely"}
    three = graph_of(*seen(1), *seen(2), *seen(3))
    assert {data["confidence"] for _, _, data in three.edges(data=True) if data["kind"] == "tunnels-to"} == {"possible"}
    assert len(edges(three, "tunnels-to")) == 6


def test_a_mesh_that_is_too_large():
    """Beyond 500 nodes no tunnel is guessed at every pair, which is more edges than facts."""
    facts = [device(Host(f"node-{number}"), "cilium_vxlan", 1, kind="vxlan") for number in range(501)]
    prefix = NodePrefix("node-0", parse_prefix("10.1.8.0/24"), at(2))
    assert edges(graph_of(*facts, prefix), "tunnels-to") == set()
    assert len(edges(graph_of(*facts[:-1], prefix), "tunnels-to")) == 499
