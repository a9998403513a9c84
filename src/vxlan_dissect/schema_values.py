"""What is each value of a column called?

Law: a numbered field has one list of names, in the words of its standard; a value that is missing here is shown as its
number. Sources: the registries of IANA (EtherTypes, protocol numbers, ICMP and ICMPv6 types), and for LIMITS and
RECOGNISED_BY the walk over the headers, whose own codes these are.
"""

from __future__ import annotations

ETHERTYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6", 0x8100: "802.1Q", 0x88A8: "802.1ad", 0x8847: "MPLS"}
PROTOCOLS = {
    0: "hop-by-hop", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "routing", 44: "fragment",
    47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 59: "no next header", 60: "destination options", 132: "SCTP",
}  # fmt: skip
ROUTING_TYPES = {0: "source route", 2: "mobile", 3: "RPL", 4: "segment routing", 5: "CRH-16", 6: "CRH-32"}
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
