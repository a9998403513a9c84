"""Which columns does a packet have?

Law: every column stands here once, with its dtype, unit, Wireshark name and one sentence; decode fills nothing that is
not listed and nothing else says what a column means. A packet column exists at three levels: of the innermost packet
(no prefix), of the tunnel packet around it (`outer.`), and of the packet that an ICMP error quotes (`quoted.`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OUTER = "outer."
QUOTED = "quoted."
LEVELS = ("", OUTER, QUOTED)


class Field(NamedTuple):
    """One column. `kind` is a dtype of KINDS; `wireshark` the display-filter name, empty where Wireshark has none.

    `varies` marks what changes from packet to packet of one flow (numbers, times, sizes): such a column is no part of
    a context, and a rule reads it only as evidence.
    """

    name: str
    kind: str
    unit: str
    wireshark: str
    doc: str
    varies: bool = False
    names: Mapping[int, str] = {}


# kind -> numpy dtype of the stored values
KINDS: dict[str, Any] = {
    "u1": "u1",
    "u2": "<u2",
    "u4": "<u4",
    "i8": "<i8",
    "bool": "?",
    "mac": "<u8",
    "ipv4": "<u4",
    "ipv6": [("hi", "<u8"), ("lo", "<u8")],
    "texts": "<i4",  # an index into the texts of a TextColumn
}

ETHERTYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6", 0x8100: "802.1Q", 0x88A8: "802.1ad", 0x8847: "MPLS"}
PROTOCOLS = {
    0: "hop-by-hop", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "routing", 44: "fragment",
    47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 59: "no next header", 60: "destination options", 132: "SCTP",
}  # fmt: skip
PACKET_TYPES = {0: "in", 1: "broadcast", 2: "multicast", 3: "other host", 4: "out"}
RECOGNISED_BY = {0: "port", 1: "header"}
LIMITS = {0: "captured length", 1: "frame length", 2: "ip.len", 3: "ipv6.plen", 4: "udp.length", 5: "header length",
          6: "option length", 7: "version", 8: "nesting depth"}  # fmt: skip
ICMP_TYPES = {
    0: "echo-reply", 3: "destination-unreachable", 5: "redirect", 8: "echo-request", 9: "router-advertisement",
    10: "router-solicitation", 11: "time-exceeded", 12: "parameter-problem",
}  # fmt: skip
ICMPV6_TYPES = {
    1: "destination-unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem", 128: "echo-request",
    129: "echo-reply", 130: "multicast-listener-query", 131: "multicast-listener-report",
    132: "multicast-listener-done", 133: "router-solicitation", 134: "router-advertisement",
    135: "neighbor-solicitation", 136: "neighbor-advertisement", 137: "redirect",
    143: "multicast-listener-report-v2",
}  # fmt: skip
ARP_OPERATIONS = {1: "request", 2: "reply"}
# As IANA lists them: DNS parameters (RFC 6895), BOOTP and DHCP parameters, DHCPv6 parameters, TLS parameters.
DNS_OPCODES = {0: "query", 1: "inverse query", 2: "status", 4: "notify", 5: "update", 6: "stateful"}
DNS_RCODES = {
    0: "NoError", 1: "FormErr", 2: "ServFail", 3: "NXDomain", 4: "NotImp", 5: "Refused", 6: "YXDomain", 7: "YXRRSet",
    8: "NXRRSet", 9: "NotAuth", 10: "NotZone", 11: "DSOTYPENI",
}  # fmt: skip
DNS_TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
    43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS", 251: "IXFR", 252: "AXFR", 255: "ANY",
}  # fmt: skip
DHCP_OPERATIONS = {1: "boot-request", 2: "boot-reply"}
DHCP_TYPES = {
    1: "discover", 2: "offer", 3: "request", 4: "decline", 5: "ack", 6: "nak", 7: "release", 8: "inform",
    9: "force-renew", 10: "lease-query", 11: "lease-unassigned", 12: "lease-unknown", 13: "lease-active",
}  # fmt: skip
DHCPV6_TYPES = {
    1: "solicit", 2: "advertise", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 7: "reply", 8: "release",
    9: "decline", 10: "reconfigure", 11: "information-request", 12: "relay-forward", 13: "relay-reply",
}  # fmt: skip
TLS_HANDSHAKE_TYPES = {
    0: "hello-request", 1: "client-hello", 2: "server-hello", 4: "new-session-ticket", 5: "end-of-early-data",
    8: "encrypted-extensions", 11: "certificate", 12: "server-key-exchange", 13: "certificate-request",
    14: "server-hello-done", 15: "certificate-verify", 16: "client-key-exchange", 20: "finished", 21: "certificate-url",
    22: "certificate-status", 24: "key-update",
}  # fmt: skip

FRAME_FIELDS = (
    Field("frame.number", "u4", "", "frame.number", "Position of the frame in its capture, from 1.", True),
    Field("frame.time_epoch", "i8", "ns since 1970-01-01 UTC", "frame.time_epoch", "Capture time.", True),
    Field("frame.time_of_day", "i8", "ns since midnight", "", "Clock time of a text line that names no date.", True),
    Field("frame.len", "u4", "bytes", "frame.len", "Length of the frame on the wire.", True),
    Field("frame.cap_len", "u4", "bytes", "frame.cap_len", "Bytes of the frame that the file holds.", True),
    Field(
        "frame.offset",
        "i8",
        "bytes",
        "",
        "Where the bytes begin in the (decompressed) file or in all dumps.",
        True,
    ),
    Field("frame.interface_id", "u2", "", "frame.interface_id", "Index of the capture interface in the file."),
    Field("frame.layers", "u4", "", "frame.protocols", "Index into Packets.layer_paths: the headers in order."),
    Field("frame.tunnels", "u1", "", "", "How many tunnel headers surround the innermost packet."),
    Field("sll.pkttype", "u2", "", "sll.pkttype", "Direction that a capture on `any` recorded.", False, PACKET_TYPES),
    Field("sll.etype", "u2", "", "sll.etype", "Protocol type of a cooked capture.", False, ETHERTYPES),
    Field("sll.ifindex", "u4", "", "sll.ifindex", "Interface index on the capturing host (LINUX_SLL2)."),
    Field("sll.src.mac", "mac", "", "sll.src.eth", "Link-layer sender of a cooked capture."),
    Field("damage.layer", "u2", "", "", "Index into Packets.layer_names: the header that is cut or damaged."),
    Field("damage.need", "i8", "bytes", "", "Bytes that the header needs, or the version or depth wanted.", True),
    Field("damage.have", "i8", "bytes", "", "Bytes that were there, or the version or depth that was.", True),
    Field("damage.limit", "u1", "", "", "Which length ended the bytes, or which value cannot be.", False, LIMITS),
    Field("damage.offset", "i8", "bytes", "", "Where the damaged header begins in its frame.", True),
)

PACKET_FIELDS = (
    Field("eth.dst", "mac", "", "eth.dst", "Destination MAC."),
    Field("eth.src", "mac", "", "eth.src", "Source MAC."),
    Field("eth.type", "u2", "", "eth.type", "EtherType after all VLAN tags.", False, ETHERTYPES),
    Field("vlan.id", "u2", "", "vlan.id", "VLAN of the innermost tag."),
    Field("vlan.priority", "u1", "", "vlan.priority", "Priority code point of the innermost tag."),
    Field("vlan.tags", "u1", "", "", "How many VLAN tags the frame carries."),
    Field("arp.opcode", "u2", "", "arp.opcode", "ARP operation.", False, ARP_OPERATIONS),
    Field("arp.src.hw_mac", "mac", "", "arp.src.hw_mac", "Sender MAC."),
    Field("arp.src.proto_ipv4", "ipv4", "", "arp.src.proto_ipv4", "Sender IPv4 address."),
    Field("arp.dst.hw_mac", "mac", "", "arp.dst.hw_mac", "Target MAC; zero in a request."),
    Field("arp.dst.proto_ipv4", "ipv4", "", "arp.dst.proto_ipv4", "Target IPv4 address."),
    Field("ip.hdr_len", "u1", "bytes", "ip.hdr_len", "IPv4 header with options."),
    Field("ip.dsfield", "u1", "", "ip.dsfield", "DSCP and ECN of IPv4."),
    Field("ip.len", "u2", "bytes", "ip.len", "Total length of the IPv4 packet.", True),
    Field("ip.id", "u2", "", "ip.id", "Identification of IPv4.", True),
    Field("ip.flags.df", "bool", "", "ip.flags.df", "Don't fragment."),
    Field("ip.flags.mf", "bool", "", "ip.flags.mf", "More fragments follow."),
    Field("ip.frag_offset", "u2", "bytes", "ip.frag_offset", "Where this fragment belongs in the datagram."),
    Field("ip.ttl", "u1", "", "ip.ttl", "Time to live."),
    Field("ip.proto", "u1", "", "ip.proto", "Protocol after the IPv4 header.", False, PROTOCOLS),
    Field("ip.checksum", "u2", "", "ip.checksum", "IPv4 header checksum.", True),
    Field("ip.src", "ipv4", "", "ip.src", "IPv4 source."),
    Field("ip.dst", "ipv4", "", "ip.dst", "IPv4 destination."),
    Field("ipv6.tclass", "u1", "", "ipv6.tclass", "Traffic class: DSCP and ECN of IPv6."),
    Field("ipv6.flow", "u4", "", "ipv6.flow", "Flow label.", True),
    Field("ipv6.plen", "u2", "bytes", "ipv6.plen", "Payload length of IPv6.", True),
    Field("ipv6.nxt", "u1", "", "ipv6.nxt", "Next header of the fixed IPv6 header.", False, PROTOCOLS),
    Field("ipv6.hlim", "u1", "", "ipv6.hlim", "Hop limit."),
    Field("ipv6.src", "ipv6", "", "ipv6.src", "IPv6 source."),
    Field("ipv6.dst", "ipv6", "", "ipv6.dst", "IPv6 destination."),
    Field("ipv6.fraghdr.offset", "u2", "bytes", "ipv6.fraghdr.offset", "Where this fragment belongs."),
    Field("ipv6.fraghdr.more", "bool", "", "ipv6.fraghdr.more", "More fragments follow."),
    Field("ipv6.fraghdr.ident", "u4", "", "ipv6.fraghdr.ident", "Identification of the fragmented datagram.", True),
    Field("udp.srcport", "u2", "", "udp.srcport", "UDP source port."),
    Field("udp.dstport", "u2", "", "udp.dstport", "UDP destination port."),
    Field("udp.length", "u2", "bytes", "udp.length", "UDP header and payload.", True),
    Field("udp.checksum", "u2", "", "udp.checksum", "UDP checksum; zero means not computed.", True),
    Field("tcp.srcport", "u2", "", "tcp.srcport", "TCP source port."),
    Field("tcp.dstport", "u2", "", "tcp.dstport", "TCP destination port."),
    Field("tcp.seq_raw", "u4", "", "tcp.seq_raw", "Sequence number as sent.", True),
    Field("tcp.ack_raw", "u4", "", "tcp.ack_raw", "Acknowledgment number as sent.", True),
    Field("tcp.flags", "u2", "", "tcp.flags", "TCP flags, low 12 bits of the word."),
    Field("tcp.window_size_value", "u2", "", "tcp.window_size_value", "Window as sent, not scaled.", True),
    Field("tcp.hdr_len", "u1", "bytes", "tcp.hdr_len", "TCP header with options.", True),
    Field("tcp.len", "u4", "bytes", "tcp.len", "TCP payload.", True),
    Field("tcp.checksum", "u2", "", "tcp.checksum", "TCP checksum.", True),
    Field("icmp.type", "u1", "", "icmp.type", "ICMP type.", False, ICMP_TYPES),
    Field("icmp.code", "u1", "", "icmp.code", "ICMP code."),
    Field("icmp.checksum", "u2", "", "icmp.checksum", "ICMP checksum.", True),
    Field("icmp.ident", "u2", "", "icmp.ident", "Identifier of an echo."),
    Field("icmp.seq", "u2", "", "icmp.seq", "Sequence number of an echo.", True),
    Field("icmp.mtu", "u2", "bytes", "icmp.mtu", "Next-hop MTU of fragmentation needed."),
    Field("icmp.redir_gw", "ipv4", "", "icmp.redir_gw", "Gateway that a redirect names."),
    Field("icmpv6.type", "u1", "", "icmpv6.type", "ICMPv6 type.", False, ICMPV6_TYPES),
    Field("icmpv6.code", "u1", "", "icmpv6.code", "ICMPv6 code."),
    Field("icmpv6.checksum", "u2", "", "icmpv6.checksum", "ICMPv6 checksum.", True),
    Field("icmpv6.echo.identifier", "u2", "", "icmpv6.echo.identifier", "Identifier of an echo."),
    Field("icmpv6.echo.sequence_number", "u2", "", "icmpv6.echo.sequence_number", "Sequence number of an echo.", True),
    Field("icmpv6.mtu", "u4", "bytes", "icmpv6.mtu", "MTU of Packet Too Big."),
    Field("icmpv6.pointer", "u4", "bytes", "icmpv6.pointer", "Where a parameter problem lies."),
    Field("icmpv6.nd.ns.target_address", "ipv6", "", "icmpv6.nd.ns.target_address", "Address that is asked for."),
    Field("icmpv6.nd.na.target_address", "ipv6", "", "icmpv6.nd.na.target_address", "Address that is answered for."),
    Field("icmpv6.nd.na.flag.r", "bool", "", "icmpv6.nd.na.flag.r", "Router flag of an advertisement."),
    Field("icmpv6.nd.na.flag.s", "bool", "", "icmpv6.nd.na.flag.s", "Solicited flag of an advertisement."),
    Field("icmpv6.nd.na.flag.o", "bool", "", "icmpv6.nd.na.flag.o", "Override flag of an advertisement."),
    Field("icmpv6.nd.ra.cur_hop_limit", "u1", "", "icmpv6.nd.ra.cur_hop_limit", "Hop limit that a router advertises."),
    Field("icmpv6.nd.ra.flag", "u1", "", "icmpv6.nd.ra.flag", "Flags of a router advertisement."),
    Field("icmpv6.nd.ra.router_lifetime", "u2", "s", "icmpv6.nd.ra.router_lifetime", "Time as default router."),
    Field("icmpv6.rd.na.target_address", "ipv6", "", "icmpv6.rd.na.target_address", "Better next hop of a redirect."),
    Field("icmpv6.rd.na.destination_address", "ipv6", "", "icmpv6.rd.na.destination_address", "What is redirected."),
    Field("icmpv6.opt.src_linkaddr", "mac", "", "icmpv6.opt.src_linkaddr", "Source link-layer address option."),
    Field("icmpv6.opt.target_linkaddr", "mac", "", "icmpv6.opt.target_linkaddr", "Target link-layer address option."),
    Field("icmpv6.opt.mtu", "u4", "bytes", "icmpv6.opt.mtu", "MTU option."),
    Field("icmpv6.mld.maximum_response_delay", "u4", "ms", "icmpv6.mld.maximum_response_delay", "MLD response delay."),
    Field("icmpv6.mld.multicast_address", "ipv6", "", "icmpv6.mld.multicast_address", "Group of MLDv1 or of a query."),
    Field("icmpv6.mldr.nb_mcast_records", "u2", "", "icmpv6.mldr.nb_mcast_records", "Records of an MLDv2 report."),
    Field("icmpv6.mldr.mar.multicast_address", "ipv6", "", "icmpv6.mldr.mar.multicast_address", "First group."),
    Field("vxlan.flags", "u2", "", "vxlan.flags", "Flags word of VXLAN; 0x0800 says that the VNI is valid."),
    Field("vxlan.gbp", "u2", "", "vxlan.gbp", "Group policy id, where the G flag is set."),
    Field("vxlan.vni", "u4", "", "vxlan.vni", "VXLAN network identifier, 24 bits."),
    Field("vxlan.recognised_by", "u1", "", "", "Whether the port or the header told it.", False, RECOGNISED_BY),
    Field("data.offset", "u4", "bytes", "", "Where the bytes after the last header begin in their frame.", True),
    Field("data.len", "u4", "bytes", "data.len", "Bytes after the last header that was decoded.", True),
)

# Made from the bytes of the frames when they are asked for (`derived`); they have levels as packet columns do.
DERIVED_FIELDS: tuple[Field, ...] = (
    Field("dns.id", "u2", "", "dns.id", "Identifier that a DNS answer repeats.", True),
    Field("dns.flags.response", "bool", "", "dns.flags.response", "Whether a DNS message is a response."),
    Field("dns.flags.opcode", "u1", "", "dns.flags.opcode", "What a DNS message is for.", False, DNS_OPCODES),
    Field("dns.flags.truncated", "bool", "", "dns.flags.truncated", "The rest did not fit: ask again over TCP."),
    Field("dns.flags.rcode", "u1", "", "dns.flags.rcode", "Outcome, in a response.", False, DNS_RCODES),
    Field("dns.count.answers", "u2", "", "dns.count.answers", "How many answers a DNS message says that it has."),
    Field("dns.qry.name", "texts", "", "dns.qry.name", "Names that are asked for."),
    Field("dns.qry.type", "u2", "", "dns.qry.type", "Type of record that the first question is for.", False, DNS_TYPES),
    Field("dns.resp.name", "texts", "", "dns.resp.name", "Names of all records; that of an OPT is `.`."),
    Field("dns.a", "texts", "", "dns.a", "IPv4 addresses in records."),
    Field("dns.aaaa", "texts", "", "dns.aaaa", "IPv6 addresses in records."),
    Field("dns.cname", "texts", "", "dns.cname", "What names are aliases of."),
    Field("dns.resolved", "texts", "", "", "Addresses that a response gives for the name asked for, aliases followed."),
    Field("dhcp.type", "u1", "", "dhcp.type", "Who sends a DHCP message: client or server.", False, DHCP_OPERATIONS),
    Field("dhcp.id", "u4", "", "dhcp.id", "Transaction of DHCP.", True),
    Field("dhcp.hw.mac_addr", "mac", "", "dhcp.hw.mac_addr", "MAC of the client."),
    Field("dhcp.ip.client", "ipv4", "", "dhcp.ip.client", "Address that the client has."),
    Field("dhcp.ip.your", "ipv4", "", "dhcp.ip.your", "Address that the client is given."),
    Field("dhcp.ip.server", "ipv4", "", "dhcp.ip.server", "Server of the next step of booting."),
    Field("dhcp.ip.relay", "ipv4", "", "dhcp.ip.relay", "Relay that a DHCP message went through."),
    Field("dhcp.option.dhcp", "u1", "", "dhcp.option.dhcp", "Type of a DHCP message.", False, DHCP_TYPES),
    Field("dhcp.option.requested_ip_address", "ipv4", "", "dhcp.option.requested_ip_address", "Address asked for."),
    Field("dhcp.option.dhcp_server_id", "ipv4", "", "dhcp.option.dhcp_server_id", "Server that is meant or answers."),
    Field("dhcp.option.hostname", "texts", "", "dhcp.option.hostname", "Name of the client."),
    Field("dhcpv6.msgtype", "u1", "", "dhcpv6.msgtype", "Type of a DHCPv6 message.", False, DHCPV6_TYPES),
    Field("tls.handshake.type", "u1", "", "tls.handshake.type", "First message of a TLS record in the clear.", False,
          TLS_HANDSHAKE_TYPES),
    Field("tls.handshake.extensions_server_name", "texts", "", "tls.handshake.extensions_server_name",
          "Server that a TLS client asks for (SNI)."),
    Field("tls.handshake.extensions_alpn_str", "texts", "", "tls.handshake.extensions_alpn_str",
          "Application protocols that TLS offers or takes (ALPN)."),
)  # fmt: skip

FIELDS = {field.name: field for field in FRAME_FIELDS + PACKET_FIELDS + DERIVED_FIELDS}
DERIVED_COLUMNS = frozenset(level + field.name for level in LEVELS for field in DERIVED_FIELDS)
_OF_COLUMN = FIELDS | {level + field.name: field for level in LEVELS for field in PACKET_FIELDS + DERIVED_FIELDS}


def field_of(column: str) -> Field:
    """The field behind a column name, with or without a level prefix. Raises KeyError."""
    return _OF_COLUMN[column]


def split_level(column: str) -> tuple[str, str]:
    """`outer.ip.src` is ("outer.", "ip.src"); `ip.src` is ("", "ip.src")."""
    for prefix in (OUTER, QUOTED):
        if column.startswith(prefix):
            return prefix, column[len(prefix) :]
    return "", column


def columns() -> Iterator[str]:
    """Every column name, frame columns first, then the packet columns of each level and the derived ones."""
    yield from (field.name for field in FRAME_FIELDS)
    for level in LEVELS:
        yield from (level + field.name for field in PACKET_FIELDS + DERIVED_FIELDS)
