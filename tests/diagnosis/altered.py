"""How does a capture look from which frames were taken, or in which some stand twice?

Law: the records of a classic pcap file are walked with struct alone; what is kept is kept byte for byte.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import vxlan_dissect as vxd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

HEADER, RECORD = 24, 16


class Record(NamedTuple):
    """One frame: its number, its time in the units of the file, its bytes and its length on the wire."""

    number: int
    seconds: int
    fraction: int
    data: bytes
    original: int


def records(capture: bytes) -> list[Record]:
    """The records of a little-endian pcap file."""
    found, place = [], HEADER
    while place < len(capture):
        seconds, fraction, size, original = struct.unpack_from("<IIII", capture, place)
        found.append(
            Record(len(found) + 1, seconds, fraction, capture[place + RECORD : place + RECORD + size], original)
        )
        place += RECORD + size
    return found


def written(capture: bytes, kept: Iterable[Record]) -> bytes:
    """The same file with other records."""
    pieces = [capture[:HEADER]]
    for record in kept:
        head = struct.pack("<IIII", record.seconds, record.fraction, len(record.data), record.original)
        pieces += [head, record.data]
    return b"".join(pieces)


def folder_without(source: Path, target: Path, gone: Callable[[str], str | None]) -> list[str]:
    """Copy the captures of a scenario; `gone` gives for a file name a filter of the frames that are left out."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.pcap")):
        where, capture = gone(path.name), path.read_bytes()
        left = set() if where is None else {packet.number for packet in vxd.read(str(path)).where(where)}
        kept = [record for record in records(capture) if record.number not in left]
        (target / path.name).write_bytes(written(capture, kept))
    return [str(path) for path in sorted(target.glob("*.pcap"))]
