"""What does a DNS message ask and answer?

Law: what is read before a fault stays, and nothing after it is guessed. Names are as they were sent, in the notation
of master files. Work and text are bounded by the length of the message.

     0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
    +-----------------------------------------------+
    |                      ID                       |
    +--+-----------+--+--+--+--+--------+-----------+
    |QR|  Opcode   |AA|TC|RD|RA|   Z    |   RCODE   |
    +--+-----------+--+--+--+--+--------+-----------+
    |     QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT        |
    +-----------------------------------------------+
    |  Questions: name, type, class
    |  Records:   name, type, class, TTL, length, data
    +--------------------------------------------------

Source: RFC 1035 section 4.1, RFC 3596 (AAAA), RFC 6762 section 10.2 (top bit of the class). dpkt walks
the sections; how it reads one question and one record is replaced, since it gives up the message at a record type
that it does not know (HTTPS, NSEC, RRSIG) and at a name that is not UTF-8, and follows any number of pointers.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from dpkt.dns import DNS, DNS_A, DNS_AAAA, DNS_CNAME, DNS_IN, DNS_QUERY, DNS_RCODE_NOERR
from dpkt.dpkt import UnpackError

from vxlan_dissect.addresses import IP
from vxlan_dissect.derived.payload import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.derived.payload import Value

ROOT = "."
MAX_RECORDS = 256  # questions and records of a message that are read
MAX_NAME = 255  # octets (RFC 1035 section 2.3.4)
MAX_POINTERS = 16  # of one name; each should lead to at least one label more
MAX_TEXT = 8  # names are at most that many times as long as the message: pointers could make them 80 times as long
_LENGTHS = {DNS_A: 4, DNS_AAAA: 16}
_DATA = {DNS_A: "dns.a", DNS_AAAA: "dns.aaaa", DNS_CNAME: "dns.cname"}


class _Name(NamedTuple):
    """A name or the rest of one, and the octets that it takes when it is not compressed."""

    text: str
    octets: int


class _Question(NamedTuple):
    name: str
    type: int


class _Record(NamedTuple):
    """`data` is the address or the alias, None for other types and where it is damaged."""

    name: str
    type: int
    of_internet: bool
    data: str | None


class _Message(DNS):  # type: ignore[misc]  # dpkt has no types
    """A message that keeps the questions and records before a fault."""

    def __init__(self, payload: bytes) -> None:
        self._count = 0
        self._letters = 0
        self._names: dict[int, _Name] = {}
        super().__init__(payload)

    def unpack(self, buf: bytes) -> None:
        """Fill `qd`, `an`, `ns`, `ar` as far as `buf` can be read."""
        with suppress(UnpackError, struct.error):
            super().unpack(buf)

    def section(self, name: str) -> list[_Record]:
        """The records of `an`, `ns` or `ar` that were read; dpkt leaves a number in those that it did not reach."""
        found = getattr(self, name)
        return found if isinstance(found, list) else []

    def unpack_q(self, buf: bytes, off: int) -> tuple[_Question, int]:
        """The question at `off` and where it ends. Raises UnpackError."""
        name, off = self._start(buf, off)
        kind, _class = struct.unpack_from(">HH", buf, off)
        return _Question(name, kind), off + 4

    def unpack_rr(self, buf: bytes, off: int) -> tuple[_Record, int]:
        """The record at `off` and where it ends. Raises UnpackError."""
        name, off = self._start(buf, off)
        kind, family, _ttl, length = struct.unpack_from(">HHIH", buf, off)
        off += 10
        end = off + length
        if end > len(buf):
            raise UnpackError("the data of a record ends after the message")
        data = None
        if kind == DNS_CNAME and length:
            data = self._name(buf, off, 0)[0].text or ROOT
        elif _LENGTHS.get(kind) == length:
            data = str(IP(4 if kind == DNS_A else 6, int.from_bytes(buf[off:end], "big")))
        return _Record(name, kind, family & 0x7FFF == DNS_IN, data), end

    def _start(self, buf: bytes, off: int) -> tuple[str, int]:
        self._count += 1
        if self._count > MAX_RECORDS:
            raise UnpackError(f"more than {MAX_RECORDS} records")
        name, off = self._name(buf, off, 0)
        return name.text or ROOT, off

    def _name(self, buf: bytes, off: int, pointers: int) -> tuple[_Name, int]:
        """The name, or the rest of one, at `off`, and where it ends there. Raises UnpackError."""
        start, octets, labels = off, 1, list[str]()
        while octets <= MAX_NAME:
            length = buf[off] if off < len(buf) else 0x40
            off += 1
            if length == 0:
                break
            if length >= 0xC0 and off < len(buf):
                target = (length & 0x3F) << 8 | buf[off]
                off += 1
                rest = self._rest(buf, target, start, pointers + 1)
                if not labels:
                    return rest, off
                octets += rest.octets - 1
                labels.append(rest.text)
                break
            if length >= 0x40 or off + length > len(buf):
                raise UnpackError("a name that ends after the message, or a label of no known kind")
            labels.append(text(buf[off : off + length], label=True))
            off += length
            octets += 1 + length
        name = _Name(".".join(filter(None, labels)), octets)
        self._letters += len(name.text)
        if octets > MAX_NAME or self._letters > MAX_TEXT * len(buf):
            raise UnpackError("names that are longer than names can be")
        self._names[start] = name
        return name, off

    def _rest(self, buf: bytes, target: int, start: int, pointers: int) -> _Name:
        """What a pointer leads to, which stands before the name that it ends (RFC 1035 section 4.1.4)."""
        if target >= start or pointers > MAX_POINTERS:
            raise UnpackError("a pointer forward, or a chain of too many")
        return self._names.get(target) or self._name(buf, target, pointers)[0]


def read(payload: bytes) -> dict[str, Value]:
    """The fields of a message of at least a header, as far as it can be read."""
    message = _Message(payload)
    records = [record for name in ("an", "ns", "ar") for record in message.section(name)]
    fields: dict[str, Value] = {
        "dns.id": message.id,
        "dns.flags.response": message.qr,
        "dns.flags.opcode": message.opcode,
        "dns.flags.truncated": message.tc,
        "dns.count.answers": int.from_bytes(payload[6:8], "big"),
    }
    if message.qr:
        fields["dns.flags.rcode"] = message.rcode
    if message.qd:
        fields["dns.qry.name"] = tuple(question.name for question in message.qd)
        fields["dns.qry.type"] = message.qd[0].type
    if records:
        fields["dns.resp.name"] = tuple(record.name for record in records)
    for kind, name in _DATA.items():
        data = tuple(record.data for record in records if record.type == kind and record.data is not None)
        if data:
            fields[name] = data
    if message.qr and message.opcode == DNS_QUERY and message.rcode == DNS_RCODE_NOERR and len(message.qd) == 1:
        addresses = _resolved(message.qd[0].name, message.section("an"))
        if addresses:
            fields["dns.resolved"] = addresses
    return fields


def _resolved(name: str, answers: Sequence[_Record]) -> tuple[str, ...]:
    """The addresses that answers give for a name, aliases followed (RFC 1034 section 3.6.2); case does not matter."""
    answers = [one for one in answers if one.of_internet and one.data is not None]
    aliases = {one.name.lower(): str(one.data).lower() for one in answers if one.type == DNS_CNAME}
    names = [name.lower()]
    while (alias := aliases.get(names[-1])) is not None and alias not in names:
        names.append(alias)
    return tuple(dict.fromkeys(str(one.data) for one in answers if one.type in _LENGTHS and one.name.lower() in names))
