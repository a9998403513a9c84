"""At which interface was a frame captured, and what is that known from?"""

from __future__ import annotations

import signal

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
    SIDE,
    SIDE_LXC,
    advertise,
    echo,
    hosts,
    interface,
    macs,
    packets,
    solicit,
    tunnelled,
    veth,
)
from vxlan_dissect.errors import UsageError
from vxlan_dissect.explain.names import Names
from vxlan_dissect.explain.point import Points
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Recording, Source
from vxlan_dissect.packets import CaptureInterface

WORKER, WORKER2 = Host("worker"), Host("worker2")
NEAR, SECOND, FAR_POD = Host("worker", "cni-7t9p4"), Host("worker", "client-6c9f7"), Host("worker2", "cni-8qgcs")
CLUSTER = (
    veth(NEAR, WORKER, "lxc237a31216c0f", index=6, mac=POD, host_mac=LXC),
    veth(SECOND, WORKER, "lxc5e0b7d94a1c2", index=7, mac=SIDE, host_mac=SIDE_LXC),
    veth(FAR_POD, WORKER2, "lxc91c4d60f3ab8", index=6, mac=FAR, host_mac=FAR_LXC),
    interface(WORKER, "eth0", NIC, 5), interface(WORKER, "cilium_vxlan", "be:0c:6a:5e:91:d8", 4),
    interface(WORKER2, "eth0", FAR_NIC, 5), interface(WORKER2, "cilium_vxlan", "52:f7:3d:18:a6:0b", 4),
)  # fmt: skip
REQUEST, REPLY = echo(**macs(POD, LXC)), echo(FAR_IP, POD_IP, reply=True, **macs(LXC, POD))
OVER = {"outer.eth.src": NIC, "outer.eth.dst": FAR_NIC}
BACK = {"outer.eth.src": FAR_NIC, "outer.eth.dst": NIC}
NETWORK = tunnelled(echo(**macs(POD, LXC)), **OVER)
NETWORK_BACK = tunnelled(echo(FAR_IP, POD_IP, reply=True, **macs(FAR, FAR_LXC)), FAR_NODE_IP, NODE_IP, **BACK)


def point(*rows, facts=CLUSTER, at=None, row=0, **more):
    """The capture point of one frame of a capture."""
    frames = packets(*rows, **more)
    inventory = hosts(*facts) if facts else Inventory()
    return Points(frames, Names(inventory), at).of(frames[row])


def where(found):
    """Node, interface and pod of a point."""
    return found and (found.node, found.interface, found.pod)


def test_given_by_the_user():
    """What the user says counts before the name of the file, and is certain."""
    found = point(REQUEST, at="worker2:eth0", name="worker.cilium_vxlan.pcap")
    assert where(found) == ("worker2", "eth0", None)
    assert (found.confidence, found.basis) == ("certain", "given by the user")


def test_given_as_a_pod():
    """A pod may be given in the place of a node; its node is looked up."""
    assert where(point(REQUEST, at="cni-8qgcs:eth0")) == ("worker2", "eth0", "cni-8qgcs")


def test_given_without_an_inventory():
    """A node that no inventory knows is taken as the user says."""
    assert where(point(REQUEST, at="n1:ens5", facts=())) == ("n1", "ens5", None)


def test_given_counts_for_every_interface_of_the_file():
    """Also frames of a pcapng that names its interfaces, and of a cooked capture, were taken where the user says."""
    named = (CaptureInterface(1, "lxc237a31216c0f"),)
    assert where(point({**REQUEST, "frame.interface_id": 0}, at="worker2:eth0", interfaces=named))[1] == "eth0"
    assert where(point({**REQUEST, "sll.ifindex": 6}, at="worker2:eth0"))[1] == "eth0"


