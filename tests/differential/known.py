"""Which differences from tshark are known, and who is right?

Law: an entry is a class of frames, never one file, and has an example made by hand that shows it; a test fails when the
example does not show it any more.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from tests.wire.frames import FAR_NODE_IP, NODE_IP, echo6, ether, ip4, ipv4, ipv6, mac, overlay, tcp, udp, vxlan
from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.compare import Difference

WE, TSHARK, BOTH = "we", "tshark", "both"


class Known(NamedTuple):
    """A class of differences.

    `right`: who reads as the source says; `both` where one shows what the other leaves out, or shows it otherwise.
    `matches`: whether a difference is of this class. `example`: a frame of link type `linktype` that shows it.
    """

    name: str
    right: str
    why: str
    source: str
    matches: Callable[[Difference], bool]
    example: bytes
    linktype: int = 1


def explanation(difference: Difference) -> Known | None:
    """The entry that a difference belongs to."""
    return next((entry for entry in KNOWN if entry.matches(difference)), None)


def table() -> str:
    """The entries as a table in Markdown."""
    rows = [f"| {entry.name} | {entry.why} | {entry.right} | {entry.source} |" for entry in KNOWN]
    return "\n".join(["| what differs | why | who is right | by |", "|---|---|---|---|", *rows]) + "\n"


def longer(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """The first header that only `one` has where it has all of `other`; empty where it is not so."""
    return one[len(other)] if one[: len(other)] == other and len(one) > len(other) else ""


def more(difference: Difference) -> str:
    """The header with which tshark goes on after all of ours."""
    return longer(difference.theirs, difference.mine) if difference.what == "layers" else ""


def fewer(difference: Difference) -> str:
    """The header with which we go on after all of tshark's."""
    return longer(difference.mine, difference.theirs) if difference.what == "layers" else ""


def lengths(difference: Difference) -> list[object]:
    """The lengths that say where packets end, of all levels."""
    return [value for name in ("ip.len", "ipv6.plen", "udp.length") for value in difference.reading.all(name)]


def shared(difference: Difference) -> tuple[str, ...]:
    """The headers that both have before they part."""
    pairs = list(zip(difference.mine, difference.theirs, strict=False))
    return difference.mine[: [*[one == other for one, other in pairs], False].index(False)]


def above(limit: int, difference: Difference, name: str) -> bool:
    """Whether a column is above a limit at some level."""
    return any(value > limit for value in difference.reading.all(name))


def no_valid_vni(difference: Difference) -> bool:
    """tshark goes on with VXLAN that has no flag I."""
    flags = [flags for layer in difference.answer for flags in layer.fields.get("vxlan.flags", ())]
    return more(difference) == "vxlan" and not flags[-1] & 0x0800


def misplaced(difference: Difference) -> bool:
    """tshark has a header that is of the other IP version."""
    if difference.level == schema.QUOTED and difference.mine is None:
        header, version = difference.what.partition(".")[0], difference.reading.shown[schema.QUOTED].get("ipv6.src")
        return header == ("icmpv6" if version is None else "icmp")
    header, around = more(difference), [name for name in difference.reading.layers if name in {"ip", "ipv6"}]
    if around and around[-1] == "ip":
        return header == "icmpv6" or header.startswith("ipv6.")
    return header in {"icmp", "igmp"}


def senseless(difference: Difference) -> bool:
    """A quoted header with a length that cannot be: its columns."""
    if difference.level != schema.QUOTED or difference.mine is not None:
        return False
    quoted = [layer.fields for one in difference.answer for layer in one.inside]
    least = {"ip.hdr_len": 20, "ip.len": 20, "tcp.hdr_len": 20, "udp.length": 8}
    return any(fields.get(name, [size])[0] < size for fields in quoted for name, size in least.items())


def gave_up(difference: Difference) -> bool:
    """tshark met bytes in its last header that it could not read, and shows less than we do."""
    stopped = any(layer.name.startswith("_ws.") for layer in difference.answer)
    return stopped and (bool(fewer(difference)) or (difference.what != "layers" and difference.theirs is None))


