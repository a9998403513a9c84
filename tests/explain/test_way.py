"""Which interfaces does a packet pass, and what is predicted to be visible at each?

Law: what is wanted here is what the datapaths are known to do (Cilium: bpf/lib/l3.h lowers the hop limit and sets MACs
on delivery only; flannel and Calico: the kernel routes on both nodes), with the MACs of the topologies beside the
captures. The captures themselves are asked in tests/datapath/test_predictions.py.
"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.explain.made import (
    FAR,
    FAR_IP,
    FAR_IP4,
    FAR_LXC,
    FAR_NODE_IP,
    GATEWAY,
    LXC,
    NODE_IP,
    POD,
    POD_IP,
    POD_IP4,
    SIDE,
    SIDE_IP,
    SIDE_LXC,
    advertise,
    echo,
    macs,
    packets,
    solicit,
    tunnelled,
)
from vxlan_dissect import Inventory
from vxlan_dissect.addresses import parse_prefix
from vxlan_dissect.inventory.model import Agent, Host, Masquerade, Source

FAR_GATEWAY = "fd00:10:244:2::5d0e"
LXC_NAME, SIDE_NAME, FAR_NAME = "lxc237a31216c0f", "lxc5e0b7d94a1c2", "lxc91c4d60f3ab8"
LIMIT = ("ipv6.hlim", "ip.ttl")


@pytest.fixture(scope="module")
def cilium(captures_dir):
    """The hosts of captures/cilium-1.16."""
    return Inventory.load(captures_dir / "cilium-1.16" / "inventory")


def hops(inventory, row, *others, at=None):
    """The hops of a packet among others."""
    return vxd.explain(packets(row, *others), inventory, at=at)[0].hops


def limit(hop):
    """The hop limit or TTL that is predicted at a hop."""
    return next((hop.predicted[name] for name in LIMIT if name in hop.predicted), None)


def table(found):
    """Place, limit and MACs of each hop: (node, device, owner, limit, source, destination)."""
    return [
        (hop.node, hop.interface, hop.owner, limit(hop), hop.predicted.get("eth.src"), hop.predicted.get("eth.dst"))
        for hop in found
    ]


def actions(found):
    """What happens at each hop."""
    return [hop.action for hop in found]


ACROSS = [
    ("worker", "eth0", "cni-7t9p4", "64", POD, LXC),
    ("worker", LXC_NAME, "cni-7t9p4", "64", POD, LXC),
    ("worker", "cilium_vxlan", "worker", "64", POD, LXC),
    ("worker", "eth0", "worker", "64", POD, LXC),
    ("worker2", "eth0", "worker2", "64", POD, LXC),
    ("worker2", "cilium_vxlan", "worker2", "64", POD, LXC),
    ("worker2", FAR_NAME, "cni-8qgcs", "63", FAR_LXC, FAR),
    ("worker2", "eth0", "cni-8qgcs", "63", FAR_LXC, FAR),
]
PLACES = [
    ("cni-7t9p4:eth0", 64), (f"worker:{LXC_NAME}", 64), ("worker:cilium_vxlan", 64), ("worker:eth0", 64),
    ("worker2:eth0", 64), ("worker2:cilium_vxlan", 64), (f"worker2:{FAR_NAME}", 63), ("cni-8qgcs:eth0", 63),
]  # fmt: skip


@pytest.mark.parametrize(("at", "seen"), PLACES)
def test_cilium_across_nodes(cilium, at, seen):
    """The same eight hops from wherever the packet was captured: one decrement, on the receiving node."""
    row = echo(**macs(POD, LXC), **{"ipv6.hlim": seen})
    number = [place for place, _ in PLACES].index(at)
    found = hops(cilium, tunnelled(row) if number in {3, 4} else row, at=at)
    assert table(found) == ACROSS
    assert actions(found) == ["send", "forward", "encapsulate", "send", "forward", "decapsulate", "forward", "deliver"]
    assert [hop.seen for hop in found] == ["not-captured"] * number + ["here"] + ["not-captured"] * (7 - number)
    assert [hop.n for hop in found] == list(range(1, 9))


@pytest.mark.parametrize(
    ("at", "seen"), [place for place in PLACES if not place[0].endswith(("worker:eth0", "worker2:eth0"))]
)
def test_cilium_across_nodes_ipv4(cilium, at, seen):
    """IPv4 goes the same way with its TTL."""
    row = echo(POD_IP4, FAR_IP4, **macs(POD, LXC), **{"ip.ttl": seen})
    found = hops(cilium, tunnelled(row) if at.endswith(("worker:eth0", "worker2:eth0")) else row, at=at)
    assert table(found) == ACROSS
    assert all("ip.ttl" in hop.predicted for hop in found)


@pytest.mark.parametrize("sent", [2, 77, 255])
def test_other_hop_limits(cilium, sent):
    """What the sender began with is counted from what is seen, also where that is no usual value."""
    limits = [row[3] for row in table(hops(cilium, echo(**{"ipv6.hlim": sent}), at="worker:cilium_vxlan"))]
    assert limits == [str(sent)] * 6 + [str(sent - 1)] * 2


def test_hop_limit_that_runs_out(cilium):
    """What comes in with 1 is discarded where it would be lowered (RFC 8200 section 3), so none is seen with 0."""
    found = hops(cilium, echo(**{"ipv6.hlim": 1}), at="worker2:cilium_vxlan")
    assert [limit(hop) for hop in found][:6] == ["1"] * 6
    assert "0" not in [limit(hop) for hop in found if hop.visibility == "visible" and hop.action != "drop"]


def test_hop_limit_behind_the_last_decrement(cilium):
    """Seen at the receiver with 255 it is not counted up to a value that no packet can have."""
    found = hops(cilium, echo(**{"ipv6.hlim": 255}), at="cni-8qgcs:eth0")
    assert all(0 <= int(row[3]) <= 255 for row in table(found) if row[3] is not None)


def test_outer_header_on_the_wire(cilium):
    """The tunnel header is predicted where the outer packet is, and nowhere else."""
    found = hops(cilium, tunnelled(echo(**macs(POD, LXC))), at="worker:eth0")
    outer = {
        "outer.ip.src": NODE_IP,
        "outer.ip.dst": FAR_NODE_IP,
        "outer.udp.dstport": "8472",
        "outer.vxlan.vni": "10398",
    }
    for hop in found:
        told = {name: value for name, value in hop.predicted.items() if name.startswith("outer.")}
        assert told == (outer if hop.role == "nic" else {})


def test_unknown_place(cilium):
    """Without a capture point the way is the same and none of it is here; a tunnel packet was surely on the wire."""
    found = hops(cilium, tunnelled(echo(**macs(POD, LXC))))
    assert {hop.seen for hop in found} == {"not-captured"}
    assert table(found) == ACROSS
    assert {row[3] for row in table(hops(cilium, echo()))} == {None}


def test_cilium_on_one_node(cilium):
    """Between two pods of a node Cilium delivers at once: four hops, one decrement, no tunnel."""
    found = hops(cilium, echo(POD_IP, SIDE_IP, **macs(POD, LXC)), at=f"worker:{LXC_NAME}")
    assert table(found) == [
        ("worker", "eth0", "cni-7t9p4", "64", POD, LXC),
        ("worker", LXC_NAME, "cni-7t9p4", "64", POD, LXC),
        ("worker", SIDE_NAME, "client-6c9f7", "63", SIDE_LXC, SIDE),
        ("worker", "eth0", "client-6c9f7", "63", SIDE_LXC, SIDE),
    ]
    assert [hop.seen for hop in found] == ["not-captured", "here", "not-captured", "not-captured"]


def test_cilium_from_host_to_remote_pod(cilium):
    """A node's own packet is encapsulated before the tap of cilium_host, and loses one at the far node."""
    found = hops(cilium, tunnelled(echo(GATEWAY, FAR_IP), vni=6), at="worker:eth0")
    assert [row[:4] for row in table(found)] == [
        ("worker", "cilium_host", "worker", "64"), ("worker", "cilium_vxlan", "worker", "64"),
        ("worker", "eth0", "worker", "64"), ("worker2", "eth0", "worker2", "64"),
        ("worker2", "cilium_vxlan", "worker2", "64"), ("worker2", FAR_NAME, "cni-8qgcs", "63"),
        ("worker2", "eth0", "cni-8qgcs", "63"),
    ]  # fmt: skip
    assert [hop.visibility for hop in found] == ["blind"] + ["visible"] * 4 + ["blind", "visible"]
    assert table(found)[-1][4:] == (FAR_LXC, FAR)


