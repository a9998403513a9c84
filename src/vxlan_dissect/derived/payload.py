"""Which bytes is the message of an application made of, and how do its fields become columns?

Law: a message begins where the last header ends, and is read as far as its frame was captured. What a later fragment
holds is no beginning. Text is ASCII without controls, whatever stood in the bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.packets import Column, TextColumn, empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

    Ints = NDArray[Any]
    Mask = NDArray[np.bool_]

# The levels at which a message can lie: what the outer packet carries is a tunnel.
LEVELS = ("", schema.QUOTED)
# Bytes of a message that are read. Datagrams stay below (RFC 6891 section 6.2.5); a client hello has about 2000.
LONGEST = 4096
_PLAIN = re.compile(rb"[ -\[\]-~]*")
Value = int | tuple[str, ...]


def with_port(packets: Packets, level: str, protocol: str, ports: Sequence[int]) -> Mask:
    """Which frames have one of the ports on either side, shape (n,)."""
    found = np.zeros(len(packets), dtype=bool)
    for side in ("srcport", "dstport"):
        column = packets.columns.get(f"{level}{protocol}.{side}")
        if column is not None:
            for port in ports:
                found |= column.valid & (column.values == port)
    return found


def places(packets: Packets, level: str, wanted: Mask) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Where the payloads of the `wanted` frames lie, buffer by buffer: (data, rows, starts, ends).

    `data` is uint8; rows, starts and ends have shape (k,), the latter int64 indexes into data, `starts < ends`.
    """
    offset, length = packets.column(f"{level}data.offset"), packets.column(f"{level}data.len")
    wanted = wanted & offset.valid & length.valid & (length.values > 0)
    for name in ("ip.frag_offset", "ipv6.fraghdr.offset"):
        later = packets.columns.get(level + name)
        if later is not None:
            wanted &= ~(later.valid & (later.values > 0)) | packets.column("frame.fragments").valid
    for rows, data, begin, captured, _ in packets.held(np.flatnonzero(wanted)):
        starts = begin + offset.values[rows]
        ends = np.minimum(starts + length.values[rows], np.minimum(begin + captured, len(data)))
        there = starts < ends
        yield data, rows[there], starts[there], ends[there]


def payloads(packets: Packets, level: str, wanted: Mask) -> Iterator[tuple[int, bytes]]:
    """The payload of each of the `wanted` frames that has one, with its row: at most LONGEST bytes."""
    for data, rows, starts, ends in places(packets, level, wanted):
        ends = np.minimum(ends, starts + LONGEST)
        for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
            yield row, data[start:end].tobytes()


class Making:
    """Derived columns of `rows` frames in the making."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._given: dict[str, tuple[list[int], list[Value]]] = {}

    def put(self, row: int, level: str, values: Mapping[str, Value]) -> None:
        """Set columns of one frame: field names of a level to numbers, or to all the texts of a field."""
        for name, value in values.items():
            rows, given = self._given.setdefault(level + name, ([], []))
            rows.append(row)
            given.append(value)

    def columns(self) -> dict[str, Column | TextColumn]:
        """The columns of which some frame has a value."""
        return {name: self._column(name, rows, given) for name, (rows, given) in self._given.items()}

    def _column(self, name: str, rows: list[int], given: list[Value]) -> Column | TextColumn:
        kind = schema.field_of(name).kind
        values, valid = empty(kind, self._rows)
        valid[rows] = True
        if kind != "texts":
            values[rows] = given
            return Column(values, valid)
        codes: dict[Value, int] = {}
        values[rows] = [codes.setdefault(texts, len(codes)) for texts in given]
        return TextColumn(values, valid, tuple(codes))  # type: ignore[arg-type]  # of a field of text all are tuples


def text(raw: bytes, *, label: bool = False) -> str:
    r"""Bytes as text: what is no printable ASCII character as `\DDD` in decimal, a backslash as `\\`.

    So are the names of a master file written (RFC 1035 section 5.1), where a dot within a `label` is `\.` too.
    """
    if _PLAIN.fullmatch(raw) and not (label and b"." in raw):
        return raw.decode("ascii")
    return "".join(_escaped(octet, label) for octet in raw)


def _escaped(octet: int, label: bool) -> str:
    character = chr(octet)
    if character == "\\" or (label and character == "."):
        return f"\\{character}"
    return character if 0x20 <= octet <= 0x7E else f"\\{octet:03d}"
