"""Who has an address, as certain as the lines make it and no more?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import NODE, POD, WORKER, address, at, device, inventory_of
from vxlan_dissect.addresses import BROADCAST_MAC, parse_ip, parse_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    ROLES,
    Host,
    Neighbour,
    Node,
    Pod,
    Route,
    Service,
)


@pytest.fixture(scope="module")
def session(captures_dir):
    """The stored session of the dual-stack cluster."""
    return Inventory.load(captures_dir / "dual-stack-ping6" / "inventory" / "session.txt")


def stored(captures_dir, name):
    """The inventory of a stored laboratory."""
    return Inventory.load(captures_dir / name / "inventory")


def owners(inventory, address):
    """Owners of an address given as text, as (host, interface, role, confidence)."""
    is_mac = address.count(":") == 5 and "::" not in address
    found = inventory.owners_of_mac(parse_mac(address)) if is_mac else inventory.owners_of_ip(parse_ip(address))
    assert all(owner.what in ROLES for owner in found)
    return [(owner.host, owner.interface, owner.what, owner.confidence) for owner in found]


@pytest.mark.parametrize(
    ("text", "host", "interface", "role"),
    [
        ("a2:79:14:47:80:b3", Host(WORKER), "lxc237a31216c0f", "lxc"),
        ("4e:5b:57:45:63:3b", Host(WORKER, "cni-7t9p4"), "eth0", "pod"),
        ("b6:61:48:ae:63:f5", Host(WORKER + "2", "cni-8qgcs"), "eth0", "pod"),
        ("32:ed:4d:67:b2:e1", Host(WORKER), "cilium_host", "router"),
        ("10.244.1.154", Host(WORKER), "cilium_host", "router"),
        ("fd00:10:244:2::9461", Host(WORKER + "2", "cni-8qgcs"), "eth0", "pod"),
        ("fe80::a079:14ff:fe47:80b3", Host(WORKER), "lxc237a31216c0f", "lxc"),
        # The node's own address on cilium_host, which no pod uses as gateway.
        ("fc00:f853:ccd:e793::4", Host(WORKER), "cilium_host", "host"),
        ("10.96.0.1", None, None, "service"),
    ],
)
def test_certain_owners(session, text, host, interface, role):
    """What a line says outright has one certain owner."""
    assert owners(session, text) == [(host, interface, role, "certain")]


def test_lines_of_owners(session):
    """An owner's fact is the line with the address, and is the inventory's own value."""
    text = session.interfaces[0].source.file
    with open(text, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for interface in session.interfaces:
        owner = session.owners_of_mac(interface.mac)[0]
        assert owner.fact in session.interfaces
        assert f" {owner.fact.name}" in lines[owner.fact.index_source.line - 1]
        assert "link/" in lines[owner.fact.source.line - 1]
    assert "a2:79:14:47:80:b3" in lines[session.owners_of_mac(parse_mac("a2:79:14:47:80:b3"))[0].fact.source.line - 1]


def test_the_gateway_that_no_interface_has(session):
    """A gateway known from a pod's route is its node's, likely, and who answers for it is told after that."""
    found = session.owners_of_ip(parse_ip("fd00:10:244:1::22f1"))
    assert [(owner.host, owner.interface, owner.what, owner.confidence, owner.serves) for owner in found] == [
        (Host(WORKER), None, "router", "likely", "cni-7t9p4"),
        (Host(WORKER), "lxc237a31216c0f", "lxc", "possible", "cni-7t9p4"),
    ]
    assert isinstance(found[0].fact, Route)
    assert isinstance(found[1].fact, Neighbour)
    assert all(owner.inferred for owner in found)
    ip, route, pod = session.gateways(6)[0]
    assert (str(ip), route, pod.pod) == ("fd00:10:244:1::22f1", found[0].fact, "cni-7t9p4")
    assert [str(ip) for ip, _, _ in session.gateways(4)] == ["10.244.1.154"]


def test_pairs(session):
    """The ends of a veth pair are joined by the indexes that both give, whatever their names."""
    lxc, pod = session.interface(Host(WORKER), "lxc237a31216c0f"), session.interface(Host(WORKER, "cni-7t9p4"), "eth0")
    assert session.peer(lxc) == pod == session.pod_of_lxc(lxc)
    assert session.peer(pod) == lxc == session.lxc_of_pod("cni-7t9p4") == session.lxc_of_pod(pod.host)
    assert session.pod_of_lxc(pod) is None
    assert session.peer(session.interface(Host(WORKER), "cilium_host")) is None
    assert session.owners_of_mac(lxc.mac)[0].serves == "cni-7t9p4"
    assert session.lxc_of_pod("cni-8qgcs") is None


def test_names(session):
    """Nodes, pods and recordings are found by name."""
    assert session.node_names() == (WORKER, WORKER + "2")
    assert session.pod_names() == ("cni-7t9p4", "cni-8qgcs")
    assert session.node_of_pod("cni-8qgcs") == WORKER + "2"
    assert session.node_of_pod("nobody") is None
    assert [recording.host for recording in session.recordings_of("1.cap")] == [Host(WORKER)]
    assert session.recordings_of(None) == ()
    assert session.node_by_address(parse_ip("fc00:f853:ccd:e793::4")) == WORKER
    assert session.node_by_address(parse_ip("10.244.1.233")) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ff02::1:ff00:22f1", "solicited-node group of fd00:10:244:1::22f1"),
        ("33:33:ff:00:22:f1", "solicited-node group of fd00:10:244:1::22f1"),
        ("ff02::1:ff12:3456", "solicited-node group"),
        ("ff02::1", "multicast group all nodes"),
        ("33:33:00:00:00:16", "multicast group MLDv2 routers"),
        ("224.0.0.251", "multicast group 224.0.0.251"),
        ("ff:ff:ff:ff:ff:ff", "broadcast"),
    ],
)
def test_groups(session, text, words):
    """A group address is nobody's; a solicited-node group names the known addresses that it stands for."""
    assert owners(session, text) == [(None, None, "group", "certain")]
    found = (
        session.owners_of_mac(parse_mac(text))
        if "::" not in text and ":" in text
        else session.owners_of_ip(parse_ip(text))
    )
    assert found[0].inferred == words


