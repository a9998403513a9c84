"""Does the graph know which pod hangs on which interface, where the pod's own were not listed?"""

from __future__ import annotations

from tests.inventory.facts import NODE, POD, at, device
from tests.inventory.graphs import edges, graph_of
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    CiliumEndpoint,
    Interface,
    Pod,
    Route,
    Source,
)


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
    pod = graph_of(seen._replace(host=POD))
    assert pod.nodes[POD]["confidence"] == pod.edges[POD, NODE, "runs-on"]["confidence"] == "likely"
    assert pod.nodes[NODE]["confidence"] == "likely"
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
