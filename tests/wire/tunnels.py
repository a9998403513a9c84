"""One frame of each tunnel, and of what is named and not opened, made by hand as the RFCs have them."""

from __future__ import annotations

import struct

from tests.wire.frames import echo6, ether, geneve, gre, ip6, ipv4, ipv6, mpls, tcp, udp, vxlan

SEGMENT, ECHO = ipv4(tcp(b"abc"), 6, source="10.1.0.1"), ipv6(echo6())
FRAME, FRAME_IPV4 = ether(ECHO), ether(SEGMENT, 0x0800)
KEY, SEQUENCE, CHECKSUM = struct.pack(">I", 0x00ABCD07), struct.pack(">I", 9), struct.pack(">HH", 0xBEEF, 0)
SERVICE = bytes.fromhex("014b8102") + bytes([10, 96, 0, 10]) + struct.pack(">HH", 8053, 0)
SERVICE_6 = bytes.fromhex("014b8105") + ip6("fd00:10:96::a") + struct.pack(">HH", 8053, 0)
PORTS = bytes.fromhex("01028001") + struct.pack(">HH", 3, 32769)
TYPE_II = struct.pack(">HHI", 1 << 12 | 100, 5 << 13 | 517, 77)
TYPE_III = struct.pack(">HHIHH", 2 << 12 | 100, 5 << 13 | 517, 12345, 6, 0x8000)
NSH = struct.pack(">HB", 63 << 6 | 6, 1)
PATH = struct.pack(">I", 0xABCDEF << 8 | 250) + bytes(16)
IKE = bytes(range(1, 17)) + struct.pack(">BBBBII", 33, 0x20, 34, 0x08, 0, 28)
ESP = struct.pack(">II", 0xC0FFEE03, 9) + bytes(range(48))
AH = struct.pack(">BHII", 4, 0, 0xC0FFEE04, 77) + bytes(12)


def over_ipv4(payload: bytes, protocol: int) -> bytes:
    """In IPv4 and Ethernet."""
    return ether(ipv4(payload, protocol), 0x0800)


def over_udp(payload: bytes, port: int, source: int = 47883) -> bytes:
    """In UDP, IPv4 and Ethernet."""
    return over_ipv4(udp(payload, port, source), 17)


