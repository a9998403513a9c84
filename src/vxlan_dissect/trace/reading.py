"""How do captures become records?

Law: each capture is read once, batch by batch. An error ends the reading of one capture and of no other; what was read
before it is not lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect import pipeline
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.trace.fingerprint import mixed, prints
from vxlan_dissect.trace.records import KEPT, TAP, Records, Taken
from vxlan_dissect.trace.runs import begins, ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

_WIDE = 1 << 16
BURST_NS = 20_000_000  # in which one node shows a packet at all of its interfaces


class Tap(NamedTuple):
    """One interface as one capture tells it: `capture` is the index of the capture.

    `interface` is the number of its interface in the file, `ifindex` that which a cooked header names.
    """

    capture: int
    interface: int | None
    ifindex: int | None


class Read(NamedTuple):
    """What was read: the captures, their taps and how many frames each of these has, and the records.

    `chosen`, shape (n,): which records a filter chose. `problems`: the errors that ended the reading of a capture.
    """

    captures: list[Taken]
    taps: list[Tap]
    frames: list[int]
    records: Records
    chosen: NDArray[np.bool_]
    problems: list[CaptureError]

    def without_prints(self) -> Read:
        """The same without what serves only to know packets again, which is half of it."""
        none = np.zeros(0, dtype=np.uint64)
        return self._replace(records=self.records._replace(strong=none, weak=none, body=none, flow=none))

    def fragments(self, records: NDArray[np.bool_]) -> int:
        """How many frames more than one each the records of a mask, shape (n,), were put together from."""
        more = 0
        of = np.array([tap.capture for tap in self.taps], dtype=np.int64)
        for number, capture in enumerate(self.captures):
            if capture.made_of:
                rows = np.flatnonzero(records & np.isin(self.records.tap, np.flatnonzero(of == number)))
                more += sum(len(capture.made_of.get(frame, (0,))) - 1 for frame in self.records.frame[rows].tolist())
        return more


def slots_of(read: Read) -> NDArray[np.int64]:
    """Where and in which form each record was seen, shape (n,): equal packets in one slot are several.

    A capture of all interfaces that does not tell one from the other shows a packet several times in a moment: there
    the turn is part of the slot.
    """
    records = read.records
    slots = (records.tap.astype(np.int64) << 9) | (records.tunnelled.astype(np.int64) << 8) | records.hop_limit
    blind = [tap for tap, one in enumerate(read.taps) if one.ifindex is None and read.captures[one.capture].directions]
    rows = np.flatnonzero(np.isin(records.tap, blind)) if blind else np.zeros(0, dtype=np.intp)
    if len(rows):
        keys, times = mixed(records.strong[rows], records.body[rows], slots[rows]), records.time[rows]
        order = np.lexsort((times, keys))
        new = begins(keys[order])
        new[1:] |= np.diff(times[order]) > BURST_NS
        slots[rows[order]] |= ranks(np.flatnonzero(new), len(rows)) << 26
    return slots


def flooded(records: Records) -> NDArray[np.bool_]:
    """Which records may be copies that a bridge sent back: no sender repeats such packets within a moment.

    Those are the questions and answers of neighbours and groups, and echoes, which are numbered; shape (n,).
    """
    ports = records.ports
    echo = (records.flags == 0) & (ports != 0) & (ports >> 16 == ports & 0xFFFF)
    found: NDArray[np.bool_] = (records.strong == records.weak) | echo
    return found


class Reader:
    """Reads captures one after the other; `batches` gives the batches of one.

    `captures`: those of which something was read; `problems`: the errors that ended the reading of one.
    """

    def __init__(self, batches: Callable[[str], Iterator[pipeline.Explanations | Packets]]) -> None:
        self._batches = batches
        self.captures: list[Taken] = []
        self._taps: dict[Tap, int] = {}
        self._parts: list[Records] = []
        self._looks: list[list[NDArray[np.int32]]] = []
        self._chosen: list[NDArray[np.bool_]] = []
        self._frames = 0
        self._frames_of: list[int] = []  # of each tap
        self.problems: list[CaptureError] = []

    def read(self, name: str, label: str) -> None:
        """Read a capture; one that cannot be read is a problem and no capture."""
        capture = Taken(name, label)
        self.captures.append(capture)
        self._looks.append([])
        try:
            for batch in self._batches(name):
                packets = batch if not isinstance(batch, pipeline.Explanations) else batch.packets
                if packets.problem is not None:
                    capture.problem = packets.problem
                if len(packets):
                    self._learn(capture, packets)
                    chosen = np.zeros(len(packets), dtype=bool)
                    chosen[batch.rows if isinstance(batch, pipeline.Explanations) else slice(None)] = True
                    self._chosen.append(chosen)
        except CaptureError as problem:
            capture.problem = problem
            if not capture.frames:
                self.captures.pop()
                self._looks.pop()
        if capture.problem is not None:
            self.problems.append(capture.problem)

    def result(self) -> Read:
        """All that was read. Fragments that others were put together with are left out."""
        count = np.cumsum([0, *(len(capture.looks) for capture in self.captures)])
        looks = [look + np.int32(start) for parts, start in zip(self._looks, count, strict=False) for look in parts]
        records = Records.joined(self._parts)
        look = np.concatenate(looks) if looks else records.look
        chosen = np.concatenate(self._chosen) if self._chosen else np.zeros(0, dtype=bool)
        whole = self._whole(records)
        if whole.all():
            records = records._replace(look=look)
            return Read(self.captures, list(self._taps), self._frames_of, records, chosen, self.problems)
        records = records.take(whole)._replace(look=look[whole])
        return Read(self.captures, list(self._taps), self._frames_of, records, chosen[whole], self.problems)

    def _learn(self, capture: Taken, packets: Packets) -> None:
        number = len(self.captures) - 1
        self._frames += len(packets)
        capture.frames += len(packets)
        if self._frames > KEPT:
            for each in self.captures:
                each.shrink()
        times = packets.times()
        begin, end = int(times.min()), int(times.max())
        capture.begin_ns = begin if capture.begin_ns is None else min(begin, capture.begin_ns)
        capture.end_ns = end if capture.end_ns is None else max(end, capture.end_ns)
        capture.made_of |= packets.made_of
        direction = packets.column("sll.pkttype")
        capture.directions |= set(np.unique(direction.values[direction.valid]).tolist())
        taps = self._taps_of(number, packets)
        self._looks[-1].append(capture.looks_of(packets, taps))
        found = prints(packets)
        four, six = packets.column("ip.ttl"), packets.column("ipv6.hlim")
        limits = np.where(six.valid, six.values, np.where(four.valid, four.values, 0)).astype(np.uint8)
        tunnels = packets.column("frame.tunnels")
        self._parts.append(
            Records(
                times, packets.columns["frame.number"].values.astype(np.uint32), taps, self._looks[-1][-1],
                found.strong, found.weak, found.body, found.flow, found.ports, found.number, found.length, found.flags,
                limits, tunnels.valid & (tunnels.values > 0),
            )
        )  # fmt: skip

    def _taps_of(self, capture: int, packets: Packets) -> NDArray[np.uint16]:
        """The tap of each frame."""
        interface, index = (packets.column(name) for name in TAP)
        both = np.where(interface.valid, interface.values.astype(np.int64), -1) * (1 << 33)
        both += np.where(index.valid, index.values.astype(np.int64), -1)
        values, codes = np.unique(both, return_inverse=True)
        numbers = []
        for value in values.tolist():
            high, low = divmod(value + 1, 1 << 33)
            tap = Tap(capture, high if high >= 0 else None, low - 1 if low else None)
            numbers.append(self._taps.setdefault(tap, min(len(self._taps), _WIDE - 1)))
        taps = np.array(numbers, dtype=np.uint16)[codes]
        counts = np.bincount(taps, minlength=len(self._taps)).tolist()
        self._frames_of += [0] * (len(counts) - len(self._frames_of))
        self._frames_of = [known + more for known, more in zip(self._frames_of, counts, strict=True)]
        return taps

    def _whole(self, records: Records) -> NDArray[np.bool_]:
        """Which records are no fragments of a datagram that another frame completes, shape (n,)."""
        kept = np.ones(len(records.time), dtype=bool)
        start = 0
        for capture in self.captures:
            parts = {part for frame, made_of in capture.made_of.items() for part in made_of if part != frame}
            if parts:
                mine = slice(start, start + capture.frames)
                kept[mine] = ~np.isin(records.frame[mine], list(parts))
            start += capture.frames
        return kept
