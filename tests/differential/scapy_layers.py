"""What does scapy say of frames, header by header?

Law: scapy alone decides what a header is and where it ends, a tunnel too.
"""

from __future__ import annotations

import logging
import struct
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from tests.differential.layers import COLUMNS, UNITS, Layer
from vxlan_dissect.capture.records import ETHERNET, IPV4, IPV6, LINUX_SLL, LINUX_SLL2, NULL, RAW

if TYPE_CHECKING:
    from tests.differential.frames import Frame

# Class -> layer, and the field of each column.
HEADERS: dict[str, tuple[str, dict[str, str]]] = {
    "Loopback": ("null", {}),
    "CookedLinux": ("sll", {"sll.pkttype": "pkttype", "sll.etype": "proto"}),
    "CookedLinuxV2": ("sll", {"sll.pkttype": "pkttype", "sll.etype": "proto", "sll.ifindex": "ifindex"}),
    "Ether": ("eth", {"eth.src": "src", "eth.dst": "dst", "eth.type": "type"}),
    "Dot1Q": ("vlan", {"vlan.id": "vlan", "vlan.priority": "prio", "eth.type": "type"}),
    "Dot1AD": ("vlan", {"vlan.id": "vlan", "vlan.priority": "prio", "eth.type": "type"}),
    "MPLS": ("mpls", {}),
    "ARP": (
        "arp",
        {
            "arp.opcode": "op", "arp.src.hw_mac": "hwsrc", "arp.dst.hw_mac": "hwdst", "arp.src.proto_ipv4": "psrc",
            "arp.dst.proto_ipv4": "pdst",
        },
    ),
    "IP": (
        "ip",
        {
            "ip.src": "src", "ip.dst": "dst", "ip.ttl": "ttl", "ip.len": "len", "ip.id": "id", "ip.proto": "proto",
            "ip.dsfield": "tos", "ip.checksum": "chksum", "ip.frag_offset": "frag",
        },
    ),
    "IPv6": (
        "ipv6",
        {
            "ipv6.src": "src", "ipv6.dst": "dst", "ipv6.hlim": "hlim", "ipv6.plen": "plen", "ipv6.flow": "fl",
            "ipv6.tclass": "tc", "ipv6.nxt": "nh",
        },
    ),
    "IPv6ExtHdrHopByHop": ("ipv6.hopopts", {}),
    "IPv6ExtHdrRouting": ("ipv6.routing", {}),
    "IPv6ExtHdrSegmentRouting": ("ipv6.routing", {}),
    "IPv6ExtHdrDestOpt": ("ipv6.dstopts", {}),
    "IPv6ExtHdrFragment": (
        "ipv6.fraghdr",
        {"ipv6.fraghdr.offset": "offset", "ipv6.fraghdr.more": "m", "ipv6.fraghdr.ident": "id"},
    ),
    "AH": ("ah", {}),
    "UDP": ("udp", {"udp.srcport": "sport", "udp.dstport": "dport", "udp.length": "len", "udp.checksum": "chksum"}),
    "TCP": (
        "tcp",
        {
            "tcp.srcport": "sport", "tcp.dstport": "dport", "tcp.seq_raw": "seq", "tcp.ack_raw": "ack",
            "tcp.window_size_value": "window", "tcp.checksum": "chksum",
        },
    ),
    "ICMP": (
        "icmp",
        {
            "icmp.type": "type", "icmp.code": "code", "icmp.checksum": "chksum", "icmp.ident": "id", "icmp.seq": "seq",
            "icmp.mtu": "nexthopmtu", "icmp.redir_gw": "gw",
        },
    ),
    "VXLAN": ("vxlan", {"vxlan.vni": "vni"}),
}  # fmt: skip
# Classes whose names begin so are messages of ICMPv6, options of neighbour discovery parts of the message.
MESSAGE, OPTION = "ICMPv6", "ICMPv6NDOpt"
OF_MESSAGES = {"icmpv6.type": "type", "icmpv6.code": "code", "icmpv6.checksum": "cksum"}
COLUMNS_OF_MESSAGES: dict[str, dict[str, str]] = {
    "ICMPv6EchoRequest": {"icmpv6.echo.identifier": "id", "icmpv6.echo.sequence_number": "seq"},
    "ICMPv6EchoReply": {"icmpv6.echo.identifier": "id", "icmpv6.echo.sequence_number": "seq"},
    "ICMPv6PacketTooBig": {"icmpv6.mtu": "mtu"},
    "ICMPv6ParamProblem": {"icmpv6.pointer": "ptr"},
    "ICMPv6ND_NS": {"icmpv6.nd.ns.target_address": "tgt"},
    "ICMPv6ND_NA": {
        "icmpv6.nd.na.target_address": "tgt", "icmpv6.nd.na.flag.r": "R", "icmpv6.nd.na.flag.s": "S",
        "icmpv6.nd.na.flag.o": "O",
    },
    "ICMPv6ND_RA": {"icmpv6.nd.ra.cur_hop_limit": "chlim", "icmpv6.nd.ra.router_lifetime": "routerlifetime"},
    "ICMPv6ND_Redirect": {"icmpv6.rd.na.target_address": "tgt", "icmpv6.rd.na.destination_address": "dst"},
    "ICMPv6NDOptSrcLLAddr": {"icmpv6.opt.src_linkaddr": "lladdr"},
    "ICMPv6NDOptDstLLAddr": {"icmpv6.opt.target_linkaddr": "lladdr"},
    "ICMPv6NDOptMTU": {"icmpv6.opt.mtu": "mtu"},
    "ICMPv6MLQuery": {"icmpv6.mld.multicast_address": "mladdr"},
    "ICMPv6MLReport": {"icmpv6.mld.multicast_address": "mladdr"},
    "ICMPv6MLDone": {"icmpv6.mld.multicast_address": "mladdr"},
    "ICMPv6MLReport2": {"icmpv6.mldr.nb_mcast_records": "records_number"},
}  # fmt: skip
FIRST_TYPE = 0x0600
PROVIDER_TAG = 0x9100  # no tag to scapy