@pytest.mark.parametrize("at", ["worker", "worker:", ":eth0", ":", ""])
def test_given_wrongly(at):
    """A place is a host and an interface."""
    with pytest.raises(UsageError, match="NODE:INTERFACE"):
        point(REQUEST, at=at)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("worker.cilium_vxlan.pcap", ("worker", "cilium_vxlan", None)),
        ("some/folder/worker.eth0.pcap.gz", ("worker", "eth0", None)),
        ("worker2.eth0.pcapng.zst", ("worker2", "eth0", None)),
        ("worker2.eth0", ("worker2", "eth0", None)),
        ("worker.pod-cni-7t9p4.eth0.cap", ("worker", "eth0", "cni-7t9p4")),
        ("worker.pod-unknown.eth0.pcap", None),
        ("worker.no-such-device.pcap", None),
        ("nobody.eth0.pcap", None),
        ("worker.pcap", None),
        ("worker..pcap", None),
        ("capture.pcap", None),
        ("-", None),
    ],
)
def test_name_of_the_file(name, expected):
    """A name of node and device, or node, pod and device, tells the point where the inventory has them."""
    found = point({"eth.src": "02:00:00:00:00:09", "eth.dst": "02:00:00:00:00:08"}, name=name)
    assert where(found) == expected
    assert found is None or (found.confidence == "likely" and name.split("/")[-1] in found.basis)


def test_longest_node_name_wins():
    """`worker.lab.eth0.pcap` is of the node `worker.lab` where there is one."""
    facts = (*CLUSTER, interface(Host("worker.lab"), "eth0", "02:00:00:00:00:01"))
    assert where(point(REQUEST, facts=facts, name="worker.lab.eth0.pcap")) == ("worker.lab", "eth0", None)


def test_device_name_with_dots():
    """Devices such as vxlan-v6.calico and flannel.1 have dots of their own."""
    facts = (*CLUSTER, interface(WORKER, "vxlan-v6.calico"), interface(WORKER, "flannel.1"))
    for device in ("vxlan-v6.calico", "flannel.1"):
        assert where(point(REQUEST, facts=facts, name=f"worker.{device}.pcap")) == ("worker", device, None)


UNTOLD = {"eth.src": "02:00:00:00:00:09", "eth.dst": "02:00:00:00:00:08"}  # of nobody


@pytest.mark.parametrize("name", ["worker.eth0_2.pcap", "worker.eth0-2.pcap", "worker.eth0+vlan.pcap"])
def test_another_capture_of_a_device(name):
    """A device that the inventory has, and a mark behind it, is a further capture of that device."""
    found = point(UNTOLD, name=name)
    assert (where(found), found.confidence) == (("worker", "eth0", None), "likely")


def test_device_that_begins_like_another():
    """A device whose whole name is listed counts before one that its name begins with."""
    facts = (*CLUSTER, interface(WORKER, "eth0_2"))
    assert where(point(UNTOLD, facts=facts, name="worker.eth0_2.pcap")) == ("worker", "eth0_2", None)
    assert where(point(UNTOLD, facts=facts, name="worker.eth0_3.pcap")) == ("worker", "eth0", None)


@pytest.mark.parametrize("device", ["vxlan.calico", "flannel-v6.1", "tunl0", "cali3b7a90e1c24", "ens5"])
def test_usual_device_that_the_inventory_lacks(device):
    """Behind a node a device of a usual name is possibly what it says, and the inventory's silence is said."""
    found = point(UNTOLD, name=f"worker.{device}.pcap")
    assert (where(found), found.confidence) == (("worker", device, None), "possible")
    assert f"the inventory does not list {device}" in found.basis


@pytest.mark.parametrize("name", ["after-reboot", "eth", "before.eth0", "second.try", "lxc"])
def test_rest_of_a_name_that_is_no_device(name):
    """What stands behind a node and is no device tells nothing."""
    assert point(UNTOLD, name=f"worker.{name}.pcap") is None


