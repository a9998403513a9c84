"""What follows for addresses of which only a range and a role in a conversation are known?"""

from __future__ import annotations

from tests.explain.made import LXC, POD, POD_IP, POD_IP4, echo, macs
from tests.infer.asking import inferred, what


def connection(src, dst, flags, port=8080, **more):
    """The first segments of a TCP connection over IPv4."""
    return {
        "frame.layers": 3, "ip.src": src, "ip.dst": dst, "ip.ttl": 64, "tcp.flags": flags, "tcp.srcport": 39400,
        "tcp.dstport": port, "tcp.options.mss_val": 1410, **more,
    }  # fmt: skip


def test_both_ends_of_a_ping_are_hosts():
    """A service is not pinged, so what a pod pings within the plan of its cluster is possibly a pod."""
    far = "fd00:10:377::9"
    assert what(inferred(echo(dst=far) | macs(POD, LXC)), far) == ["pod"]
    udp = {"ipv6.src": POD_IP, "ipv6.dst": far, "ipv6.hlim": 64, "udp.dstport": 53} | macs(POD, LXC)
    assert what(inferred(udp), far) == [None]


def test_who_says_that_a_hop_limit_ran_out_is_no_pod():
    """Of the range of pods it is a gateway; of another one possibly a node."""
    sent = echo(POD_IP4, "10.244.2.245") | {"ip.ttl": 64} | macs(POD, LXC)
    exceeded = {"icmp.type": 11, "ip.ttl": 62} | macs(LXC, POD)
    found = inferred(sent, echo("10.244.2.87", POD_IP4) | exceeded, echo("172.18.0.3", POD_IP4) | exceeded)
    assert what(found, "10.244.2.87", "172.18.0.3") == ["router", "node"]


def test_unique_local_nodes():
    """A unique local address of another plan that is pinged is possibly a node's; a global one may be anybody's."""
    found = inferred(echo(dst="fc00:f853:ccd:e793::3") | macs(POD, LXC), echo(dst="2001:db8:20::16") | macs(POD, LXC))
    assert what(found, "fc00:f853:ccd:e793::3", "2001:db8:20::16") == ["node", None]


def test_a_node_port():
    """Ports of services of type NodePort are asked at nodes; at another port of another range a service may be."""
    ping = echo(POD_IP4, "10.244.2.245") | macs(POD, LXC)
    for port, right in ((31777, "node"), (80, None)):
        found = inferred(ping, connection(POD_IP4, "172.20.0.22", 2, port) | macs(POD, LXC))
        assert what(found, "172.20.0.22") == [right]
