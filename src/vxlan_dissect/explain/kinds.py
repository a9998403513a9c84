"""What kind of message is a frame, and how is it put in one line?

Law: the kind is named after the innermost header that was decoded, or the message of an application in it, in the
standard's own words; the summary adds who, to whom, and the numbers and names that tell this frame from its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP
from vxlan_dissect.explain import unopened
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

# Derived columns that name the message of an application, and so tell kinds apart.
MESSAGES = ("dns.flags.response", "dhcp.option.dhcp", "dhcp.type", "dhcpv6.msgtype", "tls.handshake.type")
# What rules say of such messages, and so tells contexts of one kind apart.
CONTENTS = ("dns.qry.name", "dns.qry.type", "dns.flags.rcode", "dns.flags.truncated", "dns.resolved")
_DNS_TITLES = {5353: "mDNS", 5355: "LLMNR"}
_SHOWN = 4  # names or addresses of one message
_TCP_FLAGS = ((0x02, "SYN"), (0x01, "FIN"), (0x04, "RST"), (0x08, "PSH"), (0x10, "ACK"), (0x20, "URG"))


def kind_of(packet: Packet) -> str:
    """`icmpv6.echo-request`, `arp.reply`, `dns.query`, `tcp`, `esp`, `ip.fragment`, `eth.0x88cc`, or `unknown`."""
    for name, types in (("icmpv6", ICMPV6_TYPES), ("icmp", ICMP_TYPES), ("igmp", IGMP_TYPES)):
        code = packet.integer(f"{name}.type")
        if code is not None:
            return f"{name}.{types.get(code, f'type-{code}')}"
    operation = packet.integer("arp.opcode")
    if operation is not None:
        return f"arp.{ARP_OPERATIONS.get(operation, f'operation-{operation}')}"
    kind = unopened.kind_of(packet)
    if kind is not None:
        return kind
    transport = _transport(packet)
    if transport and not _is_later_fragment(packet):
        return _application(packet) or transport
    # A text line may name a protocol without telling which header held it: the address decides.
    versions = (("ipv6", "ipv6.fraghdr.offset", "ipv6.nxt"), ("ip", "ip.frag_offset", "ip.proto"))
    for version, offset, column in versions[: 1 if packet.get("ipv6.src") is not None else 2]:
        if packet.get(offset) and (transport or packet.get("frame.fragments") is None):
            return f"{version}.fragment"
        protocol = packet.integer(column)
        if protocol is not None:
            return f"{version}.protocol-{protocol}"
    ethertype = packet.integer("eth.type")
    if ethertype is not None:
        return f"eth.0x{ethertype:04x}"
    return packet.protocols[-1] if packet.protocols else "unknown"


def _transport(packet: Packet) -> str | None:
    return next((name for name in ("tcp", "udp", "sctp") if packet.get(f"{name}.srcport") is not None), None)


def _is_later_fragment(packet: Packet) -> bool:
    """Whether the ports are those of the first fragment, which this one is not."""
    layers = packet.protocols
    offset = packet.get("ipv6.fraghdr.offset" if packet.get("ipv6.src") is not None else "ip.frag_offset")
    alone = layers[-1] in ("ip", "ipv6.fraghdr") if layers else packet.get("frame.fragments") is None
    return bool(offset) and alone


def _application(packet: Packet) -> str | None:
    """The kind of the message that a datagram or segment begins with, None where it is none that is known."""
    for column in MESSAGES:
        code = packet.integer(column)
        if code is not None:
            if column.startswith("dns"):
                return "dns.response" if code else "dns.query"
            return f"{column.partition('.')[0]}.{schema.field_of(column).names.get(code, f'type-{code}')}"
    return None


def message(packet: Packet, kind: str) -> str:
    """The message in words with its numbers: `ICMPv6 echo request id 44 seq 0`."""
    family, _, name = kind.partition(".")
    words = name.replace("-", " ")
    if family in ("icmp", "icmpv6", "igmp"):
        title = "ICMPv6" if family == "icmpv6" else family.upper()
        return f"{title} {words}{_echo(packet, family)}{_target(packet)}".rstrip()
    if family == "arp":
        return f"ARP {words}{_asked(packet)}".rstrip()
    if name and family in _APPLICATIONS:
        return _APPLICATIONS[family](packet, words)
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
        transport = _transport(packet)
        content = f" of {transport.upper()}{_ports(packet, transport)}" if transport else ""
        return f"{'IPv4' if family == 'ip' else 'IPv6'} fragment{content}"
    if family in ("ip", "ipv6") and name:
        protocol = int(name.removeprefix("protocol-"))
        return f"{'IPv4' if family == 'ip' else 'IPv6'} protocol {PROTOCOLS.get(protocol, protocol)}"
    if family == "eth" and name:
        return f"EtherType {ETHERTYPES.get(int(name, 16), name)}"
    if kind == "unknown":
        return "nothing that could be decoded"
    return unopened.message(packet, kind) or f"{kind} header"


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


def _dns(packet: Packet, words: str) -> str:
    ports = [packet.get(f"{family}.{side}") for family in ("udp", "tcp") for side in ("srcport", "dstport")]
    title = next((_DNS_TITLES[port] for port in ports if port in _DNS_TITLES), "DNS")
    opcode = packet.get("dns.flags.opcode")
    if opcode:
        words = f"{packet.text('dns.flags.opcode')} {words}"
    asked = _listed(packet, "dns.qry.name") or _listed(packet, "dns.resp.name")
    text = " ".join(filter(None, [title, words, asked, packet.text("dns.qry.type")]))
    if not packet.get("dns.flags.response"):
        return text
    if packet.get("dns.flags.rcode"):
        return f"{text}: {packet.text('dns.flags.rcode')}"
    answers = packet.get("dns.count.answers")
    count = "1 answer" if answers == 1 else f"{answers or 'no'} answers"
    return f"{text}: {' and '.join(filter(None, (_listed(packet, name) for name in ('dns.a', 'dns.aaaa')))) or count}"


def _dhcp(packet: Packet, words: str) -> str:
    mac, given = packet.text("dhcp.hw.mac_addr"), packet.get("dhcp.ip.your")
    text = f"DHCP {words}"
    text += f" of {mac}" if mac else ""
    text += f" {name}" if (name := _listed(packet, "dhcp.option.hostname")) else ""
    return f"{text}: {given}" if isinstance(given, IP) and not given.is_unspecified else text


def _dhcpv6(_packet: Packet, words: str) -> str:
    return f"DHCPv6 {words}"


def _tls(packet: Packet, words: str) -> str:
    server = _listed(packet, "tls.handshake.extensions_server_name")
    return f"TLS {words}{f' for {server}' if server else ''}, TCP{_ports(packet, 'tcp')}"


_APPLICATIONS = {"dns": _dns, "dhcp": _dhcp, "dhcpv6": _dhcpv6, "tls": _tls}


def _listed(packet: Packet, column: str) -> str:
    """The first texts of a derived column, and how many more there are."""
    texts = tuple(dict.fromkeys(packet.packets.texts(column, packet.row)))
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
