"""Do inferred facts make an inventory that names what frames showed, and give way to what was read?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import ROOT
from tests.explain.made import (
    FAR,
    FAR_IP,
    FAR_LXC,
    FAR_NIC,
    FAR_NODE_IP,
    GATEWAY,
    LXC,
    NIC,
    NODE_IP,
    POD,
    POD_IP,
    POD_IP4,
    address,
    advertise,
    echo,
    hosts,
    interface,
    macs,
    packets,
    solicit,
    tunnelled,
)
from tests.infer.asking import inferred
from vxlan_dissect import Inventory
from vxlan_dissect.addresses import parse_ip, parse_mac, parse_prefix
from vxlan_dissect.infer import infer, read
from vxlan_dissect.inventory.model import CacheEntry, Host, Interface, Neighbour, NodePrefix, Pod, Route, Vtep

OUT = {"outer.eth.src": NIC, "outer.eth.dst": FAR_NIC, "outer.ip.ttl": 64}
BACK = {"outer.eth.src": FAR_NIC, "outer.eth.dst": NIC, "outer.ip.ttl": 64}
CILIUM = (
    tunnelled(echo() | macs(POD, LXC), **OUT),
    tunnelled(echo(POD_IP4, "10.244.2.245") | macs(POD, LXC), **OUT),
    tunnelled(echo(FAR_IP, POD_IP, reply=True) | macs(FAR, FAR_LXC), FAR_NODE_IP, NODE_IP, vni=41072, **BACK),
)
NODE, FAR_NODE = NODE_IP, FAR_NODE_IP


def of(found, kind):
    """The facts of one kind."""
    return [fact for fact in found.facts if isinstance(fact, kind)]


def test_pods_and_nodes_are_called_by_their_addresses():
    """A pod is one host for all its addresses, on the node that its packets come from."""
    pods = {fact.ips[0]: (fact.name, fact.node) for fact in of(inferred(*CILIUM), Pod)}
    assert pods[parse_ip(POD_IP)] == pods[parse_ip(POD_IP4)] == (POD_IP4, NODE)
    assert pods[parse_ip(FAR_IP)] == (FAR_IP, FAR_NODE)


def test_every_fact_has_frames_and_a_reason():
    """Each fact says from which frames of which file it was inferred, why, and how sure that is."""
    found = inferred(*CILIUM)
    for fact in found.facts:
        assert fact.source.inferred
        assert fact.source.file == "made.pcap"
        assert set(fact.source.frames) <= {1, 2, 3}
        assert fact.source.why
        assert fact.source.confidence in {"likely", "possible"}
    (device,) = [fact for fact in of(found, Interface) if fact.mac == parse_mac(FAR)]
    assert device.source.frames == (3,)


def test_the_host_end_serves_its_pod():
    """The host end of a veth is a device of the node and says which pod it serves."""
    devices = {fact.mac: fact for fact in of(inferred(*CILIUM), Interface)}
    end = devices[parse_mac(LXC)]
    assert (end.host, end.serves) == (Host(NODE), Host(NODE, POD_IP4))
    assert (end.name, end.role) == (f"host end {LXC}", "lxc")


def test_identities_and_ranges():
    """A VNI of Cilium is the sender's identity; what stands behind a node is of a range, with its count in words."""
    found = inferred(*CILIUM)
    entries = {fact.prefix.ip: (fact.identity, fact.tunnel_endpoint) for fact in of(found, CacheEntry)}
    assert entries[parse_ip(POD_IP)] == (10398, parse_ip(NODE_IP))
    assert entries[parse_ip(FAR_IP)] == (41072, parse_ip(FAR_NODE_IP))
    ranges = {(fact.node, fact.prefix): fact.source for fact in of(found, NodePrefix)}
    source = ranges[NODE, parse_prefix("fd00:10:244:1::/64")]
    assert source.why.startswith("one address of a pod behind")
    assert source.confidence == "possible"


def test_a_range_that_two_nodes_share_is_none():
    """Where pods of one /24 stand behind two nodes, neither is said to have the range."""
    found = inferred(
        tunnelled(echo("10.0.0.5", "10.0.0.9") | macs(POD, LXC), **OUT),
        tunnelled(echo("10.0.0.9", "10.0.0.5", reply=True) | macs(FAR, FAR_LXC), FAR_NODE_IP, NODE_IP, **BACK),
    )
    assert of(found, NodePrefix) == []
    assert {fact.node for fact in of(found, Pod)} == {NODE, FAR_NODE}


def test_tunnel_devices_have_their_node_and_vni():
    """The MACs of a routed overlay are the VXLAN devices of the nodes that the outer addresses name."""
    found = inferred(
        tunnelled(echo() | {"ipv6.hlim": 63} | macs("e6:ee:e7:61:5e:f3", "16:ca:e7:50:07:20"), vni=1, **OUT),
    )
    assert {(fact.node, fact.mac, fact.vni) for fact in of(found, Vtep)} == {
        (NODE, parse_mac("e6:ee:e7:61:5e:f3"), 1),
        (FAR_NODE, parse_mac("16:ca:e7:50:07:20"), 1),
    }


