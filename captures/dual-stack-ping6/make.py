"""Which bytes did the article's ping6 put on the wire?

Law: every value below has its source in README.md beside this file; the same run always writes the same bytes.

    python3 make.py [FOLDER]      writes pod-eth0.pcap and 1.cap, by default beside this file
"""

from __future__ import annotations

import struct
import sys
from datetime import UTC, datetime
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton

SECOND = int(datetime(2024, 7, 12, 7, 44, 28, tzinfo=UTC).timestamp())

POD_MAC, POD_LXC_MAC = "4e:5b:57:45:63:3b", "a2:79:14:47:80:b3"
POD, POD_LINK_LOCAL = "fd00:10:244:1::4749", "fe80::4c5b:57ff:fe45:633b"
FAR_MAC, FAR_LXC_MAC = "b6:61:48:ae:63:f5", "de:40:65:1b:fa:92"
FAR = "fd00:10:244:2::9461"
ROUTER, ROUTER_GROUP, ROUTER_GROUP_MAC = "fd00:10:244:1::22f1", "ff02::1:ff00:22f1", "33:33:ff:00:22:f1"
WORKER_MAC, WORKER = "02:42:ac:12:00:04", "172.18.0.4"
WORKER2_MAC, WORKER2 = "02:42:ac:12:00:03", "172.18.0.3"

VNI = 10398
VXLAN_PORT = 8472
REQUEST_LABEL, REPLY_LABEL = 0xAFD33, 0xE16CB
REQUEST_PORT, REPLY_PORT = 47883, 38656
REQUEST_IP_ID, REPLY_IP_ID = 21664, 32115

SOLICITATION, ADVERTISEMENT, ECHO_REQUEST, ECHO_REPLY = 135, 136, 128, 129
SOURCE_LINK_LAYER, TARGET_LINK_LAYER = 1, 2
ROUTER_FLAG, SOLICITED = 0x80000000, 0x40000000


def mac(text: str) -> bytes:
    """Six bytes of `aa:bb:cc:dd:ee:ff`."""
    return bytes.fromhex(text.replace(":", ""))


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of `data`."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(source: str, destination: str, ethertype: int, payload: bytes) -> bytes:
    """An Ethernet II frame without its check sequence."""
    return mac(destination) + mac(source) + struct.pack("!H", ethertype) + payload


def icmpv6(source: str, destination: str, hop_limit: int, kind: int, body: bytes, *, label: int = 0) -> bytes:
    """An IPv6 packet with an ICMPv6 message of code 0; `body` is what follows the checksum."""
    addresses = inet_pton(AF_INET6, source) + inet_pton(AF_INET6, destination)
    pseudo = addresses + struct.pack("!II", 4 + len(body), 58)
    message = struct.pack("!BBH", kind, 0, checksum(pseudo + struct.pack("!BBH", kind, 0, 0) + body)) + body
    return struct.pack("!IHBB", 6 << 28 | label, len(message), 58, hop_limit) + addresses + message


def neighbor(source: str, destination: str, kind: int, option: int, link_layer: str, *, flags: int = 0) -> bytes:
    """A solicitation or advertisement for the router address with one link-layer option (RFC 4861, 4.3 and 4.4)."""
    body = struct.pack("!I", flags) + inet_pton(AF_INET6, ROUTER) + bytes((option, 1)) + mac(link_layer)
    return icmpv6(source, destination, 255, kind, body)


def echo(source: str, destination: str, hop_limit: int, kind: int, label: int) -> bytes:
    """An echo with identifier 44, sequence number 0 and 56 zero bytes."""
    return icmpv6(source, destination, hop_limit, kind, struct.pack("!HH", 44, 0) + bytes(56), label=label)


def vxlan(source: str, destination: str, source_port: int, ip_id: int, frame: bytes) -> bytes:
    """An IPv4 packet that carries `frame` as Cilium sends it: UDP without checksum, TTL 64, may be fragmented."""
    payload = struct.pack("!II", 0x08000000, VNI << 8) + frame
    udp = struct.pack("!4H", source_port, VXLAN_PORT, 8 + len(payload), 0) + payload
    addresses = inet_pton(AF_INET, source) + inet_pton(AF_INET, destination)
    before = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(udp), ip_id, 0, 64, 17)
    return before + struct.pack("!H", checksum(before + bytes(2) + addresses)) + addresses + udp


def pcap(frames: list[tuple[int, bytes]]) -> bytes:
    """A little-endian microsecond pcap of Ethernet frames; each with its microsecond within SECOND."""
    records = [struct.pack("<4I", SECOND, micros, len(frame), len(frame)) + frame for micros, frame in frames]
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) + b"".join(records)


def pod_eth0() -> list[tuple[int, bytes]]:
    """What tcpdump printed in cni-7t9p4, as (microsecond, frame)."""

    def solicit(source: str) -> bytes:
        packet = neighbor(source, ROUTER_GROUP, SOLICITATION, SOURCE_LINK_LAYER, POD_MAC)
        return ethernet(POD_MAC, ROUTER_GROUP_MAC, 0x86DD, packet)

    def advertise(destination: str) -> bytes:
        flags = ROUTER_FLAG | SOLICITED
        packet = neighbor(ROUTER, destination, ADVERTISEMENT, TARGET_LINK_LAYER, POD_LXC_MAC, flags=flags)
        return ethernet(POD_LXC_MAC, POD_MAC, 0x86DD, packet)

    return [
        (594775, solicit(POD_LINK_LOCAL)),
        (594812, advertise(POD_LINK_LOCAL)),
        (594846, solicit(POD)),
        (594851, advertise(POD)),
        (594856, ethernet(POD_MAC, POD_LXC_MAC, 0x86DD, echo(POD, FAR, 64, ECHO_REQUEST, REQUEST_LABEL))),
        (595463, ethernet(POD_LXC_MAC, POD_MAC, 0x86DD, echo(FAR, POD, 63, ECHO_REPLY, REPLY_LABEL))),
    ]


def worker_eth0() -> list[tuple[int, bytes]]:
    """What `tcpdump -w /tmp/1.cap` wrote on cilium-dual-stack-worker, as (microsecond, frame)."""
    request = ethernet(POD_MAC, POD_LXC_MAC, 0x86DD, echo(POD, FAR, 64, ECHO_REQUEST, REQUEST_LABEL))
    reply = ethernet(FAR_MAC, FAR_LXC_MAC, 0x86DD, echo(FAR, POD, 64, ECHO_REPLY, REPLY_LABEL))
    there = vxlan(WORKER, WORKER2, REQUEST_PORT, REQUEST_IP_ID, request)
    back = vxlan(WORKER2, WORKER, REPLY_PORT, REPLY_IP_ID, reply)
    return [
        (594997, ethernet(WORKER_MAC, WORKER2_MAC, 0x0800, there)),
        (595415, ethernet(WORKER2_MAC, WORKER_MAC, 0x0800, back)),
    ]


def write(folder: Path) -> None:
    """Writes both captures into `folder`."""
    (folder / "pod-eth0.pcap").write_bytes(pcap(pod_eth0()))
    (folder / "1.cap").write_bytes(pcap(worker_eth0()))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
