"""Do other dissectors read the same from the same frames?"""

from __future__ import annotations

import socket

import dpkt
import pytest

from tests.wire.frames import records
from tests.wire.real import frames_of
from tests.wire.tshark import ask, disagreements
from vxlan_dissect import schema
from vxlan_dissect.addresses import format_mac
from vxlan_dissect.decode import decode


@pytest.fixture(scope="module")
def stored(captures_dir):
    """Link type -> frames of the stored captures."""
    return frames_of(sorted(path for path in captures_dir.rglob("*.*cap*") if path.is_file()))


def decode_frames(frames, linktype):
    """Packets of real frames."""
    return decode(records([f.data for f in frames], linktype, original=[f.original for f in frames]), "oracle")


def compare_with_tshark(found, folder):
    """All disagreements about frames, by link type, with the frame's place."""
    differing = []
    for linktype, frames in found.items():
        packets = decode_frames(frames, linktype)
        answers = list(ask(folder, linktype, frames))
        assert len(answers) == len(packets)
        for packet, frame, (layers, theirs) in zip(packets, frames, answers, strict=True):
            differing += [(frame.source, *difference) for difference in disagreements(packet, layers, theirs)]
    return differing


def test_stored_captures_agree_with_tshark(stored, tmp_path):
    """Every column and the layers of every stored frame, inner, outer and quoted."""
    assert compare_with_tshark(stored, tmp_path)[:20] == []


@pytest.mark.parametrize("folder", ["captures", "captures-versions", "captures-others"])
def test_all_shared_captures_agree_with_tshark(shared_dir, folder, tmp_path):
    """The same for all captures that lie beside the repository."""
    found = frames_of(sorted(path for path in (shared_dir / folder).rglob("*.pcap*")))
    assert sum(len(frames) for frames in found.values()) > 5000
    assert compare_with_tshark(found, tmp_path)[:20] == []


def undamaged(packets, rows):
    """The packets of rows in which no header is cut."""
    return [packets[row] for row in rows if packets[row].get("damage.layer") is None]


def integers(packet, level, names):
    """Columns of one level, addresses as text."""
    found = {}
    for name in names:
        value = packet.get(level + name)
        kind = schema.FIELDS[name].kind
        found[name] = (
            format_mac(value)
            if kind == "mac" and value is not None
            else str(value)
            if kind in {"ipv4", "ipv6"}
            else value
        )
    return found


VXLAN_PORTS = {4789, 8472, 51999}


def by_dpkt(frame):
    """What dpkt reads of one Ethernet packet, and the VXLAN payload it leaves unread."""
    found = {"eth.src": frame.src.hex(":"), "eth.dst": frame.dst.hex(":"), "eth.type": frame.type}
    ip = frame.data
    if isinstance(ip, dpkt.ip.IP):
        found |= {
            "ip.src": socket.inet_ntoa(ip.src),
            "ip.dst": socket.inet_ntoa(ip.dst),
            "ip.ttl": ip.ttl,
            "ip.len": ip.len,
        }
        found |= {
            "ip.id": ip.id,
            "ip.proto": ip.p,
            "ip.hdr_len": ip.hl * 4,
            "ip.dsfield": ip.tos,
            "ip.checksum": ip.sum,
        }
    elif isinstance(ip, dpkt.ip6.IP6):
        found |= {
            "ipv6.src": socket.inet_ntop(socket.AF_INET6, ip.src),
            "ipv6.dst": socket.inet_ntop(socket.AF_INET6, ip.dst),
        }
        found |= {"ipv6.hlim": ip.hlim, "ipv6.plen": ip.plen, "ipv6.flow": ip.flow}
    elif isinstance(ip, dpkt.arp.ARP):
        found |= {
            "arp.opcode": ip.op,
            "arp.src.hw_mac": ip.sha.hex(":"),
            "arp.dst.proto_ipv4": socket.inet_ntoa(ip.tpa),
        }
    upper = getattr(ip, "data", None)
    if isinstance(upper, dpkt.udp.UDP):
        found |= {
            "udp.srcport": upper.sport,
            "udp.dstport": upper.dport,
            "udp.length": upper.ulen,
            "udp.checksum": upper.sum,
        }
    elif isinstance(upper, dpkt.tcp.TCP):
        found |= {
            "tcp.srcport": upper.sport,
            "tcp.dstport": upper.dport,
            "tcp.seq_raw": upper.seq,
            "tcp.ack_raw": upper.ack,
        }
        found |= {"tcp.window_size_value": upper.win, "tcp.hdr_len": upper.off * 4, "tcp.checksum": upper.sum}
    elif isinstance(upper, dpkt.icmp6.ICMP6):
        found |= {"icmpv6.type": upper.type, "icmpv6.code": upper.code, "icmpv6.checksum": upper.sum}
    elif isinstance(upper, dpkt.icmp.ICMP):
        found |= {"icmp.type": upper.type, "icmp.code": upper.code, "icmp.checksum": upper.sum}
    inside = upper.data if isinstance(upper, dpkt.udp.UDP) and upper.dport in VXLAN_PORTS else b""
    return found, bytes(inside)


