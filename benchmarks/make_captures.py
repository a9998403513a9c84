"""A capture of any length as a node of a Cilium cluster would take it, for measurements.

Law: the same number of packets gives the same bytes on every machine; a longer capture begins with the shorter one;
memory does not grow with the length. Run `python benchmarks/make_captures.py PACKETS OUT.pcap`.
"""

from __future__ import annotations

import struct
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cluster import SEED, Cluster

if TYPE_CHECKING:
    from typing import BinaryIO

    from frames import Frame

    Array = np.ndarray

BATCH = 1 << 14  # trains; some 70,000 packets and 28 MB
BEGIN = 1_700_000_000_000_000  # µs
GAP = 160  # µs from one train to the next, at most; with it some 50,000 packets a second
RECORD = 16  # bytes before each packet of a classic pcap


class Deck:
    """The trains as arrays: what to copy for each, and where its counters stand."""

    def __init__(self) -> None:
        trains = list(Cluster().trains())
        frames = list(chain.from_iterable(train.frames for train in trains))
        self.count = np.array([len(train.frames) for train in trains])
        self.first = np.cumsum(self.count) - self.count  # a train's first frame
        self.bytes = [b"".join(map(_record, train.frames)) for train in trains]
        self.length = np.array([RECORD + len(frame.data) for frame in frames])
        chances = np.array([train.share for train in trains]) / self.count
        self.bounds = np.cumsum(chances / chances.sum() * 2**32).astype(np.int64)[:-1]
        # The n-th counter of each frame; a step of zero where it has none.
        most = max(len(frame.counters) for frame in frames)
        padded = [frame.counters + ((0, 0, 0, False),) * (most - len(frame.counters)) for frame in frames]
        self.counters = np.array(padded, dtype=np.int64).transpose(1, 2, 0)


def write(packets: int, file: BinaryIO) -> None:
    """`packets` packets as classic pcap with microseconds, Ethernet."""
    deck, chance = Deck(), np.random.PCG64(SEED)
    sent = np.zeros(len(deck.bytes), dtype=np.int64)
    clock, left = BEGIN, packets
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    while left > 0:
        drawn = chance.random_raw(BATCH)
        trains = np.searchsorted(deck.bounds, (drawn & 0xFFFFFFFF).astype(np.int64), side="right")
        times = _times_before(trains, sent)
        # Which frame each packet is: those of its train in their order.
        counts = deck.count[trains]
        of_train = np.repeat(np.arange(BATCH), counts)
        frames = deck.first[trains][of_train] + np.arange(len(of_train)) - (np.cumsum(counts) - counts)[of_train]
        starts = np.cumsum(deck.length[frames]) - deck.length[frames]
        out = np.frombuffer(bytearray().join([deck.bytes[train] for train in trains.tolist()]), dtype=np.uint8)
        for counter in deck.counters:
            at, step, checksum, udp = counter[:, frames]
            rows = np.flatnonzero(step)
            base = starts[rows] + RECORD
            _count(out, base + at[rows], step[rows] * times[of_train[rows]], base + checksum[rows], udp[rows] != 0)
        # Frames of a train come close together; trains come at any distance.
        gaps = np.ones(len(frames), dtype=np.int64)
        gaps[np.cumsum(counts) - counts] = (drawn >> np.uint64(32)).astype(np.int64) % GAP + 1
        clocks = clock + np.cumsum(gaps)
        clock = int(clocks[-1])
        stamps = np.stack([clocks // 1_000_000, clocks % 1_000_000], axis=1).astype("<u4").view(np.uint8)
        out[starts[:, None] + np.arange(8)] = stamps
        end = starts[left] if left < len(starts) else len(out)
        file.write(out[:end])
        left -= len(starts)


def _record(frame: Frame) -> bytes:
    """The frame behind its record header, whose time is not known yet."""
    return struct.pack("<IIII", 0, 0, len(frame.data), len(frame.data)) + frame.data


def _times_before(trains: Array, sent: Array) -> Array:
    """How many times each train was sent before; `sent` counts on."""
    order = np.argsort(trains, kind="stable")
    sizes = np.bincount(trains, minlength=len(sent))
    before = np.empty(len(trains), dtype=np.int64)
    before[order] = np.arange(len(trains)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    before += sent[trains]
    sent += sizes
    return before


def _count(out: Array, at: Array, more: Array, checksum: Array, udp: Array) -> None:
    """Add `more` to the 32-bit words at `at`, and correct the checksums over them (RFC 1624, equation 3)."""
    old = _word(out, at) << 16 | _word(out, at + 2)
    new = (old + more) & 0xFFFFFFFF
    total = 0xFFFF - _word(out, checksum) + (0xFFFF - (old >> 16)) + (0xFFFF - (old & 0xFFFF))
    total += (new >> 16) + (new & 0xFFFF)
    for _ in range(2):
        total = (total & 0xFFFF) + (total >> 16)
    value = 0xFFFF - total
    _put(out, checksum, np.where(udp & (value == 0), 0xFFFF, value))
    _put(out, at, new >> 16)
    _put(out, at + 2, new & 0xFFFF)


def _word(out: Array, at: Array) -> Array:
    return out[at].astype(np.int64) << 8 | out[at + 1]


def _put(out: Array, at: Array, value: Array) -> None:
    out[at], out[at + 1] = value >> 8, value & 0xFF


def main() -> int:
    """Write the capture that the command line names."""
    if len(sys.argv) != 3:
        print(f"usage: {sys.argv[0]} PACKETS OUT.pcap", file=sys.stderr)
        return 2
    part = Path(f"{sys.argv[2]}.part")  # a run that is stopped leaves no capture that looks whole
    with part.open("wb") as file:
        write(int(sys.argv[1]), file)
    part.replace(sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
