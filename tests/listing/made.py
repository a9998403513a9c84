"""A capture of more than one batch, whose later frames have columns that the first ones have not."""

from __future__ import annotations

from tests.capture.writers import write_pcap
from tests.wire.frames import LXC, echo6, ether, ip4, ipv4, ipv6, mac, overlay, tcp

FIRST, LATER = 17_000, 300  # a batch is 16,384 frames
ARP = ether(bytes.fromhex("0001080006040001") + mac(LXC) + ip4("10.0.0.1") + bytes(6) + ip4("10.0.0.2"), 0x0806)
ECHO, SEGMENT = ether(ipv6(echo6())), ether(ipv4(tcp(), 6), 0x0800)


def two_batches() -> bytes:
    """ARP, then an echo inside VXLAN and a TCP segment in turn: a pcap of 17,300 frames."""
    return write_pcap([ARP] * FIRST + [overlay(ECHO), SEGMENT] * (LATER // 2))