@pytest.mark.parametrize(("said", "visibility"), [("Legacy", "visible"), ("BPF", "blind")])
def test_host_routing_decides_what_a_host_end_shows(cilium, said, visibility):
    """With legacy host routing what is delivered passes the host end, with BPF host routing it does not."""
    status = Agent(Host("worker2"), "Routing", f"Network: Tunnel [vxlan] Host: {said}", Source("status.txt", 5))
    found = hops(Inventory([*cilium.facts, status]), tunnelled(echo(**macs(POD, LXC))), at="worker:eth0")
    assert [hop.visibility for hop in found] == ["visible"] * 6 + [visibility, "visible"]


def test_cilium_from_host_to_local_pod(cilium):
    """A node's own packet to a pod of its own loses one on delivery and passes no tunnel."""
    found = hops(cilium, echo(GATEWAY, POD_IP, **macs(LXC, POD), **{"ipv6.hlim": 63}), at="cni-7t9p4:eth0")
    assert [(row[1], row[2], row[3]) for row in table(found)] == [
        ("cilium_host", "worker", "64"), (LXC_NAME, "cni-7t9p4", "63"), ("eth0", "cni-7t9p4", "63"),
    ]  # fmt: skip


def test_cilium_to_the_gateway_of_another_node(cilium):
    """The router address of another node is reached through the tunnel and loses one before cilium_host."""
    found = hops(cilium, tunnelled(echo(POD_IP, FAR_GATEWAY, **macs(POD, LXC))), at="worker:eth0")
    assert [row[:4] for row in table(found)][-3:] == [
        ("worker2", "eth0", "worker2", "64"), ("worker2", "cilium_vxlan", "worker2", "64"),
        ("worker2", "cilium_host", "worker2", "63"),
    ]  # fmt: skip


