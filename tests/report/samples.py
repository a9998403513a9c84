"""Which explanations do the report tests show?

Law: values are written by hand after the article's network (two nodes, two pods, Cilium with VXLAN), so that no stage
before the report can change what a test expects.
"""

from __future__ import annotations

from vxlan_dissect.addresses import IP, parse_ip, parse_mac
from vxlan_dissect.datapath.base import Hop
from vxlan_dissect.explain.statements import (
    CapturePoint,
    Damage,
    Endpoint,
    Explanation,
    FactEvidence,
    FieldEvidence,
    FrameEvidence,
    Outer,
    Related,
    Statement,
)
from vxlan_dissect.inventory.model import Address, Host, Interface, Owner, Source

NODE, NODE2 = "cilium-dual-stack-worker", "cilium-dual-stack-worker2"
POD, POD2 = Host(NODE, "cni-7t9p4"), Host(NODE2, "cni-8qgcs")
POD_MAC, LXC_MAC = parse_mac("4e:5b:57:45:63:3b"), parse_mac("a2:79:14:47:80:b3")
POD_IP, POD2_IP = parse_ip("fd00:10:244:1::4749"), parse_ip("fd00:10:244:2::9461")
ROUTER_IP = parse_ip("fd00:10:244:1::22f1")
TIME = 1720770268594856000

_FACT = Interface(POD, "eth0", 18, POD_MAC, Source("inventory/article.txt", 12))
POD_OWNER = Owner(POD, "eth0", "pod", Address(POD, "eth0", POD_IP, 128, Source("inventory/article.txt", 16)), "default")
POD_MAC_OWNER = POD_OWNER._replace(fact=_FACT)
POD2_OWNER = Owner(POD2, "eth0", "pod", None, "default")
LXC_OWNER = Owner(Host(NODE), "lxc237a31216c0f", "lxc", _FACT)
ROUTER_OWNER = Owner(Host(NODE), None, "router", None, confidence="likely", inferred="the pod's default route names it")
NODE_OWNER, NODE2_OWNER = Owner(Host(NODE), "eth0", "node", _FACT), Owner(Host(NODE2), "eth0", "node", None)
SERVICE_OWNER = Owner(None, None, "service", None, "default", "cni")

CAPTURED = CapturePoint(NODE, "eth0", None, "the outer source is this interface", "likely")
OUTER = Outer(
    "vxlan", 10398, 8472, "port",
    Endpoint(parse_mac("02:42:ac:12:00:03"), parse_ip("172.18.0.3"), NODE_OWNER, NODE_OWNER),
    Endpoint(parse_mac("02:42:ac:12:00:02"), parse_ip("172.18.0.2"), NODE2_OWNER, NODE2_OWNER),
    64,
)  # fmt: skip
HOPS = (
    Hop(1, NODE, "eth0", "cni-7t9p4", "send", "sends to the MAC of its gateway, which is the host end of its own veth",
        {"eth.src": "4e:5b:57:45:63:3b", "eth.dst": "a2:79:14:47:80:b3", "ipv6.hlim": "64"}, role="pod"),
    Hop(2, NODE, "lxc237a31216c0f", "cni-7t9p4", "forward", "Cilium's program looks up the destination",
        {"ipv6.hlim": "64"}, "visible", "elsewhere", "lxc"),
    Hop(3, NODE, "cilium_vxlan", NODE, "encapsulate", "puts the frame into the tunnel", {}, role="tunnel"),
    Hop(4, NODE, "eth0", NODE, "send", "the outer packet leaves the node", {}, "visible", "here", "nic"),
    Hop(5, NODE2, "eth0", NODE2, "forward", "the outer packet reaches the node", {}, "visible", "missing", "nic"),
    Hop(6, NODE2, "cilium_vxlan", NODE2, "decapsulate", "takes the frame out of the tunnel", {}, role="tunnel"),
    Hop(7, NODE2, "lxc91c4d60f3ab8", "cni-8qgcs", "forward", "delivers", {"ipv6.hlim": "63"}, "blind", role="lxc"),
    Hop(8, NODE2, "eth0", "cni-8qgcs", "deliver", "the pod receives it", {"ipv6.hlim": "63"}, role="pod"),
)  # fmt: skip
STATEMENTS = (
    Statement(
        "tunnel.encapsulated",
        f"{NODE} carries this frame to {NODE2} in VXLAN; VNI 10398 is the sender's security identity, an identity of a "
        "set of labels, and the inner MACs are as the pod sent them.",
        "normal", "certain",
        (FieldEvidence("vxlan.vni", 10398), FieldEvidence("outer.ip.src", IP(4, 0xAC120003)),
         FactEvidence("inventory/article.txt", 230, "inet 172.18.0.3/16 scope global eth0")),
    ),
    Statement(
        "icmp.echo-request", "cni-7t9p4 pings cni-8qgcs; the reply is frame 2, 607 microseconds later.", "normal",
        "likely", (FieldEvidence("icmpv6.type", 128), FieldEvidence("icmpv6.code", 0), FrameEvidence(2, "the reply"),
         FrameEvidence(9, "same identifier and sequence")), "reply",
    ),
)  # fmt: skip
PROXY = Statement(
    "ndp.proxy-advertisement",
    "lxc237a31216c0f, the host end of cni-7t9p4's veth, answers for fd00:10:244:1::22f1, an address that it does not "
    "have; Cilium's program on it does so for the router address of the node.",
    "by-design", "certain",
    (FieldEvidence("icmpv6.nd.na.flag.r", True), FieldEvidence("icmpv6.nd.na.target_address", ROUTER_IP),
     FieldEvidence("icmpv6.opt.target_linkaddr", LXC_MAC),
     FactEvidence("inventory/article.txt", 231, "link/ether a2:79:14:47:80:b3 on lxc237a31216c0f"),
     FactEvidence("inventory/article.txt", None, "fd00:10:244:1::22f1 is not on lxc237a31216c0f")),
)  # fmt: skip

