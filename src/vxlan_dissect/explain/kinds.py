"""What kind of message is a frame, and how is it put in one line?

Law: the kind is named after the innermost header that was decoded, in the standard's own words; the summary adds who,
to whom, and the numbers that tell this frame from its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.packets import text_of
from vxlan_dissect.schema_values import (
    ARP_OPERATIONS,
    CHUNK_TYPES,
    ETHERTYPES,
    ICMP_TYPES,
    ICMPV6_TYPES,
    IGMP_TYPES,
    PROTOCOLS,
)

if TYPE_CHECKING:
    from vxlan_dissect.packets import Packet

_TCP_FLAGS = ((0x02, "SYN"), (0x01, "FIN"), (0x04, "RST"), (0x08, "PSH"), (0x10, "ACK"), (0x20, "URG"))


def kind_of(packet: Packet) -> str:
    """`icmpv6.echo-request`, `arp.reply`, `tcp`, `udp`, `sctp`, `ip.fragment`, `eth.0x88cc`, or `unknown`."""
    for name, types in (("icmpv6", ICMPV6_TYPES), ("icmp", ICMP_TYPES), ("igmp", IGMP_TYPES)):
        code = packet.integer(f"{name}.type")
        if code is not None:
            return f"{name}.{types.get(code, f'type-{code}')}"
    operation = packet.integer("arp.opcode")
    if operation is not None:
        return f"arp.{ARP_OPERATIONS.get(operation, f'operation-{operation}')}"
    for name in ("tcp", "udp", "sctp"):
        if packet.get(f"{name}.srcport") is not None:
            return name
    # A text line may name a protocol without telling which header held it: the address decides.
    versions = (("ipv6", "ipv6.fraghdr.offset", "ipv6.nxt"), ("ip", "ip.frag_offset", "ip.proto"))
    for version, offset, column in versions[: 1 if packet.get("ipv6.src") is not None else 2]:
        if packet.get(offset):
            return f"{version}.fragment"
        protocol = packet.integer(column)
        if protocol is not None:
            return f"{version}.protocol-{protocol}"
    ethertype = packet.integer("eth.type")
    if ethertype is not None:
        return f"eth.0x{ethertype:04x}"
    return packet.protocols[-1] if packet.protocols else "unknown"


def message(packet: Packet, kind: str) -> str:
    """The message in words with its numbers: `ICMPv6 echo request id 44 seq 0`."""
    family, _, name = kind.partition(".")
    words = name.replace("-", " ")
    if family in ("icmp", "icmpv6", "igmp"):
        title = "ICMPv6" if family == "icmpv6" else family.upper()
        return f"{title} {words}{_echo(packet, family)}{_target(packet)}".rstrip()
    if family == "arp":
        return f"ARP {words}{_asked(packet)}".rstrip()
    if family == "tcp":
        flags = packet.integer("tcp.flags") or 0
        names = [flag for bit, flag in _TCP_FLAGS if flags & bit]
        payload = packet.get("tcp.len")
        size = f"{payload} bytes" if payload else ""
        return " ".join(filter(None, [f"TCP{_ports(packet, family)}", ",".join(names), size]))
    if family == "udp":
        return f"UDP{_ports(packet, family)}"
    if family == "sctp":
        chunk = packet.integer("sctp.chunk_type")
        brings = "" if chunk is None else f" {CHUNK_TYPES.get(chunk, f'chunk {chunk}')}"
        return f"SCTP{_ports(packet, family)}{brings}"
    if name == "fragment":
        return f"{'IPv4' if family == 'ip' else 'IPv6'} fragment"
    if family in ("ip", "ipv6") and name:
        protocol = int(name.removeprefix("protocol-"))
        return f"{'IPv4' if family == 'ip' else 'IPv6'} protocol {PROTOCOLS.get(protocol, protocol)}"
    if family == "eth" and name:
        return f"EtherType {ETHERTYPES.get(int(name, 16), name)}"
    return "nothing that could be decoded" if kind == "unknown" else f"{kind} header"


def _ports(packet: Packet, family: str) -> str:
    source, destination = packet.get(f"{family}.srcport"), packet.get(f"{family}.dstport")
    return "" if source is None and destination is None else f" {_known(source)} → {_known(destination)}"


def _known(value: object) -> str:
    return "?" if value is None else str(value)


def _echo(packet: Packet, family: str) -> str:
    columns = ("icmp.ident", "icmp.seq")
    if family == "icmpv6":
        columns = ("icmpv6.echo.identifier", "icmpv6.echo.sequence_number")
    ident, sequence = packet.get(columns[0]), packet.get(columns[1])
    if ident is None and sequence is None:
        return ""
    return f" id {_known(ident)} seq {_known(sequence)}"


def _target(packet: Packet) -> str:
    for name in ("icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "igmp.maddr"):
        value = packet.get(name)
        if value is not None:
            return f" for {text_of(name, value)}"
    return ""


def _asked(packet: Packet) -> str:
    name = "arp.dst.proto_ipv4" if packet.get("arp.opcode") == 1 else "arp.src.proto_ipv4"
    value = packet.get(name)
    return f" for {value}" if value is not None else ""
