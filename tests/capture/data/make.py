"""Makes the captures of this folder, and what tcpdump prints of them: `python make.py` (needs tcpdump and scapy).

Every frame is made here; addresses are those of documentation (RFC 5737, RFC 3849, RFC 7042).
"""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLQuery,
    ICMPv6MLReport,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)  # fmt: skip
from scapy.layers.l2 import ARP, LLC, STP, CookedLinuxV2, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.packet import Packet, Raw
from scapy.utils import RawPcapWriter

HERE = Path(__file__).parent
A, B = "00:00:5e:00:53:01", "00:00:5e:00:53:02"
LINK = Ether(src=A, dst=B)
FOUR = IP(src="192.0.2.1", dst="192.0.2.2")
SIX = LINK / IPv6(src="2001:db8::1", dst="2001:db8::2")
PING6 = ICMPv6EchoRequest(id=44, seq=1, data=b"x" * 56)
PING = ICMP(type=8, id=7, seq=3) / Raw(b"x" * 56)
SYN = TCP(sport=40000, dport=8080, flags="S", seq=3_000_000_000, window=64240, options=[("MSS", 1460), ("SAckOK", "")])
START = 1_720_770_268_594_775  # microseconds: 2024-07-12 07:44:28.594775 UTC
# Of each capture, the options of tcpdump whose output is stored.
PRINTED = {
    "ethernet": ["n", "ne", "nev", "nevv", "neq", "nvt", "nettt", "nexx", "nvX"],
    "any": ["n", "ne", "nev", "neq", "nXX"],
    "raw": ["n", "nev", "nx"],
}


def vxlan(vni: int, flags: int = 0x08, group: int = 0) -> Raw:
    """A VXLAN header (scapy's own adds the next protocol of GPE)."""
    return Raw(struct.pack(">BBHI", flags, 0, group, vni << 8))


def ethernet() -> list[bytes]:
    """One frame of each kind that the text reader knows, and some that it does not."""
    return [bytes(frame) for frame in (*neighbours(), *errors(), *transports(), *tunnels(), *others())]


def neighbours() -> list[Packet]:
    """Neighbour discovery, ARP, echoes and MLD."""
    reports = [ICMPv6MLDMultAddrRec(dst="ff02::1:ff00:9"), ICMPv6MLDMultAddrRec(dst="ff02::fb")]
    router = ICMPv6ND_RA(chlim=64, routerlifetime=1800) / ICMPv6NDOptPrefixInfo(prefix="2001:db8::")
    group = Ether(src=A, dst=B) / IPv6(src="fe80::1", dst="ff02::16", hlim=1)
    return [
        SIX / ICMPv6ND_NS(tgt="2001:db8::9") / ICMPv6NDOptSrcLLAddr(lladdr=A),
        SIX / ICMPv6ND_NA(tgt="2001:db8::9", R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=A),
        SIX / ICMPv6ND_NA(tgt="2001:db8::9", R=1, S=0, O=0),
        SIX / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=A),
        SIX / router / ICMPv6NDOptMTU(mtu=1450) / ICMPv6NDOptSrcLLAddr(lladdr=A),
        SIX / ICMPv6ND_Redirect(tgt="2001:db8::5", dst="2001:db8::7") / ICMPv6NDOptDstLLAddr(lladdr=A),
        SIX / PING6,
        SIX / ICMPv6EchoReply(id=44, seq=1, data=b"x" * 56),
        group / IPv6ExtHdrHopByHop(options=RouterAlert()) / ICMPv6MLReport2(records=reports),
        SIX / ICMPv6MLQuery(mladdr="ff02::fb", mrd=10000),
        SIX / ICMPv6MLReport(mladdr="ff02::fb"),
        LINK / ARP(op=1, hwsrc=A, psrc="192.0.2.1", pdst="192.0.2.2"),
        LINK / ARP(op=2, hwsrc=A, psrc="192.0.2.1", hwdst=B, pdst="192.0.2.2"),
        LINK / FOUR / PING,
        LINK / FOUR / ICMP(type=0, id=7, seq=3) / Raw(b"x" * 56),
    ]


def errors() -> list[Packet]:
    """ICMP errors, each with the packet that it quotes."""
    lost6 = IPv6(src="2001:db8::2", dst="2001:db8::1") / UDP(sport=5001, dport=5002) / Raw(b"lost")
    lost = IP(src="192.0.2.2", dst="192.0.2.1", ttl=1, id=9) / UDP(sport=5001, dport=5002) / Raw(b"lost")
    six = (
        ICMPv6DestUnreach(code=4),
        ICMPv6DestUnreach(code=1),
        ICMPv6PacketTooBig(mtu=1400),
        ICMPv6TimeExceeded(code=0),
    )
    four = (
        ICMP(type=3, code=3),
        ICMP(type=3, code=4, nexthopmtu=1400),
        ICMP(type=3, code=13),
        ICMP(type=3, code=0),
        ICMP(type=11, code=0),
        ICMP(type=5, code=1, gw="192.0.2.254"),
    )
    return [SIX / error / lost6 for error in six] + [LINK / FOUR / error / lost for error in four]


