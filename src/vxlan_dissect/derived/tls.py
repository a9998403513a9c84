"""Which server does a TLS client ask for?

Law: a TCP payload, of any port, that begins with a handshake record is one; what an encrypted record looks like by
chance is told by its length. Of a hello that goes on in the next segment the extensions in the first one are read.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+-------------------------------+---------------+
    |   type (22)   |            version            | length of the |
    +---------------+---------------+---------------+---------------+
    |    record     | handshake type|    length of the message ...
    +---------------+---------------+--------------------------------
    |  ClientHello: version (2), random (32), session id <1>,
    |  cipher suites <2>, compression methods <1>, extensions <2>
    +----------------------------------------------------------------

Source: RFC 8446 sections 4.1, 4.2 and 5.1, RFC 6066 section 3 (server name), RFC 7301 (ALPN). dpkt reads the vectors;
its own reading of a hello gives up one that is cut, as those with post-quantum key shares always are.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.derived.payload import LEVELS, LONGEST, Making, places, text
from vxlan_dissect.schema_values import TLS_HANDSHAKE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.derived.payload import Value
    from vxlan_dissect.packets import Column, Packets, TextColumn

FIELDS = ("tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str")
_HANDSHAKE = 22
_RECORD, _MESSAGE = 5, 4  # bytes of their headers
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_SERVER_NAME, _ALPN, _HOST_NAME = 0, 16, 0
_VERSION_AND_RANDOM, _CIPHER_AND_COMPRESSION = 34, 3
# What stands between them and the extensions: vectors with so many bytes of length; 0 is a server's choice.
_VECTORS = {_CLIENT_HELLO: (1, 2, 1), _SERVER_HELLO: (1, 0)}
_KNOWN = np.zeros(256, dtype=bool)
_KNOWN[list(TLS_HANDSHAKE_TYPES)] = True


def columns(packets: Packets) -> dict[str, Column | TextColumn]:
    """The columns of FIELDS of which some frame has a value."""
    making = Making(len(packets))
    for level in LEVELS:
        for row, payload in _handshakes(packets, level):
            making.put(row, level, _read(payload))
    return making.columns()


def _handshakes(packets: Packets, level: str) -> Iterator[tuple[int, bytes]]:
    """Payloads of TCP that begin as a handshake record does, with their rows."""
    segments = packets.column(f"{level}tcp.srcport").valid
    for data, rows, starts, ends in places(packets, level, segments) if segments.any() else ():
        long = ends - starts > _RECORD
        rows, starts, ends = rows[long], starts[long], ends[long]
        begins = (data[starts] == _HANDSHAKE) & (data[starts + 1] == 3) & (data[starts + 2] <= 4)
        begins &= _KNOWN[data[starts + _RECORD]]
        for place in np.flatnonzero(begins).tolist():
            start = int(starts[place])
            yield int(rows[place]), data[start : min(ends[place], start + LONGEST)].tobytes()


def _read(payload: bytes) -> dict[str, Value]:
    length = int.from_bytes(payload[3:_RECORD], "big")
    record = payload[_RECORD : _RECORD + length]
    if not _is_plain(record, length):
        return {}
    fields: dict[str, Value] = {"tls.handshake.type": record[0]}
    body = record[_MESSAGE : _MESSAGE + int.from_bytes(record[1:_MESSAGE], "big")]
    for extension, data in _extensions(record[0], body):
        if extension == _SERVER_NAME:
            found = [name for kind, name in _entries(data, 1, 2) if kind == _HOST_NAME]
            column = "tls.handshake.extensions_server_name"
        elif extension == _ALPN:
            found = [name for _, name in _entries(data, 0, 1)]
            column = "tls.handshake.extensions_alpn_str"
        else:
            continue
        if found:
            fields[column] = tuple(map(text, found))
    return fields


def _is_plain(record: bytes, length: int) -> bool:
    """Whether messages of known types fill a record; `record` may be cut where `length` is more."""
    at = 0
    while at + _MESSAGE <= len(record):
        if not _KNOWN[record[at]]:
            return False
        at += _MESSAGE + int.from_bytes(record[at + 1 : at + _MESSAGE], "big")
    return at > 0 and (at == length or len(record) <= at < length)


def _extensions(kind: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    """The extensions of a hello, as far as they are whole: (type, data)."""
    from dpkt.ssl import parse_variable_array

    if kind not in _VECTORS:
        return
    at = _VERSION_AND_RANDOM
    with suppress(struct.error):  # where no length is left
        for size in _VECTORS[kind]:
            at += parse_variable_array(body[at:], size)[1] if size else _CIPHER_AND_COMPRESSION
        end = at + parse_variable_array(body[at:], 2)[1]
        at += 2
        while at < end:
            data, size = parse_variable_array(body[at + 2 :], 2)
            extension, at = int.from_bytes(body[at : at + 2], "big"), at + 2 + size
            if at > min(end, len(body)):
                return
            yield extension, data


def _entries(data: bytes, kind: int, size: int) -> Iterator[tuple[int, bytes]]:
    """The entries of a list: each has `kind` bytes of type and a value after `size` bytes of length."""
    from dpkt.ssl import parse_variable_array

    with suppress(struct.error):  # where no length is left
        data, at = parse_variable_array(data, 2)[0], 0
        while at < len(data):
            start = at
            value, length = parse_variable_array(data[at + kind :], size)
            at += kind + length
            if at > len(data):
                return
            yield int.from_bytes(data[start : start + kind], "big"), value
