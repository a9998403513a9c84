"""What is a packet called whose content stays closed?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import decode_one, ether, geneve, gre, ipv4, udp, vxlan
from tests.wire.tunnels import EVERY
from vxlan_dissect.explain.kinds import kind_of, message

CALL = struct.pack(">HHI", 4, 0x5001, 77)
FURTHER = {
    "pptp": ether(ipv4(gre(b"\xff\x03\x00\x21", 0x880B, 0x3001, CALL), 47), 0x0800),
    "gre with something": ether(ipv4(gre(b"x" * 20, 0x9999), 47), 0x0800),
    "geneve with something": ether(ipv4(udp(geneve(b"x" * 20, 0x9999), 6081)), 0x0800),
    "gpe with something": ether(ipv4(udp(vxlan(b"x" * 20, flags=0x0C00, group=99), 4790)), 0x0800),
    "ikev1": ether(ipv4(udp(bytes(16) + bytes([1, 0x10, 2, 0]) + struct.pack(">II", 5, 28), 500)), 0x0800),
    "an exchange without a name": ether(
        ipv4(udp(bytes(16) + bytes([1, 0x20, 99, 0]) + struct.pack(">II", 5, 28), 500)), 0x0800
    ),
    "nsh with something": ether(struct.pack(">HBBI", 63 << 6 | 2, 2, 99, 7 << 8) + b"x" * 20, 0x894F),
}


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        (
            "wireguard initiation",
            "wg.handshake-initiation",
            "WireGuard handshake initiation, sender 0x03020100",
        ),
        (
            "wireguard response",
            "wg.handshake-response",
            "WireGuard handshake response, sender 0x03020100, receiver 0x07060504",
        ),
        ("wireguard cookie", "wg.cookie-reply", "WireGuard cookie reply, receiver 0x03020100"),
        ("wireguard data", "wg.transport-data", "WireGuard transport data, receiver 0x00000007"),
        ("esp", "esp", "ESP, SPI 0xc0ffee03, sequence 9"),
        ("esp over UDP", "esp", "ESP, SPI 0xc0ffee03, sequence 9"),
        ("ike", "isakmp.ike-sa-init", "IKEv2 IKE_SA_INIT, message 0"),
        ("ikev1", "isakmp.identity-protection", "IKEv1 identity-protection, message 5"),
        ("an exchange without a name", "isakmp.exchange-99", "IKEv2 99, message 5"),
        ("nat keepalive", "udpencap.nat-keepalive", "keepalive for an address translation"),
        ("gre keepalive", "gre", "GRE keepalive"),
        ("pptp", "gre", "GRE with PPP, call 20481"),
        ("gre with something", "gre", "GRE with EtherType 0x9999"),
        ("geneve with something", "geneve", "Geneve, VNI 10398, with EtherType 0x9999"),
        ("gpe with something", "vxlan", "VXLAN, VNI 10398, with next protocol 99"),
        ("nsh with something", "nsh", "NSH, path 7, with next protocol 99"),
        ("ah", "tcp", "TCP 50224 → 8080 PSH,ACK"),
        ("mpls", "tcp", "TCP 50224 → 8080 PSH,ACK 3 bytes"),
    ],
)
def test_kind_and_message(name, kind, words):
    """The header that is in clear names it, with the numbers of its sides; what is in clear behind it goes before."""
    packet = decode_one((EVERY | FURTHER)[name])
    assert kind_of(packet) == kind
    assert message(packet, kind) == words