def test_cilium_to_the_world(cilium):
    """A packet to an address outside leaves by the network card, untunnelled; how it looks there is not claimed."""
    found = hops(cilium, echo(POD_IP, "2001:db8:1::1", **macs(POD, LXC)), at=f"worker:{LXC_NAME}")
    assert [row[:3] for row in table(found)] == [
        ("worker", "eth0", "cni-7t9p4"), ("worker", LXC_NAME, "cni-7t9p4"), ("worker", "eth0", "worker"),
        (None, None, "2001:db8:1::1"),
    ]  # fmt: skip
    assert [row[3] for row in table(found)] == ["64", "64", None, None]
    assert "encapsulate" not in actions(found)


def test_cilium_with_bpf_host_routing(cilium):
    """With BPF host routing packets to a pod do not pass the lxc device, but its answers to the pod's questions do."""
    status = Agent(Host("worker2"), "Host Routing", "BPF", Source("status.txt", 5))
    inventory = Inventory([*cilium.facts, status])
    found = hops(inventory, echo(), at="worker:cilium_vxlan")
    assert [hop.interface for hop in found if hop.visibility == "blind"] == [FAR_NAME]
    assert all(hop.visibility == "visible" for hop in hops(inventory, advertise(dst=POD_IP), at="cni-7t9p4:eth0"))
    legacy = Inventory([*cilium.facts, status._replace(value="Legacy")])
    assert {hop.visibility for hop in hops(legacy, echo(), at="worker:cilium_vxlan")} == {"visible"}


