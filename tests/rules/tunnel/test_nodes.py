"""Is it told from the inventory alone which node has an address between the nodes?"""

from __future__ import annotations

from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Address, Host, Interface, Node, Source
from vxlan_dissect.rules.tunnel.nodes import homes, near, node_with

LINE = Source("hosts.txt", 1)


def address(node, ip, length, interface="eth0"):
    """An address of a node."""
    return Address(Host(node), interface, parse_ip(ip), length, LINE)


HERE = Inventory(
    [
        address("a", "192.0.2.1", 24), address("a", "fe80::1", 64), address("a", "127.0.0.1", 8, "lo"),
        address("b", "10.244.2.0", 32, "flannel.1"), Node("c", LINE, (parse_ip("198.51.100.7"),)),
        Address(Host("a", "web"), "eth0", parse_ip("10.244.1.5"), 24, LINE),
        Interface(Host("a"), "vx0", 3, None, LINE, kind="vxlan", vni=7, port=4789),
        Interface(Host("a"), "br0", 4, None, LINE, kind="bridge"),
    ]
)  # fmt: skip


def test_addresses_of_nodes():
    """Only addresses that another node could send to count: no pod's, none of the link or the loopback."""
    assert {name: sorted(map(str, ips)) for name, ips in homes(HERE).addresses.items()} == {
        "a": ["192.0.2.1"],
        "b": ["10.244.2.0"],
        "c": ["198.51.100.7"],
    }


def test_tunnel_devices():
    """A tunnel device is one with a port."""
    assert {node: [device.name for device in devices] for node, devices in homes(HERE).tunnels.items()} == {
        "a": ["vx0"]
    }


def test_whose_address():
    """A line of the inventory names the node; a pod's address is no node's."""
    asked = ("192.0.2.1", "198.51.100.7", "10.244.1.5", "192.0.2.9")
    assert [node_with(HERE, parse_ip(ip)) for ip in asked] == ["a", "c", None, None]
    assert node_with(HERE, None) is None


def test_the_network_of_an_address():
    """An address without an owner may be of a network that a node is in; /32 is no network."""
    found = near(HERE, parse_ip("192.0.2.200"))
    assert found is not None
    assert str(found.ip) == "192.0.2.1"
    assert near(HERE, parse_ip("10.244.2.1")) is None
    assert near(HERE, parse_ip("2001:db8::1")) is None
