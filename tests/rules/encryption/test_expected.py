"""Is encryption expected only where the inventory says so?"""

from __future__ import annotations

import pytest

from tests.explain.made import packets
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Agent, Host, Interface, Owner, Route, Setting, Source
from vxlan_dissect.pipeline import explain
from vxlan_dissect.rules.encryption.expected import expected

LINE = Source("said.txt", 1)
SRC, DST = "10.1.0.1", "10.2.0.2"
HERE, THERE = (Owner(Host(node, pod), None, "pod", None) for node, pod in (("a", "one"), ("b", "two")))
CILIUM = Interface(Host("a"), "cilium_host", 2, None, LINE)


def asked(*facts):
    """What says that a packet from a pod on `a` to one on `b` is encrypted, or None."""
    found = explain(packets({"ip.src": SRC, "ip.dst": DST, "frame.layers": 1}), Inventory(facts))
    why = expected(found._situation(0).context, HERE, THERE)
    return None if why is None else why.how


def agent(node, value):
    """A line of an agent's status."""
    return Agent(Host(node), "Encryption", value, LINE)


@pytest.mark.parametrize(
    ("facts", "how"),
    [
        ([], None),
        ([agent("a", "Wireguard [cilium_wg0]"), agent("b", "Wireguard [cilium_wg0]")], "WireGuard"),
        ([agent("a", "IPsec"), agent("b", "IPsec")], "IPsec"),
        ([agent("a", "Wireguard"), agent("b", "Disabled")], None),
        ([agent("a", "Wireguard")], None),
        ([Setting("cilium-config", "enable-wireguard", "true", LINE)], "WireGuard"),
        ([Setting("cilium-config", "enable-wireguard", "false", LINE)], None),
        ([Setting("cilium-config", "enable-ipsec", "true", LINE)], "IPsec"),
    ],
)
def test_cilium(facts, how):
    """Both nodes' agents, or the configuration of all, must say that encryption is on."""
    assert asked(CILIUM, *facts) == how


def test_a_route_into_a_wireguard_device():
    """Elsewhere a route for the receiver into a WireGuard device says so; a device or another route does not."""
    device = Interface(Host("a"), "wg7", 5, None, LINE, kind="wireguard")
    there, other = (
        Route(Host("a"), parse_prefix(prefix), 4, LINE, device="wg7") for prefix in ("10.2.0.0/16", "10.3.0.0/16")
    )
    assert asked(device, there) == "WireGuard"
    assert asked(device, other) is None
    assert asked(device) is None
    assert asked(Interface(Host("a"), "wg7", 5, None, LINE, kind="tun"), there) is None
    assert parse_ip(DST) in there.prefix
