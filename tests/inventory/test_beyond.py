"""Are the hosts that frames show told apart from those that an inventory names?"""

from __future__ import annotations

from tests.inventory.facts import NODE, POD, address, device
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.beyond import beyond
from vxlan_dissect.inventory.model import Address, CacheEntry, Host, Interface, Node, NodePrefix, Pod, Route, Source

SEEN = Source("1.cap", 0, (3,), "it answered", "likely")
THERE, ON_IT = Host("node 10.0.0.1"), Host("node 10.0.0.1", "pod 10.1.0.5")


def shown():
    """What frames may show of one node, its pod and its tunnel."""
    return [
        Node("node 10.0.0.1", SEEN, (parse_ip("10.0.0.1"),)),
        Interface(THERE, "nic", None, 7, SEEN),
        Pod(str(ON_IT.pod), SEEN, node=ON_IT.node, ips=(parse_ip("10.1.0.5"),)),
        Interface(ON_IT, "eth0", None, 8, SEEN),
        Address(ON_IT, "eth0", parse_ip("fe80::1"), 128, SEEN),
        Route(ON_IT, None, 4, SEEN, via=parse_ip("10.1.0.1"), device="eth0"),
        NodePrefix("node 10.0.0.1", parse_prefix("10.1.0.0/24"), SEEN),
        CacheEntry(Host(None), parse_prefix("10.1.0.5/32"), SEEN, tunnel_endpoint=parse_ip("10.0.0.1")),
    ]


def test_all_is_new():
    """An inventory that knows nothing, or nothing of these, takes everything."""
    assert beyond(Inventory(), shown()) == shown()
    assert beyond(Inventory([device(NODE, "eth0", 1, mac=99)]), shown()) == shown()


def test_link_local_addresses_are_everywhere():
    """fe80::1 names nobody."""
    assert beyond(Inventory([address(POD, "eth0", "fe80::1", 1)]), shown()) == shown()


def test_a_node_that_is_known():
    """By its address, its MAC, or a pod of its: nothing of the node and its pod is told again."""
    for known in (
        address(NODE, "eth0", "10.0.0.1", 1),
        device(NODE, "eth0", 1, mac=7),
        address(POD, "eth0", "10.1.0.5", 1),
        device(POD, "eth0", 1, mac=8),
    ):
        assert beyond(Inventory([known]), shown()) == []
