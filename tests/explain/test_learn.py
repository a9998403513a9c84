"""What does a capture give away of who is who, and what does it not?"""

from __future__ import annotations

import pytest

from tests.explain.made import (
    FAR,
    FAR_IP,
    FAR_LXC,
    FAR_NODE_IP,
    GATEWAY,
    GATEWAY4,
    LXC,
    NODE_IP,
    POD,
    POD_IP,
    POD_IP4,
    SIDE,
    SIDE_IP,
    SIDE_LXC,
    address,
    advertise,
    answer,
    default_route,
    echo,
    hosts,
    interface,
    macs,
    packets,
    tunnelled,
)
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.explain import learn
from vxlan_dissect.explain.learn import Lessons, asked_of
from vxlan_dissect.explain.names import Names
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host

NEAR, SECOND, FAR_POD = Host("worker", "cni-7t9p4"), Host("worker", "client-6c9f7"), Host("worker2", "cni-8qgcs")
# The addresses of three pods are known, no MAC is.
PODS = tuple(
    fact
    for pod, ip in ((NEAR, POD_IP), (SECOND, SIDE_IP), (FAR_POD, FAR_IP))
    for fact in (interface(pod, "eth0"), address(pod, "eth0", ip))
)
REQUEST = tunnelled(echo(**macs(POD, LXC)))
REPLY = tunnelled(echo(FAR_IP, POD_IP, reply=True, **macs(FAR, FAR_LXC)), FAR_NODE_IP, NODE_IP)


def taught(*batches, facts=PODS):
    """The lessons of batches of rows."""
    lessons = Lessons(Names(hosts(*facts) if facts else Inventory()))
    for batch in batches:
        lessons.learn(packets(*batch))
    return lessons


def node_of(lessons, ip):
    """The node that a tunnel endpoint was found to be, and how sure that is."""
    owner = lessons.names.of_ip(parse_ip(ip))
    return owner and (owner.node, owner.what, owner.confidence)


def test_tunnel_endpoints_are_the_nodes_of_the_pods_behind():
    """Who encapsulates for a pod is the node of that pod; the answer says from which packet that follows."""
    lessons = taught([REQUEST, REPLY])
    assert node_of(lessons, NODE_IP) == ("worker", "node", "likely")
    assert node_of(lessons, FAR_NODE_IP) == ("worker2", "node", "likely")
    inferred = lessons.names.of_ip(parse_ip(NODE_IP)).inferred
    assert NODE_IP in inferred
    assert "cni-7t9p4" in inferred


def test_one_direction_tells_both_ends():
    """A lone request tells the far node too, by the pod it is sent to."""
    assert node_of(taught([REQUEST]), FAR_NODE_IP) == ("worker2", "node", "likely")


def test_a_node_is_called_by_its_whole_name():
    """A name of the user's own file may hold blanks; none of it is cut off."""
    pod = Host("rack 7 left", "cni-7t9p4")
    facts = (interface(pod, "eth0"), address(pod, "eth0", POD_IP))
    lessons = taught([REQUEST], facts=facts)
    assert node_of(lessons, NODE_IP) == ("rack 7 left", "node", "likely")
    assert lessons.names.of_ip(parse_ip(NODE_IP)).inferred.endswith("from cni-7t9p4 on rack 7 left")


def test_endpoints_are_learned_batch_by_batch():
    """What a later batch shows counts as what the first did."""
    lessons = taught([echo()], [REQUEST])
    assert node_of(lessons, NODE_IP) == ("worker", "node", "likely")


def test_contradicting_sources_are_not_believed():
    """Two senders on different nodes behind one endpoint: nobody is named."""
    odd = tunnelled(echo(FAR_IP, SIDE_IP, **macs(FAR, FAR_LXC)), NODE_IP, FAR_NODE_IP)
    assert node_of(taught([REQUEST, odd]), NODE_IP) is None
    assert node_of(taught([REQUEST], [odd]), NODE_IP) is None


def test_a_wrong_destination_does_not_outweigh_a_source():
    """Where packets are sent by mistake is not where the receiver lives (a stale tunnel endpoint)."""
    stale = tunnelled(echo(POD_IP, SIDE_IP, **macs(POD, LXC)), NODE_IP, FAR_NODE_IP)
    assert node_of(taught([REPLY, stale, stale]), FAR_NODE_IP) == ("worker2", "node", "likely")
    contradicting = [REQUEST, stale]
    assert node_of(taught(contradicting), FAR_NODE_IP) is None


