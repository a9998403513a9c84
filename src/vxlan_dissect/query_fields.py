"""Which names may a filter use, and what does each stand for?

Law: names are Wireshark's and every column has one; a name without level stands for the innermost packet and the one
around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

# Names whose values the join with the inventory gives, not the packet.
JOIN_FIELDS = {
    "pod": "Pod that sends or receives.",
    "src.pod": "Pod that sends.",
    "dst.pod": "Pod that receives.",
    "node": "Node of either side.",
    "src.node": "Node of the sender.",
    "dst.node": "Node of the receiver.",
    "outer.src.node": "Node that encapsulated.",
    "outer.dst.node": "Node that the tunnel packet is sent to.",
    "namespace": "Namespace of either side.",
    "service": "Service whose address either side has.",
    "identity": "Security identity of either side.",
    "role": "What either side is: pod, node, router, service and so on.",
    "interface": "Interface where the frame was captured.",
    "capture": "Name of the capture.",
    "kind": "What the frame is, as `icmpv6.echo-request`.",
    "rule": "Rule of a statement about the frame.",
    "verdict": "Verdict of a statement: normal, by-design, suspicious, broken, unknown.",
    "severity": "Severity of a statement: info, notice, warning, error.",
    "confidence": "Confidence of a statement: certain, likely, possible.",
}
# Text that a frame itself has: name -> the column that holds the code of the text.
TEXT_COLUMNS = {
    "frame.protocols": "frame.layers",
    "frame.interface_name": "frame.interface_id",
    "damage.layer": "damage.layer",
}
# Wireshark's names for "either side".
EITHER = {
    "eth.addr": ("eth.src", "eth.dst"),
    "ip.addr": ("ip.src", "ip.dst"),
    "ipv6.addr": ("ipv6.src", "ipv6.dst"),
    "udp.port": ("udp.srcport", "udp.dstport"),
    "tcp.port": ("tcp.srcport", "tcp.dstport"),
    "sctp.port": ("sctp.srcport", "sctp.dstport"),
}
# Wireshark's names for some bits of a column: column, lowest bit, bits
# (RFC 9293 section 3.1, RFC 2474 section 3, RFC 3168 section 5, RFC 7348 section 5, RFC 8926 section 3.4).
BITS = {
    "tcp.flags.fin": ("tcp.flags", 0, 1),
    "tcp.flags.syn": ("tcp.flags", 1, 1),
    "tcp.flags.reset": ("tcp.flags", 2, 1),
    "tcp.flags.push": ("tcp.flags", 3, 1),
    "tcp.flags.ack": ("tcp.flags", 4, 1),
    "tcp.flags.urg": ("tcp.flags", 5, 1),
    "ip.dsfield.dscp": ("ip.dsfield", 2, 6),
    "ip.dsfield.ecn": ("ip.dsfield", 0, 2),
    "ipv6.tclass.dscp": ("ipv6.tclass", 2, 6),
    "ipv6.tclass.ecn": ("ipv6.tclass", 0, 2),
    "vxlan.flag_g": ("vxlan.flags", 15, 1),
    "vxlan.flag_i": ("vxlan.flags", 11, 1),
    "vxlan.flag_d": ("vxlan.flags", 6, 1),
    "vxlan.flag_a": ("vxlan.flags", 3, 1),
    "vxlan.ver": ("vxlan.flags", 12, 2),
    "vxlan.i_bit": ("vxlan.flags", 11, 1),
    "vxlan.p_bit": ("vxlan.flags", 10, 1),
    "vxlan.o_bit": ("vxlan.flags", 8, 1),
    "geneve.flags.oam": ("geneve.flags", 7, 1),
    "geneve.flags.critical": ("geneve.flags", 6, 1),
}
FRAME_PROTOCOLS = ("frame", "sll")
# Not `data`: it is what no protocol claimed.
_OF_PACKETS = schema.PACKET_FIELDS + schema.DERIVED_FIELDS
PROTOCOLS = tuple(dict.fromkeys(name for field in _OF_PACKETS if (name := field.name.partition(".")[0]) != "data"))
# Those that are headers, and therefore bytes too; an NVGRE header is called gre, and a pseudowire is no header.
HEADERS = frozenset(field.name.partition(".")[0] for field in schema.PACKET_FIELDS) - {"data", "nvgre", "pweth"}
DERIVED_TEXTS = frozenset(field.name for field in schema.DERIVED_FIELDS if field.kind == "texts")
TCPDUMP_NAMES = {"ip6": "ipv6", "icmp6": "icmpv6"}
ALIASES = {"frame.time": "frame.time_epoch"}
LEVELS = ("", schema.INNER, schema.OUTER, schema.QUOTED)


class Target(NamedTuple):
    """What a name stands for: columns with their levels, the field they hold, and which of its bits (0 bits: all).

    `field` is None where only the presence can be asked for.
    """

    columns: tuple[str, ...]
    field: schema.Field | None
    low_bit: int = 0
    bits: int = 0


def is_text(name: str) -> bool:
    """Whether a name is a field of text: one of the join, or a text that the frame itself has."""
    return name in JOIN_FIELDS or name in TEXT_COLUMNS or split_level(name)[1] in DERIVED_TEXTS


def has_bytes(name: str) -> bool:
    """Whether a name is a protocol whose bytes can be looked at: the frame, or a header with what follows it."""
    return name in FRAME_PROTOCOLS or split_level(name)[1] in HEADERS


def split_level(name: str) -> tuple[str, str]:
    """`inner.ip.src` is ("inner.", "ip.src"); `ip.src` is ("", "ip.src")."""
    if name.startswith(schema.INNER):
        return schema.INNER, name[len(schema.INNER) :]
    return schema.split_level(name)


def levels_of(level: str) -> tuple[str, ...]:
    """The levels that a written level means: none is the innermost packet and the one around it."""
    return {"": ("", schema.OUTER), schema.INNER: ("",)}.get(level, (level,))


def canonical(name: str) -> str:
    """The name with tcpdump's `ip6` and `icmp6` written as Wireshark does."""
    level, base = split_level(name)
    protocol, dot, rest = ALIASES.get(base, base).partition(".")
    return level + TCPDUMP_NAMES.get(protocol, protocol) + dot + rest