def test_broadcast_of_nothing():
    """Groups are known without any inventory."""
    assert Inventory().owners_of_mac(BROADCAST_MAC)[0].what == "group"


def test_one_mac_on_every_pair(captures_dir):
    """Calico's MAC is on every host end, so no single one is claimed for certain."""
    inventory = stored(captures_dir, "calico-vxlan")
    found = inventory.owners_of_mac(parse_mac("ee:ee:ee:ee:ee:ee"))
    assert {(owner.node, owner.interface, owner.serves) for owner in found} == {
        ("rack1-k8s01", "cali3b7a90e1c24", "debug-l7x9d"),
        ("rack1-k8s01", "cali9f02d41b6ea", "redis-0"),
        ("rack2-k8s02", "cali61c0ff83d97", "api-5c8h2"),
    }
    assert {(owner.what, owner.confidence) for owner in found} == {("lxc", "possible")}
    gateway = inventory.owners_of_ip(parse_ip("169.254.1.1"))
    assert [(owner.node, owner.interface, owner.what) for owner in gateway[:2]] == [
        ("rack1-k8s01", None, "router"),
        ("rack2-k8s02", None, "router"),
    ]
    # Each pod's table speaks of the pod's own host end, though all have the MAC.
    assert {(owner.interface, owner.serves) for owner in gateway[2:]} == {
        ("cali3b7a90e1c24", "debug-l7x9d"),
        ("cali9f02d41b6ea", "redis-0"),
        ("cali61c0ff83d97", "api-5c8h2"),
    }
    assert {owner.confidence for owner in gateway} == {"possible"}


def test_a_gateway_on_every_host_end(captures_dir):
    """kindnet puts the gateway address on each host end of a node: the node is clear, the interface is not."""
    inventory = stored(captures_dir, "kindnet-hostgw")
    assert owners(inventory, "10.244.1.1") == [
        (Host("kind-worker"), "vethd49103ce", "router", "likely"),
        (Host("kind-worker"), "veth77b0e2a1", "router", "likely"),
    ]


def test_bridges_and_tunnels(captures_dir):
    """cni0 is the gateway of its node's pods, flannel.1 a tunnel device, the card with the default route the node's."""
    inventory = stored(captures_dir, "flannel")
    for name, role in (
        ("cni0", "router"),
        ("flannel.1", "tunnel"),
        ("eth0", "node"),
        ("veth08fb3a7d", "lxc"),
        ("lo", "loopback"),
    ):
        interface = inventory.interface(Host("oak-w1"), name)
        found = inventory.owners_of_mac(interface.mac)
        assert [owner.what for owner in found if owner.host == Host("oak-w1")] == [role]
    assert inventory.interface(Host("oak-w1"), "flannel.1").vni == 1