def bridge(payload: bytes) -> bytes:
    """A frame of a provider backbone bridge: backbone tag, service tag, and the customer's frame without its type."""
    return ether(
        struct.pack(">HHI", 100, 0x88E7, 7) + mac("02:00:00:00:00:01") + mac("02:00:00:00:00:02") + payload, 0x88A8
    )


def pseudowire() -> bytes:
    """Ethernet under an MPLS label, without control word, to an address that begins as IPv4 does."""
    inner = ether(ipv4(udp(b"")), 0x0800, destination="45:00:00:00:00:01")
    return ether(struct.pack(">I", 100 << 12 | 0x140) + inner, 0x8847)


def ike(version: int, length: int) -> bytes:
    """An IKE_SA_INIT of 28 bytes that claims a length."""
    head = struct.pack(">QQBBBBII", 1, 0, 33, version, 34, 0x08, 0, length)
    return ether(ipv4(udp(head, port=500)), 0x0800)


def unfinished() -> bytes:
    """TCP with the sum of its pseudo-header for a checksum, as Linux hands it to the network card."""
    segment = bytearray(tcp())
    total = sum(struct.unpack(">4H", ip4(NODE_IP) + ip4(FAR_NODE_IP))) + 6 + len(segment)
    segment[16:18] = struct.pack(">H", (total & 0xFFFF) + (total >> 16))
    return ether(ipv4(bytes(segment), 6), 0x0800)


def source_routed() -> bytes:
    """IPv4 with a loose source route over one gateway, not yet reached."""
    route = bytes([131, 7, 4]) + ip4("192.0.2.77") + b"\0"
    return ether(ipv4(udp(b""), options=route), 0x0800)


def quoting(packet: bytes) -> bytes:
    """An ICMP error, fragmentation needed, that quotes a packet."""
    return ether(ipv4(struct.pack(">BBHI", 3, 4, 0, 1400) + packet, 1), 0x0800)


