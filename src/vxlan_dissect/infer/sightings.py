"""Which situations does a capture show, each once?

Law: frames that agree in every column that teaches something are one sighting, found by arrays and not frame by frame;
a sighting keeps how many frames it stands for and a few of their numbers. No more than MAX_SIGHTINGS are kept, so that
a capture of made-up addresses fills no memory; how many frames were left out is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.group import group_with_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.packets import Packets, Value

MAX_SIGHTINGS = 16384
OTHER, OUT = 3, 4  # packet types of a cooked capture: to another host, sent by this host (LINKTYPE_LINUX_SLL)
MAX_FRAMES = 3  # numbers of frames that a sighting keeps

_LINK = ("frame.interface_id", "sll.ifindex", "sll.pkttype", "sll.src.mac", "frame.tunnels")
_PACKET = (
    "eth.src", "eth.dst", "vlan.id", "ip.src", "ip.dst", "ip.ttl", "ip.proto", "ipv6.src", "ipv6.dst", "ipv6.hlim",
    "ipv6.nxt", "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "icmp.type", "icmpv6.type",
    "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.s",
    "icmpv6.nd.na.flag.o", "icmpv6.opt.src_linkaddr", "icmpv6.opt.target_linkaddr", "tcp.options.mss_val",
    "wg.type", "esp.spi",
)  # fmt: skip
_OUTER = (
    "outer.eth.src", "outer.eth.dst", "outer.vlan.id", "outer.ip.src", "outer.ip.dst", "outer.ip.ttl", "outer.ip.proto",
    "outer.ipv6.src", "outer.ipv6.dst", "outer.ipv6.hlim", "outer.ipv6.nxt", "outer.udp.dstport", "outer.vxlan.vni",
    "outer.geneve.vni", "outer.geneve.option.class",
)  # fmt: skip
_COLUMNS = (*_LINK, *_PACKET, *_OUTER)
_PORTS = ("tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")
# What listens on nodes and not in pods: SSH, BGP, etcd, Cilium's health, the API server, RKE2, the kubelet
# (kubernetes.io/docs/reference/networking/ports-and-protocols, Cilium's and RKE2's system requirements).
NODE_PORTS = (22, 179, 2379, 2380, 4240, 6443, 9345, 10250)
NODE_PORT = (30000, 32767)  # of services of type NodePort (kube-apiserver --service-node-port-range)
COLUMNS = (*_COLUMNS, *_PORTS, "frame.number", "outer.udp.checksum", "tcp.flags")  # what a capture must be decoded for


class Link(NamedTuple):
    """Where frames were captured: the interface of the file, on `-i any` the ifindex on the host, the VLAN."""

    interface: int | None
    ifindex: int | None
    vlan: int | None


class Outer(NamedTuple):
    """The tunnel packet around a sighting. `protocol` is that of its IP header.

    `zero_checksum` is None where there is no UDP or over IPv6.
    """

    source_mac: int | None
    destination_mac: int | None
    src: IP
    dst: IP
    hop: int | None
    protocol: int | None
    port: int | None
    vni: int | None
    geneve: bool
    option_class: int | None
    zero_checksum: bool | None


class Sighting(NamedTuple):
    """What some frames show alike; of a tunnel packet the innermost packet, and `outer` around it.

    `arp` is the ARP operation, `icmp6` the ICMPv6 type. `asks` and `answers` are the address of a question or
    answer of ARP or neighbour discovery, `mac` the one that the message states for its sender or answer, `router`,
    `solicited` and `override` the flags of an advertisement, `acks` and `resets` flags of TCP. `of_node`: a port of
    what runs on nodes. `sealed`: WireGuard or ESP, whose content nobody reads.
    """

    link: Link
    packet_type: int | None
    source_mac: int | None
    destination_mac: int | None
    src: IP | None
    dst: IP | None
    hop: int | None
    arp: int | None
    icmp: int | None
    icmp6: int | None
    asks: IP | None
    answers: IP | None
    mac: int | None
    router: bool
    solicited: bool
    override: bool
    mss: int | None
    acks: bool
    resets: bool
    of_node: bool
    sealed: str | None
    outer: Outer | None
    frames: tuple[int, ...]
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks of a sighting

    @property
    def resolves(self) -> bool:
        """Whether it belongs to ARP or neighbour discovery, whose hop limit says nothing."""
        return self.arp is not None or self.icmp6 in range(133, 138)

    @property
    def ends(self) -> tuple[IP, IP] | None:
        """Source and destination of an IP packet to one host whose hop limit says how far it came; else None."""
        if self.resolves or self.src is None or self.dst is None or self.dst.is_multicast:
            return None
        return self.src, self.dst

    @property
    def without_override(self) -> bool:
        """An advertisement that shall not replace a known MAC: of an anycast or proxied address (RFC 4861, 7.2.4).

        Linux clears the flag too where it answers a unicast probe, but leaves the MAC out then (net/ipv6/ndisc.c).
        """
        return self.answers is not None and self.arp is None and not self.override and self.mac is not None

    @property
    def is_error(self) -> bool:
        """An ICMP error, which any router on the way may send (RFC 792, RFC 4443)."""
        return self.icmp in {3, 11, 12} or self.icmp6 in {1, 2, 3, 4}

    @property
    def is_ping(self) -> bool:
        """An echo request or reply."""
        return self.icmp in {0, 8} or self.icmp6 in {128, 129}

    @property
    def is_exceeded(self) -> bool:
        """Time exceeded: a hop limit ran out at who sends it (RFC 792, RFC 4443 section 3.3)."""
        return self.icmp == 11 or self.icmp6 == 3

    @property
    def is_refusal(self) -> bool:
        """An ICMP error, or a TCP reset, which a firewall on the way sends in another's name (iptables REJECT)."""
        return self.is_error or self.resets