def target_of(name: str) -> Target:
    """What a field of packets or of the frame, or a protocol, stands for. Raises KeyError where it is neither."""
    level, base = split_level(name)
    if base.partition(".")[0] in FRAME_PROTOCOLS or base.startswith("damage."):
        if level:
            raise KeyError(name)
        prefixes: tuple[str, ...] = ("",)
        fields: tuple[schema.Field, ...] = schema.FRAME_FIELDS
    else:
        prefixes = levels_of(level)
        fields = _OF_PACKETS
    low_bit = bits = 0
    if base in PROTOCOLS or base in FRAME_PROTOCOLS:
        # A protocol whose header is decoded has columns of its header; only the others have to be derived.
        every = tuple(field.name for field in fields if field.name.startswith(base + "."))
        names = tuple(column for column in every if not schema.is_derived(column)) or every
        field = None
    elif base in BITS:
        column, low_bit, bits = BITS[base]
        names, field = (column,), schema.Field(base, "bool" if bits == 1 else "u1", "", base, "")
    else:
        names = EITHER.get(base) or tuple(f.name for f in fields if base in {f.name, f.wireshark})
        if not names or names[0] in TEXT_COLUMNS.values():
            raise KeyError(name)
        field = schema.FIELDS[names[0]]
    return Target(tuple(prefix + column for prefix in prefixes for column in names), field, low_bit, bits)


def all_names() -> Iterator[str]:
    """Every name that a filter may use."""
    yield from JOIN_FIELDS
    yield from TEXT_COLUMNS
    yield from FRAME_PROTOCOLS
    yield from ALIASES
    for field in schema.FRAME_FIELDS:
        if field.name not in TEXT_COLUMNS.values():
            yield field.wireshark or field.name
    for level in LEVELS:
        for name in (*PROTOCOLS, *EITHER, *BITS, *(field.name for field in _OF_PACKETS)):
            yield level + name
