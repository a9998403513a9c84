"""How would the same captures look if the clock of one node were wrong?

Law: nothing but time stamps changes; they keep the resolution of the file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.trace.reading import MAGICS, PCAPNG, options_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clock = Callable[[int], int]  # what a clock shows at a time, both in ns

AHEAD = 80_000_000  # ns
DRIFT = 50e-6


def drifting(begin: int) -> Clock:
    """A clock that is 80 ms ahead at `begin` and gains 50 ppm."""
    return lambda time: time + AHEAD + round((time - begin) * DRIFT)


def move(source: Path, target: Path, clock: Clock) -> Path:
    """Write a capture by another clock."""
    data = bytearray(source.read_bytes())
    if data.startswith(PCAPNG):
        _pcapng(data, clock)
    else:
        _pcap(data, clock)
    target.write_bytes(data)
    return target


def _pcap(data: bytearray, clock: Clock) -> None:
    order, unit = MAGICS[bytes(data[:4])]
    at, head = 24, struct.Struct(order + "III")
    while at + 16 <= len(data):
        seconds, fraction, held = head.unpack_from(data, at)
        now = clock(seconds * 10**9 + fraction * unit)
        head.pack_into(data, at, now // 10**9, now % 10**9 // unit, held)
        at += 16 + held


def _pcapng(data: bytearray, clock: Clock) -> None:
    at, units = 0, []
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 1:
            units.append(10 ** (9 - dict(options_of(bytes(data[at + 16 : at + size - 4]))).get(9, b"\x06")[0]))
        elif kind == 6:
            link, high, low = struct.unpack_from("<III", data, at + 8)
            now = clock((high << 32 | low) * units[link]) // units[link]
            struct.pack_into("<II", data, at + 12, now >> 32, now & 0xFFFFFFFF)
        at += size
