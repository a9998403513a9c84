"""Is one line of tcpdump read to the last word, and nothing more read into it?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.capture.reading import read_text

T = "07:44:28.594775 "
E6 = "4e:5b:57:45:63:3b > a2:79:14:47:80:b3, ethertype IPv6 (0x86dd), length 118: "
E4 = "4e:5b:57:45:63:3b > a2:79:14:47:80:b3, ethertype IPv4 (0x0800), length 98: "
MACS = {"eth.src": "4e:5b:57:45:63:3b", "eth.dst": "a2:79:14:47:80:b3"}
LINK6 = {**MACS, "eth.type": 0x86DD, "frame.len": 118}
LINK4 = {**MACS, "eth.type": 0x0800, "frame.len": 98}
ENDS6 = {"ipv6.src": "fd00::1", "ipv6.dst": "fd00::2"}
ENDS4 = {"ip.src": "10.0.0.1", "ip.dst": "10.0.0.2"}
ICMP6 = {**ENDS6, "ipv6.nxt": 58}
ICMP4 = {**ENDS4, "ip.proto": 1}
OUTER = {"outer.ip.src": "172.18.0.4", "outer.ip.dst": "172.18.0.3", "outer.ip.proto": 17, "outer.udp.srcport": 47883,
         "outer.udp.dstport": 8472, "outer.vxlan.vni": 10398, "outer.vxlan.recognised_by": 0}  # fmt: skip

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "solicitation": (
        "IP6 fd00::1 > fd00::2: ICMP6, neighbor solicitation, who has fd00::9, length 32",
        {**ICMP6, "icmpv6.type": 135, "icmpv6.nd.ns.target_address": "fd00::9"},
    ),
    "advertisement of a router, as the article has it": (
        E6 + "fd00::1 > fd00::2: ICMP6, neighbor advertisement, tgt is fd00::9, length 32",
        {**LINK6, **ICMP6, "icmpv6.type": 136, "icmpv6.nd.na.target_address": "fd00::9"},
    ),
    "advertisement with -v": (
        ("IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) fd00::1 > fd00::2: [icmp6 sum ok] ICMP6, neighbor "
        "advertisement, length 32, tgt is fd00::9, Flags [router, solicited]\n"
        "\t  destination link-address option (2), length 8 (1): a2:79:14:47:80:b3"),
        {**ICMP6, "ipv6.hlim": 255, "ipv6.plen": 32, "ipv6.flow": 0, "ipv6.tclass": 0, "icmpv6.type": 136,
         "icmpv6.nd.na.target_address": "fd00::9", "icmpv6.nd.na.flag.r": True, "icmpv6.nd.na.flag.s": True,
         "icmpv6.nd.na.flag.o": False, "icmpv6.opt.target_linkaddr": "a2:79:14:47:80:b3"},
    ),
    "payload length as 4.99.5 writes it": (
        ("IP6 (class 0xc0, flowlabel 0x6c6f1, hlim 64, next-header ICMPv6 (58), payload length 64) fd00::1 > fd00::2: "
        "[bad icmp6 cksum 0x1234 -> 0x5678!] ICMP6, echo request, id 44, seq 0"),
        {**ICMP6, "ipv6.hlim": 64, "ipv6.plen": 64, "ipv6.flow": 0x6C6F1, "ipv6.tclass": 0xC0, "icmpv6.type": 128,
         "icmpv6.checksum": 0x1234, "icmpv6.echo.identifier": 44, "icmpv6.echo.sequence_number": 0},
    ),
    "echo": (
        E4 + "10.0.0.1 > 10.0.0.2: ICMP echo reply, id 65535, seq 1, length 64",
        {**LINK4, **ICMP4, "icmp.type": 0, "icmp.ident": 65535, "icmp.seq": 1},
    ),
    "port unreachable": (
        "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 33434 unreachable, length 36",
        {**ICMP4, "icmp.type": 3, "icmp.code": 3, "quoted.ip.dst": "10.0.0.1", "quoted.udp.dstport": 33434},
    ),
    "fragmentation needed": (
        "IP 10.0.0.1 > 10.0.0.2: ICMP 10.9.0.1 unreachable - need to frag (mtu 1400), length 556",
        {**ICMP4, "icmp.type": 3, "icmp.code": 4, "icmp.mtu": 1400, "quoted.ip.dst": "10.9.0.1"},
    ),
    "host unreachable": (
        "IP 10.0.0.1 > 10.0.0.2: ICMP host 10.9.0.1 unreachable, length 92",
        {**ICMP4, "icmp.type": 3, "icmp.code": 1, "quoted.ip.dst": "10.9.0.1"},
    ),
    "prohibited by number": (
        "IP 10.0.0.1 > 10.0.0.2: ICMP 10.9.0.1 unreachable - #77, length 92",
        {**ICMP4, "icmp.type": 3, "icmp.code": 77, "quoted.ip.dst": "10.9.0.1"},
    ),
    "protocol unreachable": (
        "IP 10.0.0.1 > 10.0.0.2: ICMP 10.9.0.1 protocol 132 unreachable, length 92",
        {**ICMP4, "icmp.type": 3, "icmp.code": 2, "quoted.ip.dst": "10.9.0.1"},
    ),
    "unknown ICMP": ("IP 10.0.0.1 > 10.0.0.2: ICMP type-#42, length 8", {**ICMP4, "icmp.type": 42}),
    "unknown ICMPv6": (
        "IP6 fd00::1 > fd00::2: ICMP6, unknown icmp6 type (200), length 8",
        {**ICMP6, "icmpv6.type": 200},
    ),
    "no such port, IPv6": (
        "IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable port, fd00::1 tcp port 8080, length 88",
        {**ICMP6, "icmpv6.type": 1, "icmpv6.code": 4, "quoted.ipv6.dst": "fd00::1", "quoted.tcp.dstport": 8080},
    ),
    "no route": (
        "IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable route fd00:9::1, length 112",
        {**ICMP6, "icmpv6.type": 1, "icmpv6.code": 0, "quoted.ipv6.dst": "fd00:9::1"},
    ),
    "too big": (
        "IP6 fd00::1 > fd00::2: ICMP6, packet too big, mtu 1450, length 1240",
        {**ICMP6, "icmpv6.type": 2, "icmpv6.mtu": 1450},
    ),
    "hop limit": (
        "IP6 fd00::1 > fd00::2: ICMP6, time exceeded in-transit for fd00:9::1, length 112",
        {**ICMP6, "icmpv6.type": 3, "icmpv6.code": 0, "quoted.ipv6.dst": "fd00:9::1"},
    ),
    "listener report": (
        "IP6 fd00::1 > fd00::2: HBH ICMP6, multicast listener report v2, 2 group record(s), length 48",
        {**ENDS6, "ipv6.nxt": 0, "icmpv6.type": 143, "icmpv6.mldr.nb_mcast_records": 2},
    ),
    "UDP": (
        "IP6 fd00::1.53000 > fd00::2.4000: UDP, length 12",
        {**ENDS6, "ipv6.nxt": 17, "udp.srcport": 53000, "udp.dstport": 4000, "udp.length": 20},
    ),
    "UDP by its ports": (
        "IP 10.0.0.1.5353 > 10.0.0.2.53: 4711+ A? example.com. (29)",
        {**ENDS4, "ip.proto": 17, "udp.srcport": 5353, "udp.dstport": 53},
    ),
    "a service by name": (
        "IP 10.0.0.1.53000 > 10.0.0.2.domain: 4711+ A? example.com. (29)",
        {**ENDS4, "ip.proto": 17, "udp.srcport": 53000},
    ),
    "hosts by name": (
        E4 + "worker-1.53000 > kube-dns.kube-system.svc.cluster.local.53: UDP, length 29",
        {**LINK4, "ip.proto": 17, "udp.srcport": 53000, "udp.dstport": 53, "udp.length": 37},
    ),
    "mapped address": (
        "IP6 ::ffff:10.0.0.1.80 > fd00::2.81: UDP, length 1",
        {"ipv6.src": "::ffff:10.0.0.1", "ipv6.dst": "fd00::2", "ipv6.nxt": 17, "udp.srcport": 80, "udp.dstport": 81,
         "udp.length": 9},
    ),
    "SYN": (
        ("IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [SEW], seq 3000000000, win 64240, options [mss 1460,sackOK,TS val 1 "
        "ecr 0,nop,wscale 7], length 0"),
        {**ENDS4, "ip.proto": 6, "tcp.srcport": 40000, "tcp.dstport": 80, "tcp.flags": 0xC2, "tcp.len": 0,
         "tcp.seq_raw": 3000000000, "tcp.window_size_value": 64240, "tcp.options.mss_val": 1460,
         "tcp.options.sack_perm": 1, "tcp.options.timestamp.tsval": 1, "tcp.options.timestamp.tsecr": 0,
         "tcp.options.wscale.shift": 7},
    ),
    "data: sequence numbers count from the first": (
        ("IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:83, ack 1, win 502, options [nop,nop,TS val 1 ecr 2], "
        "length 82: HTTP: GET /?q=,%20ack%207,%20win%209 HTTP/1.1"),
        {**ENDS4, "ip.proto": 6, "tcp.srcport": 40000, "tcp.dstport": 80, "tcp.flags": 0x18, "tcp.len": 82,
         "tcp.window_size_value": 502, "tcp.options.timestamp.tsval": 1, "tcp.options.timestamp.tsecr": 2},
    ),
    "old TCP": (
        "IP 10.0.0.1.40000 > 10.0.0.2.80: S 1:1(0) win 5840 <mss 1460>",
        {**ENDS4, "ip.proto": 6, "tcp.srcport": 40000, "tcp.dstport": 80},
    ),
    "offloaded segment": (
        ("IP (tos 0x2,ECT(0), ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 7240 [was 0, presumed TSO])\n"
        "    10.0.0.1.40000 > 10.0.0.2.80: Flags [.], ack 1, win 5, length 7200"),
        {**ENDS4, "ip.proto": 6, "ip.dsfield": 2, "ip.ttl": 64, "ip.id": 0, "ip.frag_offset": 0, "ip.flags.df": True,
         "ip.flags.mf": False, "ip.len": 0, "tcp.srcport": 40000, "tcp.dstport": 80, "tcp.flags": 16,
         "tcp.window_size_value": 5, "tcp.len": 7200},
    ),
    "SCTP": (
        "IP 10.0.0.1.5001 > 10.0.0.2.5002: sctp (1) [INIT] [init tag: 1]",
        {**ENDS4, "ip.proto": 132, "sctp.srcport": 5001, "sctp.dstport": 5002},
    ),
    "later fragment": ("IP 10.0.0.1 > 10.0.0.2: icmp", ICMP4),
    "unknown protocol, IPv6": ("IP6 fd00::1 > fd00::2: ip-proto-253 12", {**ENDS6, "ipv6.nxt": 253}),
    "later fragment by number": ("IP 10.0.0.1 > 10.0.0.2: ip-proto-17", {**ENDS4, "ip.proto": 17}),
    "ARP": (
        "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
        {"arp.opcode": 1, "arp.src.proto_ipv4": "10.0.0.1", "arp.dst.proto_ipv4": "10.0.0.2"},
    ),
    "ARP to a known station": (
        "ARP, Request who-has 10.0.0.2 (a2:79:14:47:80:b3) tell 10.0.0.1, length 28",
        {"arp.opcode": 1, "arp.src.proto_ipv4": "10.0.0.1", "arp.dst.proto_ipv4": "10.0.0.2",
         "arp.dst.hw_mac": "a2:79:14:47:80:b3"},
    ),
    "ARP reply without -n": (
        ("4e:5b:57:45:63:3b (oui Unknown) > Broadcast, ethertype ARP (0x0806), length 42: Reply 10.0.0.1 is-at "
        "4e:5b:57:45:63:3b (oui Unknown), length 28"),
        {"eth.src": "4e:5b:57:45:63:3b", "eth.dst": "ff:ff:ff:ff:ff:ff", "eth.type": 0x0806, "frame.len": 42,
         "arp.opcode": 2, "arp.src.proto_ipv4": "10.0.0.1", "arp.src.hw_mac": "4e:5b:57:45:63:3b"},
    ),
    "old ARP": (
        "arp who-has 10.0.0.2 tell 10.0.0.1",
        {"arp.opcode": 1, "arp.src.proto_ipv4": "10.0.0.1", "arp.dst.proto_ipv4": "10.0.0.2"},
    ),
    "VLAN": (
        ("4e:5b:57:45:63:3b > a2:79:14:47:80:b3, ethertype 802.1Q (0x8100), length 102: vlan 100, p 5, DEI, ethertype "
        "IPv4, 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64"),
        {**LINK4, **ICMP4, "frame.len": 102, "vlan.id": 100, "vlan.priority": 5, "vlan.tags": 1, "icmp.type": 8,
         "icmp.ident": 1, "icmp.seq": 1},
    ),
    "tunnel, as tcpdump up to 4.99.5 calls it": (
        ("IP 172.18.0.4.47883 > 172.18.0.3.8472: OTV, flags [I] (0x08), overlay 0, instance 10398\n"
        "IP6 fd00::1 > fd00::2: ICMP6, echo request, id 44, seq 0, length 64"),
        {**OUTER, "outer.vxlan.flags": 0x0800, **ICMP6, "icmpv6.type": 128, "icmpv6.echo.identifier": 44,
         "icmpv6.echo.sequence_number": 0, "frame.tunnels": 1},
    ),
    "tunnel": (
        "IP 172.18.0.4.47883 > 172.18.0.3.8472: VXLAN, flags [I] (0x08), vni 10398\n" + E4
        + "10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64",
        {**OUTER, **MACS, "eth.type": 0x0800, **ICMP4, "icmp.type": 8, "icmp.ident": 1, "icmp.seq": 1,
         "frame.tunnels": 1},
    ),
    "tunnel with a group": (
        ("IP 172.18.0.4.47883 > 172.18.0.3.8472: OTV, flags [I] (0x88), overlay 77, instance 10398\n"
        "IP6 fd00::1 > fd00::2: ICMP6, router solicitation, length 16"),
        {**OUTER, "outer.vxlan.flags": 0x8800, "outer.vxlan.gbp": 77, **ICMP6, "icmpv6.type": 133, "frame.tunnels": 1},
    ),
    "tunnel whose inside is cut": (
        "IP 172.18.0.4.47883 > 172.18.0.3.8472: OTV, flags [I] (0x08), overlay 0, instance 10398\n [|ip6]",
        {**OUTER, "outer.vxlan.flags": 0x0800, "frame.tunnels": 1},
    ),
    "OTV without an instance is no VXLAN": (
        "IP 10.0.0.1.4 > 10.0.0.2.8472: OTV, flags [.] (0x00), overlay 7, instance 9\nIP 1.1.1.1 > 2.2.2.2: ICMP",
        {**ENDS4, "ip.proto": 17, "udp.srcport": 4, "udp.dstport": 8472},
    ),
    "values that no header can hold are not told": (
        E4.replace("98", "999999999") + "10.0.0.1.99999 > 10.0.0.2.80: Flags [.], ack 1, win 99999, length 0",
        {**LINK4, "frame.len": 999999999, **ENDS4, "ip.proto": 6, "tcp.dstport": 80, "tcp.flags": 16, "tcp.len": 0},
    ),
    "a cut line": ("IP6 fd00::1.80 > fd00::2.443:", ENDS6),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_line(case: str) -> None:
    """The columns of the line, all of them and no others."""
    line, expected = CASES[case]
    (told,) = read_text(T + line).told
    if "frame.tunnels" not in expected:
        assert told.pop("frame.tunnels", 0) == 0
    assert told == expected


PING = "10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64"
SENDER = "4e:5b:57:45:63:3b"
ANY = {
    f"eth0  In  IP {PING}": ("eth0", 0, None, None),
    f"lxc237a31216c0f Out IP {PING}": ("lxc237a31216c0f", 4, None, None),
    "eth0  B   ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28": ("eth0", 1, None, None),
    f"cilium_vxlan P   ifindex 5 {SENDER} ethertype IPv4 (0x0800), length 104: {PING}": ("cilium_vxlan", 3, 5, SENDER),
    f" In {SENDER} ethertype IPv4 (0x0800), length 100: {PING}": (None, 0, None, SENDER),
    f"  M {SENDER} ethertype IPv4 (0x0800), length 100: {PING}": (None, 2, None, SENDER),
}


@pytest.mark.parametrize("line", ANY)
def test_line_of_any(line: str) -> None:
    """A capture on `any` names the interface, the direction and, with -e, the sender of each packet."""
    got = read_text(T + line)
    name, direction, index, mac = ANY[line]
    (told,), (layers,) = got.told, got.layers
    assert got.interfaces == [name]
    assert got.batches[0].interfaces[0].linktype == (276 if name else 113)
    assert (told["sll.pkttype"], told.get("sll.ifindex"), told.get("sll.src.mac")) == (direction, index, mac)
    assert layers[0] == "sll"
    assert "eth.src" not in told


@pytest.mark.parametrize(
    "line",
    [
        "STP 802.1d, Config, Flags [none], bridge-id 8064.00",
        "LLDP, length 60",
        "[|ether]",
        "IP bad-len 0",
        "CDPv2, ttl: 180s",
    ],
)
def test_lines_that_are_not_understood(line: str) -> None:
    """A line of tcpdump that is not understood is a frame with its time, and is counted."""
    got = read_text(T + line, T + "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64")
    assert got.count == 2
    assert (got.told[0], got.layers[0]) == ({}, ())
    assert got.times[0] is not None
    assert got.batches[0].unread == 1