@cache
def links() -> dict[int, Any]:
    """Link type -> the class that reads its frames; the test is skipped where scapy is not installed."""
    pytest.importorskip("scapy.layers.vxlan", reason="needs scapy")
    logging.getLogger("scapy").setLevel(logging.CRITICAL)  # it warns of damaged frames
    from scapy.layers import inet, inet6, ipsec, l2  # noqa: F401 (ipsec: AH)

    return {NULL: l2.Loopback, ETHERNET: l2.Ether, LINUX_SLL: l2.CookedLinux, LINUX_SLL2: l2.CookedLinuxV2,
            IPV4: inet.IP, IPV6: inet6.IPv6}  # fmt: skip


def layers(frame: Frame) -> list[Layer]:
    """The layers of a frame, from the outside in, as far as scapy reads them."""
    found: list[Layer] = []
    kind = links().get(frame.linktype)
    if frame.linktype == RAW and frame.data:
        found.append(Layer("raw", -1, {}, []))
        kind = {4: links()[IPV4], 6: links()[IPV6]}.get(frame.data[0] >> 4)
    try:
        header = kind(frame.data) if kind is not None else None
    except (struct.error, IndexError, TypeError):  # scapy's own, of headers that are cut
        return found
    while header:
        name = type(header).__name__
        if name.startswith(MESSAGE):
            columns = COLUMNS_OF_MESSAGES.get(name, {})
            if name.startswith(OPTION):
                found[-1].fields.update(_fields(header, columns))
            else:
                found.append(Layer("icmpv6", -1, _fields(header, OF_MESSAGES | columns), []))
        elif name in HEADERS:
            layer, columns = HEADERS[name]
            found.append(Layer(layer, -1, _fields(header, columns), []))
        else:
            break
        header = header.payload
    return found


def _fields(header: Any, columns: dict[str, str]) -> dict[str, list[int]]:
    """The columns that a header of scapy has, as integers."""
    found = {}
    for column, field in columns.items():
        value = header.fields.get(field)
        if value is None or (column == "eth.type" and (value < FIRST_TYPE or value == PROVIDER_TAG)):
            continue
        kind = COLUMNS[column].kind
        if isinstance(value, bytes):
            continue  # ARP of other addresses
        if kind == "mac":
            value = int(value.replace(":", ""), 16)
        elif kind in {"ipv4", "ipv6"}:
            value = ip_address(value)
        found[column] = [int(value) * UNITS.get(column, 1)]
    return found
