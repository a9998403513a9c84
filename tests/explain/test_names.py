"""Whose is an address, where several have it, where only the capture tells, and where nobody knows?"""

from __future__ import annotations

import pytest

from tests.explain.made import (
    ALL_NODES,
    FAR,
    FAR_IP,
    GATEWAY,
    LXC,
    POD,
    POD_IP,
    POD_LINK,
    SIDE,
    address,
    default_route,
    hosts,
    interface,
    veth,
)
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.explain.names import Names, device, label
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Owner

WORKER, WORKER2 = Host("worker"), Host("worker2")
NEAR, OTHER = Host("worker", "cni-7t9p4"), Host("worker2", "cni-8qgcs")
SHARED_MAC = parse_mac("ee:ee:ee:ee:ee:ee")
TWICE = parse_ip("fd00::77")


@pytest.fixture
def calico():
    """Two nodes with a pod each, whose host ends share one MAC, as Calico gives them."""
    shared = "ee:ee:ee:ee:ee:ee"
    return hosts(
        veth(NEAR, WORKER, "calia", index=6, mac=POD, host_mac=shared),
        veth(Host("worker", "second"), WORKER, "calib", index=7, mac=SIDE, host_mac=shared),
        veth(OTHER, WORKER2, "calic", index=6, mac=FAR, host_mac=shared),
        address(NEAR, "eth0", POD_IP),
        address(OTHER, "eth0", FAR_IP),
    )


def place(owner):
    """Node, pod and interface of an owner."""
    return (owner.node, owner.pod, owner.interface)


def test_one_owner(calico):
    """What one interface has is certain and carries the line that says so."""
    owner = Names(calico).of_ip(parse_ip(POD_IP))
    assert place(owner) == ("worker", "cni-7t9p4", "eth0")
    assert (owner.confidence, owner.inferred) == ("certain", None)
    assert str(owner.fact.source) == "cni-7t9p4.txt:2"


def test_nearest_of_several(calico):
    """Of several host ends with one MAC the one of the pod that the frame is about is meant, else that of the node."""
    names = Names(calico)
    assert place(names.of_mac(SHARED_MAC, ("worker", "second"))) == ("worker", None, "calib")
    assert place(names.of_mac(SHARED_MAC, (None, "cni-8qgcs"))) == ("worker2", None, "calic")
    assert place(names.of_mac(SHARED_MAC, ("worker2", None))) == ("worker2", None, "calic")


@pytest.mark.parametrize("near", [(None, None), ("worker", None), ("elsewhere", "nobody")])
def test_none_is_nearer(calico, near):
    """Where none is nearer nobody is named, and the answer says who has it."""
    owner = Names(calico).of_mac(SHARED_MAC, near)
    assert place(owner) == (None, None, None)
    assert (owner.what, owner.confidence) == ("lxc", "possible")
    assert "calia of worker" in owner.inferred
    assert label(owner) is None


def test_many_owners_are_counted_not_listed():
    """Of more than three places the rest is a number."""
    many = hosts(*(interface(Host(f"n{k}"), "lxcx", "ee:ee:ee:ee:ee:ee") for k in range(9)))
    inferred = Names(many).of_mac(SHARED_MAC).inferred
    assert inferred.count(" of n") == 3
    assert inferred.endswith("and 6 more")


def test_address_used_twice():
    """An address that two nodes have belongs to neither, unless the frame was taken at one of them."""
    names = Names(hosts(address(WORKER, "eth0", "fd00::77"), address(WORKER2, "eth0", "fd00::77")))
    assert names.of_ip(TWICE).confidence == "possible"
    assert names.of_ip(TWICE).node is None
    assert names.of_ip(TWICE, ("worker2", None)).node == "worker2"


def test_several_interfaces_of_one_host():
    """An address on two interfaces of one host (kindnet's gateway) is that host's, whichever interface is meant."""
    gateway = Names(hosts(address(WORKER, "vetha", "10.244.0.1"), address(WORKER, "vethb", "10.244.0.1")))
    for near in [(None, None), ("worker", None), ("worker2", None)]:
        owner = gateway.of_ip(parse_ip("10.244.0.1"), near)
        assert (owner.node, owner.pod, owner.interface) == ("worker", None, None)
        assert owner.confidence != "certain"


def test_link_local_address_of_a_known_mac():
    """An EUI-64 address belongs to who has the MAC it is made from, and says that it was worked out."""
    owner = Names(hosts(interface(NEAR, "eth0", POD))).of_ip(parse_ip(POD_LINK))
    assert place(owner) == ("worker", "cni-7t9p4", "eth0")
    assert owner.confidence == "likely"
    assert "EUI-64" in owner.inferred