def test_the_inventory_is_not_overruled():
    """An endpoint that the inventory knows keeps its owner, whatever is behind it."""
    known = (*PODS, address(Host("other"), "eth0", NODE_IP))
    assert taught([REQUEST], facts=known).names.of_ip(parse_ip(NODE_IP)).node == "other"


def test_nothing_is_learned_of_unknown_pods():
    """A pod that nobody knows names no node."""
    assert node_of(taught([REQUEST], facts=()), NODE_IP) is None


def owner_of(lessons, mac):
    """Role, pod, pod served, node and confidence of a MAC."""
    owner = lessons.names.of_mac(parse_mac(mac))
    return owner and (owner.what, owner.pod, owner.serves, owner.node, owner.confidence)


def test_inner_macs_are_the_senders():
    """Cilium leaves the inner MACs alone: the pod's own and that of the host end of its veth."""
    lessons = taught([REPLY])
    assert owner_of(lessons, FAR) == ("pod", "cni-8qgcs", None, "worker2", "likely")
    assert owner_of(lessons, FAR_LXC) == ("lxc", None, "cni-8qgcs", "worker2", "likely")
    assert "cni-8qgcs" in lessons.names.of_mac(parse_mac(FAR_LXC)).inferred


def test_inner_macs_of_an_unknown_pod():
    """Without an inventory the roles are known and no name."""
    lessons = taught([REQUEST], facts=())
    assert owner_of(lessons, POD) == ("pod", None, None, None, "likely")
    assert owner_of(lessons, LXC) == ("lxc", None, None, None, "likely")
    assert POD_IP in lessons.names.of_mac(parse_mac(POD)).inferred


def test_inner_macs_where_the_snaplen_cut_the_address_off():
    """Where the inner address is cut off the reason does not name a pod that it cannot know."""
    cut = {name: value for name, value in REQUEST.items() if not name.startswith(("ipv6.", "icmpv6."))}
    owner = taught([cut], facts=()).names.of_mac(parse_mac(POD))
    assert owner is None or "None" not in owner.inferred


@pytest.mark.parametrize("vni", [2, 6])
def test_what_the_node_sends_teaches_no_pod(vni):
    """The node's own packets (VNI 6) and translated ones (VNI 2) carry other MACs than a pod's."""
    lessons = taught([{**REQUEST, "outer.vxlan.vni": vni}, REPLY])
    assert owner_of(lessons, POD) is None
    assert owner_of(lessons, LXC) is None
    assert owner_of(lessons, FAR) is not None


def test_router_addresses_teach_no_pod_mac():
    """A packet from a gateway address has the MACs of cilium_host, which are no pod's."""
    node = Host("worker")
    router = (
        *PODS,
        interface(node, "cilium_host"),
        address(node, "cilium_host", GATEWAY),
        default_route(NEAR, GATEWAY),
    )
    sent = tunnelled(echo(GATEWAY, FAR_IP, **macs("32:ed:4d:67:b2:e1", "96:1f:5a:c4:0e:73")))
    lessons = taught([sent], facts=router)
    assert owner_of(lessons, "32:ed:4d:67:b2:e1") is None


def test_group_macs_teach_nothing():
    """A frame to a group says nothing of who holds its destination MAC."""
    lessons = taught([{**REQUEST, **macs(POD, "33:33:00:00:00:01")}])
    assert parse_mac("33:33:00:00:00:01") not in lessons.names.macs


@pytest.mark.parametrize("vni", [1, 4096, 5150])
def test_other_networks_teach_no_inner_macs(vni):
    """Only where the network leaves the inner MACs alone are they the sender's: not in flannel, Calico, plain VXLAN."""
    port = {1: 8472, 4096: 4789, 5150: 51999}[vni]
    row = {**REQUEST, "outer.vxlan.vni": vni, "outer.udp.dstport": port, "outer.udp.checksum": 7}
    lessons = taught([{**row, **macs("66:7b:d8:e8:72:1b", "66:f3:b5:0c:3c:e3")}])
    assert lessons.profile.name != "Cilium"
    assert lessons.names.macs == {}


def test_one_mac_for_several_pods():
    """A MAC that several pods' frames show keeps its role and loses its name, in whatever order they come."""
    second = tunnelled(echo(SIDE_IP, FAR_IP, **macs(SIDE, LXC)))
    for rows in ([REQUEST, second], [second, REQUEST]):
        assert owner_of(taught(rows), LXC) == ("lxc", None, None, None, "likely")
    third = tunnelled(echo(SIDE_IP, FAR_IP, **macs(POD, SIDE_LXC)))
    assert owner_of(taught([REQUEST, third, REQUEST]), POD)[:3] == ("pod", None, None)