REQUEST = Explanation(
    1, "1.cap", TIME, True, 168, "echo request, cni-7t9p4 → cni-8qgcs, id 44, seq 0", "icmpv6.echo-request",
    ("eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6"), OUTER,
    Endpoint(POD_MAC, POD_IP, POD_OWNER, POD_MAC_OWNER, 10398), Endpoint(LXC_MAC, POD2_IP, POD2_OWNER, LXC_OWNER),
    64, CAPTURED, HOPS, STATEMENTS, (Related(2, "reply", 607_000),), None,
)  # fmt: skip
ADVERTISEMENT = Explanation(
    2, "pod-eth0.pcap", TIME + 37_000, True, 86, "neighbor advertisement, lxc237a31216c0f → cni-7t9p4",
    "icmpv6.neighbor-advertisement", ("eth", "ipv6", "icmpv6"), None,
    Endpoint(LXC_MAC, ROUTER_IP, ROUTER_OWNER, LXC_OWNER), Endpoint(POD_MAC, POD_IP, POD_OWNER, POD_MAC_OWNER), 255,
    CapturePoint(NODE, "eth0", "cni-7t9p4", "file name"),
    (Hop(1, NODE, "lxc237a31216c0f", "cni-7t9p4", "answer", "answers", {}, role="lxc"),
     Hop(2, NODE, "eth0", "cni-7t9p4", "deliver", "learns the MAC", {}, "visible", "here", "pod")),
    (PROXY,), (Related(1, "question", -37_000),), None,
)  # fmt: skip
NAMELESS = Explanation(
    3, "unknown.pcap", TIME, True, 60, "ARP, who has 10.244.1.1", "arp.request", ("eth", "arp"), None,
    Endpoint(POD_MAC, IP(4, 0x0AF401E9), None, None), Endpoint(0xFFFFFFFFFFFF, IP(4, 0x0AF40101), None, None), None,
    None, (), (), (), None,
)  # fmt: skip
UNDATED = NAMELESS._replace(time_ns=27868594775000, dated=False, length=None)
DAMAGED = NAMELESS._replace(
    summary="cut frame", layers=("eth", "ipv6"), damaged=Damage("icmpv6", 32, 12, "captured length", 54),
    src=Endpoint(POD_MAC, POD_IP, POD_OWNER, POD_MAC_OWNER), dst=Endpoint(LXC_MAC, None, None, None),
)  # fmt: skip
BROKEN = REQUEST._replace(
    statements=(*STATEMENTS, PROXY._replace(rule="icmp.packet-too-big", verdict="broken", confidence="possible"),
                PROXY._replace(rule="tunnel.identity-mismatch", verdict="suspicious"),
                PROXY._replace(rule="capture.cut", verdict="unknown")),
)  # fmt: skip
WIDE = REQUEST._replace(
    summary="回显请求 容器甲 → 容器乙 " * 6,
    src=Endpoint(POD_MAC, POD_IP, Owner(Host("节点一", "容器甲"), "eth0", "pod", None), POD_MAC_OWNER),
)
EVIL = "\x1b[31mred\x1b[0m\x9b2J\u202egnp.exe\u200b\u2028<script>alert(1)</script>\r\n\x00\x7f\ud800\ufffe\"'&"
_EVIL_OWNER = Owner(Host(EVIL, EVIL), EVIL, EVIL, None, EVIL, None, EVIL, EVIL)
HOSTILE = Explanation(
    7, EVIL, TIME, True, 1, EVIL, EVIL, (EVIL,), OUTER._replace(type=EVIL, recognised_by="header"),
    Endpoint(POD_MAC, POD_IP, _EVIL_OWNER, None), Endpoint(LXC_MAC, POD2_IP, None, _EVIL_OWNER), 64,
    CapturePoint(EVIL, EVIL, EVIL, EVIL, EVIL), (Hop(1, EVIL, EVIL, EVIL, EVIL, EVIL, {EVIL: EVIL}, EVIL, EVIL, EVIL),),
    (Statement(EVIL, EVIL, "normal", EVIL, (FactEvidence(EVIL, 3, EVIL), FrameEvidence(1, EVIL))),),
    (Related(1, EVIL, 5),), Damage(EVIL, 1, 2, EVIL, 3), EVIL,
)  # fmt: skip
ALL = {
    "request": REQUEST, "advertisement": ADVERTISEMENT, "nameless": NAMELESS, "undated": UNDATED, "damaged": DAMAGED,
    "broken": BROKEN, "wide": WIDE, "hostile": HOSTILE,
}  # fmt: skip
