"""What is in a frame: its innermost packet, the tunnels around it, and what tells this packet from others?

Law: walked with struct alone. An identity has nothing that a hop changes (MACs, hop limit, DSCP, checksums, outer
headers) and nothing behind the first 16 bytes of a payload, so that captures with another snaplen agree. The weak form
lacks what translation changes: addresses, ports, echo identifiers.
"""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Any, NamedTuple

from tests.trace.reading import ETHERNET, RAW, SLL, SLL2, Record

VXLAN_PORTS = {8472, 4789, 51999, 51998}
GPE, GENEVE = 4790, 6081
TCP, UDP, ICMP, ICMPV6, IPIP, IPV6_IN_IP = 6, 17, 1, 58, 4, 41
ERRORS = {ICMP: {3, 4, 5, 11, 12}, ICMPV6: {1, 2, 3, 4}}
ECHOES = {ICMP: {0, 8}, ICMPV6: {128, 129}}
EXTENSIONS = {0, 43, 60}
KNOWN_PAYLOAD = 16
VLANS = {0x8100, 0x88A8}


class Tunnel(NamedTuple):
    """One header around the innermost packet."""

    kind: str
    vni: int | None
    src: str
    dst: str


class Identity(NamedTuple):
    """What tells a packet from others. `span` are the sequence numbers of TCP with a payload, which may be cut anew."""

    strong: tuple[Any, ...]
    weak: tuple[Any, ...]
    span: tuple[int, int] | None = None
    translatable: bool = False  # the weak form alone is proof enough


class Piece(NamedTuple):
    """A fragment: of which datagram, from which byte, whether more follow, and what was captured of it.

    `tunnels` are those around the datagram, `hop_limit` is its own.
    """

    key: tuple[Any, ...]
    offset: int
    more: bool
    size: int
    data: bytes
    tunnels: tuple[Tunnel, ...]
    hop_limit: int


