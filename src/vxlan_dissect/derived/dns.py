"""What does DNS ask and answer in these frames?

Law: a message is one by its port, which is 53 (RFC 1035 section 4.2), 5353 (multicast DNS, RFC 6762) or 5355 (LLMNR,
RFC 4795), and has no more questions and records than its length can hold. Over TCP a message follows its length, and is
read where a segment begins with one and holds all of it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from vxlan_dissect.derived.payload import LEVELS, Making, payloads, with_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.derived.payload import Value
    from vxlan_dissect.packets import Column, Packets, TextColumn

FIELDS = (
    "dns.id", "dns.flags.response", "dns.flags.opcode", "dns.flags.truncated", "dns.flags.rcode", "dns.count.answers",
    "dns.qry.name", "dns.qry.type", "dns.resp.name", "dns.a", "dns.aaaa", "dns.cname", "dns.resolved",
)  # fmt: skip
PORTS = (53, 5353, 5355)
_HEADER, _QUESTION, _RECORD = 12, 5, 11  # bytes at least, with the root as name
_UDP_HEADER = 8
_REMEMBERED = 4096  # messages that are read once, however often they come


def columns(packets: Packets) -> dict[str, Column | TextColumn]:
    """The columns of FIELDS of which some frame has a value."""
    making = Making(len(packets))
    known: dict[bytes, dict[str, Value]] = {}
    for level in LEVELS:
        for row, message in _messages(packets, level):
            # The same message comes with many identifiers.
            rest = message[2:]
            if rest not in known:
                from vxlan_dissect.derived import dns_message

                if len(known) >= _REMEMBERED:
                    known.clear()
                known[rest] = dns_message.read(message)
            making.put(row, level, known[rest] | {"dns.id": int.from_bytes(message[:2], "big")})
    return making.columns()


def _messages(packets: Packets, level: str) -> Iterator[tuple[int, bytes]]:
    """The message of each frame that begins with one, as far as it was captured, with its row."""
    datagrams = with_port(packets, level, "udp", PORTS)
    if datagrams.any():
        lengths = packets.column(f"{level}udp.length").values
        for row, payload in payloads(packets, level, datagrams):
            length = int(lengths[row]) - _UDP_HEADER
            if _fits(payload, length if length > 0 else len(payload)):
                yield row, payload
    segments = with_port(packets, level, "tcp", PORTS)
    for row, payload in payloads(packets, level, segments) if segments.any() else ():
        length = int.from_bytes(payload[:2], "big")
        message = payload[2 : 2 + length]
        if len(message) == length and _fits(message, length):
            yield row, message


def _fits(message: bytes, length: int) -> bool:
    """Whether a message of `length` bytes, of which some were captured, can hold what its header counts."""
    if len(message) < _HEADER:
        return False
    questions, *records = struct.unpack_from(">4H", message, 4)
    return bool(_HEADER + _QUESTION * questions + _RECORD * sum(records) <= length)
