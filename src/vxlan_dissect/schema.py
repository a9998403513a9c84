"""Which columns does a packet have?

Law: every column stands here once, with its dtype, unit, Wireshark name and one sentence; decode fills nothing that is
not listed and nothing else says what a column means. A packet column exists at three levels: of the innermost packet
(no prefix), of the tunnel packet around it (`outer.`), and of the packet that an ICMP error quotes (`quoted.`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.errors import ColumnError
from vxlan_dissect.schema_derived import DERIVED_FIELDS
from vxlan_dissect.schema_field import KINDS, Field
from vxlan_dissect.schema_values import (
    ARP_OPERATIONS,
    CHUNK_TYPES,
    ETHERTYPES,
    FRAGMENT_FAULTS,
    ICMP_TYPES,
    ICMPV6_TYPES,
    IGMP_TYPES,
    IKE_EXCHANGES,
    LIMITS,
    NEXT_PROTOCOLS,
    OPTION_CLASSES,
    PACKET_TYPES,
    PREFERENCES,
    PREFIX_CODES,
    PROTOCOLS,
    RECOGNISED_BY,
    RECORD_TYPES,
    ROUTING_TYPES,
    WIREGUARD_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DERIVED_FIELDS", "FIELDS", "FRAME_FIELDS", "INNER", "KINDS", "LEVELS", "OUTER", "PACKET_FIELDS", "QUOTED"]
__all__ += ["Field", "column_of", "columns", "field_of", "is_derived", "split_level"]

INNER = "inner."  # how the innermost packet may be named, whose columns have no prefix
OUTER = "outer."
QUOTED = "quoted."
LEVELS = ("", OUTER, QUOTED)

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
    Field("frame.fragments", "u2", "", "", "Fragments of the datagram that this frame completes.", True),
    Field("frame.reassembled_in", "u4", "", "", "Frame that completes the datagram of this fragment.", True),
    Field("frame.fragment_fault", "u1", "", "", "Why it cannot be put together.", False, FRAGMENT_FAULTS),
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
    Field("mpls.label", "u4", "", "mpls.label", "MPLS label at the bottom of the stack."),
    Field("mpls.exp", "u1", "", "mpls.exp", "Traffic class of that label."),
    Field("mpls.ttl", "u1", "", "mpls.ttl", "Time to live of that label."),
    Field("mpls.labels", "u1", "", "", "How many MPLS labels the packet carries."),
    Field("pweth.cw.sequence_number", "u2", "", "pweth.cw.sequence_number", "Sequence number of a pseudowire.", True),
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
    Field("ip.opt.ra", "u2", "", "ip.opt.ra", "Value of a router alert."),
    Field("ip.opt.dsr.addr", "ipv4", "", "", "Service address in Cilium's option for direct server return."),
    Field("ip.opt.dsr.port", "u2", "", "", "Service port in the same option."),
    Field("ip.options.record_route", "bool", "", "ip.options.record_route", "A record route option is there."),
    Field("ip.options.timestamp", "bool", "", "ip.options.timestamp", "A timestamp option is there."),
    Field("ip.options.route", "bool", "", "ip.options.route", "A loose source route is there."),
    Field("ip.options.source_route", "bool", "", "ip.options.source_route", "A strict source route is there."),
    Field("ip.opt.unknown", "u1", "", "", "How many options are of a type or length that is not read."),
    Field("ipv6.tclass", "u1", "", "ipv6.tclass", "Traffic class: DSCP and ECN of IPv6."),
    Field("ipv6.flow", "u4", "", "ipv6.flow", "Flow label.", True),
    Field("ipv6.plen", "u2", "bytes", "ipv6.plen", "Payload length of IPv6.", True),
    Field("ipv6.nxt", "u1", "", "ipv6.nxt", "Next header of the fixed IPv6 header.", False, PROTOCOLS),
    Field("ipv6.hlim", "u1", "", "ipv6.hlim", "Hop limit."),
    Field("ipv6.src", "ipv6", "", "ipv6.src", "IPv6 source."),
    Field("ipv6.dst", "ipv6", "", "ipv6.dst", "IPv6 destination."),
    Field("ipv6.opt.router_alert", "u2", "", "ipv6.opt.router_alert", "Value of a router alert; 0 is MLD."),
    Field("ipv6.opt.jumbo", "u4", "bytes", "ipv6.opt.jumbo", "Payload length of a jumbogram.", True),
    Field("ipv6.opt.tel", "u1", "", "ipv6.opt.tel", "How many more tunnels may surround the packet."),
    Field("ipv6.opt.dsr.addr", "ipv6", "", "", "Service address in Cilium's option for direct server return."),
    Field("ipv6.opt.dsr.port", "u2", "", "", "Service port in the same option."),
    Field("ipv6.opt.unknown", "u1", "", "", "Options not read, of the last header of options that has some."),
    Field("ipv6.routing.type", "u1", "", "ipv6.routing.type", "Type of a routing header.", False, ROUTING_TYPES),
    Field("ipv6.routing.segleft", "u1", "", "ipv6.routing.segleft", "Nodes that are still to be visited."),
    Field("ipv6.routing.src.addr", "ipv6", "", "ipv6.routing.src.addr", "Last address of a source route."),
    Field("ipv6.routing.mipv6.home_address", "ipv6", "", "ipv6.routing.mipv6.home_address", "Of a mobile node."),
    Field("ipv6.routing.srh.last_entry", "u1", "", "ipv6.routing.srh.last_entry", "Segments, less one."),
    Field("ipv6.routing.srh.flags", "u1", "", "ipv6.routing.srh.flags", "Flags of a segment routing header."),
    Field("ipv6.routing.srh.tag", "u2", "", "ipv6.routing.srh.tag", "Class that a segment routing header gives."),
    Field("ipv6.routing.srh.addr", "ipv6", "", "ipv6.routing.srh.addr", "First of the segments, where the way ends."),
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
    Field("tcp.urgent_pointer", "u2", "bytes", "tcp.urgent_pointer", "Where urgent data ends.", True),
    Field("tcp.options.mss_val", "u2", "bytes", "tcp.options.mss_val", "Largest segment that the sender takes."),
    Field("tcp.options.wscale.shift", "u1", "", "tcp.options.wscale.shift", "Window scale: shift of later windows."),
    Field("tcp.options.sack_perm", "bool", "", "tcp.options.sack_perm", "Selective acknowledgment is permitted."),
    Field("tcp.options.sack.count", "u1", "", "tcp.options.sack.count", "Blocks of a selective acknowledgment.", True),
    Field("tcp.options.sack_le", "u4", "", "tcp.options.sack_le", "Left edge of the first block.", True),
    Field("tcp.options.sack_re", "u4", "", "tcp.options.sack_re", "Right edge of the first block.", True),
    Field("tcp.options.timestamp.tsval", "u4", "", "tcp.options.timestamp.tsval", "Timestamp of the sender.", True),
    Field("tcp.options.timestamp.tsecr", "u4", "", "tcp.options.timestamp.tsecr", "Timestamp that is echoed.", True),
    Field("tcp.options.unknown", "u1", "", "", "How many options are of a type or length that is not read.", True),
    Field("sctp.srcport", "u2", "", "sctp.srcport", "SCTP source port."),
    Field("sctp.dstport", "u2", "", "sctp.dstport", "SCTP destination port."),
    Field("sctp.verification_tag", "u4", "", "sctp.verification_tag", "Tag that the receiver chose."),
    Field("sctp.checksum", "u4", "", "sctp.checksum", "CRC32c of the packet.", True),
    Field("sctp.chunk_type", "u1", "", "sctp.chunk_type", "Type of the first chunk.", False, CHUNK_TYPES),
    Field("icmp.type", "u1", "", "icmp.type", "ICMP type.", False, ICMP_TYPES),
    Field("icmp.code", "u1", "", "icmp.code", "ICMP code."),
    Field("icmp.checksum", "u2", "", "icmp.checksum", "ICMP checksum.", True),
    Field("icmp.ident", "u2", "", "icmp.ident", "Identifier of an echo or another query."),
    Field("icmp.seq", "u2", "", "icmp.seq", "Sequence number of an echo or another query.", True),
    Field("icmp.mtu", "u2", "bytes", "icmp.mtu", "Next-hop MTU of fragmentation needed."),
    Field("icmp.redir_gw", "ipv4", "", "icmp.redir_gw", "Gateway that a redirect names."),
    Field("igmp.type", "u1", "", "igmp.type", "IGMP type.", False, IGMP_TYPES),
    Field("igmp.checksum", "u2", "", "igmp.checksum", "IGMP checksum.", True),
    Field("igmp.max_resp", "u2", "0.1 s", "igmp.max_resp", "Time to answer a query."),
    Field("igmp.maddr", "ipv4", "", "igmp.maddr", "Group, of a version 3 report the first."),
    Field("igmp.s", "bool", "", "igmp.s", "Routers shall not restart their timers."),
    Field("igmp.qrv", "u1", "", "igmp.qrv", "Robustness variable of the querier."),
    Field("igmp.qqic", "u1", "", "igmp.qqic", "Code of the querier's query interval."),
    Field("igmp.num_src", "u2", "", "igmp.num_src", "Sources in a query or in the first record."),
    Field("igmp.num_grp_recs", "u2", "", "igmp.num_grp_recs", "Records of a version 3 report."),
    Field("igmp.record_type", "u1", "", "igmp.record_type", "Type of the first record.", False, RECORD_TYPES),
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
    Field("icmpv6.nd.ra.flag.m", "bool", "", "icmpv6.nd.ra.flag.m", "Addresses are to be had by DHCPv6."),
    Field("icmpv6.nd.ra.flag.o", "bool", "", "icmpv6.nd.ra.flag.o", "Other settings are to be had by DHCPv6."),
    Field("icmpv6.nd.ra.flag.prf", "u1", "", "icmpv6.nd.ra.flag.prf", "Rank as default router.", False, PREFERENCES),
    Field("icmpv6.nd.ra.router_lifetime", "u2", "s", "icmpv6.nd.ra.router_lifetime", "Time as default router."),
    Field("icmpv6.nd.ra.reachable_time", "u4", "ms", "icmpv6.nd.ra.reachable_time", "How long an answer holds."),
    Field("icmpv6.nd.ra.retrans_timer", "u4", "ms", "icmpv6.nd.ra.retrans_timer", "Time between questions."),
    Field("icmpv6.rd.na.target_address", "ipv6", "", "icmpv6.rd.na.target_address", "Better next hop of a redirect."),
    Field("icmpv6.rd.na.destination_address", "ipv6", "", "icmpv6.rd.na.destination_address", "What is redirected."),
    Field("icmpv6.opt.src_linkaddr", "mac", "", "icmpv6.opt.src_linkaddr", "Source link-layer address option."),
    Field("icmpv6.opt.target_linkaddr", "mac", "", "icmpv6.opt.target_linkaddr", "Target link-layer address option."),
    Field("icmpv6.opt.mtu", "u4", "bytes", "icmpv6.opt.mtu", "MTU option."),
    Field("icmpv6.opt.prefix", "ipv6", "", "icmpv6.opt.prefix", "Prefix of a prefix option, the last one."),
    Field("icmpv6.opt.prefix.length", "u1", "bits", "icmpv6.opt.prefix.length", "Length of that prefix."),
    Field("icmpv6.opt.prefix.flag.l", "bool", "", "icmpv6.opt.prefix.flag.l", "The prefix is on this link."),
    Field("icmpv6.opt.prefix.flag.a", "bool", "", "icmpv6.opt.prefix.flag.a", "Hosts may make addresses of it."),
    Field("icmpv6.opt.prefix.valid_lifetime", "u4", "s", "icmpv6.opt.prefix.valid_lifetime", "How long it is valid."),
    Field(
        "icmpv6.opt.prefix.preferred_lifetime",
        "u4",
        "s",
        "icmpv6.opt.prefix.preferred_lifetime",
        "How long addresses of it are preferred.",
    ),
    Field("icmpv6.opt.nonce", "i8", "", "icmpv6.opt.nonce", "The first 6 bytes of a nonce as a number.", True),
    Field("icmpv6.opt.route_info.prefix", "ipv6", "", "", "Prefix that the router is a way to, the last one."),
    Field("icmpv6.opt.route_info.prefix.length", "u1", "bits", "", "Length of that prefix."),
    Field(
        "icmpv6.opt.route_info.flag.route_preference",
        "u1",
        "",
        "icmpv6.opt.route_info.flag.route_preference",
        "Rank of that way.",
        False,
        PREFERENCES,
    ),
    Field("icmpv6.opt.route_lifetime", "u4", "s", "icmpv6.opt.route_lifetime", "How long that way holds."),
    Field("icmpv6.opt.rdnss", "ipv6", "", "icmpv6.opt.rdnss", "First resolver of a DNS server option."),
    Field("icmpv6.opt.rdnss.lifetime", "u4", "s", "icmpv6.opt.rdnss.lifetime", "How long resolvers may be used."),
    Field("icmpv6.opt.dnssl.lifetime", "u4", "s", "icmpv6.opt.dnssl.lifetime", "How long a search list may be used."),
    Field("icmpv6.opt.pref64.prefix", "ipv6", "", "icmpv6.opt.pref64.prefix", "Prefix of NAT64, 96 bits of it."),
    Field("icmpv6.opt.pref64.plc", "u1", "", "icmpv6.opt.pref64.plc", "Length of that prefix.", False, PREFIX_CODES),
    Field(
        "icmpv6.opt.pref64.scaled_lifetime",
        "u2",
        "8 s",
        "icmpv6.opt.pref64.scaled_lifetime",
        "How long NAT64 may be used.",
    ),
    Field("icmpv6.opt.unknown", "u1", "", "", "How many options are of a type or length that is not read."),
    Field("icmpv6.mld.maximum_response_delay", "u4", "ms", "icmpv6.mld.maximum_response_delay", "MLD response delay."),
    Field("icmpv6.mld.multicast_address", "ipv6", "", "icmpv6.mld.multicast_address", "Group of MLDv1 or of a query."),
    Field("icmpv6.mld.flag.s", "bool", "", "icmpv6.mld.flag.s", "Routers shall not restart their timers."),
    Field("icmpv6.mld.flag.qrv", "u1", "", "icmpv6.mld.flag.qrv", "Robustness variable of the querier."),
    Field("icmpv6.mld.qqi", "u1", "", "icmpv6.mld.qqi", "Code of the querier's query interval."),
    Field("icmpv6.mld.nb_sources", "u2", "", "icmpv6.mld.nb_sources", "Sources in a query of MLDv2."),
    Field("icmpv6.mldr.nb_mcast_records", "u2", "", "icmpv6.mldr.nb_mcast_records", "Records of an MLDv2 report."),
    Field(
        "icmpv6.mldr.mar.record_type",
        "u1",
        "",
        "icmpv6.mldr.mar.record_type",
        "Type of the first record.",
        False,
        RECORD_TYPES,
    ),
    Field("icmpv6.mldr.mar.nb_sources", "u2", "", "icmpv6.mldr.mar.nb_sources", "Sources of the first record."),
    Field("icmpv6.mldr.mar.multicast_address", "ipv6", "", "icmpv6.mldr.mar.multicast_address", "First group."),
    Field("vxlan.flags", "u2", "", "vxlan.flags", "Flags word of VXLAN; 0x0800: the VNI is valid."),
    Field("vxlan.gbp", "u2", "", "vxlan.gbp", "Group policy id, where the G flag is set."),
    Field("vxlan.next_proto", "u1", "", "vxlan.next_proto", "What GPE has inside.", False, NEXT_PROTOCOLS),
    Field("vxlan.vni", "u4", "", "vxlan.vni", "VXLAN network identifier, 24 bits."),
    Field("vxlan.recognised_by", "u1", "", "", "Whether the port or the header told it.", False, RECOGNISED_BY),
    Field("geneve.flags", "u1", "", "geneve.flags", "Flags of Geneve: 0x80 control packet, 0x40 critical options."),
    Field("geneve.proto_type", "u2", "", "geneve.proto_type", "What Geneve has inside.", False, ETHERTYPES),
    Field("geneve.vni", "u4", "", "geneve.vni", "Virtual network identifier of Geneve, 24 bits."),
    Field("geneve.recognised_by", "u1", "", "", "Whether the port or the header told it.", False, RECOGNISED_BY),
    Field("geneve.option.length", "u1", "bytes", "geneve.option.length", "All options of Geneve together."),
    Field("geneve.option.count", "u1", "", "", "How many options of Geneve were read."),
    Field("geneve.option.class", "u2", "", "geneve.option.class", "Class of the first option.", False, OPTION_CLASSES),
    Field("geneve.option.type", "u1", "", "geneve.option.type", "Type of the first option; 0x80 says critical."),
    Field("geneve.dsr.ipv4", "ipv4", "", "", "Cilium's DSR option: IPv4 address of the service."),
    Field("geneve.dsr.ipv6", "ipv6", "", "", "Cilium's DSR option: IPv6 address of the service."),
    Field("geneve.dsr.port", "u2", "", "", "Cilium's DSR option: port of the service."),
    Field("geneve.ovn.ingress_port", "u2", "", "", "OVN's option: logical port that the packet came in by."),
    Field(
        "geneve.ovn.egress_port", "u2", "", "", "OVN's option: logical port, or group of ports, that it goes out by."
    ),
    Field("gre.flags_and_version", "u2", "", "gre.flags_and_version", "First word of GRE."),
    Field("gre.proto", "u2", "", "gre.proto", "What GRE has inside.", False, ETHERTYPES),
    Field("gre.checksum", "u2", "", "gre.checksum", "Checksum of GRE.", True),
    Field("gre.key", "u4", "", "gre.key", "Key of GRE, which tells the tunnels of two ends apart."),
    Field("gre.key.payload_length", "u2", "bytes", "gre.key.payload_length", "Payload of PPTP.", True),
    Field("gre.key.call_id", "u2", "", "gre.key.call_id", "Call of PPTP."),
    Field("gre.sequence_number", "u4", "", "gre.sequence_number", "Sequence number of GRE.", True),
    Field("gre.ack_number", "u4", "", "gre.ack_number", "Acknowledgment number of PPTP.", True),
    Field("nvgre.vsid", "u4", "", "", "Virtual subnet of NVGRE: the key of GRE around Ethernet, first 24 bits."),
    Field("nvgre.flow_id", "u1", "", "", "Flow of NVGRE: the last 8 bits of the key.", True),
    Field("erspan.version", "u1", "", "erspan.version", "Version of ERSPAN: 1 is type II, 2 type III."),
    Field("erspan.vlan", "u2", "", "erspan.vlan", "VLAN in which the mirrored frame was seen."),
    Field("erspan.cos", "u1", "", "erspan.cos", "Class of service of the mirrored frame."),
    Field("erspan.truncated", "bool", "", "erspan.truncated", "The mirrored frame was cut."),
    Field("erspan.spanid", "u2", "", "erspan.spanid", "Mirroring session."),
    Field("erspan.index", "u4", "", "erspan.index", "Port and direction where the frame was seen (type II)."),
    Field("erspan.timestamp", "u4", "", "erspan.timestamp", "Time when the frame was seen (type III).", True),
    Field("erspan.direction", "bool", "", "erspan.direction", "The frame was seen leaving (type III)."),
    Field("nsh.ttl", "u1", "", "nsh.ttl", "Time to live of NSH."),
    Field("nsh.nextproto", "u1", "", "nsh.nextproto", "What NSH has inside.", False, NEXT_PROTOCOLS),
    Field("nsh.spi", "u4", "", "nsh.spi", "Service path of NSH."),
    Field("nsh.si", "u1", "", "nsh.si", "Service index: how far along its path the packet is."),
    Field("wg.type", "u1", "", "wg.type", "Message type of WireGuard.", False, WIREGUARD_TYPES),
    Field("wg.sender", "u4", "", "wg.sender", "Session index of the sender of a handshake message.", True),
    Field("wg.receiver", "u4", "", "wg.receiver", "Session index that the receiver chose."),
    Field("wg.counter", "i8", "", "wg.counter", "Number of the transport message in its session.", True),
    Field("wg.recognised_by", "u1", "", "", "Whether the port or the header told it.", False, RECOGNISED_BY),
    Field("esp.spi", "u4", "", "esp.spi", "Security parameters index of ESP."),
    Field("esp.sequence", "u4", "", "esp.sequence", "Sequence number of ESP.", True),
    Field("ah.spi", "u4", "", "ah.spi", "Security parameters index of AH."),
    Field("ah.sequence", "u4", "", "ah.sequence", "Sequence number of AH.", True),
    Field("udpencap.nat_keepalive", "bool", "", "udpencap.nat_keepalive", "A keepalive for an address translation."),
    Field("isakmp.version", "u1", "", "isakmp.version", "Version of IKE, major and minor: 0x10 or 0x20."),
    Field("isakmp.exchangetype", "u1", "", "isakmp.exchangetype", "Exchange of IKE.", False, IKE_EXCHANGES),
    Field("isakmp.flags", "u1", "", "isakmp.flags", "Flags of IKE: 0x08 initiator, 0x20 response (version 2)."),
    Field("isakmp.messageid", "u4", "", "isakmp.messageid", "Message identifier of IKE.", True),
    Field("isakmp.length", "u4", "bytes", "isakmp.length", "Length of the IKE message.", True),
    Field("data.offset", "u4", "bytes", "", "Where the bytes after the last header begin in their frame.", True),
    Field("data.len", "u4", "bytes", "data.len", "Bytes after the last header that was decoded.", True),
)

FIELDS = {field.name: field for field in FRAME_FIELDS + PACKET_FIELDS + DERIVED_FIELDS}
DERIVED_COLUMNS = frozenset(level + field.name for level in LEVELS for field in DERIVED_FIELDS)
_OF_WIRESHARK = {field.wireshark: field.name for field in reversed(FIELDS.values()) if field.wireshark}
_OF_FRAME = frozenset(field.name for field in FRAME_FIELDS)
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


def columns(*, derived: bool = True) -> Iterator[str]:
    """Every column name, frame columns first, then the packet columns of each level and the derived ones, if wanted."""
    yield from (field.name for field in FRAME_FIELDS)
    for level in LEVELS:
        yield from (level + field.name for field in PACKET_FIELDS + (DERIVED_FIELDS if derived else ()))


def is_derived(column: str) -> bool:
    """Whether a column is made from the bytes of the frames only when it is asked for. Raises KeyError."""
    field_of(column)
    return column in DERIVED_COLUMNS


def column_of(name: str) -> str:
    """The column that a written name means: ours or Wireshark's, `inner.` being no prefix. Raises ColumnError."""
    level, base = split_level(name.removeprefix(INNER))
    ours = base if base in FIELDS else _OF_WIRESHARK.get(base, "")
    if level + ours not in _OF_COLUMN or (name.startswith(INNER) and (level or ours in _OF_FRAME)):
        from difflib import get_close_matches

        raise ColumnError(name, get_close_matches(name, list(columns()), 1))
    return level + ours