class Packet:
    """One frame, taken apart as far as it was captured."""

    def __init__(self) -> None:
        self.macs: tuple[str | None, str | None] = (None, None)
        self.tunnels: tuple[Tunnel, ...] = ()
        self.version: int | None = None
        self.src: str | None = None
        self.dst: str | None = None
        self.hop_limit: int | None = None
        self.protocol: int | None = None
        self.ports: tuple[int, int] | None = None
        self.kind = "?"
        self.identity: Identity | None = None
        self.piece: Piece | None = None
        self.length: int | None = None  # of the transport header and its payload, as the network header says
        self.rest = b""  # as much of them as was captured
        self.in_fragment = False

    # Headers, from the outside in.

    def ethernet(self, data: bytes) -> None:
        """Both MACs and what they carry."""
        if len(data) < 14:
            return
        self.macs = (data[6:12].hex(":"), data[:6].hex(":"))
        self.network(struct.unpack_from("!H", data, 12)[0], data[14:])

    def network(self, ethertype: int, data: bytes) -> None:
        """VLAN tags, ARP, IPv4, IPv6."""
        while ethertype in VLANS and len(data) >= 4:
            ethertype, data = struct.unpack_from("!H", data, 2)[0], data[4:]
        if ethertype == 0x0806:
            self.kind = f"arp {data[7] if len(data) > 7 else ''}"
            self.identity = Identity(("arp", data[:28]), ("arp", data[:28]))
        elif ethertype == 0x0800:
            self.ipv4(data)
        elif ethertype == 0x86DD:
            self.ipv6(data)
        else:
            self.kind = f"{ethertype:#06x}"
            self.identity = Identity((ethertype, data[:64]), (ethertype, data[:64]))

    def ipv4(self, data: bytes) -> None:
        """The header, then the payload or a fragment of one."""
        if len(data) < 20:
            return
        head, (length, number, part) = (data[0] & 15) * 4, struct.unpack_from("!HHH", data, 2)
        self.version, self.hop_limit, self.protocol = 4, data[8], data[9]
        self.src, self.dst = str(ip_address(data[12:16])), str(ip_address(data[16:20]))
        self.length, self.rest = length - head, data[head:length]
        if part & 0x3FFF:
            key = (4, self.src, self.dst, data[9], number)
            self.piece = Piece(
                key, (part & 0x1FFF) * 8, bool(part & 0x2000), self.length, self.rest, self.tunnels, data[8]
            )
        if not part & 0x1FFF:
            self.in_fragment = bool(part & 0x2000)
            self.transport(self.protocol, self.rest, self.length)
        else:
            self.kind = "fragment"

    def ipv6(self, data: bytes) -> None:
        """The header and extension headers, then the payload or a fragment of one."""
        self.version = 6
        if len(data) >= 8:
            self.hop_limit, self.protocol = data[7], data[6]
            self.length = struct.unpack_from("!H", data, 4)[0]
        if len(data) >= 24:
            self.src = str(ip_address(data[8:24]))
        if len(data) < 40:
            return
        self.dst = str(ip_address(data[24:40]))
        assert self.length is not None
        protocol, rest, length = data[6], data[40 : 40 + self.length], self.length
        later = False
        while protocol in EXTENSIONS | {44} and len(rest) >= 8:
            size = 8 if protocol == 44 else (rest[1] + 1) * 8
            if protocol == 44:
                part, number = struct.unpack_from("!HI", rest, 2)
                key = (6, self.src, self.dst, rest[0], number)
                self.piece = Piece(
                    key, part & 0xFFF8, bool(part & 1), length - size, rest[size:], self.tunnels, data[7]
                )
                later, self.in_fragment = bool(part & 0xFFF8), bool(part & 1)
            protocol, rest, length = rest[0], rest[size:], length - size
        self.protocol, self.length, self.rest = protocol, length, rest
        if later:
            self.kind = "fragment"
        else:
            self.transport(protocol, rest, length)

    def transport(self, protocol: int, data: bytes, length: int) -> None:
        """A tunnel, or what names the packet."""
        if protocol == IPIP:
            self.enter("ipip", None)
            self.ipv4(data)
        elif protocol == IPV6_IN_IP:
            self.enter("sit", None)
            self.ipv6(data)
        elif protocol == UDP and len(data) >= 8 and self.tunnel(data):
            pass
        elif protocol == TCP and len(data) >= 20:
            self.tcp(data, length)
        elif protocol == UDP and len(data) >= 8:
            self.udp(data, length)
        elif protocol in ECHOES and len(data) >= 8:
            self.icmp(protocol, data, length)
        elif protocol not in {TCP, UDP, ICMP, ICMPV6}:
            self.kind = f"protocol {protocol}"
            self.name(("ip", protocol, length, data[:64]), ())

    def enter(self, kind: str, vni: int | None) -> None:
        """What was the innermost packet is a tunnel; a fragment of it is one of the outer packet."""
        assert self.src is not None
        assert self.dst is not None
        self.tunnels += (Tunnel(kind, vni, self.src, self.dst),)
        self.version = self.src = self.dst = self.hop_limit = self.protocol = self.length = None
        self.in_fragment, self.rest = False, b""

    def tunnel(self, data: bytes) -> bool:
        """Whether the datagram is VXLAN, VXLAN-GPE or Geneve, whose inside is then walked."""
        port = struct.unpack_from("!H", data, 2)[0]
        if port in VXLAN_PORTS and len(data) >= 16 and data[8] & 0x08 and not data[15]:
            self.enter("vxlan", int.from_bytes(data[12:15]))
            self.ethernet(data[16:])
        elif port == GPE and len(data) >= 16 and data[8] & 0x0C == 0x0C:
            self.enter("vxlan-gpe", int.from_bytes(data[12:15]))
            self.network({1: 0x0800, 2: 0x86DD}.get(data[11], 0), data[16:])
        elif port == GENEVE and len(data) >= 16 and struct.unpack_from("!H", data, 10)[0] == 0x6558:
            self.enter("geneve", int.from_bytes(data[12:15]))
            self.ethernet(data[16 + (data[8] & 0x3F) * 4 :])
        else:
            return False
        return True

    # What names a packet.

    def name(self, content: tuple[Any, ...], ends: tuple[Any, ...], *, proof: bool = False, span: Any = None) -> None:
        """Set the identity: `content` survives translation, `ends` do not."""
        ends = (self.src, self.dst, *ends)
        content = (self.version, *content)
        self.identity = Identity((content, ends), content, span, proof)

    def tcp(self, data: bytes, length: int) -> None:
        """Numbers, flags and options; with a payload its sequence numbers, so that segments may be cut anew."""
        ports, seq, ack, flags = struct.unpack_from("!HH", data), *struct.unpack_from("!IIH", data, 4)
        self.ports, head = ports, (flags >> 12) * 4
        self.kind = "tcp"
        if len(data) < head:
            return
        window, urgent, size = struct.unpack_from("!H", data, 14)[0], data[18:20], length - head
        options = data[20:head]
        if size > 0:
            self.name(("tcp data", ack, options), ports, proof=True, span=(seq, seq + size))
        else:
            self.name(("tcp", seq, ack, flags, window, urgent, options), ports, proof=True)

    def udp(self, data: bytes, length: int) -> None:
        """Length and the beginning of the payload."""
        self.ports, self.kind = struct.unpack_from("!HH", data), "udp"
        if len(data) >= min(length, 8 + KNOWN_PAYLOAD):
            self.name(("udp", length, data[8 : 8 + KNOWN_PAYLOAD]), self.ports)

    def icmp(self, protocol: int, data: bytes, length: int) -> None:
        """Echoes, errors with what they quote, and all others whole."""
        kind, code = data[:2]
        self.kind = f"icmp{'v6' if protocol == ICMPV6 else ''} {kind}"
        if kind in ECHOES[protocol]:
            if len(data) >= min(length, 8 + KNOWN_PAYLOAD):
                content = ("echo", protocol, kind, data[6:8], length, data[8 : 8 + KNOWN_PAYLOAD])
                self.name(content, (data[4:6],), proof=length >= 24)
        elif kind in ERRORS[protocol]:
            quoted = _quoted(protocol, data[8:])
            if quoted is not None:
                self.name(("error", protocol, kind, code, data[4:8], length, quoted[0]), quoted[1])
        elif len(data) >= min(length, 64):
            self.name(("icmp", protocol, kind, code, length, data[4:64], self.src, self.dst), ())


