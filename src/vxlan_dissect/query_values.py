"""What may a field be compared with?

Law: a value is a range of integers, whatever the field holds, so that every comparison is the same two comparisons of
numbers; or a text; or bytes. What does not fit its field is a ValueError that says why and what would.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect import addresses
from vxlan_dissect.query_tokens import encoded

if TYPE_CHECKING:
    from vxlan_dissect import schema

HIGHEST = {"u1": 0xFF, "u2": 0xFFFF, "u4": 0xFFFFFFFF, "i8": 2**63 - 1, "bool": 1, "mac": 2**48 - 1}
NANOSECONDS = 1_000_000_000
_MAC_BITS = 48


class Value(NamedTuple):
    """What a field is compared with: every integer from `low` to `high`, `text` for a field of text, or `data`."""

    text: str
    low: int = 0
    high: int = 0
    data: bytes = b""


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
    if field.kind == "mac" and "/" in text:
        return _mac_prefix(field, text)
    number = _number(field, text)
    return Value(text, number, number)


def parse_mac_bytes(text: str, count: int) -> Value:
    """Read `count` bytes written as `4e:5b:57`. Raises ValueError."""
    try:
        data = parse_bytes(text, quoted=False).data
    except ValueError:
        data = b""
    if len(data) != count:
        these = "1 byte is compared: write it" if count == 1 else f"{count} bytes are compared: write them"
        raise ValueError(f"{these} as {'4e:5b:57:a2:79:14'[: 3 * count - 1]}")
    number = int.from_bytes(data, "big")
    return Value(text, number, number)


def parse_bytes(text: str, *, quoted: bool) -> Value:
    """Read bytes: the text itself where it stood in quotes, else hexadecimal as `0a:0b`. Raises ValueError."""
    if quoted:
        data = encoded(text)
    elif re.fullmatch(r"0[xX][0-9A-Fa-f]{1,2}", text):
        data = bytes([int(text, 16)])
    elif re.fullmatch(r"[0-9A-Fa-f]{1,2}([:.-][0-9A-Fa-f]{1,2})*", text):
        data = bytes(int(byte, 16) for byte in re.split("[:.-]", text))
    else:
        raise ValueError(f'{text} is neither bytes, as 47:45:54, nor text in quotes, as "GET"')
    if not data:
        raise ValueError("there is nothing to look for")
    return Value(text if quoted and _is_plain(data) else data.hex(":"), data=data)


def _is_plain(data: bytes) -> bool:
    return data.isascii() and data.decode().isprintable()


def parse_mask(field: schema.Field, text: str, count: int | None) -> int:
    """Read which bits of a number, or of `count` bytes of a MAC, are looked at. Raises ValueError."""
    if count is not None:
        return parse_mac_bytes(text, count).low
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}|0[bB][01]{1,64}|[1-9][0-9]{0,19}", text, re.ASCII):
        raise ValueError(f"{text} is no mask: write one as 0x02")
    mask = int(text, 0)
    if not 0 < mask <= HIGHEST[field.kind]:
        raise ValueError(f"{field.name} holds 0 to {HIGHEST[field.kind]}")
    return mask


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


def _mac_prefix(field: schema.Field, text: str) -> Value:
    """MACs that begin alike: `4e:5b:57:00:00:00/24`."""
    address, _, length = text.partition("/")
    if not (length.isascii() and length.isdigit() and len(length) <= 2 and int(length) <= _MAC_BITS):
        raise ValueError(f"a MAC has {_MAC_BITS} bits: write a prefix as 4e:5b:57:00:00:00/24")
    mac = _number(field, address)
    rest = (1 << (_MAC_BITS - int(length))) - 1
    return Value(text, mac & ~rest, mac | rest)


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
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}|0[bB][01]{1,64}|[0-9]{1,20}", text, re.ASCII):
        raise ValueError(f"{text} is no value of {field.name}{_nearest_value(field, text)}")
    number = int(text, 0)
    if number > HIGHEST[field.kind]:
        raise ValueError(f"{field.name} holds 0 to {HIGHEST[field.kind]}")
    return number


def _nanoseconds(field: schema.Field, text: str) -> int:
    if field.name != "frame.time_of_day" and (moment := _moment(text)) is not None:
        return moment
    clock = re.fullmatch(r"(?:(\d{1,2}):(\d\d):)?(\d{1,11})(?:\.(\d{1,9}))?", text, re.ASCII)
    if clock is None or (clock[1] and field.name != "frame.time_of_day"):
        form = "seconds since 1970, as 1720770268.594856, or a moment, as 2024-07-12T07:44:28Z"
        form = "07:44:28.594856" if field.name == "frame.time_of_day" else form
        raise ValueError(f"{text} is no value of {field.name}, which is compared with {form}")
    seconds = int(clock[1] or 0) * 3600 + int(clock[2] or 0) * 60 + int(clock[3])
    return seconds * NANOSECONDS + int((clock[4] or "0").ljust(9, "0"))


def _moment(text: str) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 moment with its zone, None where `text` is none. Raises ValueError."""
    parts = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z| ?UTC|[+-]\d\d:?\d\d)?", text, re.ASCII
    )
    if parts is None:
        return None
    day, clock, fraction, zone = parts.groups()
    if zone is None:
        raise ValueError(f"{text} has no time zone: write {day}T{clock}Z for UTC, or +02:00 behind it")
    shift = "+00:00" if zone[0] not in "+-" else zone
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{shift}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text} is no moment that the calendar has") from None
    since = whole - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * NANOSECONDS + int((fraction or "0").ljust(9, "0"))


def _nearest_value(field: schema.Field, text: str) -> str:
    from difflib import get_close_matches

    if not field.names:
        return ", which holds numbers"
    names = {name.lower(): name for name in field.names.values()}
    near = get_close_matches(text.lower(), names, 1, 0.5)
    return f"; did you mean {names[near[0]]}?" if near else ", which holds numbers and names"