class Sightings:
    """The sightings of one capture, batch by batch. `left_out` counts the frames beyond MAX_SIGHTINGS."""

    def __init__(self) -> None:
        # Columns that a batch has and the bytes of a group there -> its number in `_found`.
        self._numbers: dict[tuple[tuple[str, ...], bytes], int] = {}
        self._found: list[tuple[Any, ...]] = []
        self._frames: list[tuple[int, ...]] = []
        self._counts: list[int] = []
        self.left_out = 0

    def learn(self, packets: Packets) -> None:
        """Take in the next batch."""
        checksum, flags = packets.column("outer.udp.checksum"), packets.column("tcp.flags")
        zero = checksum.valid & (checksum.values == 0)
        acks, resets = (flags.valid & (flags.values & bit != 0) for bit in (0x10, 0x04))
        ports = np.zeros(len(packets), dtype=bool)
        for name in _PORTS:
            column = packets.column(name)
            ports |= column.valid & np.isin(column.values, NODE_PORTS)
            if name.endswith("dstport"):
                ports |= column.valid & (column.values >= NODE_PORT[0]) & (column.values <= NODE_PORT[1])
        more = [zero, checksum.valid, acks, resets, ports]
        codes, firsts, keys = group_with_keys(packets, _COLUMNS, more)
        counts = np.bincount(codes, minlength=len(firsts)).tolist()
        columns = tuple(name for name in _COLUMNS if name in packets.columns)
        fresh = [at for at, key in enumerate(keys) if (columns, key) not in self._numbers]
        fresh = fresh[: MAX_SIGHTINGS - len(self._found)]
        rows = np.array([firsts[at] for at in fresh], dtype=np.intp)
        read = [packets.values(name, rows) for name in _COLUMNS] + [array[rows].tolist() for array in more]
        for at, values in zip(fresh, zip(*read, strict=True), strict=True):
            self._numbers[columns, keys[at]] = len(self._found)
            self._found.append(values)
            self._frames.append(())
            self._counts.append(0)
        frames = packets.column("frame.number").values[firsts].tolist()
        for frame, count, key in zip(frames, counts, keys, strict=True):
            number = self._numbers.get((columns, key))
            if number is None:
                self.left_out += count
                continue
            self._counts[number] += count
            if len(self._frames[number]) < MAX_FRAMES:
                self._frames[number] = (*self._frames[number], frame)

    def __iter__(self) -> Iterator[Sighting]:
        names = (*_COLUMNS, "zero", "checksum", "acks", "resets", "ports")
        for values, frames, count in zip(self._found, self._frames, self._counts, strict=True):
            yield _sighting(dict(zip(names, values, strict=True)), frames, count)


