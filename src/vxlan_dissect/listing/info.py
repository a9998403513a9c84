"""What does a frame say, in a few words?

Law: the words are those of the innermost packet, short as tshark has them, then those of the tunnel around it. They are
made kind by kind: the columns that a kind needs are read for all its frames at once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.addresses import format_mac
from vxlan_dissect.explain import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.packets import Packet, Packets

    Values = Sequence[Any]

# RFC 9293 section 3.1, RFC 3168 section 6.1: from the lowest bit; the last is RFC 9768's.
_TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")
# RFC 792, RFC 1812 section 5.2.7.1; RFC 4443 section 3.
_CODES = {
    ("icmp", 3): {
        0: "network", 1: "host", 2: "protocol", 3: "port", 4: "fragmentation needed", 9: "network prohibited",
        10: "host prohibited", 13: "administratively prohibited",
    },
    ("icmp", 11): {0: "hop limit", 1: "reassembly"},
    ("icmpv6", 1): {
        0: "no route", 1: "administratively prohibited", 2: "beyond scope", 3: "address", 4: "port",
        5: "source address policy", 6: "reject route",
    },
    ("icmpv6", 3): {0: "hop limit", 1: "reassembly"},
}  # fmt: skip
_TITLES = {"ip": "IPv4", "ipv6": "IPv6", "icmpv6": "ICMPv6", "eth": "Ethernet"}
_LINKS = frozenset(("eth", "vlan", "sll", "null", "raw", "mpls"))
_PLAIN_TUNNELS = {("ip", "ip"): "IPIP", ("ip", "ipv6"): "SIT", ("ipv6", "ip"): "IP4IP6", ("ipv6", "ipv6"): "IP6IP6"}
_QUOTED = ("quoted.ip.proto", "quoted.ip.src", "quoted.ip.dst", "quoted.ipv6.nxt", "quoted.ipv6.src",
           "quoted.ipv6.dst", "quoted.udp.srcport", "quoted.udp.dstport", "quoted.tcp.srcport",
           "quoted.tcp.dstport")  # fmt: skip


# Header of a tunnel -> what tells it from others between the same ends.
_NUMBERS = {"vxlan": "outer.vxlan.vni", "geneve": "outer.geneve.vni", "gre": "outer.gre.key"}
_APPLICATIONS = frozenset(column.partition(".")[0] for column in kinds.MESSAGES)


class Form(NamedTuple):
    """How one kind of packet is worded: the columns it needs, and what makes words of their values in one frame."""

    columns: tuple[str, ...]
    words: Callable[[Any], str]


def protocol_of(path: Sequence[str]) -> str:
    """The innermost protocol of a header path, as its columns begin: `icmpv6`; empty where there is none."""
    return path[-1].partition(".")[0] if path else ""


def title(protocol: str) -> str:
    """A protocol as a reader writes it."""
    return _TITLES.get(protocol, protocol.upper())


class Words(NamedTuple):
    """What frames are, lists of shape (n,): the title of the innermost protocol, and its message."""

    protocols: list[str]
    messages: list[str]


def words(packets: Packets) -> Words:
    """The words of each frame, empty where nothing was decoded. Names in messages are as they came from the network."""
    paths = [*map(protocol_of, packets.layer_paths), ""]
    codes = _path_codes(packets)
    distinct = sorted(set(paths))
    places = np.array([distinct.index(name) for name in paths])[codes]
    said = Words([title(paths[code]) for code in codes.tolist()], [""] * len(packets))
    told = _applications(packets)
    for place, protocol in enumerate(distinct):
        rows = np.flatnonzero((places == place) & ~told)
        form = FORMS.get(protocol)
        if form is None:
            told[rows] = protocol != ""
            if not protocol:
                _name_links(packets, rows, said)
            continue
        values = zip(*(packets.values(name, rows) for name in form.columns), strict=True)
        for row, message in zip(rows.tolist(), map(form.words, values), strict=True):
            said.messages[row] = message
    for row in np.flatnonzero(told).tolist():
        _put_in_words(packets[row], row, said)
    return said


def _name_links(packets: Packets, rows: np.ndarray, said: Words) -> None:
    """Why nothing was decoded of frames that have bytes."""
    sizes = packets.column("frame.cap_len")
    for row in rows[sizes.valid[rows] & (sizes.values[rows] > 0)].tolist():
        if not packets.column("damage.layer").valid[row]:
            said.messages[row] = f"link type {packets[row].linktype} is not decoded"


def _applications(packets: Packets) -> np.ndarray:
    """Which frames have a message of an application, shape (n,), bool."""
    told = np.zeros(len(packets), dtype=bool)
    for column in kinds.MESSAGES:
        told |= packets.derived(column).valid
    return told


def _put_in_words(packet: Packet, row: int, said: Words) -> None:
    """As explanations do, whose words begin with the title of the protocol."""
    kind = kinds.kind_of(packet)
    first, _, rest = kinds.message(packet, kind).partition(" ")
    if kind.partition(".")[0] in _APPLICATIONS:
        said.protocols[row] = first
    said.messages[row] = rest if first == said.protocols[row] else f"{first} {rest}".rstrip()


def tunnels(packets: Packets, sources: Sequence[str], destinations: Sequence[str]) -> list[str]:
    """`VXLAN 10398 worker → worker2` for each frame in a tunnel, else empty; the ends are those of the tunnel."""
    result = [""] * len(packets)
    depths = packets.column("frame.tunnels").values
    rows = np.flatnonzero(depths)
    if not len(rows):
        return result
    headers = [*(tunnel_of(path) or protocol_of(path) for path in packets.layer_paths), ""]
    numbers = {header: packets.values(_NUMBERS.get(header, ""), rows) for header in set(headers)}
    codes = _path_codes(packets)[rows].tolist()
    for place, (row, code, depth) in enumerate(zip(rows.tolist(), codes, depths[rows].tolist(), strict=True)):
        header = headers[code]
        number = numbers[header][place]
        parts = [title(header), "" if number is None else str(number), f"{sources[row]} → {destinations[row]}"]
        more = f" in {depth - 1} more" if depth > 1 else ""
        result[row] = " ".join(filter(None, parts)) + more
    return result


def tunnel_of(path: Sequence[str]) -> str:
    """The header that holds the innermost packet of a header path, empty where it is in no tunnel."""
    for place in range(len(path) - 1, 0, -1):
        before = path[place - 1].partition(".")[0]
        if path[place] in {"ip", "ipv6"} and before not in _LINKS:
            return _PLAIN_TUNNELS.get((before, path[place]), before)
        if path[place] == "eth":
            return before
    return ""


def _path_codes(packets: Packets) -> np.ndarray:
    """Index of each frame's header path, shape (n,), -1 where it has none."""
    layers = packets.column("frame.layers")
    return np.where(layers.valid, layers.values.astype(np.intp), -1)


