"""Which columns are made from the bytes of the frames only when they are asked for?

Law: as in `schema`; `derived` makes them, at the levels that packet columns have.
"""

from __future__ import annotations

from vxlan_dissect.schema_field import Field
from vxlan_dissect.schema_values import (
    CHECKSUM_STATES,
    DHCP_OPERATIONS,
    DHCP_TYPES,
    DHCPV6_TYPES,
    DNS_OPCODES,
    DNS_RCODES,
    DNS_TYPES,
    TLS_HANDSHAKE_TYPES,
)

DERIVED_FIELDS = (
    Field("ip.checksum.status", "u1", "", "ip.checksum.status", "Of the IPv4 header.", True, CHECKSUM_STATES),
    Field("udp.checksum.status", "u1", "", "udp.checksum.status", "Of the UDP datagram.", True, CHECKSUM_STATES),
    Field("tcp.checksum.status", "u1", "", "tcp.checksum.status", "Of the TCP segment.", True, CHECKSUM_STATES),
    Field("icmp.checksum.status", "u1", "", "icmp.checksum.status", "Of the message.", True, CHECKSUM_STATES),
    Field("icmpv6.checksum.status", "u1", "", "icmpv6.checksum.status", "Of the message.", True, CHECKSUM_STATES),
    Field("igmp.checksum.status", "u1", "", "igmp.checksum.status", "Of the message.", True, CHECKSUM_STATES),
    Field("icmpv6.opt.dnssl", "texts", "", "icmpv6.opt.dnssl", "Domains of a search list."),
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
