"""Who are the ends of a packet and of its tunnel, and which of their values can a filter ask for?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.explain.made import (
    FAR,
    FAR_IP,
    FAR_NODE_IP,
    LXC,
    NIC,
    NODE_IP,
    POD,
    POD_IP,
    POD_IP4,
    address,
    answer,
    ask,
    echo,
    hosts,
    interface,
    macs,
    packets,
    solicit,
    tunnelled,
    veth,
)
from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, udp, vxlan
from vxlan_dissect import Inventory, query
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.explain.join import joined
from vxlan_dissect.inventory.model import Host

WORKER, NEAR = Host("worker"), Host("worker", "cni-7t9p4")
CLUSTER = hosts(
    veth(NEAR, WORKER, "lxc237a31216c0f", index=6, mac=POD, host_mac=LXC), address(NEAR, "eth0", POD_IP),
    interface(WORKER, "eth0", NIC, 5), address(WORKER, "eth0", NODE_IP), interface(WORKER, "cilium_vxlan"),
)  # fmt: skip


def explained(row, inventory=CLUSTER, **more):
    """One frame."""
    return vxd.explain(packets(row), inventory, **more)[0]


def test_both_levels():
    """Inner and outer addresses are kept apart, each with its own owner."""
    one = explained(tunnelled(echo(**macs(POD, LXC)), **{"outer.eth.src": NIC, "outer.ip.ttl": 61}))
    assert (one.src.ip, one.src.mac, one.dst.ip) == (parse_ip(POD_IP), parse_mac(POD), parse_ip(FAR_IP))
    assert (one.outer.src.ip, one.outer.dst.ip) == (parse_ip(NODE_IP), parse_ip(FAR_NODE_IP))
    assert (one.src.owner.pod, one.outer.src.owner.node, one.outer.src.mac_owner.interface) == (
        "cni-7t9p4", "worker", "eth0",
    )  # fmt: skip
    assert (one.outer.ttl, one.hop_limit) == (61, 64)
    assert one.dst.mac_owner.interface == "lxc237a31216c0f"


def test_address_and_mac_of_different_owners():
    """A packet to a far pod goes to the MAC of the sender's own host end: both are said."""
    one = explained(echo(**macs(POD, LXC)))
    assert one.dst.ip_owner is None
    assert one.dst.mac_owner.serves == "cni-7t9p4"
    assert one.dst.owner is None


def test_arp():
    """The ends of ARP are the addresses asked and asking."""
    one = explained(ask(target="10.244.1.154"))
    assert (str(one.src.ip), str(one.dst.ip)) == (POD_IP4, "10.244.1.154")
    assert (str(explained(answer()).src.ip), str(explained(answer()).dst.ip)) == ("10.244.1.154", POD_IP4)


def test_cooked_frames():
    """A cooked capture tells the sender's MAC and no receiver's."""
    one = explained({**echo(), "sll.src.mac": POD, "sll.ifindex": 6, "sll.pkttype": 0})
    assert (one.src.mac, one.dst.mac) == (parse_mac(POD), None)
    assert one.src.mac_owner.pod == "cni-7t9p4"


@pytest.mark.parametrize(
    ("profile", "vni", "identity"),
    [("cilium_vxlan", 10398, 10398), ("flannel.1", 1, None), ("vxlan.calico", 4096, None)],
)
def test_identity(profile, vni, identity):
    """The VNI is an identity under Cilium only, and only the sender's."""
    one = explained(tunnelled(echo(), vni=vni), hosts(interface(WORKER, profile)))
    assert (one.src.identity, one.dst.identity, one.outer.vni) == (identity, None, vni)


def test_vni_that_is_not_valid():
    """A VXLAN header whose I flag is clear is VXLAN without a valid VNI (RFC 7348 section 5), and no other tunnel."""
    frame = ether(ipv4(udp(vxlan(ether(ipv6(echo6())), flags=0))), 0x0800)
    one = vxd.explain(decode_all([frame]), Inventory())[0]
    assert one.outer is None or "vxlan" not in one.layers or one.outer.type == "vxlan"


@pytest.mark.parametrize(
    ("inner", "outer", "name"),
    [
        (("10.0.0.1", "10.0.0.2"), ("172.18.0.4", "172.18.0.3"), "ipip"),
        ((POD_IP, FAR_IP), ("172.18.0.4", "172.18.0.3"), "sit"),
        (("10.0.0.1", "10.0.0.2"), ("fc00::4", "fc00::3"), "ip4ip6"),
        ((POD_IP, FAR_IP), ("fc00::4", "fc00::3"), "ip6ip6"),
    ],
)
def test_tunnels_without_a_header(inner, outer, name):
    """IP in IP is called what `ip -d link` calls it, has neither VNI nor port, and is never called VXLAN."""
    family = "outer.ipv6" if ":" in outer[0] else "outer.ip"
    one = explained(
        echo(*inner, **{"frame.tunnels": 1, f"{family}.src": outer[0], f"{family}.dst": outer[1]}), Inventory()
    )
    assert (one.outer.type, one.outer.vni, one.outer.port, one.outer.recognised_by) == (name, None, None, None)
    assert "VXLAN" not in one.summary


def values(name, row, inventory=CLUSTER, **more):
    """The values of a name of the join in one frame."""
    result = vxd.explain(packets(row), inventory, **more)
    return joined(name, result._situation(0), "1.cap")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("pod", ["cni-7t9p4"]), ("src.pod", ["cni-7t9p4"]), ("dst.pod", []), ("node", ["worker"]),
        ("src.node", ["worker"]), ("dst.node", []), ("outer.src.node", ["worker"]), ("outer.dst.node", []),
        ("identity", ["10398"]),
        ("role", ["pod"]), ("service", []), ("interface", ["eth0"]), ("kind", ["icmpv6.echo-request"]),
        ("capture", ["1.cap"]),
    ],
)  # fmt: skip
def test_values_of_the_join(name, wanted):
    """Each name gives what the explanation shows, absent ones left out."""
    assert values(name, tunnelled(echo(**macs(POD, LXC))), at="worker:eth0") == wanted


@pytest.mark.parametrize("name", ["rule", "verdict", "severity", "confidence"])
def test_values_of_statements(name):
    """Each value of several statements counts once, in their order."""
    one = explained(tunnelled(echo(**macs(POD, LXC))))
    wanted = list(dict.fromkeys(getattr(said, name) for said in one.statements))
    assert values(name, tunnelled(echo(**macs(POD, LXC)))) == wanted
    assert wanted


@pytest.mark.parametrize("row", [solicit(), ask(), {"eth.type": 0x88CC}, {}, tunnelled(echo("::", "ff02::1"))])
def test_every_name_has_values_for_every_frame(row):
    """No name of the join fails on a frame that lacks what it asks for."""
    for name in query.JOIN_FIELDS:
        assert all(isinstance(value, str) for value in values(name, row, Inventory()))


def test_both_ends_with_one_value():
    """A value that both ends have is one value."""
    far = hosts(interface(NEAR, "eth0", POD), address(NEAR, "eth0", POD_IP), address(NEAR, "eth0", FAR_IP))
    assert values("pod", echo(**macs(POD, FAR)), far) == ["cni-7t9p4"]
