"""Is a link taken for what it is: a pod's, a tunnel device's, a wire between nodes?"""

from __future__ import annotations

from tests.explain.made import (
    FAR,
    FAR_IP,
    FAR_LXC,
    LXC,
    POD,
    POD_IP,
    POD_LINK,
    advertise,
    ask,
    echo,
    macs,
    solicit,
    tunnelled,
)
from tests.infer.asking import inferred, role, what

CARD, OTHER_CARD, THIRD = "00:50:56:9c:11:a3", "00:50:56:9c:72:5e", "00:1b:21:aa:01:01"
VTEP, FAR_VTEP = "e6:ee:e7:61:5e:f3", "16:ca:e7:50:07:20"
VNI_6 = {"outer.eth.src": CARD, "outer.eth.dst": OTHER_CARD, "outer.ip.ttl": 64}


def passed(src, dst, source, destination, hop=63, **more):
    """An echo that someone forwarded."""
    return echo(src, dst, **more) | {"ip.ttl" if "." in src else "ipv6.hlim": hop} | macs(source, destination)


def test_tunnel_device_that_keeps_the_sender():
    """Four MACs of one conversation, no hop limit fallen: the senders' and their host ends'."""
    found = inferred(echo() | macs(POD, LXC), echo(FAR_IP, POD_IP, reply=True) | macs(FAR, FAR_LXC))
    assert what(found, POD, LXC, FAR, FAR_LXC) == ["pod", "lxc", "pod", "lxc"]


def test_tunnel_device_of_a_routed_overlay():
    """Two MACs that both forward and that nobody resolves are tunnel devices."""
    found = inferred(passed(POD_IP, FAR_IP, VTEP, FAR_VTEP), passed(FAR_IP, POD_IP, FAR_VTEP, VTEP, reply=True))
    assert what(found, VTEP, FAR_VTEP, POD_IP, FAR_IP) == ["tunnel", "tunnel", "pod", "pod"]


def test_wire_without_a_tunnel():
    """Cards of machines that forward to each other are nodes with the pods behind them (host-gw)."""
    found = inferred(
        passed("10.244.0.4", "10.244.1.5", CARD, OTHER_CARD),
        passed("10.244.1.5", "10.244.0.4", OTHER_CARD, CARD, reply=True),
    )
    assert what(found, CARD, OTHER_CARD, "10.244.0.4", "10.244.1.5") == ["node", "node", "pod", "pod"]


def test_router_on_the_wire():
    """Whoever stands on the wire for public addresses is a router, and so is the address that it resolves as."""
    found = inferred(
        tunnelled(echo() | macs(POD, LXC), **VNI_6),
        ask("172.18.0.1", "172.18.0.4") | {"eth.src": CARD, "arp.src.hw_mac": CARD},
        ask("172.18.0.4", "172.18.0.1") | {"eth.src": THIRD, "arp.src.hw_mac": THIRD},
        passed("172.18.0.4", "203.0.113.80", CARD, THIRD),
        echo("203.0.113.80", "172.18.0.4", reply=True) | macs(THIRD, CARD),
    )
    assert what(found, THIRD, "172.18.0.1", CARD, "172.18.0.4") == ["router", "router", "node", "node"]
    assert what(found, "203.0.113.80") == [None]


def test_device_of_the_node_itself():
    """A node that sends to one device and gets its answers from another stands on its own device (cilium_host)."""
    host, net, vxlan = "32:ed:4d:67:b2:e1", "96:1f:5a:c4:0e:73", "be:0c:6a:5e:91:d8"
    found = inferred(
        echo("10.244.1.154", "10.244.2.7") | macs(host, net),
        passed("10.244.2.7", "10.244.1.154", vxlan, host, reply=True),
    )
    assert what(found, host, "10.244.1.154", vxlan, "10.244.2.7") == ["router", "router", "tunnel", "pod"]


def test_machines_that_do_not_forward():
    """Cards whose owners say that they are no routers are pods on a bridged network, not nodes."""
    found = inferred(
        solicit(FAR_IP) | {"eth.src": "52:54:00:6a:00:01"},
        advertise(FAR_IP, mac="52:54:00:6a:00:02"),
        echo() | macs("52:54:00:6a:00:01", "52:54:00:6a:00:02"),
    )
    assert what(found, "52:54:00:6a:00:01") == ["pod"]


def test_only_routers_redirect():
    """The source of a redirect is a router, whoever passes it on (RFC 4861, section 8.1)."""
    redirect = {"icmpv6.type": 137, "ipv6.src": "fe80::9c41:b3ff:fe08:f26c", "ipv6.dst": POD_IP, "ipv6.hlim": 254}
    found = inferred(redirect | macs(LXC, POD))
    assert role(found, "fe80::9c41:b3ff:fe08:f26c") == ("router", "likely")


def test_no_macs_at_all():
    """On a device without MACs forwarded packets are pods' and fresh ones of the tunnel's own address."""
    plain = {"ip.dst": "10.100.192.70", "frame.layers": 1}
    found = inferred(plain | {"ip.src": "10.100.64.7", "ip.ttl": 63}, plain | {"ip.src": "10.100.64.0", "ip.ttl": 64})
    assert what(found, "10.100.64.7", "10.100.64.0") == ["pod", "tunnel"]