@lru_cache(maxsize=4096)
def _flags(value: int) -> str:
    return ", ".join(name for bit, name in enumerate(_TCP_FLAGS) if value >> bit & 1)


def _ports(source: int | None, destination: int | None) -> str:
    return "" if source is None and destination is None else f"{_known(source)} → {_known(destination)}"


def _known(value: object) -> str:
    return "?" if value is None else str(value)


def _named(name: str, value: int | None) -> str:
    """A value by the name that the schema has for it: `echo request`."""
    if value is None:
        return ""
    return schema.FIELDS[name].names.get(value, f"type {value}").replace("-", " ")


def _tcp(values: Values) -> str:
    source, destination, flags, seq, ack, window, length = values
    words = [_ports(source, destination)]
    if flags is not None:
        words.append(f"[{_flags(flags)}]")
    if seq is not None:
        words.append(f"Seq={seq}")
    if ack is not None and (flags is None or flags & 0x10):
        words.append(f"Ack={ack}")
    if window is not None:
        words.append(f"Win={window}")
    if length is not None:
        words.append(f"Len={length}")
    return " ".join(words)


def _udp(values: Values) -> str:
    source, destination, length = values
    size = "" if length is None else f" Len={max(length - 8, 0)}"
    return f"{_ports(source, destination)}{size}"


def _arp(values: Values) -> str:
    operation, sender, holder, target = values
    if operation == 2 and sender is not None:
        return f"{sender} is at {'?' if holder is None else format_mac(holder)}"
    if operation == 1 and target is not None:
        if sender == target:
            return f"announcement for {target}"  # RFC 5227 section 3
        return f"who has {target}? tell {_known(sender)}"
    return _named("arp.opcode", operation)


def _icmp(values: Values) -> str:
    kind, code, ident, seq, mtu, gateway, hops, *quoted = values
    words = _named("icmp.type", kind) + _code("icmp", kind, code)
    if ident is not None:
        words += f" id={ident}, seq={_known(seq)}, ttl={_known(hops)}"
    if mtu:
        words += f", MTU {mtu}"
    if gateway is not None:
        words += f" to {gateway}"
    return words + _about(quoted)


