"""Are the two ends of a pod's link told apart, and host ends from bridges?"""

from __future__ import annotations

from tests.explain.made import (
    FAR_IP,
    GATEWAY,
    GATEWAY4,
    LXC,
    POD,
    POD_IP,
    POD_IP4,
    POD_LINK,
    SIDE,
    SIDE_IP,
    advertise,
    answer,
    ask,
    echo,
    macs,
    solicit,
)
from tests.infer.asking import inferred, role, what

CALICO = "ee:ee:ee:ee:ee:ee"


def forwarded(hop, src=FAR_IP, dst=POD_IP, **more):
    """An echo reply as the gateway forwards it to the pod."""
    return echo(src, dst, reply=True) | {"ipv6.hlim": hop} | macs(LXC, POD) | more


def test_who_forwards_is_the_gateway():
    """The pod sends with a fresh hop limit, the other end what others sent: by one lower, so a veth that routes."""
    found = inferred(echo() | macs(POD, LXC), forwarded(63))
    assert [role(found, text) for text in (POD, LXC, POD_IP)] == [
        ("pod", "likely"),
        ("lxc", "likely"),
        ("pod", "likely"),
    ]


def test_two_routers_leave_it_open():
    """Lowered by two, a bridge and a routing veth look alike: the gateway is called a router, and that is possible."""
    found = inferred(echo() | macs(POD, LXC), forwarded(62))
    assert role(found, LXC) == ("router", "possible")


def test_a_gateway_that_advertises_itself():
    """The router flag makes the answerer the gateway and its target a router address; without override, of a veth."""
    plain = inferred(solicit(), advertise(**{"icmpv6.nd.na.flag.r": True, "eth.dst": POD}))
    assert what(plain, GATEWAY, POD, POD_IP, LXC) == ["router", "pod", "pod", "router"]
    cilium = inferred(
        solicit(), advertise(**{"icmpv6.nd.na.flag.r": True, "icmpv6.nd.na.flag.o": False, "eth.dst": POD})
    )
    assert role(cilium, LXC) == ("lxc", "likely")


def test_an_answer_to_a_unicast_probe():
    """Linux leaves out override and MAC where it answers a unicast probe: that says nothing of whose address it is."""
    probe = advertise(**{"icmpv6.nd.na.flag.r": True, "icmpv6.nd.na.flag.o": False, "eth.dst": POD})
    del probe["icmpv6.opt.target_linkaddr"]
    assert role(inferred(solicit(), probe), LXC) == ("router", "possible")


def test_a_proxy_does_not_hold_what_it_answers_for():
    """Who answers in another's name is no pod, and the address that it answers for is not its own."""
    found = inferred(solicit(SIDE_IP), advertise(SIDE_IP, **{"ipv6.src": GATEWAY, "eth.dst": POD}))
    assert what(found, LXC, POD) == ["lxc", "pod"]
    holders = [fact.ip for fact in found.facts if type(fact).__name__ == "Address" and "host end" in fact.interface]
    assert holders == []


def test_one_mac_for_all_addresses_of_arp():
    """Who answers ARP for several addresses is the host end of a veth."""
    found = inferred(ask(), answer(), ask("10.244.2.9"), answer("10.244.2.9"))
    assert what(found, POD, LXC, POD_IP4) == ["pod", "lxc", "pod"]


def test_the_gateway_of_calico():
    """A pod that resolves 169.254.1.1 has its gateway there, and ee:ee:ee:ee:ee:ee is the host end of its veth."""
    found = inferred(ask("169.254.1.1"), answer("169.254.1.1", mac=CALICO))
    assert what(found, CALICO, "169.254.1.1", POD) == ["lxc", "router", "pod"]


def test_several_pods_of_one_gateway():
    """A MAC that several stations of one link use is a bridge's."""
    found = inferred(
        echo() | macs(POD, LXC),
        forwarded(62),
        echo(SIDE_IP) | macs(SIDE, LXC),
        forwarded(62, dst=SIDE_IP, **{"eth.dst": SIDE}),
    )
    assert role(found, LXC) == ("router", "likely")
    assert what(found, POD, SIDE) == ["pod", "pod"]