def test_link_local_address_of_a_learned_mac():
    """The same for a MAC that only the capture gave away."""
    names = Names(Inventory())
    assert names.of_ip(parse_ip(POD_LINK)) is None
    names.macs[parse_mac(POD)] = Owner(NEAR, "eth0", "pod", None, confidence="likely", inferred="seen")
    owner = names.of_ip(parse_ip(POD_LINK))
    assert (owner.pod, owner.confidence) == ("cni-7t9p4", "likely")
    assert POD_LINK in owner.inferred


def test_link_local_address_that_is_not_made_from_a_mac():
    """fe80::1 gives no MAC away."""
    names = Names(hosts(interface(NEAR, "eth0", "02:00:00:00:00:01")))
    assert names.of_ip(parse_ip("fe80::1")) is None


def test_inventory_comes_before_what_was_learned(calico):
    """What a capture gave away never overrules a line of the inventory."""
    names = Names(calico)
    learned = Owner(OTHER, "eth0", "pod", None, confidence="likely", inferred="seen")
    names.ips[parse_ip(POD_IP)] = learned
    names.macs[parse_mac(POD)] = learned
    assert names.of_ip(parse_ip(POD_IP)).pod == "cni-7t9p4"
    assert names.of_mac(parse_mac(POD)).pod == "cni-7t9p4"
    unknown = parse_ip("192.0.2.9")
    names.ips[unknown] = learned
    assert names.of_ip(unknown) == learned


@pytest.mark.parametrize("mac", ["ff:ff:ff:ff:ff:ff", "33:33:ff:00:22:f1", "01:00:5e:00:00:fb"])
def test_groups(calico, mac):
    """A group MAC is nobody's."""
    owner = Names(calico).of_mac(parse_mac(mac))
    assert (owner.what, owner.host, label(owner)) == ("group", None, None)


def test_group_addresses(calico):
    """A group address is nobody's, and the answer is told to be one."""
    assert Names(calico).of_ip(parse_ip(ALL_NODES)).what == "group"


def test_absent_address(calico):
    """No address, no owner."""
    assert (Names(calico).of_mac(None), Names(calico).of_ip(None)) == (None, None)


def test_interface_behind_an_owner(calico):
    """The interface is found for the owner of a MAC and of an address; an inferred owner without one has none."""
    names = Names(calico)
    by_mac = names.interface_of(names.of_mac(parse_mac(POD)))
    assert by_mac == names.interface_of(names.of_ip(parse_ip(POD_IP)))
    assert by_mac.mac == parse_mac(POD)
    assert names.interface_of(names.of_mac(SHARED_MAC)) is None
    assert names.interface_of(None) is None


@pytest.mark.parametrize(
    ("owner", "name", "holder"),
    [
        (Owner(NEAR, "eth0", "pod", None), "cni-7t9p4", "cni-7t9p4 eth0"),
        (Owner(NEAR, None, "pod", None), "cni-7t9p4", "cni-7t9p4"),
        (Owner(WORKER, "lxca", "lxc", None, serves="cni-7t9p4"), "lxca on worker", "lxca on worker"),
        (Owner(WORKER, "eth0", "node", None), "worker", "eth0 on worker"),
        (Owner(WORKER, "cilium_vxlan", "tunnel", None), "cilium_vxlan on worker", "cilium_vxlan on worker"),
        (Owner(None, None, "service", None, "default", "dns"), "service dns", "service dns"),
        (Owner(None, None, "group", None), None, None),
        (None, None, None),
    ],
)
def test_how_owners_are_called(owner, name, holder):
    """An owner is called by pod, node or device; nobody has no name."""
    assert (label(owner), device(owner)) == (name, holder)


def test_gateway_that_no_interface_has():
    """An address that is only the gateway of a pod's route is the router's, as `likely`, on that route's word."""
    routed = hosts(interface(NEAR, "eth0", POD), address(NEAR, "eth0", POD_IP), default_route(NEAR, GATEWAY))
    owner = Names(routed).of_ip(parse_ip(GATEWAY))
    assert (owner.what, owner.node, owner.pod, owner.confidence) == ("router", "worker", None, "likely")
    assert str(owner.fact.source) == "cni-7t9p4.txt:3"


def test_host_end_of_a_veth():
    """The MAC of a host end is that of an lxc device that serves the pod."""
    joined = hosts(veth(NEAR, WORKER, "lxca", index=6, mac=POD, host_mac=LXC))
    owner = Names(joined).of_mac(parse_mac(LXC))
    assert (owner.what, owner.serves, owner.interface, owner.node) == ("lxc", "cni-7t9p4", "lxca", "worker")