def test_what_was_captured_is_not_blind(cilium):
    """A frame that was captured where none should be seen was seen there."""
    inventory = Inventory([*cilium.facts, Agent(Host("worker2"), "Host Routing", "BPF", Source("status.txt", 5))])
    found = hops(inventory, echo(**{"ipv6.hlim": 63}), at=f"worker2:{FAR_NAME}")
    assert [(hop.visibility, hop.seen) for hop in found if hop.interface == FAR_NAME] == [("visible", "here")]


def test_question_and_answer(cilium):
    """A pod's question ends at the host end of its veth, and the answer begins there."""
    asked, answered = vxd.explain(packets(solicit(), advertise()), cilium, at="cni-7t9p4:eth0")
    assert [(hop.interface, hop.action, hop.seen) for hop in asked.hops] == [
        ("eth0", "send", "here"), (LXC_NAME, "answer", "not-captured"),
    ]  # fmt: skip
    assert [(hop.interface, hop.action, hop.seen) for hop in answered.hops] == [
        (LXC_NAME, "answer", "not-captured"), ("eth0", "deliver", "here"),
    ]  # fmt: skip


def test_question_without_an_answer(cilium):
    """What nobody is seen to answer is delivered, not answered."""
    assert actions(hops(cilium, solicit(), {"ipv6.hlim": 1, "ms": 9000}, at="cni-7t9p4:eth0")) == ["send", "deliver"]


def test_unknown_far_pod(cilium):
    """Where nobody is known to have the address, no interface of the far node is named in the place of a pod."""
    found = hops(cilium, tunnelled(echo(POD_IP, "fd00:10:244:2::dead", **macs(POD, LXC))), at="worker:eth0")
    ends = [
        (hop.node, hop.interface, hop.owner) for hop in found if hop.role in {"nic", "pod"} and hop.node == "worker2"
    ]
    assert len(set(ends)) == len(ends)
    assert found[-1].owner == "fd00:10:244:2::dead"


def test_nothing_known():
    """Without an inventory a tunnel packet still has a way, of roles and addresses, and a plain packet has none."""
    found = hops(Inventory(), tunnelled(echo(**macs(POD, LXC))))
    assert actions(found) == ["send", "forward", "encapsulate", "send", "forward", "decapsulate", "forward", "deliver"]
    assert {hop.node for hop in found} == {None}
    assert [hop.owner for hop in found if hop.role == "pod"] == [POD_IP, FAR_IP]
    assert hops(Inventory(), echo()) == ()


def test_flannel_across_nodes(captures_dir):
    """The kernel routes on both nodes: 64, 63, 62, and the MACs on the wire are those of the tunnel devices."""
    inventory = Inventory.load(captures_dir / "flannel" / "inventory")
    pod, bridge, tunnel = "1e:ee:f9:5a:60:e5", "82:a1:75:93:0f:23", "5e:30:e4:9b:48:2e"
    far, far_bridge, far_tunnel = "02:8a:9b:0a:6b:5f", "36:cd:37:94:c5:22", "1e:12:61:7b:0f:ed"
    row = tunnelled(
        echo("fd00:10:244::6", "fd00:10:244:1::9", **{"ipv6.hlim": 63}, **macs(tunnel, far_tunnel)),
        "fd56:0:0:a::10", "fd56:0:0:a::11", vni=1,
    )  # fmt: skip
    assert table(hops(inventory, row, at="oak-cp:eth0")) == [
        ("oak-cp", "eth0", "nettools-0", "64", pod, bridge),
        ("oak-cp", "vethc47e2b10", "nettools-0", "64", pod, bridge),
        ("oak-cp", "cni0", "oak-cp", "64", pod, bridge),
        ("oak-cp", "flannel-v6.1", "oak-cp", "63", tunnel, far_tunnel),
        ("oak-cp", "eth0", "oak-cp", "63", tunnel, far_tunnel),
        ("oak-w1", "eth0", "oak-w1", "63", tunnel, far_tunnel),
        ("oak-w1", "flannel-v6.1", "oak-w1", "63", tunnel, far_tunnel),
        ("oak-w1", "cni0", "oak-w1", "62", far_bridge, far),
        ("oak-w1", "veth08fb3a7d", "web-qk2lm", "62", far_bridge, far),
        ("oak-w1", "eth0", "web-qk2lm", "62", far_bridge, far),
    ]


