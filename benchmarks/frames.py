"""Which bytes does a frame of an invented host have, and which of its fields count from one sending to the next?

Law: every length and checksum is right, and stays right while the counters of a frame go on. Written with struct alone,
so that no decoder that is measured has also made what it reads.
"""

from __future__ import annotations

import struct
import zlib
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
VXLAN_PORT = 8472  # Linux's, and so Cilium's and flannel's
CHECKSUM_AT = {ICMP: 2, TCP: 16, UDP: 6, ICMPV6: 2}
ID_STEP = 0x1_0000  # adds 1 to a 16-bit field that is the upper half of a 32-bit word


class Counter(NamedTuple):
    """A big-endian 32-bit word at byte `at` that grows by `step` each time, under the checksum at byte `checksum`."""

    at: int
    step: int
    checksum: int
    udp: bool = False  # RFC 768: a computed zero is sent as all ones


class Frame(NamedTuple):
    """Bytes, with the counters in them."""

    data: bytes
    counters: tuple[Counter, ...] = ()

    def under(self, header: bytes) -> Frame:
        """The same behind `header`."""
        more = len(header)
        moved = (word._replace(at=word.at + more, checksum=word.checksum + more) for word in self.counters)
        return Frame(header + self.data, tuple(moved))


class Host(NamedTuple):
    """A node, or a pod with the node that it runs on."""

    v4: IPv4Address
    v6: IPv6Address
    mac: bytes
    gateway: bytes = b""  # of a pod: the MAC of the host's end of its interface
    identity: int = 0  # of a pod: Cilium's security identity, sent as VNI
    node: Host | None = None


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2 + len(data) % 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def ip(source: IPv4Address | IPv6Address, target: IPv4Address | IPv6Address, protocol: int, inner: Frame) -> Frame:
    """An IP packet; the checksum of `inner` is filled in, except in a VXLAN's UDP, which has none (RFC 7348, 5)."""
    data, pseudo = inner.data, source.packed + target.packed + struct.pack("!II", len(inner.data), protocol)
    tunnel = protocol == UDP and data[2:4] == VXLAN_PORT.to_bytes(2)
    if not tunnel:
        at = CHECKSUM_AT[protocol]
        value = checksum(data if protocol == ICMP else pseudo + data)
        if protocol == UDP and value == 0:
            value = 0xFFFF
        inner = inner._replace(data=data[:at] + value.to_bytes(2) + data[at + 2 :])
    hops = 255 if protocol == ICMPV6 and data[0] in {133, 134, 135, 136} else 64
    if isinstance(source, IPv6Address):
        fixed = struct.pack("!IHBB", 0x60000000, len(data), protocol, hops)
        return inner.under(fixed + source.packed + target.packed)
    # The kernel counts identifications for each pair of addresses; zlib.crc32 gives each pair its own beginning.
    start = zlib.crc32(pseudo) & 0xFFFF
    flags = 0 if tunnel else 0x4000
    fixed = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), start, flags, hops, protocol, 0)
    fixed += source.packed + target.packed
    fixed = fixed[:10] + checksum(fixed).to_bytes(2) + fixed[12:]
    packet = inner.under(fixed)
    return packet._replace(counters=(*packet.counters, Counter(4, ID_STEP, 10)))


def ethernet(target: bytes, source: bytes, kind: int, inner: Frame) -> Frame:
    """An Ethernet frame without its trailer."""
    return inner.under(target + source + kind.to_bytes(2))


def send(version: int, sender: Host, target: Host, protocol: int, inner: Frame) -> Frame:
    """The frame on the wire between two nodes: in VXLAN where pods talk, plain where nodes do."""
    packet = ip(*((sender.v4, target.v4) if version == 4 else (sender.v6, target.v6)), protocol, inner)
    kind = IPV4 if version == 4 else IPV6
    if sender.node is None or target.node is None:
        return ethernet(target.mac, sender.mac, kind, packet)
    # Linux takes the source port from a hash of the inner flow.
    port = 32768 + zlib.crc32(packet.data[12:20] if version == 4 else packet.data[8:40]) % 28232
    vxlan = struct.pack("!II", 0x08000000, sender.identity << 8)
    tunnelled = ethernet(sender.gateway, sender.mac, kind, packet).under(vxlan)
    outer = tunnelled.under(struct.pack("!HHHH", port, VXLAN_PORT, 8 + len(tunnelled.data), 0))
    return ethernet(target.node.mac, sender.node.mac, IPV4, ip(sender.node.v4, target.node.v4, UDP, outer))


def tcp(
    ports: tuple[int, int],
    seq: int,
    ack: int,
    flags: int,
    payload: bytes = b"",
    *,
    steps: tuple[int, int, int] = (0, 0, 0),
    options: bytes = b"\x01\x01\x08\x0a" + struct.pack("!II", 0x2A51_0C00, 0x2A50_F100),
) -> Frame:
    """A TCP segment, with timestamps; `steps` are those of the ports (as one word), seq and ack."""
    words = ((5 + len(options) // 4) << 12) | flags
    header = struct.pack("!HHIIHHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, words, 502, 0, 0) + options
    counters = tuple(Counter(at, step, 16) for at, step in zip((0, 4, 8), steps, strict=True) if step)
    return Frame(header + payload, counters)


def udp(ports: tuple[int, int], payload: bytes, step: int) -> Frame:
    """A UDP datagram; the first word of the payload counts by `step`."""
    header = struct.pack("!HHHH", *ports, 8 + len(payload), 0)
    return Frame(header + payload, (Counter(8, step, 6, True),))


def echo(kind: int, identifier: int, payload: bytes) -> Frame:
    """An ICMP or ICMPv6 echo message; its sequence number counts."""
    return Frame(struct.pack("!BBHHH", kind, 0, 0, identifier, 1) + payload, (Counter(4, 1, 2),))


def neighbour(kind: int, flags: int, target: IPv6Address, option: int, mac: bytes) -> Frame:
    """A neighbour solicitation (135) or advertisement (136) with one link-layer address option (RFC 4861, 4.3, 4.4)."""
    return Frame(struct.pack("!BBHI", kind, 0, 0, flags) + target.packed + bytes((option, 1)) + mac)


def arp(operation: int, sender: Host, mac: bytes, target: Host) -> Frame:
    """An ARP message for Ethernet and IPv4 (RFC 826)."""
    body = struct.pack("!HHBBH", 1, IPV4, 6, 4, operation) + sender.mac + sender.v4.packed + mac + target.v4.packed
    return ethernet(mac if any(mac) else b"\xff" * 6, sender.mac, ARP, Frame(body))


def dns(name: str, kind: int, answer: bytes | None, *, ports: tuple[int, int], rcode: int = 0) -> Frame:
    """A DNS query, or with `answer` (data of one record, empty for none) its response (RFC 1035, 4); the id counts."""
    labels = b"".join(bytes((len(part),)) + part.encode() for part in name.split(".")) + b"\0"
    flags = 0x0100 if answer is None else 0x8580 | rcode
    record = b"" if not answer else struct.pack("!HHHIH", 0xC00C, kind, 1, 30, len(answer)) + answer
    start = zlib.crc32(labels) & 0xFFFF
    payload = struct.pack("!HHHHHH", start, flags, 1, int(bool(record)), 0, 0) + labels + struct.pack("!HH", kind, 1)
    return udp(ports, payload + record, ID_STEP)
