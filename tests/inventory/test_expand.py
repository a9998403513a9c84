"""Do interfaces and addresses follow from endpoints, under the names that other facts have for them?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import NODE, POD, address, at, device
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.merging.expand import FOLLOWS, expanded
from vxlan_dissect.inventory.model import Address, CiliumEndpoint, Host, Interface, Node, NodeAddress, Pod, Vtep

# pkg/maps/lxcmap: an endpoint's row has the pod's MAC, the host end's MAC and its ifindex.
IP4, IP6 = parse_ip("10.0.0.9"), parse_ip("fd00::9")
MAC, NODE_MAC = parse_mac("4e:5b:57:45:63:3b"), parse_mac("a2:79:14:47:80:b3")
ROW = CiliumEndpoint(NODE, at(9), ips=(IP4,), id=7, mac=MAC, lxc_mac=NODE_MAC, lxc_index=19)
LISTED = Pod("web-1", at(1), node="node-7", ips=(IP4, IP6))


def follows(*facts):
    """What follows from facts: interfaces as (host, name, index, mac), addresses as (host, name, text)."""
    found = expanded(facts)
    assert {fact.source.why for fact in found} <= FOLLOWS
    return [
        (fact.host, fact.name, fact.index, fact.mac)
        if isinstance(fact, Interface)
        else (fact.host, fact.interface, str(fact.ip))
        for fact in found
    ]


def test_an_endpoint_gives_both_ends():
    """The pod's end with its address, and the host end, named by its index where no name is known."""
    found = expanded([LISTED, ROW])
    assert follows(LISTED, ROW) == [
        (POD, "eth0", None, MAC),
        (POD, "eth0", "10.0.0.9"),
        (NODE, "if19", 19, NODE_MAC),
    ]
    assert found[0].peer_index == 19
    assert found[1].length == 32
    assert found[2].serves == POD
    assert all(fact.source.line == 9 for fact in found)


def test_names_that_other_facts_have():
    """The host end is called as the device of that index, the pod's end as the device of that MAC."""
    lxc = device(NODE, "lxc1", 2, index=19, mac=NODE_MAC)
    net1 = device(POD, "net1", 3, index=18, mac=MAC)
    assert follows(LISTED, ROW, lxc, net1) == [
        (POD, "net1", None, MAC),
        (POD, "net1", "10.0.0.9"),
        (NODE, "lxc1", 19, NODE_MAC),
    ]
    # A device of that index with another MAC, or on another node, is another one; then the MAC tells.
    for other in (lxc._replace(mac=5), lxc._replace(host=Host("node-8"))):
        assert follows(LISTED, ROW, other)[-1] == (NODE, "if19", 19, NODE_MAC)
    assert follows(LISTED, ROW, lxc._replace(index=None))[-1] == (NODE, "lxc1", 19, NODE_MAC)
    named = ROW._replace(lxc_name="lxc_own", interface="eth9", pod="web-9")
    assert follows(named, lxc)[0][:2] == (Host("node-7", "web-9"), "eth9")
    assert follows(named, lxc)[-1][1] == "lxc_own"


@pytest.mark.parametrize(
    ("row", "pod"),
    [
        (ROW, "10.0.0.9"),
        (ROW._replace(ips=()), "endpoint 7"),
        (ROW._replace(identity=4), "cilium-health"),
        (ROW._replace(pod="web-1"), "web-1"),
    ],
    ids=["its address", "its number", "health", "its own name"],
)
def test_a_pod_that_nobody_names(row, pod):
    """It is called by its address, else by its number; the health endpoint by its reserved identity."""
    assert follows(row)[0][0] == Host("node-7", pod)


def test_the_node_s_own_endpoint():
    """The endpoint of the node itself (reserved:host) gives nothing, in its list and in its map."""
    assert follows(ROW._replace(identity=1)) == []
    assert follows(ROW._replace(labels=("reserved:host",))) == []


def test_rows_of_one_endpoint():
    """A map has a row for each address; those of one number on one node are one pod, whichever row names it."""
    second = ROW._replace(ips=(IP6,), source=at(10))
    listed = LISTED._replace(ips=(IP4,))
    assert {host for host, *_ in follows(second, listed, ROW)} == {POD, NODE}
    elsewhere = second._replace(host=Host("node-8"))
    assert {host.pod for host, *_ in follows(listed, ROW, elsewhere) if host.pod} == {"web-1", "fd00::9"}


def test_the_node_of_an_endpoint():
    """An endpoint of the cluster's list lives where its pod is listed, else at the node whose address it gives."""
    free = ROW._replace(host=Host(None), pod="web-1", node_ip=parse_ip("192.0.2.7"))
    assert {host for host, *_ in follows(free)} == {Host(None, "web-1")}
    assert follows(free, Node("node-7", at(1), ips=(parse_ip("192.0.2.7"),)))[0][0] == POD
    assert follows(free, NodeAddress("node-7", parse_ip("192.0.2.7"), "tunnel", at(1)))[0][0] == POD
    assert follows(free, LISTED._replace(node="node-8"))[0][0] == Host("node-8", "web-1")


def test_one_thing_with_what_ip_shows():
    """What follows and what `ip a` shows of both ends are one interface each, cited by the namespace's own line."""
    shown = [
        device(NODE, "lxc1", 2, index=19, mac=NODE_MAC, peer_index=18),
        device(POD, "eth0", 3, index=18, mac=MAC, peer_index=19),
        address(POD, "eth0", "10.0.0.9", 4),
    ]
    inventory = Inventory([LISTED, ROW, *shown])
    assert len(inventory.interfaces) == 2
    assert [(fact.source.line, str(fact.ip)) for fact in inventory.of(Address)] == [(4, "10.0.0.9")]
    lxc = inventory.interface(NODE, "lxc1")
    assert [source.line for source in inventory.sources_of(lxc)] == [2, 9]
    assert inventory.peer(lxc) == inventory.interface(POD, "eth0")
    assert inventory.conflicts == ()
    other = Inventory([LISTED, ROW, shown[0], shown[1]._replace(mac=5)])
    assert [conflict.kind for conflict in other.conflicts] == ["interface-mac"]


def test_a_vtep_that_is_stated():
    """A node's tunnel endpoint gives its device; one that is computed is no more than a likely answer."""
    vtep = Vtep("node-7", MAC, "flannel.1", at(1), vni=1)
    assert follows(vtep) == [(NODE, "flannel.1", None, MAC)]
    assert follows(vtep._replace(computed="by its name")) == []