def _quoted(protocol: int, data: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """What an error quotes: what survives translation, and what does not. None where too little was captured."""
    if protocol == ICMP:
        if len(data) < 20:
            return None
        head = (data[0] & 15) * 4
        fixed, ends = (data[2:6], data[9]), (data[12:20],)
    else:
        if len(data) < 40:
            return None
        head, fixed, ends = 40, (data[4:7],), (data[8:40],)
    begin = data[head : head + 8]
    if len(begin) < 8:
        return None
    inside = data[9] if protocol == ICMP else data[6]
    if inside in {TCP, UDP}:
        return (*fixed, begin[4:8] if inside == TCP else begin[4:6]), (*ends, begin[:4])
    return (*fixed, begin[:2], begin[6:8]), (*ends, begin[4:6])


def dissect(record: Record) -> Packet:
    """The packet of a frame."""
    packet, data = Packet(), record.data
    if record.linktype == ETHERNET:
        packet.ethernet(data)
    elif record.linktype == SLL2 and len(data) >= 20:
        if data[11] == 6:
            packet.macs = (data[12:18].hex(":"), None)
        packet.network(struct.unpack_from("!H", data)[0], data[20:])
    elif record.linktype == SLL and len(data) >= 16:
        packet.macs = (data[6:12].hex(":"), None)
        packet.network(struct.unpack_from("!H", data, 14)[0], data[16:])
    elif record.linktype == RAW and data:
        packet.network(0x0800 if data[0] >> 4 == 4 else 0x86DD, data)
    return packet


def whole(first: Packet, data: bytes) -> Packet:
    """The packet that fragments make, of which `first` is the first: what it would be in one frame."""
    assert first.piece is not None
    packet = Packet()
    packet.macs, packet.tunnels, packet.hop_limit = first.macs, first.piece.tunnels, first.hop_limit
    packet.version, packet.src, packet.dst, packet.protocol, _ = first.piece.key
    packet.length, packet.rest = len(data), data
    packet.transport(packet.protocol, data, len(data))
    return packet
