"""Frames that, together with those of the tunnels, have every header of `wire.HEADERS`, by link type."""

from __future__ import annotations

import struct

from tests.wire.frames import echo6, ether, geneve, ip4, ip6, ipv4, ipv6, mac, tcp, udp
from tests.wire.tunnels import ECHO, EVERY, FRAME, SEGMENT, over_udp

GROUP, ROUTER, MAC = "ff02::1:ff00:22f1", ip6("fe80::1"), mac("a2:79:14:47:80:b3")
LINK_ADDRESS = b"\x01\x01" + MAC
PREFIX = b"\x03\x04" + struct.pack(">BBIII", 64, 0xC0, 86400, 14400, 0) + ip6("2001:db8:1:2::")
ROUTE = b"\x18\x02" + struct.pack(">BBI", 56, 0x08, 1800) + bytes(8)
MTU, NONCE, UNKNOWN = b"\x05\x01" + struct.pack(">HI", 0, 1450), b"\x0e\x01" + bytes(range(6)), b"\xfd\x01" + bytes(6)
RESOLVERS = b"\x19\x03" + struct.pack(">HI", 0, 600) + ip6("fd00::53")
NAT64 = b"\x26\x02" + struct.pack(">H", 600) + ip6("64:ff9b::")[:12]
OPTIONS = (LINK_ADDRESS, PREFIX, ROUTE, MTU, NONCE, UNKNOWN, RESOLVERS, NAT64)
SYN = bytes.fromhex("020405b40402080a00000001000000000103030701")[:20]
SACK = bytes.fromhex("0101080a00000001000000020101050a0000000100000009")
ALERT = b"\x05\x02\0\0\x01\0"
SERVICE_IPV4 = bytes.fromhex("9a080a60000a1f75")
SEGMENTS = bytes([4, 2, 0, 0]) + struct.pack(">H", 7) + ip6("2001:db8::a") + ip6("2001:db8::b")
QUOTED = ipv6(udp(bytes(64), 53), 17)


def icmpv6(kind: int, body: bytes, *, code: int = 0) -> bytes:
    """An ICMPv6 message in IPv6 and Ethernet."""
    return ether(ipv6(struct.pack(">BBH", kind, code, 0xC0DE) + body))


def igmp(kind: int, body: bytes) -> bytes:
    """An IGMP message in IPv4 with router alert, and Ethernet."""
    return ether(ipv4(struct.pack(">BBH", kind, 10, 0xC0DE) + body, 2, options=bytes.fromhex("94040000")), 0x0800)


def arp(*, sizes: tuple[int, int] = (6, 4)) -> bytes:
    """An ARP request."""
    return struct.pack(">HHBBH", 1, 0x0800, *sizes, 1) + MAC + ip4("10.0.0.1") + bytes(6) + ip4("10.0.0.2")


