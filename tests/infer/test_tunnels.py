"""Do tunnel packets tell nodes, pods, host ends and tunnel devices apart, whatever network made them?"""

from __future__ import annotations

import pytest

from tests.explain.made import (
    FAR,
    FAR_IP,
    FAR_LXC,
    FAR_NIC,
    FAR_NODE_IP,
    LXC,
    NIC,
    NODE_IP,
    POD,
    POD_IP,
    ask,
    echo,
    macs,
    tunnelled,
)
from tests.infer.asking import inferred, role, what

OUT = {"outer.eth.src": NIC, "outer.eth.dst": FAR_NIC, "outer.ip.ttl": 64}
BACK = {"outer.eth.src": FAR_NIC, "outer.eth.dst": NIC, "outer.ip.ttl": 64}
VTEP, FAR_VTEP = "e6:ee:e7:61:5e:f3", "16:ca:e7:50:07:20"
CILIUM = (
    tunnelled(echo() | macs(POD, LXC), **OUT),
    tunnelled(echo(FAR_IP, POD_IP, reply=True) | macs(FAR, FAR_LXC), FAR_NODE_IP, NODE_IP, vni=41072, **BACK),
)


def routed(src, dst, source, destination, hop=63, **more):
    """An echo that a node forwarded into its tunnel device."""
    return echo(src, dst, **more) | {"ipv6.hlim": hop} | macs(source, destination)


def test_sender_keeps_its_macs():
    """Where a packet to a pod has not the MAC of packets from it, inner MACs are the sender's and its host end's."""
    found = inferred(*CILIUM)
    assert what(found, POD, LXC, FAR, FAR_LXC) == ["pod", "lxc", "pod", "lxc"]
    assert what(found, POD_IP, FAR_IP, NODE_IP, FAR_NODE_IP) == ["pod", "pod", "node", "node"]
    assert what(found, NIC, FAR_NIC) == ["node", "node"]


def test_one_direction_is_enough_with_the_defaults_of_cilium():
    """Without an answer the port, the checksum and a VNI that fits an identity still tell whose MACs these are."""
    found = inferred(CILIUM[0])
    assert what(found, POD, LXC, POD_IP) == ["pod", "lxc", "pod"]
    assert role(found, FAR_IP) == ("pod", "possible")


def test_the_node_itself_sends_with_vni_6():
    """What Cilium sends for the node comes from its router address and the devices of the node."""
    found = inferred(
        *CILIUM, tunnelled(echo("10.244.1.154", "10.244.2.7") | macs("32:ed:4d:67:b2:e1", NIC), vni=6, **OUT)
    )
    assert what(found, "10.244.1.154", "32:ed:4d:67:b2:e1") == ["router", "router"]


def test_tunnel_devices_of_a_routed_overlay():
    """Inner packets that a router forwarded carry the MACs of the two tunnel devices."""
    found = inferred(
        tunnelled(routed(POD_IP, FAR_IP, VTEP, FAR_VTEP), vni=1, **OUT),
        tunnelled(routed(FAR_IP, POD_IP, FAR_VTEP, VTEP, reply=True), FAR_NODE_IP, NODE_IP, vni=1, **BACK),
    )
    assert what(found, VTEP, FAR_VTEP, POD_IP, FAR_IP) == ["tunnel", "tunnel", "pod", "pod"]


def test_a_node_sends_into_its_tunnel_device():
    """In a routed overlay a fresh hop limit inside the tunnel is that of the node's own address."""
    found = inferred(
        tunnelled(routed(POD_IP, FAR_IP, VTEP, FAR_VTEP), vni=1, **OUT),
        tunnelled(routed("fd00:10:244:1::", FAR_IP, VTEP, FAR_VTEP, hop=64), vni=1, **OUT),
    )
    assert what(found, "fd00:10:244:1::", POD_IP, VTEP) == ["tunnel", "pod", "tunnel"]


def test_pods_of_a_bridged_overlay():
    """Where packets to a pod have its own MAC and nobody forwarded them, both inner MACs are pods'."""
    found = inferred(
        tunnelled(echo() | macs(POD, FAR), vni=5150, **OUT),
        tunnelled(echo(FAR_IP, POD_IP, reply=True) | macs(FAR, POD), FAR_NODE_IP, NODE_IP, vni=5150, **BACK),
    )
    assert what(found, POD, FAR, POD_IP, FAR_IP) == ["pod", "pod", "pod", "pod"]


