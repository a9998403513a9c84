"""What is each value of a column called?

Law: a numbered field has one list of names, in the words of its standard; a value that is missing here is shown as its
number. Sources: the registries of IANA (EtherTypes, protocol numbers, ICMP and ICMPv6 types, IGMP, SCTP chunks, IPv6
routing types, NSH next protocols, Geneve option classes, IKE exchange types, DNS, DHCP, DHCPv6 and TLS parameters),
wireguard.com/protocol, and for LIMITS and RECOGNISED_BY the walk over the headers, whose own codes these are.
"""

from __future__ import annotations

ETHERTYPES = {
    0x0800: "IPv4", 0x0806: "ARP", 0x8035: "RARP", 0x22EB: "ERSPAN III", 0x6558: "Ethernet", 0x8100: "802.1Q",
    0x86DD: "IPv6", 0x880B: "PPP", 0x8847: "MPLS", 0x8848: "MPLS multicast", 0x88A8: "802.1ad", 0x88BE: "ERSPAN",
    0x894F: "NSH",
}  # fmt: skip
PROTOCOLS = {
    0: "hop-by-hop", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "routing", 44: "fragment",
    47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 59: "no next header", 60: "destination options", 132: "SCTP",
    143: "Ethernet",
}  # fmt: skip
ROUTING_TYPES = {0: "source route", 2: "mobile", 3: "RPL", 4: "segment routing", 5: "CRH-16", 6: "CRH-32"}
PACKET_TYPES = {0: "in", 1: "broadcast", 2: "multicast", 3: "other host", 4: "out"}
NEXT_PROTOCOLS = {1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS"}
OPTION_CLASSES = {0x0102: "OVN", 0x014B: "Cilium"}
FRAGMENT_FAULTS = {1: "overlap", 2: "two ends", 3: "too long", 4: "cut", 5: "length"}
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
ARP_OPERATIONS = {1: "request", 2: "reply", 3: "reverse-request", 4: "reverse-reply"}
WIREGUARD_TYPES = {1: "handshake-initiation", 2: "handshake-response", 3: "cookie-reply", 4: "transport-data"}
IKE_EXCHANGES = {
    2: "identity-protection", 4: "aggressive", 5: "informational-v1", 32: "quick-mode", 34: "IKE_SA_INIT",
    35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL", 43: "IKE_INTERMEDIATE",
}  # fmt: skip
IGMP_TYPES = {
    0x11: "membership-query", 0x12: "membership-report-v1", 0x16: "membership-report-v2", 0x17: "leave-group",
    0x22: "membership-report-v3",
}  # fmt: skip
# Of a group in a report, the same numbers in IGMP (RFC 3376 section 4.2.12) and MLD (RFC 3810 section 5.2.12).
RECORD_TYPES = {
    1: "mode-is-include", 2: "mode-is-exclude", 3: "change-to-include", 4: "change-to-exclude", 5: "allow-new-sources",
    6: "block-old-sources",
}  # fmt: skip
CHUNK_TYPES = {
    0: "DATA", 1: "INIT", 2: "INIT-ACK", 3: "SACK", 4: "HEARTBEAT", 5: "HEARTBEAT-ACK", 6: "ABORT", 7: "SHUTDOWN",
    8: "SHUTDOWN-ACK", 9: "ERROR", 10: "COOKIE-ECHO", 11: "COOKIE-ACK", 12: "ECNE", 13: "CWR", 14: "SHUTDOWN-COMPLETE",
    15: "AUTH", 64: "I-DATA", 128: "ASCONF-ACK", 130: "RE-CONFIG", 132: "PAD", 192: "FORWARD-TSN", 193: "ASCONF",
    194: "I-FORWARD-TSN",
}  # fmt: skip
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
PREFERENCES = {0: "medium", 1: "high", 2: "reserved", 3: "low"}
PREFIX_CODES = {0: "/96", 1: "/64", 2: "/56", 3: "/48", 4: "/40", 5: "/32"}
# Wireshark's numbers, and one for a checksum that the network card is left to finish.
CHECKSUM_STATES = {0: "bad", 1: "good", 2: "unverified", 3: "not present", 5: "partial"}
