"""What does dpkt say of frames, header by header?

Law: dpkt alone decides what a header is and where it ends; only VXLAN, which it does not know, is taken off by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dpkt

from tests.differential.layers import UNITS, Layer
from vxlan_dissect.capture.records import ETHERNET, IPV4, IPV6, LINUX_SLL, LINUX_SLL2, NULL, RAW

if TYPE_CHECKING:
    from tests.differential.frames import Frame

VXLAN_PORTS = {4789, 8472}
FIRST_TYPE = 0x0600
TAGS = {b"\x81\x00", b"\x88\xa8", b"\x91\x00"}
LINKS = {NULL: dpkt.loopback.Loopback, ETHERNET: dpkt.ethernet.Ethernet, LINUX_SLL: dpkt.sll.SLL,
         LINUX_SLL2: dpkt.sll2.SLL2, IPV4: dpkt.ip.IP, IPV6: dpkt.ip6.IP6}  # fmt: skip

# Class -> layer, and the attribute of each column.
HEADERS: dict[type, tuple[str, dict[str, str]]] = {
    dpkt.loopback.Loopback: ("null", {}),
    dpkt.sll.SLL: ("sll", {"sll.pkttype": "type", "sll.etype": "ethtype"}),
    dpkt.sll2.SLL2: ("sll", {"sll.pkttype": "type", "sll.etype": "ethtype", "sll.ifindex": "intindex"}),
    dpkt.ethernet.Ethernet: ("eth", {"eth.src": "src", "eth.dst": "dst"}),
    dpkt.arp.ARP: (
        "arp",
        {
            "arp.opcode": "op", "arp.src.hw_mac": "sha", "arp.dst.hw_mac": "tha", "arp.src.proto_ipv4": "spa",
            "arp.dst.proto_ipv4": "tpa",
        },
    ),
    dpkt.ip.IP: (
        "ip",
        {
            "ip.src": "src", "ip.dst": "dst", "ip.ttl": "ttl", "ip.len": "len", "ip.id": "id", "ip.proto": "p",
            "ip.dsfield": "tos", "ip.checksum": "sum", "ip.flags.df": "df", "ip.flags.mf": "mf",
            "ip.frag_offset": "offset",
        },
    ),
    dpkt.ip6.IP6: (
        "ipv6",
        {
            "ipv6.src": "src", "ipv6.dst": "dst", "ipv6.hlim": "hlim", "ipv6.plen": "plen", "ipv6.flow": "flow",
            "ipv6.tclass": "fc", "ipv6.nxt": "nxt",
        },
    ),
    dpkt.ip6.IP6HopOptsHeader: ("ipv6.hopopts", {}),
    dpkt.ip6.IP6RoutingHeader: ("ipv6.routing", {}),
    dpkt.ip6.IP6DstOptsHeader: ("ipv6.dstopts", {}),
    dpkt.ip6.IP6AHHeader: ("ah", {}),
    dpkt.ip6.IP6FragmentHeader: (
        "ipv6.fraghdr",
        {"ipv6.fraghdr.offset": "frag_off", "ipv6.fraghdr.more": "m_flag", "ipv6.fraghdr.ident": "id"},
    ),
    dpkt.udp.UDP: (
        "udp",
        {"udp.srcport": "sport", "udp.dstport": "dport", "udp.length": "ulen", "udp.checksum": "sum"},
    ),
    dpkt.tcp.TCP: (
        "tcp",
        {
            "tcp.srcport": "sport", "tcp.dstport": "dport", "tcp.seq_raw": "seq", "tcp.ack_raw": "ack",
            "tcp.window_size_value": "win", "tcp.checksum": "sum",
        },
    ),
    dpkt.icmp.ICMP: ("icmp", {"icmp.type": "type", "icmp.code": "code", "icmp.checksum": "sum"}),
    dpkt.icmp6.ICMP6: ("icmpv6", {"icmpv6.type": "type", "icmpv6.code": "code", "icmpv6.checksum": "sum"}),
}  # fmt: skip


def layers(frame: Frame) -> list[Layer]:
    """The layers of a frame, from the outside in, as far as dpkt reads them."""
    found: list[Layer] = []
    if all(frame.data[place : place + 2] in TAGS for place in (12, 16, 20)):
        return found  # dpkt loses count of three tags
    kind = LINKS.get(frame.linktype)
    if frame.linktype == RAW and frame.data:
        found.append(_layer("raw", {}))
        kind = {4: dpkt.ip.IP, 6: dpkt.ip6.IP6}.get(frame.data[0] >> 4)
    data = frame.data
    while kind is not None:
        try:
            header = kind(data)
        except (dpkt.UnpackError, IndexError):  # of frames that are cut
            break
        kind = None
        while type(header) in HEADERS:
            found += _of(header)
            below, header = header, header.data
            if isinstance(below, dpkt.ip.IP) and below.p == 0:
                break  # dpkt takes protocol 0 for IPv4
        if (
            isinstance(below, dpkt.udp.UDP)
            and below.dport in VXLAN_PORTS
            and len(below.data) >= 8
            and below.data[0] & 8
        ):
            fields = {"vxlan.flags": below.data[:2], "vxlan.vni": below.data[4:7]}
            found.append(_layer("vxlan", fields))
            kind, data = dpkt.ethernet.Ethernet, below.data[8:]
    return found


def _of(header: Any) -> list[Layer]:
    """A header of dpkt, and the headers after it that it keeps in itself."""
    name, columns = HEADERS[type(header)]
    if name == "arp" and (header.hln, header.pln) != (6, 4):
        columns = {"arp.opcode": "op"}  # of other lengths dpkt looks in the wrong place
    found = [_layer(name, {column: getattr(header, attribute) for column, attribute in columns.items()})]
    tags = getattr(header, "vlan_tags", ())
    found += [_layer("vlan", {"vlan.id": tag.id, "vlan.priority": tag.pri, "eth.type": tag.type}) for tag in tags]
    found += [_layer("mpls", {}) for _ in getattr(header, "mpls_labels", ())]
    if name == "eth" and not tags:
        found[0].fields["eth.type"] = [header.type]
    if found[-1].fields.get("eth.type", [FIRST_TYPE])[0] < FIRST_TYPE:
        del found[-1].fields["eth.type"]  # a length
    for extension in getattr(header, "all_extension_headers", ()):
        if type(extension) not in HEADERS:
            break
        found += _of(extension)
    return found


def _layer(name: str, fields: dict[str, int | bytes]) -> Layer:
    """A layer in no known place, addresses and what dpkt has as a signed number as unsigned integers."""
    values = {
        column: [int.from_bytes(v, "big") if isinstance(v, bytes) else (int(v) & 0xFFFFFFFF) * UNITS.get(column, 1)]
        for column, v in fields.items()
    }
    return Layer(name, -1, values, [])