TUNNELS = {
    "vxlan": over_udp(vxlan(FRAME), 4789),
    "vxlan, group policy": over_udp(vxlan(FRAME, flags=0x8848, group=420), 4789),
    "vxlan over IPv6": ether(ipv6(udp(vxlan(FRAME), 8472), 17)),
    "geneve": over_udp(geneve(FRAME), 6081),
    "geneve, DSR": over_udp(geneve(FRAME, options=SERVICE, flags=0x40), 6081),
    "geneve, DSR over IPv6": over_udp(geneve(FRAME_IPV4, options=SERVICE_6, flags=0x40), 6081),
    "geneve, OVN": over_udp(geneve(FRAME_IPV4, options=PORTS + SERVICE), 6081),
    "geneve around IPv4": over_udp(geneve(SEGMENT, 0x0800), 6081),
    "geneve around IPv6": over_udp(geneve(ECHO, 0x86DD), 6081),
    "geneve around MPLS": over_udp(geneve(mpls(SEGMENT, 100, 200), 0x8847), 6081),
    "gre": over_ipv4(gre(SEGMENT), 47),
    "gre, all words": over_ipv4(gre(ECHO, 0x86DD, 0xB000, CHECKSUM + KEY + SEQUENCE), 47),
    "gre around Ethernet": over_ipv4(gre(FRAME, 0x6558), 47),
    "nvgre": over_ipv4(gre(FRAME, 0x6558, 0x2000, KEY), 47),
    "gre over IPv6": ether(ipv6(gre(SEGMENT), 47)),
    "gre over UDP": over_udp(gre(SEGMENT), 4754),
    "gre around MPLS": over_ipv4(gre(mpls(SEGMENT, 100), 0x8847), 47),
    "eoip": over_ipv4(gre(FRAME, 0x6400, 0x2001, KEY), 47),
    "erspan I": over_ipv4(gre(FRAME, 0x88BE), 47),
    "erspan II": over_ipv4(gre(TYPE_II + FRAME, 0x88BE, 0x1000, SEQUENCE), 47),
    "erspan III": over_ipv4(gre(TYPE_III + FRAME, 0x22EB, 0x1000, SEQUENCE), 47),
    "ipip": over_ipv4(SEGMENT, 4),
    "sit": over_ipv4(ECHO, 41),
    "ip4ip6": ether(ipv6(SEGMENT, 4)),
    "ip6ip6": ether(ipv6(ECHO, 41)),
    "ethernet in IPv6": ether(ipv6(FRAME, 143)),
    "mpls over UDP": over_udp(mpls(SEGMENT, 100, 200), 6635),
    "mpls over IPv4": over_ipv4(mpls(ECHO, 100), 137),
    "nsh": ether(NSH + b"\x03" + PATH + FRAME, 0x894F),
    "nsh around IPv4": ether(NSH + b"\x01" + PATH + SEGMENT, 0x894F),
    "ah in tunnel mode": over_ipv4(b"\x04" + AH + SEGMENT, 51),
}
OTHERS = {
    "mpls": ether(mpls(SEGMENT, 100), 0x8847),
    "mpls, three labels": ether(mpls(ECHO, 100, 200, 300, traffic_class=5), 0x8847),
    "gre keepalive": over_ipv4(gre(b"", 0), 47),
    "wireguard initiation": over_udp(b"\x01\0\0\0" + bytes(range(144)), 51820),
    "wireguard response": over_udp(b"\x02\0\0\0" + bytes(range(88)), 51820),
    "wireguard cookie": over_udp(b"\x03\0\0\0" + bytes(range(60)), 51820),
    "wireguard data": over_udp(b"\x04\0\0\0" + struct.pack("<IQ", 7, 8) + bytes(range(48)), 51871),
    "wireguard on another port": over_udp(b"\x04\0\0\0" + struct.pack("<IQ", 7, 8) + bytes(range(48)), 41000),
    "esp": over_ipv4(ESP, 50),
    "esp over IPv6": ether(ipv6(ESP, 50)),
    "esp over UDP": over_udp(ESP, 4500, 4500),
    "esp over UDP, answer": over_udp(ESP, 41000, 4500),
    "ike over UDP 4500": over_udp(bytes(4) + IKE, 4500, 4500),
    "ike": over_udp(IKE, 500, 500),
    "nat keepalive": over_udp(b"\xff", 4500),
    "ah": over_ipv4(b"\x06" + AH + tcp(), 51),
    "ah over IPv6": ether(ipv6(b"\x06" + AH + tcp(), 51)),
}
# Of these tshark 4.0 shows no layer for VXLAN, and its flags as 8 bits; elsewhere than on port 4790 it knows no GPE.
GPE = {
    "gpe around IPv4": over_udp(vxlan(SEGMENT, flags=0x0C00, group=1), 4790),
    "gpe around IPv6": over_udp(vxlan(ECHO, flags=0x0C00, group=2), 4790),
    "gpe around Ethernet": over_udp(vxlan(FRAME, flags=0x0C00, group=3), 4790),
    "gpe around NSH": over_udp(vxlan(NSH + b"\x03" + PATH + FRAME, flags=0x0C00, group=4), 4790),
    "gpe around MPLS": over_udp(vxlan(mpls(SEGMENT, 100), flags=0x0C00, group=5), 4790),
}
# A pseudowire is a guess of both; tshark believes only MACs of vendors that it knows.
PSEUDOWIRES = {
    "pseudowire": ether(mpls(ether(SEGMENT, 0x0800, destination="00:1b:21:11:22:33"), 100, 200), 0x8847),
    "pseudowire, control word": ether(mpls(struct.pack(">HH", 0, 7) + FRAME, 100, 200), 0x8847),
}
EVERY = TUNNELS | OTHERS | GPE | PSEUDOWIRES