def test_nothing_to_tell():
    """Multicast from a link-local address alone makes nobody a pod, and an empty capture tells nothing."""
    report = {"icmpv6.type": 143, "ipv6.src": POD_LINK, "ipv6.dst": "ff02::16", "ipv6.hlim": 1}
    assert inferred(report | {"eth.src": POD, "eth.dst": "33:33:00:00:00:16"}).roles == {}
    assert inferred().facts == ()


def test_vlans_are_links_of_their_own():
    """What two VLANs of one trunk carry is not mixed: a gateway in one serves no pod of the other."""
    apart = inferred(echo() | macs(POD, LXC) | {"vlan.id": 310}, passed(FAR_IP, POD_IP, LXC, POD) | {"vlan.id": 310},
                     echo(FAR_IP, POD_IP) | macs(FAR, FAR_LXC) | {"vlan.id": 20})  # fmt: skip
    assert what(apart, LXC, FAR) == ["lxc", "pod"]


def test_a_ping_at_a_tunnel_device_is_only_possible():
    """Where no VNI names the sender, a node's ping looks like a pod's; a connection does not."""
    pings = inferred(echo() | macs(POD, LXC), echo(FAR_IP, POD_IP, reply=True) | macs(FAR, FAR_LXC))
    assert role(pings, POD) == ("pod", "possible")
    tcp = {"ipv6.hlim": 64, "tcp.srcport": 39400, "tcp.dstport": 8080, "tcp.flags": 0x10}
    found = inferred(
        {"ipv6.src": POD_IP, "ipv6.dst": FAR_IP} | tcp | macs(POD, LXC),
        {"ipv6.src": FAR_IP, "ipv6.dst": POD_IP} | tcp | macs(FAR, FAR_LXC),
    )
    assert [role(found, mac) for mac in (POD, FAR_LXC)] == [("pod", "likely"), ("lxc", "likely")]


def test_a_client_from_outside_at_a_tunnel_device():
    """What a node sends on for a client keeps the client's MACs, with the node's card as destination (nodeport.h)."""
    client = "02:1c:9e:44:07:a1"
    found = inferred(
        passed("10.244.1.154", "10.244.2.7", client, CARD),
        echo("10.244.2.7", "10.244.1.154", reply=True) | macs(FAR, FAR_LXC),
    )
    assert what(found, "10.244.1.154", client, CARD, FAR, FAR_LXC) == ["router", "router", "node", "pod", "lxc"]


def test_answers_that_a_tunnel_brings_to_its_node():
    """Forwarded answers alone: the questions left by another device, so they are the node's own (cilium_host)."""
    found = inferred(passed("10.244.2.7", "10.244.1.154", VTEP, LXC, reply=True))
    assert what(found, VTEP, LXC, "10.244.1.154", "10.244.2.7") == ["tunnel", "router", "router", "pod"]
    assert what(inferred(passed("10.244.2.7", "172.18.0.4", VTEP, LXC, reply=True)), "172.18.0.4") == ["node"]
    asked = inferred(passed("10.244.2.7", "10.244.1.154", VTEP, FAR_VTEP))
    assert what(asked, VTEP, FAR_VTEP) == ["tunnel", "tunnel"]


def test_a_sender_at_the_base_of_a_range():
    """Nobody but a tunnel device has the base of a range (flannel), whatever hop limits the others chose."""
    trace = {"ip.ttl": 2}
    found = inferred(
        echo("10.244.1.9", "10.244.0.7") | trace | macs(VTEP, FAR_VTEP),
        echo("10.244.0.0", "10.244.1.9", reply=True) | {"icmp.type": 11} | macs(FAR_VTEP, VTEP),
    )
    assert what(found, VTEP, FAR_VTEP, "10.244.0.0", "10.244.1.9") == ["tunnel", "tunnel", "tunnel", "pod"]


def test_cards_that_only_resolve():
    """A machine's card with no address but its link-local one on a wire between nodes is possibly a node's."""
    card, link = "52:54:00:1e:a1:0b", "fe80::5054:ff:fe1e:a10b"
    found = inferred(tunnelled(echo() | macs(POD, LXC), **VNI_6), solicit("fe80::1", link) | {"eth.src": card})
    assert [role(found, text) for text in (card, link)] == [("node", "possible")] * 2


def test_a_forwarded_packet_of_the_same_range():
    """What a node forwards for an address of one range with somebody on the wire has a node's address by then."""
    found = inferred(
        echo("fc00:f853:ccd:e793::3", "fc00:f853:ccd:e793::4") | macs(OTHER_CARD, CARD),
        passed("fc00:f853:ccd:e793::4", "2001:db8:ffff::1", CARD, OTHER_CARD),
        passed("fd00:10:244:1::9", "fd00:10:244:2::9", CARD, OTHER_CARD),
    )
    assert what(found, "fc00:f853:ccd:e793::4", "fd00:10:244:1::9") == ["node", "pod"]