def _icmpv6(values: Values) -> str:
    kind, code, ident, seq, mtu, hops, asked, said, *rest = values
    router, solicited, override, sender, holder, better, moved, group, record, records, *quoted = rest
    words = _named("icmpv6.type", kind) + _code("icmpv6", kind, code)
    if ident is not None:
        words += f" id={ident}, seq={_known(seq)}, hop limit={_known(hops)}"
    if mtu is not None:
        words += f", MTU {mtu}"
    if asked is not None:
        words += f" for {asked}"
    if said is not None:
        marks = [mark for mark, set_ in (("rtr", router), ("sol", solicited), ("ovr", override)) if set_]
        words += f" {said} ({', '.join(marks)})" if marks else f" {said}"
    if moved is not None:
        words += f" of {moved} to {_known(better)}"
    if holder is not None:
        words += f" is at {format_mac(holder)}" if said is not None else f" at {format_mac(holder)}"
    if sender is not None:
        words += f" from {format_mac(sender)}"
    if group is not None:
        words += f" for {group}" if group.value else ""
    if record is not None:
        words += f" for {record}" + (f" and {records - 1} more" if records and records > 1 else "")
    return words + _about(quoted)


def _code(family: str, kind: int | None, code: int | None) -> str:
    if not code and (family, kind) not in _CODES:
        return ""
    names = _CODES.get((family, kind or 0), {})
    return f" ({names.get(code or 0, f'code {code}')})"


def _about(values: Values) -> str:
    """The packet that an error quotes."""
    protocol4, src4, dst4, protocol6, src6, dst6, *ports = values
    source, destination = (src4, dst4) if src4 is not None else (src6, dst6)
    if source is None:
        return ""
    protocol = protocol4 if src4 is not None else protocol6
    names = schema.FIELDS["ip.proto"].names
    name = names.get(protocol, f"protocol {protocol}") if isinstance(protocol, int) else ""
    pair = next(((s, d) for s, d in (ports[0:2], ports[2:4]) if s is not None), None)
    between = f"{source} → {destination}" if pair is None else f"{source} port {pair[0]} → {destination} port {pair[1]}"
    return f", about {name} {between}"


def _ip(values: Values) -> str:
    protocol, offset, more, ident = values
    name = _protocol(protocol)
    if offset or more:
        return f"fragment of {name}, id={_known(ident)}, offset={_known(offset)}" + ("" if more else ", the last")
    return name


def _protocol(number: int | None) -> str:
    names = schema.FIELDS["ip.proto"].names
    return "" if number is None else names.get(number, f"protocol {number}")


def _mpls(values: Values) -> str:
    (label,) = values
    return "" if label is None else f"label {label}"


def _link(values: Values) -> str:
    (kind,) = values
    names = schema.FIELDS["eth.type"].names
    return "" if kind is None else names.get(kind, f"type 0x{kind:04x}")


FORMS = {
    "tcp": Form(
        ("tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len"),
        _tcp,
    ),
    "udp": Form(("udp.srcport", "udp.dstport", "udp.length"), _udp),
    "arp": Form(("arp.opcode", "arp.src.proto_ipv4", "arp.src.hw_mac", "arp.dst.proto_ipv4"), _arp),
    "icmp": Form(
        ("icmp.type", "icmp.code", "icmp.ident", "icmp.seq", "icmp.mtu", "icmp.redir_gw", "ip.ttl", *_QUOTED), _icmp
    ),
    "icmpv6": Form(
        (
            "icmpv6.type",
            "icmpv6.code",
            "icmpv6.echo.identifier",
            "icmpv6.echo.sequence_number",
            "icmpv6.mtu",
            "ipv6.hlim",
            "icmpv6.nd.ns.target_address",
            "icmpv6.nd.na.target_address",
            "icmpv6.nd.na.flag.r",
            "icmpv6.nd.na.flag.s",
            "icmpv6.nd.na.flag.o",
            "icmpv6.opt.src_linkaddr",
            "icmpv6.opt.target_linkaddr",
            "icmpv6.rd.na.target_address",
            "icmpv6.rd.na.destination_address",
            "icmpv6.mld.multicast_address",
            "icmpv6.mldr.mar.multicast_address",
            "icmpv6.mldr.nb_mcast_records",
            *_QUOTED,
        ),
        _icmpv6,
    ),
    "ip": Form(("ip.proto", "ip.frag_offset", "ip.flags.mf", "ip.id"), _ip),
    "ipv6": Form(("ipv6.nxt", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident"), _ip),
    "mpls": Form(("mpls.label",), _mpls),
    "eth": Form(("eth.type",), _link),
    "vlan": Form(("eth.type",), _link),
    "sll": Form(("sll.etype",), _link),
}