def transports() -> list[Packet]:
    """UDP and TCP, with and without tags, whole and in fragments."""
    ends, text = {"src": "192.0.2.1", "dst": "192.0.2.2"}, Raw(b"y" * 56)
    return [
        LINK / IP(**ends, tos=0xB9, id=4660, flags="DF", ttl=3) / UDP(sport=5001, dport=5002) / Raw(b"hi"),
        LINK / FOUR / UDP(sport=5001, dport=5002, chksum=0) / Raw(b"hi"),
        SIX / UDP(sport=5001, dport=5002, chksum=0x1234) / Raw(b"hi"),
        LINK / FOUR / SYN,
        LINK / FOUR / TCP(sport=8080, dport=40000, flags="SA", seq=77, ack=3_000_000_001, window=65160),
        LINK / FOUR / TCP(sport=40000, dport=8080, flags="PA", seq=3_000_000_001, ack=78, window=502) / Raw(b"GET /"),
        LINK / FOUR / TCP(sport=8080, dport=40000, flags="R", seq=78, window=0),
        LINK / Dot1Q(vlan=100, prio=5) / FOUR / PING,
        LINK / Dot1AD(vlan=30) / Dot1Q(vlan=100) / FOUR / PING,
        LINK / IP(**ends, flags="MF", id=5) / UDP(sport=5001, dport=5002, len=1000) / text,
        LINK / IP(**ends, frag=8, id=5, proto=17) / text,
        SIX / IPv6ExtHdrFragment(id=0xABCD, m=1) / UDP(sport=5001, dport=5002, len=1000, chksum=1) / text,
        SIX / IPv6ExtHdrFragment(id=0xABCD, m=0, offset=8, nh=17) / text,
        LINK / IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0xB8, fl=0x6C6F1, hlim=7) / PING6,
        LINK / IP(**ends, options=IPOption_RR(routers=["192.0.2.9", "0.0.0.0"])) / PING,
    ]


def tunnels() -> list[Packet]:
    """VXLAN on both ports, over both versions, with a group policy, in itself; and IP in IP."""
    outer, other = LINK / FOUR / UDP(sport=47883, dport=8472, chksum=0), UDP(sport=47883, dport=4789, chksum=0)
    inner = Ether(src="02:00:5e:00:53:01", dst="02:00:5e:00:53:02")
    inner /= IPv6(src="2001:db8:1::1", dst="2001:db8:2::2", hlim=63)
    ask = Ether(src=A, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=A, psrc="192.0.2.1", pdst="192.0.2.2")
    return [
        outer / vxlan(10398) / inner / PING6,
        LINK / FOUR / other / vxlan(42) / inner / SYN,
        SIX / UDP(sport=47883, dport=8472) / vxlan(10398) / ask,
        outer / vxlan(5, 0x88, 77) / inner / PING6,
        outer / vxlan(1) / inner / UDP(sport=50001, dport=8472) / vxlan(2) / inner / PING6,
        LINK / FOUR / IP(src="198.51.100.1", dst="198.51.100.2", ttl=9) / PING,
    ]


def others() -> list[Packet]:
    """What is known by name only, or not at all."""
    return [
        LINK / FOUR / UDP(sport=5353, dport=53) / DNS(id=4711, qd=DNSQR(qname="example.com")),
        LINK / FOUR / SCTP(sport=5001, dport=5002) / SCTPChunkInit(init_tag=1),
        Ether(src=A, dst=B, type=0x88B5) / Raw(b"local experiment"),
        Dot3(src=A, dst="01:80:c2:00:00:00") / LLC() / STP(),
    ]


def cooked() -> list[bytes]:
    """A capture on `any`: every direction, with and without a MAC."""
    four = FOUR / PING
    six = IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6ND_NS(tgt="2001:db8::9") / ICMPv6NDOptSrcLLAddr(lladdr=A)
    ask = ARP(op=1, hwsrc=A, psrc="192.0.2.1", pdst="192.0.2.2")
    mac = bytes.fromhex(A.replace(":", "")) + bytes(2)

    def header(proto: int, pkttype: int, length: int = 6) -> CookedLinuxV2:
        return CookedLinuxV2(proto=proto, ifindex=1000, lladdrtype=1, pkttype=pkttype, lladdrlen=length, src=mac)

    vlan = header(0x8100, 0) / Dot1Q(vlan=100, prio=5) / four
    return [bytes(header(0x0800, direction) / four) for direction in (0, 1, 2, 3, 4)] + [
        bytes(frame) for frame in (header(0x86DD, 2) / six, header(0x0806, 1) / ask, header(0x0800, 0, 0) / four, vlan)
    ]


def raw() -> list[bytes]:
    """Packets without a link header."""
    return [bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=5001, dport=5002) / Raw(b"hi")),
            bytes(IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6EchoRequest(id=44, seq=1))]  # fmt: skip


def main() -> None:
    """Write the captures and the texts."""
    for name, linktype, frames in (("ethernet", 1, ethernet()), ("any", 276, cooked()), ("raw", 101, raw())):
        path = HERE / f"{name}.pcap"
        with RawPcapWriter(str(path), linktype=linktype) as writer:
            writer.write_header(None)
            for index, frame in enumerate(frames):
                writer.write_packet(frame, *divmod(START + index * 250, 1_000_000))
        for flags in PRINTED[name]:
            command = ["tcpdump", f"-{flags}", "-r", path.name]
            done = subprocess.run(
                command, cwd=HERE, capture_output=True, check=True, env={"TZ": "UTC", "PATH": "/usr/bin"}
            )
            (HERE / f"{name}.{flags}.txt").write_bytes(done.stdout)


if __name__ == "__main__":
    main()