def test_flannel_on_one_node(captures_dir):
    """Two pods on one bridge send to each other's MAC, and the bridge leaves everything as it is."""
    inventory = Inventory.load(captures_dir / "flannel" / "inventory")
    both = ("1e:ee:f9:5a:60:e5", "c2:cb:d6:25:65:8a")
    found = table(hops(inventory, echo("fd00:10:244::6", "fd00:10:244::5", **macs(*both)), at="nettools-0:eth0"))
    assert {row[3] for row in found} == {"64"}
    assert {row[4:] for row in found} <= {both, (None, None)}


CALICO_MAC = "ee:ee:ee:ee:ee:ee"


def test_calico_across_nodes(captures_dir):
    """As in flannel, without a bridge; every pod's gateway has the same MAC."""
    inventory = Inventory.load(captures_dir / "calico-vxlan" / "inventory")
    wire = ("66:ac:92:89:a3:68", "66:4d:12:03:e7:a6")
    inner = echo("fd80:24e2:f998:72d6::4a46", "fd80:24e2:f998:72d6::b185", **{"ipv6.hlim": 63}, **macs(*wire))
    row = tunnelled(inner, "fd20:0:0:1::11", "fd20:0:0:2::12", vni=4096, **{"outer.udp.dstport": 4789})
    assert table(hops(inventory, row, at="rack1-k8s01:eth0")) == [
        ("rack1-k8s01", "eth0", "debug-l7x9d", "64", "46:7c:0c:e4:5e:3d", CALICO_MAC),
        ("rack1-k8s01", "cali3b7a90e1c24", "debug-l7x9d", "64", "46:7c:0c:e4:5e:3d", CALICO_MAC),
        ("rack1-k8s01", "vxlan-v6.calico", "rack1-k8s01", "63", *wire),
        ("rack1-k8s01", "eth0", "rack1-k8s01", "63", *wire),
        ("rack2-k8s02", "eth0", "rack2-k8s02", "63", *wire),
        ("rack2-k8s02", "vxlan-v6.calico", "rack2-k8s02", "63", *wire),
        ("rack2-k8s02", "cali61c0ff83d97", "api-5c8h2", "62", CALICO_MAC, "1a:0a:87:9f:d7:61"),
        ("rack2-k8s02", "eth0", "api-5c8h2", "62", CALICO_MAC, "1a:0a:87:9f:d7:61"),
    ]


def test_kernel_delivery_to_the_node_itself(captures_dir):
    """A packet to a node's own tunnel address is not routed there any more: the kernel takes nothing from it."""
    inventory = Inventory.load(captures_dir / "calico-vxlan" / "inventory")
    inner = echo("192.168.202.133", "192.168.37.64", reply=True, **{"ip.ttl": 63})
    row = tunnelled(inner, "10.20.2.12", "10.20.1.11", vni=4096, **{"outer.udp.dstport": 4789})
    found = table(hops(inventory, row, at="rack1-k8s01:eth0"))
    assert found[0][3] == "64"
    assert found[-1][1:4] == ("vxlan.calico", "rack1-k8s01", "63")


def places(found):
    """Interface and action of each hop."""
    return [(hop.interface, hop.action) for hop in found]


def test_a_bridge_joins_pods_of_one_node(captures_dir):
    """What passes from port to port of a bridge is seen at the bridge too."""
    inventory = Inventory.load(captures_dir / "flannel" / "inventory")
    row = echo("fd00:10:244::6", "fd00:10:244::5", **macs("1e:ee:f9:5a:60:e5", "c2:cb:d6:25:65:8a"))
    assert places(hops(inventory, row, at="nettools-0:eth0")) == [
        ("eth0", "send"), ("vethc47e2b10", "forward"), ("cni0", "forward"), ("veth5a1c09de", "forward"),
        ("eth0", "deliver"),
    ]  # fmt: skip


