"""Are contradictions between frames and a given inventory found, and nothing else called one?"""

from __future__ import annotations

from tests.datapath.labs import families, scenarios
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
    START,
    S,
    address,
    echo,
    hosts,
    interface,
    macs,
    tunnelled,
)
from tests.infer.asking import inferred
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.infer import disagreements, read
from vxlan_dissect.inventory.model import CiliumEndpoint, Collected, Host, Node, Pod, Source

OUT = {"outer.eth.src": NIC, "outer.eth.dst": FAR_NIC, "outer.ip.ttl": 64}
BACK = {"outer.eth.src": FAR_NIC, "outer.eth.dst": NIC, "outer.ip.ttl": 64}
FOUND = inferred(
    tunnelled(echo() | macs(POD, LXC), **OUT),
    tunnelled(echo(FAR_IP, POD_IP, reply=True) | macs(FAR, FAR_LXC), FAR_NODE_IP, NODE_IP, vni=41072, **BACK),
)
POD_HOST, OTHER = Host("worker", "web-0"), "02:00:00:00:00:09"
NODES = (
    Node("worker", Source("nodes.txt", 2), (parse_ip(NODE_IP),)),
    Node("worker2", Source("nodes.txt", 3), (parse_ip(FAR_NODE_IP),)),
)


def texts(*facts):
    """What the frames say against these facts."""
    return [one.text for one in disagreements(hosts(*facts), FOUND)]


def test_agreement():
    """An inventory that says what the frames show has nothing against it."""
    worker = Host("worker")
    assert texts(
        NODES,
        interface(POD_HOST, "eth0", POD, 2),
        address(POD_HOST, "eth0", POD_IP),
        interface(worker, "lxc1", LXC, 6),
        CiliumEndpoint(worker, Source("list.txt", 4), (parse_ip(POD_IP),), identity=10398, mac=parse_mac(POD)),
    ) == []  # fmt: skip


def test_another_mac():
    """An address with another MAC than the inventory gives it names both, and that the MAC is not known."""
    facts = interface(POD_HOST, "eth0", OTHER, 2), address(POD_HOST, "eth0", POD_IP)
    (text,) = texts(*facts)
    assert text.startswith(
        f"web-0 has {POD_IP} with MAC {OTHER}, but frames show {POD}, which the inventory does not know"
    )
    assert text.endswith("older or younger than the capture")
    (one,) = disagreements(hosts(*facts), FOUND)
    assert (one.kind, one.given.ip, one.inferred.source.frames) == ("mac", parse_ip(POD_IP), (1, 2))


def test_age_of_the_inventory():
    """Where the inventory says when it was collected, the disagreement says which of the two is older."""
    facts = interface(POD_HOST, "eth0", OTHER, 2), address(POD_HOST, "eth0", POD_IP)
    before, after = (Collected(time, Source("notes.txt", 1)) for time in (START - 60 * S, START + 60 * S))
    assert texts(*facts, before)[0].endswith("; the inventory is older than the capture")
    assert texts(*facts, after)[0].endswith("; the inventory is younger than the capture")


def test_a_fact_of_another_time():
    """An endpoint that was gone before the capture began contradicts nothing."""
    gone = CiliumEndpoint(Host("worker"), Source("a", 1), (parse_ip(POD_IP),), mac=parse_mac(OTHER), until=START - S)
    assert texts(gone) == []
    assert len(texts(gone._replace(until=None))) == 1


def test_another_role():
    """A MAC that the inventory gives to a pod, and that frames show at the host end, is said to differ."""
    (text,) = texts(interface(POD_HOST, "eth0", LXC, 2))
    assert text == f"{LXC} is of a pod, but frames show a lxc"


def test_behind_another_node():
    """A pod that kubectl lists on one node and whose packets come from another is said to differ."""
    pod = Pod("web-0", Source("pods.txt", 2), node="worker2", ips=(parse_ip(POD_IP),))
    assert texts(NODES, pod) == [f"pod web-0 with {POD_IP} is on worker2, but frames show it behind worker"]
    assert texts(NODES, pod._replace(node="worker")) == []


def test_another_identity():
    """A VNI that is not the identity of its sender is said to differ."""
    endpoint = CiliumEndpoint(Host("worker"), Source("list.txt", 4), (parse_ip(POD_IP),), identity=7)
    assert texts(endpoint) == [f"{POD_IP} has identity 7, but sends with 10398"]


def test_the_labs_agree_with_their_inventories(shared_dir):
    """Of all captures of the labs hardly any contradicts its own inventory: what frames suggest is rarely so wrong."""
    captures = said = 0
    for family in families():
        for folder, inventory in scenarios(shared_dir, family):
            for path in sorted(folder.glob("*.pcap")):
                captures += 1
                said += bool(disagreements(inventory, read(str(path))))
    assert captures > 1000
    assert said <= captures // 500