def test_stored_captures_agree_with_dpkt(stored):
    """Outer packets as dpkt reads them, and inner ones as it reads what stands after the VXLAN header."""
    frames = stored[1]
    packets = decode_frames(frames, 1)
    tunnelled = 0
    for packet in undamaged(packets, range(len(frames))):
        theirs, inside = by_dpkt(dpkt.ethernet.Ethernet(frames[packet.number - 1].data))
        level = ""
        if packet.get("frame.tunnels"):
            level, tunnelled = "outer.", tunnelled + 1
            inner, _ = by_dpkt(dpkt.ethernet.Ethernet(inside[8:]))
            assert integers(packet, "", inner) == inner
            assert packet.get("outer.vxlan.vni") == int.from_bytes(inside[4:7])
        assert integers(packet, level, theirs) == theirs
    assert tunnelled > 100


SCAPY = {
    "Ether": {"eth.src": "src", "eth.dst": "dst"},
    "IP": {
        "ip.src": "src", "ip.dst": "dst", "ip.ttl": "ttl", "ip.len": "len", "ip.id": "id", "ip.proto": "proto",
        "ip.dsfield": "tos", "ip.checksum": "chksum",
    },
    "IPv6": {
        "ipv6.src": "src", "ipv6.dst": "dst", "ipv6.hlim": "hlim", "ipv6.plen": "plen", "ipv6.flow": "fl",
        "ipv6.tclass": "tc", "ipv6.nxt": "nh",
    },
    "UDP": {"udp.srcport": "sport", "udp.dstport": "dport", "udp.length": "len", "udp.checksum": "chksum"},
    "TCP": {
        "tcp.srcport": "sport", "tcp.dstport": "dport", "tcp.seq_raw": "seq", "tcp.ack_raw": "ack",
        "tcp.window_size_value": "window", "tcp.checksum": "chksum",
    },
    "ARP": {"arp.opcode": "op", "arp.src.hw_mac": "hwsrc", "arp.src.proto_ipv4": "psrc", "arp.dst.proto_ipv4": "pdst"},
    "ICMP": {"icmp.type": "type", "icmp.code": "code", "icmp.checksum": "chksum"},
    "VXLAN": {"vxlan.vni": "vni"},
    "ICMPv6EchoRequest": {"icmpv6.echo.identifier": "id", "icmpv6.echo.sequence_number": "seq"},
    "ICMPv6EchoReply": {"icmpv6.echo.identifier": "id", "icmpv6.checksum": "cksum"},
    "ICMPv6ND_NS": {"icmpv6.nd.ns.target_address": "tgt", "icmpv6.checksum": "cksum"},
    "ICMPv6ND_NA": {
        "icmpv6.nd.na.target_address": "tgt", "icmpv6.nd.na.flag.r": "R", "icmpv6.nd.na.flag.s": "S",
        "icmpv6.nd.na.flag.o": "O",
    },
    "ICMPv6NDOptSrcLLAddr": {"icmpv6.opt.src_linkaddr": "lladdr"},
    "ICMPv6NDOptDstLLAddr": {"icmpv6.opt.target_linkaddr": "lladdr"},
    "ICMPv6PacketTooBig": {"icmpv6.mtu": "mtu"},
    "IPv6ExtHdrFragment": {"ipv6.fraghdr.ident": "id", "ipv6.fraghdr.more": "m"},
}  # fmt: skip


def test_stored_captures_agree_with_scapy(stored):
    """Every tenth stored frame, layer by layer, with scapy's own idea of where a tunnel begins."""
    pytest.importorskip("scapy.layers.vxlan", reason="needs scapy")
    from scapy.layers.l2 import Ether

    frames = stored[1][::10]
    packets = decode_frames(frames, 1)
    compared = set()
    for packet in undamaged(packets, range(len(frames))):
        level = "outer." if packet.get("frame.tunnels") else ""
        layer = Ether(frames[packet.number - 1].data)
        while layer:
            names = SCAPY.get(type(layer).__name__, {})
            for column, field in names.items():
                kind = schema.FIELDS[column].kind
                mine = packet.text(level + column) if kind in {"mac", "ipv4", "ipv6"} else packet.get(level + column)
                assert mine == getattr(layer, field), (frames[packet.number - 1].source, column)
                compared.add(column)
            level = "" if type(layer).__name__ == "VXLAN" else level
            layer = (
                layer.payload if not type(layer).__name__.startswith("ICMP") or "ND" in type(layer).__name__ else None
            )
    expected = {column for names in SCAPY.values() for column in names}
    assert expected - compared <= {"ipv6.fraghdr.ident", "ipv6.fraghdr.more", "icmpv6.mtu"}