def test_role_that_contradicts_the_inventory():
    """A MAC that the inventory knows keeps its owner there."""
    known = (*PODS, interface(Host("worker"), "lxcreal", LXC))
    assert taught([REQUEST], facts=known).names.of_mac(parse_mac(LXC)).interface == "lxcreal"


def test_answers_by_question_and_place():
    """MACs that answer one question are gathered; another asker, target or interface is another question."""
    rows = [advertise(), advertise(mac=SIDE_LXC), advertise(dst=SIDE_IP), {**advertise(), "frame.interface_id": 1}]
    rows += [answer(), answer(mac=FAR_LXC)]
    lessons = taught(rows)
    sizes = sorted(len(found) for found in lessons.answers.values())
    assert sizes == [1, 1, 2, 2]
    frame = packets(*rows)[0]
    assert lessons.answers[asked_of(frame, parse_ip(GATEWAY))] == {parse_mac(LXC), parse_mac(SIDE_LXC)}
    frame = packets(*rows)[4]
    assert lessons.answers[asked_of(frame, parse_ip(GATEWAY4))] == {parse_mac(LXC), parse_mac(FAR_LXC)}


def test_copies_of_one_answer_are_no_dispute():
    """The same answer seen at two interfaces of an `any` capture is one answer each."""
    lessons = taught([{**advertise(), "sll.ifindex": 6}, {**advertise(mac=SIDE_LXC), "sll.ifindex": 4}])
    assert [len(found) for found in lessons.answers.values()] == [1, 1]


def test_advertised_routers():
    """An unknown MAC that advertises itself as a router is one, as far as it says."""
    lessons = taught([advertise(**{"icmpv6.nd.na.flag.r": True})], facts=())
    assert owner_of(lessons, LXC) == ("router", None, None, None, "likely")
    assert GATEWAY in lessons.names.of_mac(parse_mac(LXC)).inferred
    assert owner_of(taught([advertise()], facts=()), LXC) is None


def test_delivery_is_noted_by_sender_mac():
    """MACs from which something other than neighbour answers came are noted, and no others."""
    lessons = taught([advertise(), answer(mac=SIDE_LXC), echo(FAR_IP, POD_IP, reply=True, **macs(FAR_LXC, POD))])
    assert lessons.delivered == {parse_mac(FAR_LXC)}


def test_overlay_by_a_tunnel_packet():
    """One tunnel packet shows that pods of different nodes reach each other through a tunnel."""
    assert taught([echo()], facts=()).overlay is False
    assert taught([echo()], [REQUEST], facts=()).overlay is True


@pytest.mark.parametrize(
    ("mtu", "route", "expected"),
    [(1500, 1450, True), (1500, 1430, True), (1500, 1500, False), (1500, None, False), (9000, 8950, True)],
)
def test_overlay_by_room_for_a_header(mtu, route, expected):
    """Cilium lowers the MTU of a pod's default route by 50 (70 over IPv6) where it encapsulates (pkg/mtu/mtu.go)."""
    facts = (
        interface(NEAR, "eth0", POD, mtu=mtu), default_route(NEAR, GATEWAY, mtu=route),
        interface(Host("worker"), "lxc237a31216c0f", LXC),
    )  # fmt: skip
    assert taught([], facts=facts).overlay is expected


def test_overlay_by_the_tunnel_device():
    """A node with cilium_vxlan encapsulates."""
    assert taught([], facts=(interface(Host("worker"), "cilium_vxlan"),)).overlay is True


def test_caps(monkeypatch):
    """A flood of forged addresses fills no more than the cap, and what came before it stays."""
    monkeypatch.setattr(learn, "MAX_TAUGHT", 50)
    flood = [
        tunnelled(echo(f"fd00::{n:x}", FAR_IP, **macs(f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}", LXC)), f"10.9.{n}.1")
        for n in range(200)
    ]
    flood += [advertise(f"fd00::{n:x}", mac=f"02:00:00:01:00:{n:02x}") for n in range(200)]
    lessons = taught([REQUEST, advertise()], flood)
    assert len(lessons.names.macs) <= 50
    assert len(lessons.answers) <= 50
    assert len(lessons.names.ips) <= 50
    assert node_of(lessons, NODE_IP) == ("worker", "node", "likely")
    assert owner_of(lessons, POD)[1] == "cni-7t9p4"


def test_nothing_in_nothing_out():
    """A batch without frames teaches nothing."""
    lessons = taught([])
    assert (lessons.names.macs, lessons.names.ips, lessons.answers) == ({}, {}, {})
    assert POD_IP4 not in map(str, lessons.names.ips)