def test_loopback(captures_dir):
    """Every host has 127.0.0.1 and none has it alone."""
    found = owners(stored(captures_dir, "flannel"), "127.0.0.1")
    assert len(found) == 7
    assert {(interface, role, confidence) for _, interface, role, confidence in found} == {
        ("lo", "loopback", "possible")
    }


def test_what_a_neighbour_table_tells(captures_dir):
    """A MAC that no interface line shows belongs to whoever has the address beside it; a stranger stays one."""
    inventory = stored(captures_dir, "calico-vxlan")
    assert owners(inventory, "00:1b:21:aa:01:01") == [(None, None, "host", "possible")]
    facts = [
        device(NODE, "eth0", 1, mac=7),
        address(Host("node-8"), "eth0", "10.0.0.8", 2),
        device(Host("node-8"), "eth0", 3),
        Neighbour(NODE, parse_ip("10.0.0.8"), 8, at(4), device="eth0", state="REACHABLE"),
    ]
    assert owners(Inventory(facts), "00:00:00:00:00:08") == [(Host("node-8"), "eth0", "node", "likely")]
    # Beside addresses of two hosts it may be either's.
    two = [
        address(Host("node-9"), "eth0", "10.0.0.9", 5),
        Neighbour(NODE, parse_ip("10.0.0.9"), 8, at(6), device="eth0"),
    ]
    assert {confidence for *_, confidence in owners(Inventory([*facts, *two]), "00:00:00:00:00:08")} == {"possible"}
    # The MAC of a pod's gateway without any line of the node: whose interface it is, nobody says.
    gateway = [
        Route(POD, None, 6, at(1), via=parse_ip("fd00::1"), device="eth0"),
        Neighbour(POD, parse_ip("fd00::1"), 9, at(2), device="eth0", state="STALE", router=True),
    ]
    assert owners(Inventory(gateway), "00:00:00:00:00:09") == [(NODE, None, "router", "likely")]


def test_eui64_both_ways():
    """A link-local address without a line is its MAC's, a MAC without a line its link-local address's, both likely."""
    inventory = Inventory([device(NODE, "lxc1", 1, mac=parse_mac("a2:79:14:47:80:b3"))])
    assert owners(inventory, "fe80::a079:14ff:fe47:80b3") == [(NODE, "lxc1", "lxc", "likely")]
    assert "a2:79:14:47:80:b3" in inventory.owners_of_ip(parse_ip("fe80::a079:14ff:fe47:80b3"))[0].inferred
    inventory = Inventory([device(NODE, "lxc1", 1), address(NODE, "lxc1", "fe80::a079:14ff:fe47:80b3", 2, 64)])
    assert owners(inventory, "a2:79:14:47:80:b3") == [(NODE, "lxc1", "lxc", "likely")]
    assert owners(inventory, "a2:79:14:47:80:b4") == []


def test_pods_that_only_kubectl_names():
    """A pod's address in the table is the pod's, on no interface; a finished pod yields it to a running one."""
    ip = parse_ip("10.0.0.9")
    pod = Pod("web-1", at(1), namespace="shop", node="node-7", ips=(ip,), status="Running")
    assert owners(Inventory([pod]), "10.0.0.9") == [(POD, None, "pod", "certain")]
    assert Inventory([pod]).owners_of_ip(ip)[0].namespace == "shop"
    job = pod._replace(name="job-1", status="Completed", source=at(2))
    assert [owner.pod for owner in Inventory([job, pod]).owners_of_ip(ip)] == ["web-1"]
    assert [owner.pod for owner in Inventory([job]).owners_of_ip(ip)] == ["job-1"]
    twice = Inventory([pod, pod._replace(name="web-2", source=at(2))]).owners_of_ip(ip)
    assert [(owner.pod, owner.confidence) for owner in twice] == [("web-1", "possible"), ("web-2", "possible")]