VENDORS = {0x6400, 0x883E}  # Ethernet of MikroTik, redirected packets of Cisco
ECHO = struct.pack(">BBHHH", 8, 0, 0, 1, 1)
ADVERTISEMENT = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 9, 0, 0)
INNER = ether(ipv6(echo6()))
KNOWN = (
    Known(
        "group policy id without flag G", WE, "The field is reserved unless flag G is set; tshark shows it always.",
        "draft-smith-vxlan-group-policy section 2.1",
        lambda d: d.what == "vxlan.gbp" and d.mine is None, overlay(INNER),
    ),
    Known(
        "VXLAN without flag I", WE, "Flag I must be set for a valid VNI; tshark goes by the port alone.",
        "RFC 7348 section 5", no_valid_vni, ether(ipv4(udp(vxlan(INNER, flags=0))), 0x0800),
    ),
    Known(
        "flags of VXLAN-GPE", BOTH, "We show a word, as in VXLAN; tshark its first byte, which has the flags.",
        "draft-ietf-nvo3-vxlan-gpe section 3.1",
        lambda d: d.what == "vxlan.flags" and d.mine is not None and d.mine >> 8 == d.theirs,
        ether(ipv4(udp(vxlan(INNER, flags=0x0C00, group=3), port=4790)), 0x0800),
    ),
    Known(
        "tunnel on another port", WE, "We know it by its header where the port says nothing; tshark has no such test.",
        "RFC 7348 section 5, RFC 8926 section 3.4",
        lambda d: 1 in d.reading.all(f"{fewer(d)}.recognised_by"), overlay(INNER, port=13237),
    ),
    Known(
        "header of the other IP version", WE, "Extension headers and ICMPv6 are of IPv6, ICMP and IGMP of IPv4.",
        "RFC 8200 section 4, RFC 4443 section 1, RFC 792", misplaced, ether(ipv4(bytes(16), 0), 0x0800),
    ),
    Known(
        "IPv4 total length 0", BOTH, "We show the field as sent; tshark the length that it supposes.",
        "RFC 791 section 3.1",
        lambda d: d.what == "ip.len" and d.mine == 0, ether(ipv4(udp(b""), total=0), 0x0800),
    ),
    Known(
        "packet longer than its length can say", WE,
        "Length 0 of a packet before segmentation (BIG TCP): we go on to the end of the frame, tshark stops.",
        "RFC 2675 section 4, Linux net/ipv6/ip6_offload.c",
        lambda d: 0 in lengths(d) and (bool(fewer(d)) or (d.what != "layers" and d.theirs is None)),
        ether(ipv6(udp(b"data", length=0), 17, plen=0)),
    ),
    Known(
        "ARP of ATM", BOTH, "The head is that of ARP; tshark reads two lengths more and may give up.",
        "RFC 2225 section 8.7", lambda d: fewer(d) == "arp",
        ether(struct.pack(">HHBBH", 19, 0x0800, 6, 4, 1) + b"\xff" * 20, 0x0806),
    ),
    Known(
        "payload of a TCP fragment or quote", BOTH,
        "We count what the IP packet leaves, in this fragment or in the packet before it was quoted; tshark nothing.",
        "RFC 9293 section 3.4", lambda d: d.what == "tcp.len" and d.theirs is None,
        ether(ipv4(tcp(b"data"), 6, flags=0x2000), 0x0800),
    ),
    Known(
        "802.3 length", WE, "Below 0x0600 the type is a length, 0 and that after a tag too; tshark shows a type.",
        "IEEE 802.3 clause 3.2.6",
        lambda d: d.what == "eth.type" and d.theirs is not None and d.theirs < 0x0600, ether(bytes(46), 0),
    ),
    Known(
        "source route", WE, "The destination is the next address of the route; tshark shows the last one.",
        "RFC 791 section 3.1", lambda d: d.what == "ip.dst" and above(20, d, "ip.hdr_len"), source_routed(),
    ),
    Known(
        "options of mobility messages", BOTH, "We read options of neighbour discovery in its own messages only.",
        "RFC 6275 section 6.8",
        lambda d: d.what.startswith("icmpv6.opt.") and d.mine is None and above(137, d, "icmpv6.type"),
        ether(ipv6(struct.pack(">BBHI", 147, 0, 0, 0) + bytes([1, 1]) + mac("02:00:00:00:00:01"))),
    ),
    Known(
        "provider backbone bridge", BOTH, "We know the backbone tag; tshark has it and the service tag as one layer.",
        "IEEE 802.1Q clause 9.7",
        lambda d: 0x88E7 in d.reading.all("eth.type") and d.what in {"layers", "eth.type"},
        bridge(struct.pack(">H", 0x0800) + ipv4(udp(b""))),
    ),
    Known(
        "Ethernet under MPLS", WE, "Nothing says what follows a label; we look for a frame, tshark at a few bits.",
        "RFC 4448 section 4.6, RFC 4928 section 3",
        lambda d: d.what == "layers" and "mpls" in shared(d)[-1:], pseudowire(),
    ),
    Known(
        "GRE of a vendor's protocol", BOTH, "We read no payload of a type that no standard gives to GRE, tshark some.",
        "RFC 2784 section 2.4",
        lambda d: d.what == "layers" and "gre" in shared(d)[-1:] and not VENDORS.isdisjoint(d.reading.all("gre.proto")),
        ether(ipv4(struct.pack(">HHI", 0x2000, 0x883E, 0) + ipv4(udp(b"")), 47), 0x0800),
    ),
    Known(
        "IKE by its version", WE, "IKE has version 1 or 2; tshark looks at lengths instead.",
        "RFC 7296 section 3.1", lambda d: "isakmp" in {more(d), fewer(d)},
        ike(version=0xBE, length=28),
    ),
    Known(
        "IGMP of other types", WE, "All types begin alike; tshark makes DVMRP a layer, of unknown ones shows the type.",
        "RFC 3376 section 4, RFC 1075 section 3.1",
        lambda d: fewer(d) == "igmp" or (d.what.startswith("igmp.checksum") and d.theirs is None),
        ether(ipv4(b"\x99\0\x86\x03" + bytes(4), 2), 0x0800),
    ),
    Known(
        "partial checksum", WE, "It is what Linux leaves for the network card to finish; tshark calls it bad.",
        "Linux include/linux/skbuff.h (CHECKSUM_PARTIAL)",
        lambda d: d.what.endswith(".checksum.status") and (d.mine, d.theirs) == (5, 0), unfinished(),
    ),
    Known(
        "checksum of a part", WE, "We judge none of a fragment or where bytes are missing; tshark sums the rest.",
        "RFC 791 section 3.2", lambda d: d.what.endswith(".checksum.status") and d.mine == 2 and d.theirs in {0, 1},
        ether(ipv4(ipv4(ECHO, 1, total=1000), 4), 0x0800),
    ),
    Known(
        "checksum of a packet in a fragment", WE, "The packet in the tunnel is whole; tshark judges none.",
        "RFC 791 section 3.2",
        lambda d: d.what.endswith(".checksum.status") and d.theirs == 2 and above(0, d, "ip.flags.mf"),
        ether(ipv4(struct.pack(">HH", 0, 0x86DD) + ipv6(echo6()), 47, flags=0x2000), 0x0800),
    ),
    Known(
        "checksum in a quote", BOTH, "A quote is cut, so we judge none in it; tshark what it can.",
        "RFC 792, RFC 4443 section 2.4",
        lambda d: d.what.endswith(".checksum.status") and d.level == schema.QUOTED and d.mine is None,
        quoting(ipv4(udp(b"data"))),
    ),
    Known(
        "zero UDP checksum over IPv6", BOTH, "There is none, which tunnels may agree on; tshark calls it illegal.",
        "RFC 6935 section 5", lambda d: d.what == "udp.checksum.status" and (d.mine, d.theirs) == (3, 4),
        ether(ipv6(udp(b"data"), 17)),
    ),
    Known(
        "prefix of a route", BOTH, "We have columns of their own for routes; tshark one name for all prefixes.",
        "RFC 4191 section 2.3",
        lambda d: d.what.startswith("icmpv6.opt.prefix") and bool(d.reading.all("icmpv6.opt.route_info.prefix.length")),
        ether(ipv6(ADVERTISEMENT + struct.pack(">BBBBI", 24, 1, 0, 0, 77))),
    ),
    Known(
        "prefix of a code that is none", BOTH, "We show the bytes of the prefix whatever code gives its length.",
        "RFC 8781 section 4", lambda d: d.what == "icmpv6.opt.pref64.prefix" and d.theirs is None,
        ether(ipv6(ADVERTISEMENT + struct.pack(">BBH12x", 38, 2, 225 << 3 | 6))),
    ),
    Known(
        "loopback without an address family", BOTH, "tshark takes a number that is no family for an EtherType.",
        "tcpdump.org/linktypes.html (LINKTYPE_NULL)", lambda d: d.what == "layers" and d.mine == ("null",),
        bytes.fromhex("0f000800") + ipv4(udp(b"")), 0,
    ),
    Known(
        "quoted header that cannot be", BOTH, "We read none of a quoted header whose lengths make no sense.",
        "RFC 792, RFC 4443 section 3", senseless, quoting(ipv4(b"12345678", total=1)),
    ),
    Known(
        "tshark stops inside a header", BOTH, "At a length that cannot be tshark ends a header; we read what is there.",
        "RFC 7296 section 3.1", gave_up, ike(version=0x20, length=0x25000000),
    ),
)  # fmt: skip

if __name__ == "__main__":
    print(table())
