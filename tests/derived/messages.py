"""Messages made by hand, field by field as the RFCs have them, and frames around them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.wire.frames import decode_all, ether, ip4, ipv4, ipv6, mac, udp

if TYPE_CHECKING:
    from vxlan_dissect.packets import Packets

A, CNAME, SOA, PTR, TXT, AAAA, SRV, OPT, NSEC, HTTPS = 1, 5, 6, 12, 16, 28, 33, 41, 47, 65
QUERY, RESPONSE, NXDOMAIN = 0x0100, 0x8180, 0x8183
AT_QUESTION = b"\xc0\x0c"  # a pointer to the name of the first question


def name(text: str) -> bytes:
    """A name as it is sent, not compressed."""
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def question(text: str, kind: int = A) -> bytes:
    """A question of class IN."""
    return name(text) + struct.pack(">HH", kind, 1)


def record(owner: bytes, kind: int, data: bytes, family: int = 1, length: int | None = None) -> bytes:
    """A record; `length` may be forged."""
    return owner + struct.pack(">HHIH", kind, family, 30, len(data) if length is None else length) + data


def dns(
    questions: tuple[bytes, ...] = (),
    answers: tuple[bytes, ...] = (),
    more: tuple[bytes, ...] = (),
    *,
    flags: int = QUERY,
    ident: int = 0x1234,
) -> bytes:
    """A DNS message; `more` are additional records."""
    head = struct.pack(">HHHHHH", ident, flags, len(questions), len(answers), 0, len(more))
    return head + b"".join((*questions, *answers, *more))


def answer(text: str, *addresses: str, flags: int = RESPONSE, ident: int = 0x1234) -> bytes:
    """A response with IPv4 addresses for a name."""
    records = tuple(record(AT_QUESTION, A, ip4(address)) for address in addresses)
    return dns((question(text),), records, flags=flags, ident=ident)


def datagram(payload: bytes, from_port: int = 40000, port: int = 53, **ends: str) -> bytes:
    """A frame with a UDP datagram over IPv4; `ends` are the addresses."""
    return ether(ipv4(udp(payload, port, from_port), **ends), 0x0800)


def segment(payload: bytes, from_port: int = 40000, port: int = 443) -> bytes:
    """A frame with a TCP segment over IPv6."""
    header = struct.pack(">HHIIHHHH", from_port, port, 7, 9, 0x5018, 502, 0xCAFE, 0)
    return ether(ipv6(header + payload, 6))


def dhcp(*options: bytes, op: int = 1, your: str = "0.0.0.0", magic: int = 0x63825363, end: bytes = b"\xff") -> bytes:
    """A DHCP message of the client 02:42:ac:12:00:04."""
    head = struct.pack(">BBBBIHH", op, 1, 6, 0, 0xDEADBEEF, 0, 0)
    addresses = ip4("0.0.0.0") + ip4(your) + ip4("192.0.2.2") + ip4("192.0.2.3")
    client = mac("02:42:ac:12:00:04") + bytes(10)
    return head + addresses + client + bytes(192) + struct.pack(">I", magic) + b"".join(options) + end


def option(code: int, data: bytes) -> bytes:
    """A DHCP option."""
    return bytes([code, len(data)]) + data


def vector(data: bytes, size: int) -> bytes:
    """Bytes after their length, as TLS has it."""
    return len(data).to_bytes(size, "big") + data


def extension(kind: int, data: bytes) -> bytes:
    """A TLS extension."""
    return struct.pack(">H", kind) + vector(data, 2)


def server_name(*names: bytes) -> bytes:
    """The extension that names the server."""
    return extension(0, vector(b"".join(b"\0" + vector(one, 2) for one in names), 2))


def alpn(*protocols: bytes) -> bytes:
    """The extension that names application protocols."""
    return extension(16, vector(b"".join(vector(one, 1) for one in protocols), 2))


def hello(*extensions: bytes, kind: int = 1) -> bytes:
    """A TLS record with a client hello (or a server hello, `kind` 2)."""
    chosen = vector(bytes(32), 1) + vector(b"\x13\x01\x13\x02", 2) + vector(b"\0", 1)
    if kind == 2:
        chosen = vector(bytes(32), 1) + b"\x13\x01\0"
    body = b"\x03\x03" + bytes(range(32)) + chosen + (vector(b"".join(extensions), 2) if extensions else b"")
    return b"\x16\x03\x01" + vector(bytes([kind]) + vector(body, 3), 2)


def derived(packets: Packets, name: str) -> list[object]:
    """The values of a derived column, texts as tuples, None where absent."""
    column = packets.derived(name)
    texts = getattr(column, "texts", None)
    values = column.values.tolist()
    return [
        (texts[value] if texts is not None else value) if there else None
        for value, there in zip(values, column.valid.tolist(), strict=True)
    ]


def fields(frame: bytes, *names: str) -> list[object]:
    """Derived columns of one frame."""
    packets = decode_all([frame])
    return [derived(packets, column)[0] for column in names]