def _sighting(get: dict[str, Any], frames: tuple[int, ...], count: int) -> Sighting:
    arp = get["arp.opcode"]
    src, dst = get["ip.src"] or get["ipv6.src"], get["ip.dst"] or get["ipv6.dst"]
    asks, answers = get["icmpv6.nd.ns.target_address"], get["icmpv6.nd.na.target_address"]
    mac = get["icmpv6.opt.target_linkaddr"] if answers else get["icmpv6.opt.src_linkaddr"]
    if arp is not None:
        src, dst, mac = get["arp.src.proto_ipv4"], get["arp.dst.proto_ipv4"], get["arp.src.hw_mac"]
        asks, answers = (dst if arp == 1 else None), (src if arp == 2 else None)
    outer = _outer(get)
    sealed = "WireGuard" if get["wg.type"] is not None else "ESP" if get["esp.spi"] is not None else None
    # A cooked capture states the sender's MAC of the outermost frame only.
    source_mac = get["eth.src"] if get["eth.src"] is not None or outer is not None else get["sll.src.mac"]
    vlan = get["outer.vlan.id"] if outer is not None else get["vlan.id"]
    return Sighting(
        Link(get["frame.interface_id"], get["sll.ifindex"], vlan), get["sll.pkttype"], source_mac, get["eth.dst"],
        _there(src), _there(dst), get["ip.ttl"] if get["ip.ttl"] is not None else get["ipv6.hlim"],
        arp, get["icmp.type"], get["icmpv6.type"], asks, answers, mac, bool(get["icmpv6.nd.na.flag.r"]),
        bool(get["icmpv6.nd.na.flag.s"]), bool(get["icmpv6.nd.na.flag.o"]), get["tcp.options.mss_val"], get["acks"],
        get["resets"], get["ports"], sealed, outer, frames, count,
    )  # fmt: skip


def _outer(get: dict[str, Any]) -> Outer | None:
    src, dst = (get[f"outer.ip.{side}"] or get[f"outer.ipv6.{side}"] for side in ("src", "dst"))
    if not get["frame.tunnels"] or src is None or dst is None:
        return None
    source_mac = get["outer.eth.src"] if get["outer.eth.src"] is not None else get["sll.src.mac"]
    hop = get["outer.ip.ttl"] if get["outer.ip.ttl"] is not None else get["outer.ipv6.hlim"]
    vni = get["outer.vxlan.vni"] if get["outer.vxlan.vni"] is not None else get["outer.geneve.vni"]
    protocol = get["outer.ip.proto"] if get["outer.ip.proto"] is not None else get["outer.ipv6.nxt"]
    told = get["checksum"] and get["outer.ip.src"] is not None
    return Outer(
        source_mac, get["outer.eth.dst"], src, dst, hop, protocol, get["outer.udp.dstport"], vni,
        get["outer.geneve.vni"] is not None, get["outer.geneve.option.class"], get["zero"] if told else None,
    )  # fmt: skip


def _there(ip: Value) -> IP | None:
    from vxlan_dissect.addresses import IP

    return ip if isinstance(ip, IP) and not ip.is_unspecified else None
