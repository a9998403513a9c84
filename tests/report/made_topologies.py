"""Which graphs do the tests of topologies show?

Law: facts are written by hand: a small cluster whose tree can be read beside them, one whose every name is an attack,
and one of any size.
"""

from __future__ import annotations

from tests.inventory.facts import address, at, device
from vxlan_dissect.addresses import IP, Prefix, parse_ip, parse_mac, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    Address,
    Backend,
    FdbEntry,
    Host,
    Interface,
    Node,
    Pod,
    Route,
    Service,
    Source,
)

A, B = Host("a"), Host("b")
WEB, DB = Host("a", "web-1"), Host("b", "db-1")


def small():
    """Two nodes of flannel with a pod each, a service, a pod that shares its node's network, and a switch."""
    return [
        Node("a", at(1), ips=(parse_ip("10.0.0.1"),)),
        device(A, "lo", 2, index=1, mac=0, mtu=65536),
        address(A, "lo", "127.0.0.1", 2, 8),
        device(A, "eth0", 3, index=2, mac=parse_mac("02:00:00:00:0a:02"), mtu=1500),
        address(A, "eth0", "10.0.0.1", 3, 24),
        address(A, "eth0", "fe80::ff:fe00:a02", 3, 64),  # EUI-64 of the MAC, which says nothing new
        Route(A, None, 4, at(4), via=parse_ip("10.0.0.254"), device="eth0"),
        device(A, "flannel.1", 5, index=3, mac=0x020000000A03, kind="vxlan", vni=1, port=8472, mtu=1450),
        FdbEntry(A, parse_mac("02:00:00:00:0b:03"), "flannel.1", at(6), remote=parse_ip("10.0.0.2")),
        Route(A, parse_prefix("10.1.2.0/24"), 4, at(7), via=parse_ip("10.1.2.0"), device="flannel.1"),
        device(A, "cni0", 8, index=4, kind="bridge"),
        address(A, "cni0", "10.1.1.1", 8, 24),
        device(A, "veth9", 9, index=9, peer_index=2, master="cni0", mac=parse_mac("02:00:00:00:0a:09")),
        device(WEB, "eth0", 10, index=2, peer_index=9, mac=parse_mac("02:00:00:00:0c:02")),
        address(WEB, "eth0", "10.1.1.5", 10, 24),
        Route(WEB, None, 4, at(11), via=parse_ip("10.1.1.1"), device="eth0"),
        Pod("web-1", at(12), namespace="shop", node="a", ips=(parse_ip("10.1.1.5"),)),
        Pod("proxy", at(13), namespace="kube-system", node="a", ips=(parse_ip("10.0.0.1"),), status="Pending"),
        device(B, "flannel.1", 14, index=3, mac=parse_mac("02:00:00:00:0b:03"), kind="vxlan", vni=1, port=8472),
        address(B, "eth0", "10.0.0.2", 15, 24),
        Pod("db-1", at(16), namespace="shop", node="b", ips=(parse_ip("10.1.2.7"),)),
        Service("front", at(17), namespace="shop", kind="ClusterIP", cluster_ips=(parse_ip("10.96.0.5"),),
                ports=((80, None, "TCP"),)),
        Backend(parse_ip("10.1.1.5"), 8080, "TCP", at(18), service="front", namespace="shop"),
        Backend(parse_ip("192.0.2.9"), 8080, "TCP", at(19), service="front", namespace="shop", ready=False),
        device(Host("switch"), "br0", 20, index=1),
    ]  # fmt: skip


ATTACKS = (
    '"]; click <script>alert(1)</script>',
    "\x1b[31mred\x1b]0;title\x07",
    "two\nlines\r\n  n0 --> n1",
    "\u202eright\u2066to left\u200b",
    'a\\"b\\N\\G\\l" -> "x" [URL="javascript:alert(1)"]; "',
    "&lt;b&gt;&#60;#60;`x`",
    '%%{init: {"securityLevel":"loose"}}%% end; subgraph',
    "]]></data><node id='x'/><!-- -->",
    "../../etc/passwd /?#",
    "\ud800 \x00 \x7f \ufffe",
    "界" * 30,
    "x" * 300,
)