def test_a_broadcast_inside_the_tunnel():
    """A question to all that a tunnel carries is a pod's: the network is bridged through it."""
    found = inferred(tunnelled(ask("10.0.1.4", "10.0.1.3"), vni=4097, **OUT))
    assert what(found, POD, "10.0.1.3") == ["pod", "pod"]


@pytest.mark.parametrize(("hop", "expected"), [(64, "node"), (63, "router"), (62, "router")])
def test_a_router_between_nodes_is_no_node(hop, expected):
    """A MAC from which tunnel packets come with a hop limit that has fallen is a router's."""
    found = inferred(tunnelled(echo() | macs(POD, LXC), **(OUT | {"outer.ip.ttl": hop})))
    assert what(found, NIC) == [expected]


def test_one_mac_for_several_tunnel_endpoints():
    """A MAC to which packets for several nodes are sent is a router's, not a node's."""
    found = inferred(
        tunnelled(echo() | macs(POD, LXC), dst="172.18.0.3", **OUT),
        tunnelled(echo() | macs(POD, LXC), dst="172.18.0.5", **OUT),
    )
    assert what(found, FAR_NIC) == ["router"]


def test_ip_inside_ip():
    """Without an inner Ethernet header the pods are told by their hop limits, and a router by what it took."""
    inner = {"ip.src": "10.100.64.7", "ip.dst": "10.100.192.70", "ip.ttl": 63, "frame.layers": 1}
    outer = {"frame.tunnels": 1, "outer.ip.src": NODE_IP, "outer.ip.dst": FAR_NODE_IP, "outer.ip.proto": 4}
    sent = inferred(inner | outer | {"outer.ip.ttl": 63, "outer.eth.src": NIC, "outer.eth.dst": FAR_NIC})
    assert what(sent, "10.100.64.7", NODE_IP, NIC) == ["pod", "node", "node"]
    passed = inferred(inner | outer | {"outer.ip.ttl": 62, "outer.eth.src": NIC, "outer.eth.dst": FAR_NIC})
    assert what(passed, NIC) == ["router"]


def test_two_networks_in_one_capture():
    """What is left of another network does not change how the packets of one are read."""
    found = inferred(
        *CILIUM, tunnelled(routed("10.244.7.5", "10.244.8.5", VTEP, FAR_VTEP) | {"ip.ttl": 63}, vni=1, **OUT)
    )
    assert what(found, POD, LXC, VTEP, FAR_VTEP, "10.244.7.5") == ["pod", "lxc", "tunnel", "tunnel", "pod"]
    assert {reason.name for reason in found.network.reasons} == {"Cilium", "flannel"}


def test_a_firewall_answers_in_the_name_of_a_pod():
    """A TCP reset with a fresh hop limit may be a firewall's, so it makes nobody the address of a tunnel device."""
    reset = {
        "ip.src": "10.244.7.5", "ip.dst": "10.244.8.5", "ip.ttl": 64, "frame.layers": 3, "tcp.srcport": 8080,
        "tcp.dstport": 39400, "tcp.flags": 0x14, "eth.src": VTEP, "eth.dst": FAR_VTEP,
    }  # fmt: skip
    routed_by = tunnelled(routed("10.244.8.5", "10.244.7.5", FAR_VTEP, VTEP) | {"ip.ttl": 63}, vni=1, **OUT)
    assert what(inferred(routed_by, tunnelled(reset, vni=1, **OUT)), "10.244.7.5") == ["pod"]
    sent = reset | {"tcp.flags": 0x10}
    assert what(inferred(routed_by, tunnelled(sent, vni=1, **OUT)), "10.244.7.5") == ["tunnel"]


def test_inner_frames_cut_short():
    """Where a snap length leaves of a routed tunnel's inner frame only the MACs, they are those of tunnel devices."""
    cut = tunnelled({"eth.src": FAR_VTEP, "eth.dst": VTEP}, vni=1, **OUT)
    whole = tunnelled(routed("10.244.7.5", "10.244.8.5", "66:00:00:00:00:01", "66:00:00:00:00:02"), vni=1, **OUT)
    found = inferred(whole, cut)
    assert [role(found, mac) for mac in (VTEP, FAR_VTEP)] == [("tunnel", "possible")] * 2