def test_replies_that_pass_elsewhere():
    """A pod that answers questions which never pass this device: they are delivered past it, to a veth's other end."""
    found = inferred(echo(reply=True) | macs(POD, LXC))
    assert role(found, LXC) == ("lxc", "possible")


def test_devices_of_a_capture_on_any():
    """A pod whose frames come in by one device only hangs on no bridge."""
    cooked = {"sll.ifindex": 6}
    found = inferred(
        echo() | cooked | {"sll.src.mac": POD, "sll.pkttype": 0},
        echo(FAR_IP, POD_IP, reply=True) | cooked | {"ipv6.hlim": 62, "sll.src.mac": LXC, "sll.pkttype": 4},
    )
    assert what(found, POD, LXC) == ["pod", "lxc"]
    twice = inferred(
        echo() | cooked | {"sll.src.mac": POD, "sll.pkttype": 3},
        echo() | {"sll.ifindex": 9, "sll.src.mac": POD, "sll.pkttype": 0},
        echo(FAR_IP, POD_IP, reply=True) | cooked | {"ipv6.hlim": 62, "sll.src.mac": LXC, "sll.pkttype": 4},
    )
    assert what(twice, POD, LXC) == ["pod", "router"]


def test_link_local_of_a_mac():
    """A link-local address made from a MAC is whatever the MAC is."""
    found = inferred(echo() | macs(POD, LXC), forwarded(63), solicit(src=POD_LINK))
    assert what(found, POD_LINK) == ["pod"]


def test_a_hop_limit_that_says_nothing():
    """A traceroute's packets make nobody a router."""
    found = inferred(echo(dst=FAR_IP) | {"ipv6.hlim": 3} | macs(POD, LXC))
    assert role(found, POD) == ("pod", "possible")
    assert what(found, GATEWAY4) == [None]


def test_a_gateway_outside_the_range():
    """A bridge has an address of its pods' range; who answers for one outside of it is a veth's end, possibly."""
    outside = (ask("10.77.255.1"), answer("10.77.255.1"))
    reply = echo("10.244.9.9", POD_IP4, reply=True) | {"ip.ttl": 62} | macs(LXC, POD)
    sent = echo(POD_IP4, "10.244.9.9") | macs(POD, LXC)
    assert role(inferred(*outside, sent, reply), LXC) == ("lxc", "possible")
    assert role(inferred(ask("10.244.1.1"), answer("10.244.1.1"), sent, reply), LXC) == ("router", "possible")


def test_a_service_between_pods_of_one_bridge():
    """Lowered by one between pods of one range is what a bridge does as well where one asks the other by a service."""
    found = inferred(echo(dst=SIDE_IP) | macs(POD, LXC), forwarded(63, src=SIDE_IP))
    assert role(found, LXC) == ("lxc", "possible")


def test_who_resolves_for_others():
    """Who asks for a pod by its link-local address alone has packets of others for it (RFC 4861 section 7.2.2)."""
    link = "fe80::a079:14ff:fe47:80b3"
    found = inferred(solicit("fd00:10:244:1::1"), solicit(POD_IP, link) | {"eth.src": LXC})
    assert what(found, LXC, POD) == ["router", "pod"]


def test_an_address_of_another_range_that_the_gateway_answers_for():
    """What a pod resolves beside its range, and its gateway answers for, is possibly the node's own address."""
    node = "172.18.0.4"
    found = inferred(ask(), answer(), ask(node), answer(node), echo(POD_IP4, "10.244.2.245") | macs(POD, LXC))
    assert role(found, node) == ("node", "possible")


def test_frames_of_a_pod_that_come_by_no_veth():
    """On any, a frame sent to another host's MAC came by a bridge or a tunnel: that it is a veth is only possible."""
    cooked = {"sll.ifindex": 5}
    found = inferred(
        echo(reply=True) | cooked | {"sll.src.mac": POD, "sll.pkttype": 3},
        echo(FAR_IP, POD_IP) | cooked | {"ipv6.hlim": 63, "sll.src.mac": LXC, "sll.pkttype": 4},
    )
    assert role(found, LXC) == ("lxc", "possible")