def test_pods_on_the_host_s_network():
    """The address of a pod that shares its node's network is the node's."""
    ip = parse_ip("172.18.0.4")
    facts = [Pod("proxy", at(1), node="node-7", ips=(ip,)), Node("node-7", at(2), ips=(ip,))]
    assert owners(Inventory(facts), "172.18.0.4") == [(NODE, None, "node", "certain")]
    facts.append(address(NODE, "eth0", "172.18.0.4", 3, 16))
    assert owners(Inventory([*facts, device(NODE, "eth0", 4)]), "172.18.0.4") == [(NODE, "eth0", "node", "certain")]


def test_services_before_the_devices_that_hold_their_addresses():
    """A service address that kube-proxy puts on every node is the service's."""
    ip = parse_ip("10.96.0.1")
    facts = [
        Service("kubernetes", at(1), namespace="default", cluster_ips=(ip,)),
        *(device(Host(node), "kube-ipvs0", line) for line, node in enumerate(("node-7", "node-8"), 2)),
        *(address(Host(node), "kube-ipvs0", "10.96.0.1", line) for line, node in enumerate(("node-7", "node-8"), 4)),
    ]
    found = Inventory(facts).owners_of_ip(ip)
    assert [(owner.what, owner.service, owner.namespace, owner.confidence) for owner in found] == [
        ("service", "kubernetes", "default", "certain"),
        ("host", None, None, "possible"),
        ("host", None, None, "possible"),
    ]


PAIR = [
    device(Host(None, "web-1"), "eth0", 1, index=2, peer_index=9, mac=1),
    device(NODE, "lxc1", 2, index=9, peer_index=2, mac=2),
]


def test_pairs_by_indexes_alone():
    """Where a pod's node is not known, matching indexes make the pair likely, and only if nothing else fits."""
    inventory = Inventory(PAIR)
    assert inventory.peer(PAIR[0]) == PAIR[1]
    assert owners(inventory, "00:00:00:00:00:02") == [(NODE, "lxc1", "lxc", "likely")]
    other = device(Host("node-8"), "lxc1", 3, index=9, peer_index=2, mac=3)
    assert Inventory([*PAIR, other]).peer(PAIR[0]) is None
    # The name of the namespace decides where there is one.
    named = PAIR[1]._replace(peer_namespace="web-1")
    assert Inventory([PAIR[0], named, other]).peer(PAIR[0]) == named


def test_namespaces_and_nodes():
    """The namespace's name joins ends of one node only, and of two namespaces that are no pods."""
    named = PAIR[1]._replace(peer_namespace="web-1")
    elsewhere = PAIR[0]._replace(host=Host("node-8", "web-1"))
    assert Inventory([elsewhere, named]).peer(named) is None
    switch = device(Host("underlay"), "p7", 1, index=9, peer_index=2, peer_namespace="node-7")
    card = device(NODE, "eth0", 2, index=2, peer_index=9)
    inventory = Inventory([switch, card])
    assert inventory.peer(card) == switch
    assert inventory.pod_of_lxc(switch) is None


def test_what_is_no_pair():
    """One index alone, a VLAN on a card, and two cards of two nodes with equal indexes are no pairs."""
    assert Inventory([PAIR[0], PAIR[1]._replace(peer_index=3)]).peer(PAIR[0]) is None
    vlan = device(NODE, "eth0.5", 1, index=5, peer_name="eth0")
    assert Inventory([vlan, device(NODE, "eth0", 2, index=2)]).peer(vlan) is None
    card = device(NODE, "eth0", 1, index=2, peer_index=2)
    assert Inventory([card, card._replace(host=Host("node-8"))]).peer(card) is None


def test_pods_of_one_name():
    """Two pods of one name on two nodes have no single host end."""
    facts = [fact._replace(host=Host(node, fact.host.pod)) for node in ("node-7", "node-8") for fact in PAIR]
    inventory = Inventory(facts)
    assert inventory.lxc_of_pod("web-1") is None
    assert inventory.lxc_of_pod(Host("node-8", "web-1")).host == Host("node-8")


def test_unknown_hosts():
    """Output of a host that nobody names has an owner without a name."""
    inventory = inventory_of("2: lxc1@if9: <UP> mtu 1500 x y\nlink/ether 02:00:00:00:00:02\n")
    assert owners(inventory, "02:00:00:00:00:02") == [(Host(None), "lxc1", "lxc", "certain")]
    assert inventory.node_names() == ()