SIMPLE = {
    "vlan, two tags": ether(struct.pack(">HH", 310, 0x8100) + struct.pack(">HH", 20, 0x86DD) + ECHO, 0x88A8),
    "802.3": ether(b"\x42\x42\x03" + bytes(43), 3),
    "arp": ether(arp() + bytes(18), 0x0806),
    "arp of another length": ether(arp(sizes=(8, 4)), 0x0806),
    "hop-by-hop": ether(ipv6(b"\x3a\0" + ALERT + echo6(), 0)),
    "jumbo": ether(ipv6(b"\x3a\0\xc2\x04" + struct.pack(">I", 80008) + echo6(bytes(60)), 0, plen=0)),
    "segment routing": ether(ipv6(b"\x3a\x04" + SEGMENTS[:2] + b"\x01\0" + SEGMENTS[4:] + echo6(), 43)),
    "destination options": ether(ipv6(b"\x3a\0\x04\x01\x04\x01\x01\0" + echo6(), 60)),
    "destination options, padding": ether(ipv6(b"\x3a\x01" + bytes(14) + echo6(), 60)),
    "fragment": ether(ipv6(b"\x11\0" + struct.pack(">HI", 1, 77) + udp(bytes(40), 53), 44)),
    "later fragment": ether(ipv6(b"\x11\0" + struct.pack(">HI", 48, 77) + bytes(40), 44)),
    "ipv4 fragment": ether(ipv4(udp(bytes(40), 53), flags=0x2000), 0x0800),
    "ipv4 later fragment": ether(ipv4(bytes(40), flags=6), 0x0800),
    "ipv4 options": ether(ipv4(tcp(), 6, options=SERVICE_IPV4 + bytes.fromhex("94040000")), 0x0800),
    "tcp": ether(ipv6(tcp(b"\x16\x03\x01\0\x05hello", SYN), 6)),
    "tcp, selective acknowledgment": ether(ipv4(tcp(b"", SACK), 6), 0x0800),
    "sctp": ether(ipv4(struct.pack(">HHIIBBHI", 5000, 38412, 7, 9, 0, 3, 20, 1) + bytes(12), 132), 0x0800),
    "icmp echo": ether(ipv4(struct.pack(">BBHHH", 8, 0, 0xC0DE, 7, 1) + bytes(56), 1), 0x0800),
    "icmp error": ether(ipv4(struct.pack(">BBHHH", 3, 4, 0xC0DE, 0, 1450) + ipv4(udp(bytes(8), 53)), 1), 0x0800),
    "igmp query": igmp(0x11, ip4("224.0.0.251") + struct.pack(">BBH", 0x0A, 125, 1) + ip4("10.0.0.1")),
    "igmp report": igmp(0x22, struct.pack(">HHBBH", 0, 1, 4, 0, 0) + ip4("224.0.0.251")),
    "igmp leave": igmp(0x17, ip4("224.0.0.251")),
    "extended echo": icmpv6(160, struct.pack(">HBB", 7, 1, 1)),
    "unreachable": icmpv6(1, bytes(4) + QUOTED, code=3),
    "too big": icmpv6(2, struct.pack(">I", 1280) + QUOTED),
    "parameter problem": icmpv6(4, struct.pack(">I", 40) + ipv6(b"\x3a\0" + ALERT + echo6(), 0)),
    "router solicitation": icmpv6(133, bytes(4) + LINK_ADDRESS),
    "router advertisement": icmpv6(134, struct.pack(">BBHII", 64, 0xC0, 1800, 30000, 1000) + b"".join(OPTIONS)),
    "neighbour solicitation": icmpv6(135, bytes(4) + ROUTER + LINK_ADDRESS),
    "neighbour advertisement": icmpv6(136, b"\xe0\0\0\0" + ROUTER + b"\x02" + LINK_ADDRESS[1:]),
    "redirect": icmpv6(137, bytes(4) + ROUTER + ip6("fd00::1") + b"\x02" + LINK_ADDRESS[1:]),
    "listener query, version 1": icmpv6(130, struct.pack(">HH", 10000, 0) + ip6(GROUP)),
    "listener query": icmpv6(130, struct.pack(">HH", 0x8001, 0) + ip6(GROUP) + struct.pack(">BBH", 0x0A, 125, 0)),
    "listener report, version 1": icmpv6(131, bytes(4) + ip6(GROUP)),
    "listener report": icmpv6(143, struct.pack(">HH", 0, 1) + struct.pack(">BBH", 4, 0, 1) + ip6(GROUP) + ROUTER),
    "geneve, option that is too long": over_udp(geneve(FRAME, options=bytes.fromhex("01028005") + bytes(4)), 6081),
    "dns": over_udp(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\x03web\x04test\0\0\x01\0\x01", 53),
    "dhcp": over_udp(bytes([2, 1, 6, 0]) + bytes(232) + bytes.fromhex("63825363350102ff"), 68, 67),
}  # fmt: skip
COOKED = struct.pack(">HHH", 0, 1, 6) + MAC + bytes(2)
COOKED_2 = struct.pack(">HHIHBB", 0x86DD, 0, 5, 1, 4, 6) + MAC + bytes(2)
BY_LINKTYPE: dict[int, dict[str, bytes]] = {
    1: EVERY | SIMPLE,
    0: {"null, IPv4": struct.pack("<I", 2) + SEGMENT, "null, IPv6": struct.pack(">I", 30) + ECHO},
    101: {"raw, IPv4": SEGMENT, "raw, IPv6": ECHO, "raw, nothing known": b"\x70" + bytes(30)},
    108: {"loop, IPv4": struct.pack(">I", 2) + SEGMENT, "loop, IPv6": struct.pack(">I", 24) + ECHO},
    113: {"cooked": COOKED + b"\x08\0" + SEGMENT, "cooked, netlink": b"\0\4\x03\x38" + COOKED[4:] + bytes(30)},
    228: {"ipv4": SEGMENT},
    229: {"ipv6": ECHO},
    276: {"cooked, version 2": COOKED_2 + ECHO},
}