def test_interfaces_of_a_file_that_is_named_after_its_node():
    """A pcapng file of several interfaces, which both nodes have, belongs to the node in its name."""
    names = (CaptureInterface(1, "eth0"), CaptureInterface(1, "cilium_vxlan"))
    rows = [{**UNTOLD, "frame.interface_id": number} for number in (0, 1)]
    for number, device in enumerate(("eth0", "cilium_vxlan")):
        found = point(*rows, interfaces=names, row=number, name="worker.multi.pcapng")
        assert (where(found), found.confidence) == (("worker", device, None), "likely")
        assert "called after the node, worker.multi.pcapng" in found.basis
    assert where(point(*rows, interfaces=names, name="multi.pcapng")) is None
    assert where(point(*rows, interfaces=names, name="worker2.multi.pcapng")) == ("worker2", "eth0", None)


@pytest.mark.parametrize("name", [".pcap", ".cap", "folder/.pcapng", "..pcap", ".gz", "x/.pcap.gz"])
def test_name_that_is_all_ending(name):
    """A file that is named like an ending is a file without a point, and no search without end."""

    def stop(*_):
        raise TimeoutError(name)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        assert where(point({"eth.src": "02:00:00:00:00:09"}, name=name)) is None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_recorded_in_a_session():
    """A command of a pasted session that wrote a file of this name tells where, before the name itself does."""
    wrote = Recording(NEAR, "eth0", "worker.eth0.pcap", Source("session.txt", 12))
    found = point(REQUEST, facts=(*CLUSTER, wrote), name="elsewhere/worker.eth0.pcap")
    assert where(found) == ("worker", "eth0", "cni-7t9p4")
    assert "session.txt:12" in found.basis


def test_interface_that_the_file_names():
    """A pcapng names its interfaces: one that a single host has tells the node too."""
    named = (CaptureInterface(1, "lxc91c4d60f3ab8"), CaptureInterface(1, "lxc237a31216c0f"))
    rows = [{**REQUEST, "frame.interface_id": 0}, {**REQUEST, "frame.interface_id": 1}]
    assert where(point(*rows, interfaces=named)) == ("worker2", "lxc91c4d60f3ab8", None)
    found = point(*rows, interfaces=named, row=1)
    assert where(found) == ("worker", "lxc237a31216c0f", None)
    assert found.confidence == "likely"


def test_interface_name_of_several_hosts():
    """`eth0` alone is every host's: the frames decide, or the name of the file."""
    named = (CaptureInterface(1, "eth0"),)
    row = {**REQUEST, "frame.interface_id": 0}
    assert where(point(row, interfaces=named, name="worker2.eth0.pcapng")) == ("worker2", "eth0", None)
    assert point(row, interfaces=named).basis.startswith("every frame")


def test_interface_number_that_the_file_does_not_have():
    """A frame that names an interface without a block is like one that names none."""
    assert where(point({**REQUEST, "frame.interface_id": 7}, name="worker.eth0.pcapng")) == ("worker", "eth0", None)


def test_interface_of_a_prompt():
    """In a pasted session the prompt before the command tells the host, and is certain."""
    told = (CaptureInterface(1, "eth0", host="cni-8qgcs"),)
    found = point({**REQUEST, "frame.interface_id": 0}, interfaces=told)
    assert where(found) == ("worker2", "eth0", "cni-8qgcs")
    assert found.confidence == "certain"


def test_index_of_a_named_node():
    """A cooked capture of a known node names the device by its index; an unknown index leaves it open."""
    rows = [{**REQUEST, "sll.ifindex": index, "sll.pkttype": 0} for index in (4, 6, 99)]
    devices = [where(point(*rows, name="worker2.any.pcap", row=row))[1] for row in range(3)]
    assert devices == ["cilium_vxlan", "lxc91c4d60f3ab8", None]
    assert "99" in point(*rows, name="worker2.any.pcap", row=2).basis


OUT, IN, OTHER_HOST = 4, 0, 3


def cooked(index, kind, mac):
    """A frame of LINUX_SLL2: interface, packet type and link-layer sender."""
    return {"ipv6.hlim": 64, "sll.ifindex": index, "sll.pkttype": kind, "sll.src.mac": mac}


