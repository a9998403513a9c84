"""Do the words of a line say what the frame says?"""

from __future__ import annotations

import re
import struct

import pytest

from tests.listing import tshark
from tests.wire.frames import (
    LXC,
    POD,
    decode_all,
    echo6,
    ether,
    ip4,
    ip6,
    ipv4,
    ipv6,
    mac,
    overlay,
    tcp,
    udp,
)
from vxlan_dissect.decode import read
from vxlan_dissect.listing import info

ECHO = ether(ipv6(echo6()))
ASKED = "fd00:10:244:1::22f1"


def icmp6(kind, code=0, rest=b""):
    """An ICMPv6 message in an Ethernet frame."""
    return ether(ipv6(struct.pack(">BBH", kind, code, 0) + rest))


def icmp4(kind, code=0, rest=b""):
    """The same over IPv4."""
    return ether(ipv4(struct.pack(">BBH", kind, code, 0) + rest, 1), 0x0800)


def arp(operation, sender, target):
    """An ARP message from the pod."""
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + mac(POD) + ip4(sender) + bytes(6) + ip4(target)
    return ether(body, 0x0806)


OPTION = b"\x01\x01" + mac(POD)
TARGET = b"\x02\x01" + mac(LXC)
QUOTE = ipv4(udp(b"question", 53, 40000), 17, source="10.244.1.9", destination="10.96.0.10")
CASES = {
    "echo": (ECHO, "ICMPv6", "echo request id=7726, seq=1, hop limit=64"),
    "echo4": (icmp4(0, 0, struct.pack(">HH", 7, 9)), "ICMP", "echo reply id=7, seq=9, ttl=64"),
    "solicitation": (icmp6(135, 0, bytes(4) + ip6(ASKED) + OPTION), "ICMPv6",
                     f"neighbor solicitation for {ASKED} from {POD}"),
    "advertisement": (icmp6(136, 0, b"\xc0\0\0\0" + ip6(ASKED) + TARGET), "ICMPv6",
                      f"neighbor advertisement {ASKED} (rtr, sol) is at {LXC}"),
    "bare advertisement": (icmp6(136, 0, bytes(4) + ip6(ASKED)), "ICMPv6", f"neighbor advertisement {ASKED}"),
    "redirect": (icmp6(137, 0, bytes(4) + ip6("fe80::1") + ip6(ASKED)), "ICMPv6", f"redirect of {ASKED} to fe80::1"),
    "too big": (icmp6(2, 0, struct.pack(">I", 1450)), "ICMPv6", "packet too big, MTU 1450"),
    "no route": (icmp6(1, 0, bytes(4)), "ICMPv6", "destination unreachable (no route)"),
    "no port": (icmp4(3, 3, bytes(4) + QUOTE), "ICMP",
                "destination unreachable (port), about UDP 10.244.1.9 port 40000 → 10.96.0.10 port 53"),
    "fragmentation": (icmp4(3, 4, struct.pack(">HH", 0, 1400)), "ICMP",
                      "destination unreachable (fragmentation needed), MTU 1400"),
    "odd code": (icmp4(3, 200, bytes(4)), "ICMP", "destination unreachable (code 200)"),
    "odd type": (icmp6(250, 3), "ICMPv6", "type 250 (code 3)"),
    "request": (arp(1, "10.0.0.1", "10.0.0.2"), "ARP", "who has 10.0.0.2? tell 10.0.0.1"),
    "reply": (arp(2, "10.0.0.1", "10.0.0.2"), "ARP", f"10.0.0.1 is at {POD}"),
    "announcement": (arp(1, "10.0.0.1", "10.0.0.1"), "ARP", "announcement for 10.0.0.1"),
    "odd operation": (arp(9, "10.0.0.1", "10.0.0.2"), "ARP", "type 9"),
    "tcp": (ether(ipv4(tcp(b"four"), 6), 0x0800), "TCP", "50224 → 8080 [PSH, ACK] Seq=7 Ack=9 Win=502 Len=4"),
    "syn": (ether(ipv6(tcp(flags=0x002), 6)), "TCP", "50224 → 8080 [SYN] Seq=7 Win=502 Len=0"),
    "all flags": (ether(ipv6(tcp(flags=0x1FF), 6)), "TCP",
                  "50224 → 8080 [FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE] Seq=7 Ack=9 Win=502 Len=0"),
    "udp": (ether(ipv4(udp(b"12345", 53, 40000)), 0x0800), "UDP", "40000 → 53 Len=5"),
    "protocol": (ether(ipv4(b"", 253), 0x0800), "IPv4", "protocol 253"),
    "fragment": (ether(ipv4(b"x" * 8, 17, flags=0x2001), 0x0800), "IPv4", "fragment of UDP, id=4660, offset=8"),
    "last fragment": (ether(ipv4(b"x" * 8, 17, flags=0x0002), 0x0800), "IPv4",
                      "fragment of UDP, id=4660, offset=16, the last"),
    "no next header": (ether(ipv6(b"", 59)), "IPv6", "no next header"),
    "ethertype": (ether(b"", 0x88CC), "Ethernet", "type 0x88cc"),
    "labelled": (ether(struct.pack(">I", 24001 << 12 | 0x140) + bytes(2), 0x8847), "MPLS", "label 24001"),
    "tunnelled": (overlay(ECHO), "ICMPv6", "echo request id=7726, seq=1, hop limit=64"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_words(case):
    """One frame of each kind, worded by hand after its RFC."""
    frame, protocol, words = CASES[case]
    packets = decode_all([frame])
    assert info.words(packets) == ([protocol], [words])


def test_frames_of_all_kinds_at_once():
    """A batch of every kind gives each frame its own words."""
    packets = decode_all([frame for frame, _, _ in CASES.values()])
    assert info.words(packets).messages == [words for _, _, words in CASES.values()]
    assert info.words(packets).protocols == [protocol for _, protocol, _ in CASES.values()]


def test_link_types_that_are_not_decoded():
    """A frame whose link type nobody here reads says so."""
    assert info.words(decode_all([ECHO], 147)) == ([""], ["link type 147 is not decoded"])


def test_nothing_decoded():
    """A frame of no bytes has no protocol and no words."""
    packets = decode_all([b"", ECHO])
    assert (info.words(packets).protocols[0], info.words(packets).messages[0]) == ("", "")


@pytest.mark.parametrize(
    ("path", "tunnel"),
    [
        ((), ""),
        (("eth", "ip", "udp"), ""),
        (("eth", "vlan", "ip", "tcp"), ""),
        (("sll", "ipv6", "icmpv6"), ""),
        (("eth", "ipv6", "ipv6.hopopts", "icmpv6"), ""),
        (("eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6"), "vxlan"),
        (("eth", "ip", "udp", "vxlan", "eth"), "vxlan"),
        (("eth", "ip", "udp", "vxlan", "eth", "ip", "ipv6", "tcp"), "SIT"),
        (("eth", "ip", "ip", "tcp"), "IPIP"),
        (("eth", "ipv6", "ipv6.dstopts", "ipv6", "tcp"), "IP6IP6"),
        (("eth", "ip", "gre", "ip", "tcp"), "gre"),
        (("eth", "ip", "udp", "geneve", "eth", "arp"), "geneve"),
    ],
)
def test_the_header_that_holds_the_innermost_packet(path, tunnel):
    """Known from the header path alone."""
    assert info.tunnel_of(path) == tunnel


def test_tunnels():
    """VNI and ends of the tunnel, and how many more are around it."""
    inner = ether(ipv4(ipv6(echo6()), 41), 0x0800)
    packets = decode_all([ECHO, overlay(ECHO), overlay(overlay(ECHO)), inner])
    said = info.tunnels(packets, ["a"] * 4, ["b"] * 4)
    assert said == ["", "VXLAN 10398 a → b", "VXLAN 10398 a → b in 1 more", "SIT a → b"]


def test_told_by_a_text(captures_dir):
    """A text that tcpdump printed gives what its lines tell."""
    packets = read(str(captures_dir / "dual-stack-ping6" / "pod-eth0.tcpdump.txt"))
    protocols, words = info.words(packets)
    assert protocols == ["ICMPv6"] * len(words)
    assert words[0].startswith(f"neighbor solicitation for {ASKED}")


def test_a_damaged_header():
    """A frame whose IPv6 header is cut is an Ethernet frame of IPv6."""
    packets = decode_all([ECHO[:50]])
    assert info.words(packets) == (["Ethernet"], ["IPv6"])


@tshark.needed
def test_tshark_says_the_same(captures_dir):
    """TCP, UDP, ARP, solicitations and advertisements of every stored scenario are worded as tshark does."""
    compared = 0
    for folder in sorted({path.parent for path in captures_dir.rglob("*.pcap")}):
        path = max(folder.glob("*.pcap"), key=lambda path: path.stat().st_size)
        options = ["-d", "udp.port==51999,vxlan", "-d", "udp.port==51998,vxlan"]
        for protocol in ("http", "dns", "tls"):
            options += ["--disable-protocol", protocol]
        for preference in ("relative", "analyze"):
            options += ["-o", f"tcp.{preference}_sequence_numbers:FALSE"]
        theirs = tshark.fields(path, "_ws.col.Info", options=options)
        packets = read(str(path))
        kinds = zip(packets, *info.words(packets), theirs, strict=True)
        for packet, protocol, words, (other,) in kinds:
            wanted = protocol in {"TCP", "UDP", "ARP"} or packet.get("icmpv6.type") in {133, 135, 136}
            # tshark counts copies of a fragment on `any` as one datagram; we keep the interfaces apart.
            fragment = packet.get("frame.fragments") or packet.get("frame.reassembled_in")
            if wanted and packet.get("damage.layer") is None and not fragment:
                compared += 1
                mine = words.replace("announcement", "arp announcement").lower()
                assert plain(other).startswith(plain(mine)), (path, packet.number)
    assert compared > 300


def plain(text):
    """Words in small letters without the window, which tshark scales; it also adds TCP options at the end."""
    return re.sub(r"win=\d+ ", "", text.lower())


def test_messages_of_applications(captures_dir):
    """A datagram or segment that begins with a message is called after it, as explanations do."""
    path = captures_dir / "flannel" / "flannel-60-dns-service-names" / "oak-w1.pod-cart-9zt4c.eth0.pcap"
    protocols, messages = info.words(read(str(path)))
    assert (protocols[2], messages[2]) == ("DNS", "query nettools.default.svc.cluster.local A")
    assert (protocols[3], messages[3]) == ("DNS", "response nettools.default.svc.cluster.local A: 10.96.40.7")
    assert (protocols[7], messages[7]) == (
        "TLS", "client hello for nettools.default.svc.cluster.local, TCP 48448 → 443"
    )  # fmt: skip
    assert protocols[8] == "TCP"


def test_protocols_without_a_form_of_their_own():
    """What has no short form here is worded as in explanations."""
    esp = ether(ipv4(struct.pack(">II", 0xC0FFEE, 7) + bytes(32), 50), 0x0800)
    sctp = ether(ipv4(struct.pack(">HHIIBBH", 36412, 36413, 1, 0, 1, 0, 4), 132), 0x0800)
    protocols, messages = info.words(decode_all([esp, sctp]))
    assert protocols == ["ESP", "SCTP"]
    assert "0x00c0ffee" in messages[0]
    assert messages[1].startswith("36412 → 36413")
