"""Frames made by hand, field by field as the RFCs have them, and how to decode one of them."""

from __future__ import annotations

import socket
import struct

import numpy as np

from vxlan_dissect.capture.records import ETHERNET, Records
from vxlan_dissect.decode import decode
from vxlan_dissect.packets import CaptureInterface, Packet, Packets

POD, LXC = "4e:5b:57:45:63:3b", "a2:79:14:47:80:b3"
POD_IP, FAR_IP = "fd00:10:244:1::4749", "fd00:10:244:2::9461"
NODE_IP, FAR_NODE_IP = "172.18.0.4", "172.18.0.3"


def mac(text: str) -> bytes:
    """Six bytes."""
    return bytes.fromhex(text.replace(":", ""))


def ip4(text: str) -> bytes:
    """Four bytes."""
    return socket.inet_pton(socket.AF_INET, text)


def ip6(text: str) -> bytes:
    """Sixteen bytes."""
    return socket.inet_pton(socket.AF_INET6, text)


def ether(payload: bytes, kind: int = 0x86DD, source: str = POD, destination: str = LXC) -> bytes:
    """An Ethernet frame."""
    return mac(destination) + mac(source) + struct.pack(">H", kind) + payload


def ipv4(
    payload: bytes,
    protocol: int = 17,
    *,
    source: str = NODE_IP,
    destination: str = FAR_NODE_IP,
    options: bytes = b"",
    total: int | None = None,
    first: int | None = None,
    flags: int = 0,
) -> bytes:
    """An IPv4 packet; `total`, `first` (version and IHL) and `flags` (with the fragment offset) may be forged."""
    header = 20 + len(options)
    total = header + len(payload) if total is None else total
    first = 0x40 | header // 4 if first is None else first
    fixed = struct.pack(">BBHHHBBH", first, 0, total, 0x1234, flags, 64, protocol, 0xBEEF)
    return fixed + ip4(source) + ip4(destination) + options + payload


def ipv6(
    payload: bytes,
    following: int = 58,
    *,
    source: str = POD_IP,
    destination: str = FAR_IP,
    plen: int | None = None,
    word: int = 0x6AB12345,
    hops: int = 64,
) -> bytes:
    """An IPv6 packet; `plen` and `word` (version, traffic class, flow label) may be forged."""
    plen = len(payload) if plen is None else plen
    return struct.pack(">IHBB", word, plen, following, hops) + ip6(source) + ip6(destination) + payload


def udp(payload: bytes, port: int = 8472, source: int = 47883, length: int | None = None) -> bytes:
    """A UDP datagram."""
    return struct.pack(">HHHH", source, port, 8 + len(payload) if length is None else length, 0) + payload


def vxlan(payload: bytes, vni: int = 10398, flags: int = 0x0800, group: int = 0, reserved: int = 0) -> bytes:
    """VXLAN around an Ethernet frame."""
    return struct.pack(">HHI", flags, group, vni << 8 | reserved) + payload


def geneve(
    payload: bytes, protocol: int = 0x6558, *, vni: int = 10398, options: bytes = b"", words: int | None = None,
    flags: int = 0, version: int = 0, reserved: int = 0,
) -> bytes:  # fmt: skip
    """Geneve around a packet; `words` (the length of the options) may be forged."""
    words = len(options) // 4 if words is None else words
    return struct.pack(">BBHI", version << 6 | words, flags, protocol, vni << 8 | reserved) + options + payload


def gre(payload: bytes, protocol: int = 0x0800, flags: int = 0, words: bytes = b"") -> bytes:
    """GRE around a packet; `flags` with the version, `words` as the flags ask for them."""
    return struct.pack(">HH", flags, protocol) + words + payload


def mpls(payload: bytes, *labels: int, traffic_class: int = 0, ttl: int = 64, bottom: bool = True) -> bytes:
    """A stack of labels, the last one at its bottom, on a packet."""
    last = len(labels) - 1 if bottom else -1
    entries = (n << 12 | traffic_class << 9 | (place == last) << 8 | ttl for place, n in enumerate(labels))
    return b"".join(struct.pack(">I", entry) for entry in entries) + payload


def tcp(payload: bytes = b"", options: bytes = b"", words: int | None = None, flags: int = 0x018) -> bytes:
    """A TCP segment."""
    words = 5 + len(options) // 4 if words is None else words
    return struct.pack(">HHIIHHHH", 50224, 8080, 7, 9, words << 12 | flags, 502, 0xCAFE, 0) + options + payload


def echo6(payload: bytes = b"data", kind: int = 128) -> bytes:
    """An ICMPv6 echo."""
    return struct.pack(">BBHHH", kind, 0, 0x8C59, 7726, 1) + payload


def overlay(inner: bytes, **options: int) -> bytes:
    """An inner frame in VXLAN, UDP, IPv4 and Ethernet; `options` of `udp`."""
    return ether(ipv4(udp(vxlan(inner), **options)), 0x0800, "02:42:ac:12:00:04", "02:42:ac:12:00:03")


def records(
    frames: list[bytes],
    linktype: int = ETHERNET,
    *,
    original: list[int] | None = None,
    between: bytes = b"",
    **options: object,
) -> Records:
    """A batch of frames in one buffer, with `between` before, between and after them."""
    buffer, offsets = bytearray(between), []
    for frame in frames:
        offsets.append(len(buffer))
        buffer += frame + between
    captured = [len(frame) for frame in frames]
    return Records(
        np.frombuffer(bytes(buffer), dtype=np.uint8),
        np.array(offsets, dtype=np.int64),
        np.array(captured, dtype=np.int64),
        np.array(captured if original is None else original, dtype=np.int64),
        np.arange(len(frames), dtype=np.int64) * 1000,
        **{
            "interfaces_of": np.zeros(len(frames), dtype=np.uint16),
            "interfaces": (CaptureInterface(linktype),),
            "first": 1,
        }
        | options,
    )


def decode_all(frames: list[bytes], linktype: int = ETHERNET, **options: object) -> Packets:
    """Packets of a batch; `options` of `records`."""
    return decode(records(frames, linktype, **options), "made by hand")


def decode_one(frame: bytes, linktype: int = ETHERNET, original: int | None = None) -> Packet:
    """The one frame, decoded."""
    return decode_all([frame], linktype, original=None if original is None else [original])[0]


def texts(packet: Packet, *names: str) -> list[str | None]:
    """Columns of a packet as text."""
    return [packet.text(name) for name in names]


def values(packet: Packet, *names: str) -> list[object]:
    """Columns of a packet as values."""
    return [packet.get(name) for name in names]


def damage(packet: Packet) -> tuple[object, ...] | None:
    """Layer, need, have, limit and offset of the damage, None where nothing is damaged."""
    layer = packet.get("damage.layer")
    if layer is None:
        return None
    name = packet.packets.layer_names[int(layer)]
    return (
        name,
        *values(packet, "damage.need", "damage.have"),
        packet.text("damage.limit"),
        packet.get("damage.offset"),
    )
