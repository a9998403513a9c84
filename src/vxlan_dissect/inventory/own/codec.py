"""How does each field of a fact look in an inventory file?

Law: the fields of a fact are its keys, with dashes; a value that is the default is left out. How a value is written
follows from the field's type and, for MACs and times, from its name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.addresses import IP, Prefix, format_mac, parse_ip, parse_mac, parse_prefix
from vxlan_dissect.inventory.model.times import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable

_MAC = "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"
_TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$"


class Codec(NamedTuple):
    """`encode` makes the value of a file, `decode` reads it and raises ValueError; `schema` is its JSON Schema."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    schema: dict[str, Any]


class Field(NamedTuple):
    """A field of a kind of fact: `name` in Python, `key` in a file."""

    name: str
    key: str
    codec: Codec
    required: bool
    default: Any


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004  # a fault of a file, not of a caller
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError("no whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")  # noqa: TRY004
    return value


def _time(value: Any) -> int:
    time = parse_time(value)
    if time is None:
        raise ValueError("no time with a zone, such as 2024-07-12T07:44:28Z")
    return time


def _prefix(value: Any) -> Prefix:
    return parse_prefix(_text(value))


def _socket_text(value: tuple[IP, int]) -> str:
    ip, port = value
    return f"[{ip}]:{port}" if ip.version == 6 else f"{ip}:{port}"


def _socket(value: Any) -> tuple[IP, int]:
    host, _, port = _text(value).rpartition(":")
    return parse_ip(host.strip("[]")), _number(int(port) if port.isascii() and port.isdigit() else None)


def _port_text(value: tuple[int, int | None, str]) -> str:
    port, node_port, protocol = value
    return f"{port}/{protocol}" if node_port is None else f"{port}:{node_port}/{protocol}"


def _port(value: Any) -> tuple[int, int | None, str]:
    numbers, slash, protocol = _text(value).partition("/")
    port, colon, node_port = numbers.partition(":")
    if not slash or not protocol or not port.isdigit() or (colon and not node_port.isdigit()):
        raise ValueError("no port such as 80/TCP or 80:30080/TCP")
    return _number(int(port)), _number(int(node_port)) if colon else None, protocol


def _list_of(codec: Codec) -> Codec:
    def decode(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("no list")  # noqa: TRY004
        return tuple(codec.decode(each) for each in value)

    schema = {"type": "array", "items": codec.schema}
    return Codec(lambda values: [codec.encode(value) for value in values], decode, schema)


_TEXT = Codec(str, _text, {"type": "string"})
_ADDRESS = Codec(str, lambda value: parse_ip(_text(value)), {"type": "string"})
_RANGE = Codec(str, _prefix, {"type": "string"})
_BY_TYPE = {
    "str": _TEXT,
    "int": Codec(int, _number, {"type": "integer", "minimum": 0}),
    "bool": Codec(bool, _flag, {"type": "boolean"}),
    "IP": _ADDRESS,
    "Prefix": _RANGE,
    "tuple[IP, ...]": _list_of(_ADDRESS),
    "tuple[Prefix, ...]": _list_of(_RANGE),
    "tuple[str, ...]": _list_of(_TEXT),
    "tuple[IP, int]": Codec(_socket_text, _socket, {"type": "string"}),
    "tuple[tuple[int, int | None, str], ...]": _list_of(Codec(_port_text, _port, {"type": "string"})),
}
_BY_NAME = {
    **dict.fromkeys(
        ("mac", "lxc_mac"),
        Codec(format_mac, lambda value: parse_mac(_text(value)), {"type": "string", "pattern": _MAC}),
    ),
    **dict.fromkeys(("since", "until", "time"), Codec(format_time, _time, {"type": "string", "pattern": _TIME})),
}
# `on` is a truth value in YAML 1.1.
_KEYS = {"index": "ifindex", "number": "identity", "on": "enabled"}
# What the place of an entry in the file says already, or what is only kept to cite it.
_ELSEWHERE = frozenset(("Host", "Source"))


@cache
def fields(kind: type) -> tuple[Field, ...]:
    """The fields of a kind of fact that are written, in order."""
    found = []
    defaults: dict[str, Any] = kind._field_defaults  # type: ignore[attr-defined]
    for name, annotation in kind.__annotations__.items():
        text = getattr(annotation, "__forward_arg__", str(annotation)).removesuffix(" | None")
        if text in _ELSEWHERE:
            continue
        codec = _BY_NAME.get(name) or _BY_TYPE[text]
        required = name not in defaults and not getattr(annotation, "__forward_arg__", "").endswith("| None")
        found.append(Field(name, _KEYS.get(name, name.replace("_", "-")), codec, required, defaults.get(name)))
    return tuple(found)


def as_dict(fact: Any) -> dict[str, Any]:
    """A fact as JSON holds it: its fields under their keys, the host, and the file and line it stands on."""
    found: dict[str, Any] = {}
    host = getattr(fact, "host", None)
    if host is not None:
        found |= {"node": host.node, "pod": host.pod}
    kind: type = type(fact)
    for field in fields(kind):
        value = getattr(fact, field.name)
        found[field.key] = None if value is None else field.codec.encode(value)
    return found | {"source": fact.source.file, "line": fact.source.line or None, "inferred": fact.source.inferred}
