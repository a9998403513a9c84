"""How are the packets of a pcapng file found?

Law: a block says its length before and after its body, and both must agree; a block that holds no packet is passed by
its length. The walk finds the packet blocks; their fields are then read at once. The interfaces of all sections share
one list, which grows while the file is read. Format: draft-ietf-opsawg-pcapng.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |                        Block Type = 6                         |
    +---------------------------------------------------------------+
    |                      Block Total Length                       |
    +---------------------------------------------------------------+
    |  Interface ID   (in the obsolete block: 16 bits, then drops)  |
    +---------------------------------------------------------------+
    |                   Timestamp (upper 32 bits)                   |
    +---------------------------------------------------------------+
    |                   Timestamp (lower 32 bits)                   |
    +---------------------------------------------------------------+
    |                    Captured Packet Length                     |
    +---------------------------------------------------------------+
    |                    Original Packet Length                     |
    +---------------------------------------------------------------+
    |        Packet Data, Options, Block Total Length again ...
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.capture import lanes
from vxlan_dissect.capture import pcapng_sections as sections
from vxlan_dissect.capture.linktypes import unsupported
from vxlan_dissect.capture.records import BATCH_RECORDS, MAX_CAPTURED, Records, batches, join
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.gather import gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.capture.source import Window
    from vxlan_dissect.packets import CaptureInterface

SECTION, INTERFACE, OBSOLETE, SIMPLE, NAMES, STATISTICS, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 4, 5, 6
PACKETS = (OBSOLETE, SIMPLE, ENHANCED)
SMALLEST = 12  # type, length, length
LEAST = {SECTION: 28, INTERFACE: 20, OBSOLETE: 32, SIMPLE: 16, ENHANCED: 32}  # bytes of the whole block
SMALLEST_STATISTICS = 24
BEFORE_DATA, BEFORE_SIMPLE_DATA, AFTER_DATA = 28, 12, 4
MOST_PADDING = 3  # bytes after a packet; where more are left, options follow
FIELDS = ("kind", "total", "interface", "high", "low", "captured", "original")
MAX_BLOCK = MAX_CAPTURED + 0x10000  # a packet and its options
MAX_INTERFACES = 0x10000  # what Records.interfaces_of can count

CLAIMS = "a block of type {} claims {} bytes"
UNEQUAL = "a block begins with the length {} and ends with another"


def read(window: Window) -> Iterator[Records]:
    """The packets of a pcapng file. Raises CaptureError, after them, for what could not be read."""
    return _Reader(window).read()


def _layout(order: str) -> lanes.Layout:
    """What lanes look for: enhanced packet blocks."""
    word = np.dtype(f"{order}u4")
    # The block type, and the upper half of its length.
    marks = ((0, ENHANCED), (1, 0), (2, 0), (3, 0), (6, 0), (7, 0)) if order == "<" else (
        (0, 0), (1, 0), (2, 0), (3, ENHANCED), (4, 0), (5, 0)
    )  # fmt: skip

    def plausible(data: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.bool_]:
        block = gather(data, places, np.dtype([(name, word) for name in FIELDS]))
        found: NDArray[np.bool_] = (block["kind"] == ENHANCED) & (block["total"] % 4 == 0)
        return found & (block["total"] <= MAX_BLOCK) & (block["captured"] <= block["original"])

    return lanes.Layout(word, 4, 0, MAX_BLOCK, LEAST[ENHANCED], lambda _header: marks, plausible)


class _Reader:
    """A walk through a file: where it is, what the blocks so far said, and the packets since the last batch."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.position = 0
        self.first = 1
        self.interfaces: list[CaptureInterface] = []
        self.clocks: list[sections.Clock] = []
        self.section = sections.Section("<", 0)
        self.refusals: list[str | None] = []  # of each interface of this section: why its packets cannot be decoded
        self.undecodable: CaptureError | None = None  # what is wrong with the first packet of such an interface
        self.starts: list[int] = []
        self.comments: dict[int, str] = {}
        self.wanted: tuple[int, int | None] = (SMALLEST, None)  # bytes and type of the block that is not all there
        self.lanes = lanes.Lanes()

    def read(self) -> Iterator[Records]:
        """Batches of a good size, however short the sections are: a batch costs time whatever it holds."""
        small: list[Records] = []
        count = 0
        for batch in self._batches():
            if small and (batch is None or count + len(batch) > BATCH_RECORDS):
                yield join(small)
                small, count = [], 0
            if batch is not None:
                small.append(batch)
                count += len(batch)

    def _batches(self) -> Iterator[Records | None]:
        """Batches of one section each, and None where what came so far cannot wait."""
        while True:
            yield from self._packets_ahead()
            fault, complete = None, True
            try:
                complete = self._walk()
            except CaptureError as error:
                fault = error
            if self.starts:
                yield self._records(np.array(self.starts, dtype=np.int64))
                self.starts, self.comments = [], {}
            if fault is not None:
                yield None
                raise fault
            if not complete:
                yield None
                if not self.window.more(self.position):
                    break
                self.position = 0
        self._end()

    def _packets_ahead(self) -> Iterator[Records]:
        """Take enhanced packet blocks, many at once, as long as nothing else comes and nothing is wrong with them."""
        data, usable = self.window.array, np.array([reason is None for reason in self.refusals])
        layout = _layout(self.section.order)
        while len(usable):
            self.window.prepare(self.position, lanes.SPAN)
            places, _ = self.lanes.walk(data, self.position, layout)
            block = gather(data, places, np.dtype([(name, layout.size) for name in FIELDS]))
            total, number = block["total"].astype(np.int64), block["interface"]
            good = (block["kind"] == ENHANCED) & (total % 4 == 0) & (total >= LEAST[ENHANCED])
            good[good] = gather(data, (places + total - AFTER_DATA)[good], layout.size) == total[good]
            good &= usable[np.minimum(number, len(usable) - 1)] & (number < len(usable))
            spare = total - BEFORE_DATA - AFTER_DATA - block["captured"]
            good &= spare >= 0
            count = len(places) if good.all() else int(good.argmin())
            if not count:
                return
            for row in np.flatnonzero(spare[:count] > MOST_PADDING).tolist():
                self._options(self.first + row, int(places[row]), int(block["captured"][row]), int(total[row]))
            for batch in batches(places[:count]):
                yield self._records(batch)
            self.comments = {}
            self.position = int(places[count - 1] + total[count - 1])

    def _walk(self) -> bool:
        """Take whole blocks until a batch is complete (True) or needs more bytes (False). Raises CaptureError."""
        data, end, starts = self.window.data, len(self.window.data), self.starts
        order = self.section.order
        block, word = Struct(f"{order}II").unpack_from, Struct(f"{order}I").unpack_from
        packet, packets = Struct(f"{order}8xI8xI").unpack_from, Struct(f"{order}I").pack(ENHANCED)
        while len(starts) < BATCH_RECORDS:
            position = self.position
            if end - position < SMALLEST:
                self.wanted = (SMALLEST, None)
                return False
            kind, total = block(data, position)
            if kind == SECTION:
                return bool(starts) or self._section()
            if total % 4 or not LEAST.get(kind, SMALLEST) <= total <= MAX_BLOCK:
                raise self._refuse(CLAIMS.format(kind, total), kind)
            after = position + total
            if after > end:
                self.wanted = (total, kind)
                return False
            if word(data, after - AFTER_DATA)[0] != total:
                raise self._refuse(UNEQUAL.format(total), kind)
            if kind == ENHANCED:
                self._packet(kind, total, *packet(data, position))
            elif kind == INTERFACE:
                self._interface(total)
                if not starts and data[after : after + 4] == packets:  # they may be many
                    self.position = after
                    return True
            elif kind == OBSOLETE:
                number, captured = packet(data, position)
                self._packet(kind, total, number & 0xFFFF if order == "<" else number >> 16, captured)
            elif kind == SIMPLE:
                self._packet(kind, total, 0, 0)
            elif kind == NAMES:
                self.window.names.resolve(data, position, total, order)
            elif kind == STATISTICS and total >= SMALLEST_STATISTICS:
                number, dropped = sections.drops(data, position, total, order)
                if number < len(self.refusals):
                    self.window.names.drops[self.section.first + number] = dropped
            self.position = after
        return True

    def _packet(self, kind: int, total: int, number: int, captured: int) -> None:
        """Take the packet block at hand, of interface `number` of this section."""
        if number >= len(self.refusals):
            raise self._refuse(f"a packet of interface {number}, but {len(self.refusals)} are described", kind)
        if (reason := self.refusals[number]) and self.undecodable is None:
            self.undecodable = self._refuse(reason, kind)
        if kind != SIMPLE:
            spare = total - BEFORE_DATA - AFTER_DATA - captured
            if spare < 0:
                raise self._refuse(f"a packet block of {total} bytes claims {captured} captured bytes", kind)
            if spare > MOST_PADDING:
                self._options(self.first + len(self.starts), self.position, captured, total)
        self.starts.append(self.position)

    def _options(self, frame: int, position: int, captured: int, total: int) -> None:
        """Keep the comments of the packet block at `position`, which holds `frame`."""
        begin = position + BEFORE_DATA + captured + -captured % 4
        said = sections.options(self.window.data, begin, position + total - AFTER_DATA, self.section.order)
        comments = [sections.text(value) for code, value in said if code == sections.COMMENT]
        if comments:
            self.comments[frame] = "\n".join(filter(None, comments))

    def _interface(self, total: int) -> None:
        """Take the interface description block at hand."""
        if len(self.interfaces) == MAX_INTERFACES:
            raise self._refuse(f"more than {MAX_INTERFACES} interfaces", INTERFACE)
        described, clock = sections.interface(self.window.data, self.position, total, self.section)
        names, begin = self.window.names, self.position + 16
        said = sections.comment_of(self.window.data, begin, total - 20, self.section.order)
        names.comment(names.interface_comments, said)
        self.interfaces.append(described)
        self.clocks.append(clock)
        self.refusals.append(unsupported(described.linktype))

    def _section(self) -> bool:
        """Take the section header block at hand; False where not all of it is there."""
        data, position = self.window.data, self.position
        order = sections.BYTE_ORDERS.get(data[position + 8 : position + 12])
        if order is None:
            raise self._refuse("a section header without its byte-order magic", SECTION)
        word = Struct(f"{order}I").unpack_from
        (total,) = word(data, position + 4)
        if total % 4 or not LEAST[SECTION] <= total <= MAX_BLOCK:
            raise self._refuse(CLAIMS.format(SECTION, total), SECTION)
        if position + total > len(data):
            self.wanted = (total, SECTION)
            return False
        major, minor = Struct(f"{order}HH").unpack_from(data, position + 12)
        if major != 1:
            raise self._refuse(f"pcapng version {major}.{minor} is not supported", SECTION)
        if word(data, position + total - AFTER_DATA)[0] != total:
            raise self._refuse(UNEQUAL.format(total), SECTION)
        names = self.window.names
        names.comment(names.section_comments, sections.comment_of(data, position + 24, total - 28, order))
        self.section = sections.section(data, position, total, order, len(self.interfaces))
        self.refusals = []
        self.position += total
        return True

    def _refuse(self, reason: str, kind: int) -> CaptureError:
        """The error of the block at hand; it concerns a frame where the block holds one."""
        frame = self.first + len(self.starts) if kind in PACKETS else None
        return CaptureError(self.window.name, reason, frame=frame, offset=self.window.base + self.position)

    def _end(self) -> None:
        """Raise CaptureError unless the bytes end where a block does and every packet is of a known link type."""
        need, kind = self.wanted
        if self.position < len(self.window.data) or self.window.problem:
            frame = self.first if kind is None or kind in PACKETS else None
            raise self.window.cut(self.position, "the block", need, frame)
        if self.undecodable is not None:
            raise self.undecodable

    def _records(self, places: NDArray[np.int64]) -> Records:
        """The next batch of packets, whose blocks begin at `places`."""
        window, section, word = self.window, self.section, f"{self.section.order}u4"
        first, self.first = self.first, self.first + len(places)
        fields = np.zeros(len(places), dtype=[(name, word) for name in FIELDS])
        kinds = gather(window.array, places, np.dtype(word))
        simple, obsolete = kinds == SIMPLE, kinds == OBSOLETE
        fields[~simple] = gather(window.array, places[~simple], fields.dtype)
        number, high, low, captured, original = (fields[name].astype(np.int64) for name in FIELDS[2:])
        number[obsolete] = number[obsolete] & 0xFFFF if section.order == "<" else number[obsolete] >> 16
        offsets = places + BEFORE_DATA
        if simple.any():
            dtype = np.dtype([(name, word) for name in ("kind", "total", "original")])
            brief = gather(window.array, places[simple], dtype)
            room = brief["total"].astype(np.int64) - BEFORE_SIMPLE_DATA - AFTER_DATA
            limit = self.interfaces[section.first].snaplen or MAX_CAPTURED
            original[simple] = brief["original"]
            captured[simple] = np.minimum(np.minimum(original[simple], room), limit)
            offsets[simple] = places[simple] + BEFORE_SIMPLE_DATA
        numbers = section.first + number
        times, timed = self._times(numbers, high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64))
        timed &= ~simple
        return Records(
            buffer=window.array,
            offsets=offsets,
            captured=captured,
            original=original,
            times=times,
            interfaces_of=numbers.astype(np.uint16),
            interfaces=self.interfaces,
            first=first,
            base=window.base,
            timed=None if timed.all() else timed,
            comments=self.comments,
        )

    def _times(
        self, numbers: NDArray[np.int64], ticks: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Nanoseconds since 1970 of packets of the interfaces `numbers`, and whether they are true."""
        times, timed = np.zeros(len(ticks), dtype=np.int64), np.ones(len(ticks), dtype=bool)
        order = np.argsort(numbers, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1):
            times[rows], timed[rows] = sections.times(ticks[rows], self.clocks[numbers[rows[0]]])
        return times, timed
