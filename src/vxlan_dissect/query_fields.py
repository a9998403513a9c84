"""Which names may a filter use, and which values does each take?

Law: names are Wireshark's and every column has one; a value is a range of integers, whatever the field holds, so that
every comparison is the same two comparisons of numbers. What does not fit its field is a ValueError that says why.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect import addresses, schema

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
PROTOCOLS = tuple({field.name.partition(".")[0]: None for field in _OF_PACKETS if field.name != "data.len"})
DERIVED_TEXTS = frozenset(field.name for field in schema.DERIVED_FIELDS if field.kind == "texts")
TCPDUMP_NAMES = {"ip6": "ipv6", "icmp6": "icmpv6"}
INNER = "inner."
LEVELS = ("", INNER, schema.OUTER, schema.QUOTED)
HIGHEST = {"u1": 0xFF, "u2": 0xFFFF, "u4": 0xFFFFFFFF, "i8": 2**63 - 1, "bool": 1, "mac": 2**48 - 1}
NANOSECONDS = 1_000_000_000


class Target(NamedTuple):
    """What a name stands for: columns with their levels, the field they hold, and which of its bits (0 bits: all).

    `field` is None where only the presence can be asked for.
    """

    columns: tuple[str, ...]
    field: schema.Field | None
    low_bit: int = 0
    bits: int = 0


class Value(NamedTuple):
    """What a field is compared with: every integer from `low` to `high`, or `text` for a field of text."""

    text: str
    low: int = 0
    high: int = 0


def is_text(name: str) -> bool:
    """Whether a name is a field of text: one of the join, or a text that the frame itself has."""
    return name in JOIN_FIELDS or name in TEXT_COLUMNS or split_level(name)[1] in DERIVED_TEXTS


def split_level(name: str) -> tuple[str, str]:
    """`inner.ip.src` is ("inner.", "ip.src"); `ip.src` is ("", "ip.src")."""
    if name.startswith(INNER):
        return INNER, name[len(INNER) :]
    return schema.split_level(name)


def canonical(name: str) -> str:
    """The name with tcpdump's `ip6` and `icmp6` written as Wireshark does."""
    level, base = split_level(name)
    protocol, dot, rest = base.partition(".")
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
        prefixes = {"": ("", schema.OUTER), INNER: ("",)}.get(level, (level,))
        fields = _OF_PACKETS
    low_bit = bits = 0
    if base in PROTOCOLS or base in FRAME_PROTOCOLS:
        # A protocol whose header is decoded has columns of its header; only the others have to be derived.
        every = tuple(f.name for f in fields if f.name.startswith(base + "."))
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
    for field in schema.FRAME_FIELDS:
        if field.name not in TEXT_COLUMNS.values():
            yield field.wireshark or field.name
    for level in LEVELS:
        for name in (*PROTOCOLS, *EITHER, *BITS, *(field.name for field in _OF_PACKETS)):
            yield level + name


def parse_value(field: schema.Field, text: str) -> Value:
    """Read a value, a prefix or a range `a..b` for a field. Raises ValueError with what the field holds."""
    first, dots, last = text.partition("..")
    if dots:
        low, high = parse_value(field, first), parse_value(field, last)
        if low.low != low.high or high.low != high.high:
            raise ValueError(f"{text} is a range of ranges")
        if low.low > high.low:
            raise ValueError(f"the range {text} is empty: it ends before it begins")
        return Value(text, low.low, high.low)
    if field.kind in ("ipv4", "ipv6"):
        return _address(field, text)
    number = _number(field, text)
    return Value(text, number, number)


def parse_mac_bytes(text: str, count: int) -> Value:
    """Read `count` bytes written as `4e:5b:57`. Raises ValueError."""
    if not re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2})*", text) or len(text) != 3 * count - 1:
        raise ValueError(f"{count} bytes are compared: write them as {'4e:5b:57:a2:79:14'[: 3 * count - 1]}")
    number = int(re.sub("[:-]", "", text), 16)
    return Value(text, number, number)


def _address(field: schema.Field, text: str) -> Value:
    version = 4 if field.kind == "ipv4" else 6
    try:
        prefix = addresses.parse_prefix(text)
    except ValueError:
        raise ValueError(f"{text} is no value of {field.name}, which holds IPv{version} addresses") from None
    if prefix.ip.version != version:
        raise ValueError(f"{field.name} holds IPv{version} addresses; {text} is an IPv{prefix.ip.version} address")
    rest = (1 << (prefix.ip.bits - prefix.length)) - 1
    return Value(text, prefix.ip.value & ~rest, prefix.ip.value | rest)


def _number(field: schema.Field, text: str) -> int:
    if field.kind == "mac":
        try:
            return addresses.parse_mac(text)
        except ValueError:
            raise ValueError(f"{text} is no value of {field.name}, which holds MAC addresses") from None
    if field.kind == "bool" and text.lower() in ("true", "false"):
        return int(text.lower() == "true")
    if field.unit.startswith("ns since"):
        return _nanoseconds(field, text)
    for number, name in field.names.items():
        if name.lower() == text.lower():
            return number
    if re.fullmatch(r"0[0-9]+", text, re.ASCII):
        raise ValueError(f"{text} would be octal in Wireshark: write {text.lstrip('0') or '0'}, or 0x for hexadecimal")
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}", text, re.ASCII):
        raise ValueError(f"{text} is no value of {field.name}{_nearest_value(field, text)}")
    number = int(text, 0)
    if number > HIGHEST[field.kind]:
        raise ValueError(f"{field.name} holds 0 to {HIGHEST[field.kind]}")
    return number


def _nanoseconds(field: schema.Field, text: str) -> int:
    clock = re.fullmatch(r"(?:(\d{1,2}):(\d\d):)?(\d{1,11})(?:\.(\d{1,9}))?", text, re.ASCII)
    if clock is None or (clock[1] and field.name != "frame.time_of_day"):
        form = "07:44:28.594856" if field.name == "frame.time_of_day" else "seconds since 1970, as 1720770268.594856"
        raise ValueError(f"{text} is no value of {field.name}, which is compared with {form}")
    seconds = int(clock[1] or 0) * 3600 + int(clock[2] or 0) * 60 + int(clock[3])
    return seconds * NANOSECONDS + int((clock[4] or "0").ljust(9, "0"))


def _nearest_value(field: schema.Field, text: str) -> str:
    from difflib import get_close_matches

    if not field.names:
        return ", which holds numbers"
    names = {name.lower(): name for name in field.names.values()}
    near = get_close_matches(text.lower(), names, 1, 0.5)
    return f"; did you mean {names[near[0]]}?" if near else ", which holds numbers and names"