def test_what_a_pod_resolved():
    """An answer gives the asker a neighbour and, where it is a gateway, a default route."""
    found = inferred(
        solicit(), advertise(**{"icmpv6.nd.na.flag.r": True, "icmpv6.nd.na.flag.o": False, "eth.dst": POD})
    )
    (entry,) = of(found, Neighbour)
    assert (entry.host.pod, entry.ip, entry.mac, entry.router) == (
        POD_IP,
        parse_ip(GATEWAY),
        parse_mac(LXC),
        True,
    )
    (route,) = of(found, Route)
    assert (route.host.pod, route.via) == (POD_IP, parse_ip(GATEWAY))
    assert {fact.host.node for fact in of(found, Interface)} == {f"(gateway {GATEWAY})"}


def test_ifindex_of_a_cooked_capture():
    """Frames that leave a device of a cooked capture tell its ifindex, and whose host took the capture."""
    found = inferred(
        tunnelled(
            echo(), **{"outer.ip.ttl": 64, "sll.src.mac": NIC, "sll.pkttype": 4, "sll.ifindex": 5, "eth.src": POD}
        ),
        echo() | {"sll.src.mac": POD, "sll.pkttype": 0, "sll.ifindex": 6},
        echo(FAR_IP, POD_IP, reply=True) | {"ipv6.hlim": 63, "sll.src.mac": LXC, "sll.pkttype": 4, "sll.ifindex": 6},
    )
    devices = {fact.mac: (fact.index, fact.host.node) for fact in of(found, Interface)}
    assert devices[parse_mac(NIC)] == (5, NODE)
    assert devices[parse_mac(LXC)] == (6, NODE)


def test_given_facts_come_first():
    """What a line says of a MAC or an address stays the answer, and certain, beside what frames suggest."""
    worker = Host("worker")
    given = hosts(
        interface(worker, "lxc1", LXC, 6), interface(worker, "eth0", NIC, 5), address(worker, "eth0", NODE_IP)
    )
    both = Inventory((*inferred(*CILIUM).facts, *given.facts))
    for subject, owners in ((LXC, both.owners_of_mac(parse_mac(LXC))), (NODE_IP, both.owners_of_ip(parse_ip(NODE_IP)))):
        assert [owner.host for owner in owners] == [worker], subject
        assert {owner.confidence for owner in owners} == {"certain"}


def test_facts_beside_a_given_inventory():
    """What the inventory knows is left out, and the rest speaks of its hosts by the names that it gives them."""
    worker, web = Host("worker"), Host("worker", "web-0")
    given = hosts(
        interface(worker, "eth0", NIC, 5), address(worker, "eth0", NODE_IP),
        interface(web, "eth0", POD, 2), address(web, "eth0", POD_IP),
    )  # fmt: skip
    added = inferred(*CILIUM).beside(given)
    assert {fact.mac for fact in added if isinstance(fact, Interface)} == {
        parse_mac(m) for m in (FAR, FAR_LXC, FAR_NIC, LXC)
    }
    (end,) = [fact for fact in added if isinstance(fact, Interface) and fact.mac == parse_mac(LXC)]
    assert (end.host, end.serves) == (worker, web)
    assert {(fact.name, fact.node) for fact in added if isinstance(fact, Pod)} >= {(FAR_IP, FAR_NODE)}
    assert not any(ip == parse_ip(POD_IP) for fact in added if isinstance(fact, Pod) for ip in fact.ips)


def test_an_inferred_owner_says_so():
    """The owner that frames alone suggest has their confidence and reason, never certainty."""
    (owner,) = inferred(*CILIUM).inventory.owners_of_mac(parse_mac(FAR_LXC))
    assert (owner.what, owner.node, owner.confidence) == ("lxc", FAR_NODE, "likely")
    assert owner.inferred.startswith("destination MAC of what")
    assert str(owner.fact.source) == "made.pcap: inferred from frame 3"


@pytest.mark.parametrize("taken", ["name", "packets"])
def test_public_function(taken):
    """`vxd.infer` takes the name of a capture or Packets, and gives an Inventory."""
    path = str(ROOT / "captures" / "dual-stack-ping6" / "1.cap")
    inventory = vxd.infer(path if taken == "name" else vxd.read(path))
    assert isinstance(inventory, Inventory)
    assert NODE_IP in inventory.node_names() or inventory.pod_names()


def test_a_capture_that_ends_early_tells_what_it_has(tmp_path):
    """A damaged file is inferred up to the damage; one without a frame is an error."""
    whole = (ROOT / "captures" / "dual-stack-ping6" / "1.cap").read_bytes()
    cut = tmp_path / "cut.cap"
    cut.write_bytes(whole[:-10])
    assert read(str(cut)).facts
    cut.write_bytes(whole[:30])
    with pytest.raises(vxd.errors.CaptureError):
        read(str(cut))


def test_roles_are_those_of_the_inventory():
    """Asked for any MAC or address, the inventory of a stored capture names the role that was inferred."""
    for path in sorted((ROOT / "captures").glob("*/*/*.pcap")):
        found = read(str(path))
        for subject, told in found.roles.items():
            owners = found.inventory.owners_of_mac if isinstance(subject, int) else found.inventory.owners_of_ip
            assert owners(subject)[0].what == told.what, (path.name, subject)
            assert owners(subject)[0].confidence != "certain"


def test_packets_of_several_batches_are_one_capture():
    """What two batches show together is what one shows alone, apart from nothing."""
    whole = inferred(*CILIUM)
    split = infer([packets(CILIUM[0]), packets(*CILIUM[1:], first=2)])
    assert {str(fact) for fact in split.facts} == {str(fact) for fact in whole.facts}