def hostile():
    """Every name that a file may hold is each of ATTACKS once: of nodes, pods, interfaces, services and so on."""
    facts = []
    for number, attack in enumerate(ATTACKS, 1):
        node, pod = Host(attack), Host(attack, f"pod {attack}")
        source = Source(f"file {attack}", number, (), f"why {attack}")
        ip, service = IP(4, 0x0A010000 + number), IP(4, 0x0A600000 + number)
        facts += [
            Interface(node, f"nic {attack}", 2, number, source, state=f"state {attack}", master=f"br {attack}"),
            Interface(node, f"lxc {attack}", 9, number + 1000, source, peer_index=2, kind=f"kind {attack}"),
            Interface(node, "vxlan7", 3, number + 2000, source, kind="vxlan", vni=7),
            FdbEntry(node, 0, "vxlan7", source, remote=IP(4, 0x0A020000 + number)),
            Interface(pod, f"eth {attack}", 2, number + 3000, source, peer_index=9),
            Address(pod, f"eth {attack}", ip, 24, source),
            Route(pod, None, 4, source, via=IP(4, 0x0A0100FE), device=f"eth {attack}"),
            Pod(f"pod {attack}", source, namespace=f"ns {attack}", node=attack, ips=(ip,), status=f"status {attack}"),
            Service(f"svc {attack}", source, namespace=f"ns {attack}", kind=f"type {attack}", cluster_ips=(service,),
                    ports=((80, None, f"proto {attack}"),), selector=(f"l={attack}",)),
            Backend(ip, 80, f"proto {attack}", source, service=f"svc {attack}", namespace=f"ns {attack}"),
        ]  # fmt: skip
    return facts


def mesh(nodes, pods):
    """Nodes of Cilium that all tunnel to all, with pods on each in turn."""
    facts = []
    for number in range(nodes):
        host = Host(f"node-{number}")
        facts += [
            Node(host.node, at(1), (IP(4, 0x0A000001 + number),)),
            Interface(host, "eth0", 2, 0x020000000000 + number, at(2), mtu=1500),
            Address(host, "eth0", IP(4, 0x0A000001 + number), 16, at(2)),
            Interface(host, "cilium_vxlan", 3, 0x060000000000 + number, at(3), kind="vxlan", port=8472),
            Interface(host, "cilium_host", 4, 0x0A0000000000 + number, at(3), peer_name="cilium_net"),
            Address(host, "cilium_host", IP(4, 0x0B000001 + (number << 8)), 32, at(3)),
            Interface(host, "cilium_net", 5, 0x0B0000000000 + number, at(3), peer_name="cilium_host"),
        ]
        gateway = IP(4, 0x0B000001 + (number << 8))
        facts += [
            Route(host, Prefix(IP(4, 0x0B000000 + (other << 8)), 24), 4, at(4), via=gateway, device="cilium_host")
            for other in range(nodes)
        ]
    for number in range(pods):
        index, node = divmod(number, nodes)
        host, pod = Host(f"node-{node}"), Host(f"node-{node}", f"pod-{number}")
        ip = IP(4, 0x0B00000A + (node << 8) + index)
        facts += [
            Pod(pod.pod, at(5), "default", host.node, (ip,)),
            Interface(host, f"lxc{number:012x}", 10 + index, 0x0E0000000000 + number, at(6), peer_index=2),
            Interface(pod, "eth0", 2, 0x120000000000 + number, at(6), peer_index=10 + index),
            Address(pod, "eth0", ip, 32, at(6)),
            Route(pod, None, 4, at(7), via=IP(4, 0x0B000001 + (node << 8)), device="eth0"),
        ]
    return facts


def graph_of(facts):
    """The graph of facts."""
    return Inventory(facts).graph