def test_routes_lead_to_an_address_that_no_pod_has(captures_dir):
    """The node's route names the tunnel device and the far node, whose bridge asks for the address in vain."""
    inventory = Inventory.load(captures_dir / "flannel" / "inventory")
    found = hops(inventory, echo("10.244.0.6", "10.244.1.99"), at="nettools-0:eth0")
    assert places(found)[2:] == [
        ("cni0", "forward"), ("flannel.1", "encapsulate"), ("eth0", "send"), ("eth0", "forward"),
        ("flannel.1", "decapsulate"), ("cni0", "drop"),
    ]  # fmt: skip
    assert found[-1].owner == "10.244.1.99"


def test_a_gateway_on_the_host_end(captures_dir):
    """Where every host end has the gateway's address, a ping of it ends at the pod's own."""
    inventory = Inventory.load(captures_dir / "kindnet-hostgw" / "inventory")
    found = hops(inventory, echo("10.244.0.4", "10.244.0.1"), at="shell:eth0")
    assert places(found) == [("eth0", "send"), ("veth6b20c9fd", "deliver")]


def test_plain_routes_show_the_cards(captures_dir):
    """Without a tunnel the frame between two nodes has the MACs of their cards, as the neighbour tables give them."""
    inventory = Inventory.load(captures_dir / "kindnet-hostgw" / "inventory")
    found = hops(inventory, echo("10.244.0.4", "10.244.1.2"), at="shell:eth0")
    cards = ("02:42:ac:13:00:02", "02:42:ac:13:00:03")
    assert [row[3:] for row in table(found)][2:4] == [("63", *cards)] * 2


def test_masquerading_replaces_the_source(captures_dir):
    """Towards the outside the card shows the node's address, one hop lower; the pod shows its own."""
    known = Inventory.load(captures_dir / "flannel" / "inventory")
    pods, at = parse_prefix("10.244.0.0/16"), Source("iptables-save.txt", 4)
    rule = Masquerade(Host("oak-cp"), "POSTROUTING", "-s 10.244.0.0/16", "masquerade", at, sources=(pods,))
    inventory = Inventory([*known.facts, rule])
    found = hops(inventory, echo("10.244.0.6", "203.0.113.80"), at="nettools-0:eth0")
    assert places(found)[3] == ("eth0", "translate")
    assert (found[3].predicted["ip.src"], found[3].predicted["ip.ttl"]) == ("192.168.56.10", "63")
    assert "ip.src" not in found[0].predicted


def test_offloads_are_said_of_tcp(cilium):
    """Checksums and segments differ on the two sides of a cable; a ping has neither."""
    row = {"frame.layers": 1, "ip.src": POD_IP4, "ip.dst": FAR_IP4, "ip.ttl": 64, "tcp.srcport": 1, "tcp.dstport": 2}
    found = hops(cilium, row | macs(POD, LXC), at="cni-7t9p4:eth0")
    assert "GSO" in found[0].offload
    assert "GRO" in found[-1].offload
    assert {hop.offload for hop in hops(cilium, echo(**macs(POD, LXC)), at="cni-7t9p4:eth0")} == {None}


def test_an_outer_header_for_another_node_leads_there(captures_dir):
    """The packet goes where its tunnel header says, though the pod is on another node; its way ends there."""
    inventory = Inventory.load(captures_dir / "flannel" / "inventory")
    inner = echo("10.244.0.6", "10.244.1.9", **{"ip.ttl": 63})
    found = hops(inventory, tunnelled(inner, "192.168.56.10", "192.168.56.12", vni=1), at="oak-cp:eth0")
    assert [hop.node for hop in found[-2:]] == ["oak-w2", "oak-w2"]
    assert found[-1].action == "decapsulate"