def test_node_by_what_it_sends():
    """A device that sends with its own MAC is on the node that captured."""
    found = point(cooked(5, OUT, FAR_NIC))
    assert where(found) == ("worker2", "eth0", None)
    assert found.confidence == "likely"


def test_node_by_what_its_pods_send():
    """What comes in at the host end of a veth has the MAC of the pod's end."""
    assert where(point(cooked(6, IN, FAR))) == ("worker2", "lxc91c4d60f3ab8", None)


def test_node_by_what_it_receives():
    """What comes in at a network card has the MAC of the other node, which is no sign of that node."""
    found = point(cooked(5, IN, NIC), cooked(4, OTHER_HOST, POD))
    assert found is None or found.node != "worker"


def test_node_of_one_way_traffic():
    """A node that only receives is told by its own answers, however many frames of the other node come in."""
    rows = [{**cooked(5, IN, NIC), "ip.ttl": ttl} for ttl in range(9)]
    assert point(*rows, cooked(5, OUT, FAR_NIC)).node == "worker2"


def test_node_that_nothing_tells():
    """Where index and sender fit both nodes alike the node stays open."""
    found = point(cooked(5, OUT, NIC), cooked(5, OUT, FAR_NIC))
    assert found is None or found.node is None


def test_end_of_a_veth():
    """Frames that are all to or from one pod are of its veth; which end cannot be told, so it is only possible."""
    found = point(solicit(**macs(POD, "33:33:ff:00:22:f1")), advertise(**macs(LXC, POD)), REQUEST, REPLY)
    assert where(found) == ("worker", "eth0", "cni-7t9p4")
    assert found.confidence == "possible"
    assert "lxc237a31216c0f" in found.basis


def test_frames_of_two_pods_of_one_node():
    """Frames of two pods of one node are not of either veth."""
    found = point(REQUEST, echo(**macs(SIDE, SIDE_LXC)))
    assert found is None or found.pod is None


def test_tunnel_device():
    """Frames of pods of two nodes without a tunnel header pass the tunnel device; on which node stays open."""
    found = point(REQUEST, echo(FAR_IP, POD_IP, reply=True, **macs(FAR, FAR_LXC)))
    assert where(found) == (None, "cilium_vxlan", None)
    assert found.confidence == "possible"


def test_network_card_between_two_nodes():
    """Tunnel packets of two nodes pass both network cards: the interface is known where both are named alike."""
    found = point(NETWORK, NETWORK_BACK)
    assert where(found) == (None, "eth0", None)
    assert found.confidence == "possible"


def test_network_card_among_three_nodes():
    """The node that has a part in all tunnel packets is the one."""
    third = {"outer.eth.src": "02:42:ac:12:00:09", "outer.eth.dst": NIC}
    facts = (*CLUSTER, interface(Host("worker3"), "eth0", "02:42:ac:12:00:09"))
    found = point(NETWORK, NETWORK_BACK, {**NETWORK_BACK, **third}, facts=facts)
    assert where(found) == ("worker", "eth0", None)
    assert found.confidence == "likely"


def test_network_card_of_a_sender_to_a_group():
    """Packets to a multicast underlay are seen by every member: their sender need not be the one who captured."""
    flood = {**NETWORK, "outer.eth.dst": "33:33:00:00:43:21"}
    found = point(flood, NETWORK)
    assert found is None or found.confidence == "possible"


def test_frames_decide_for_each_interface_of_a_file():
    """A pcapng of two unnamed interfaces has two points."""
    rows = [{**REQUEST, "frame.interface_id": 0}, {**NETWORK, "frame.interface_id": 1}]
    assert where(point(*rows)) == ("worker", "eth0", "cni-7t9p4")
    assert where(point(*rows, row=1))[2] is None


@pytest.mark.parametrize("rows", [[echo()], [echo(**macs("02:00:00:00:00:01", "02:00:00:00:00:02"))], [{"ip.ttl": 1}]])
def test_nothing_known(rows):
    """Without a name, an inventory or a MAC that anyone knows there is no point."""
    assert point(*rows, facts=()) is None
    assert point(*rows) is None
