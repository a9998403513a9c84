"""Are the checksums of a packet right, and where they are wrong, is that the work of an offload?

Law: a checksum is judged only where every byte that it covers is at hand, so not in a fragment but in the datagram that
was put together. One that holds what Linux leaves for the network card to finish is `partial`, which is no fault of the
packet.

The sum over all 16-bit words, checksum included, is 0xffff where the checksum is right, and it does not depend on the
order of bytes (RFC 1071): where the words lie at odd places, those at even ones are summed and the sum is swapped.

Sources: RFC 791, RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1 (pseudo-headers; their destination is where the
packet ends, whatever the routing header says that comes before), RFC 4443 section 2.3, RFC 6935 and RFC 6936 (zero over
IPv6). What Linux leaves is the sum of the pseudo-header, not complemented (CHECKSUM_PARTIAL in include/linux/skbuff.h),
for segmentation perhaps without the length. A tunnel around such a packet has the checksum that will be right once the
inner one is finished (lco_csum in include/linux/udp.h).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.dissect import trace
from vxlan_dissect.packets import Column, empty
from vxlan_dissect.wire import ipv4, ipv6_options, ipv6_routing
from vxlan_dissect.wire.header import QUOTE
from vxlan_dissect.wire.ipv6_options import LARGEST_PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

    from vxlan_dissect.dissect import Traced
    from vxlan_dissect.packets import Packets, TextColumn
    from vxlan_dissect.wire.header import Work

    Array = NDArray[Any]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

BAD, GOOD, UNVERIFIED, NOT_PRESENT, PARTIAL = 0, 1, 2, 3, 5  # codes of schema_values.CHECKSUM_STATES
NAMES = ("ip", "udp", "tcp", "icmp", "icmpv6", "igmp")
FIELDS = tuple(f"{name}.checksum.status" for name in NAMES)
PSEUDO = {"udp": 17, "tcp": 6, "icmpv6": 58}  # headers whose checksum covers a pseudo-header, and their number in it
LEVELS = ("", schema.OUTER)  # by the number of tunnels between a packet and the innermost one
SLICE = 1 << 18  # bytes of a buffer that are summed at once
RIGHT = 0xFFFF


class Covered(NamedTuple):
    """What the checksums of one header cover, in frames of one buffer; arrays of shape (k,).

    `depth`: index into LEVELS. `rows`: of the frames. `starts`, `ends`: in the buffer. `stored`: the checksums.
    `head`: what is summed beside the bytes. `bare`: the pseudo-header without its length, None where there is none.
    `whole`: False where bytes are missing or the length makes no sense.
    """

    name: str
    depth: int
    rows: Ints
    starts: Ints
    ends: Ints
    stored: Ints
    head: Ints
    bare: Ints | None
    whole: Mask


def columns(packets: Packets) -> dict[str, Column | TextColumn]:
    """The status of all checksums of the innermost packets and of the tunnel packets around them."""
    made: dict[str, Column | TextColumn] = {}
    for traced in trace(packets):
        every = [covered for depth in range(len(LEVELS)) for covered in _Level(traced, packets, depth).covered()]
        for covered, codes in _judge(traced, every):
            column = f"{LEVELS[covered.depth]}{covered.name}.checksum.status"
            values, valid, *_ = made.setdefault(column, empty("u1", len(packets)))
            values[traced.rows[covered.rows]] = codes
            valid[traced.rows[covered.rows]] = True
    return made


class _Level:
    """What IP says for the sums above it in the packets of one level; arrays of shape (n,) over the walked frames."""

    def __init__(self, traced: Traced, packets: Packets, depth: int) -> None:
        self.traced, self.frames, self.depth = traced, traced.frames, depth
        count = len(traced.rows)
        self.ends, self.source, self.destination, self.final, self.jumbo = np.zeros((5, count), dtype=np.int64)
        self.whole = np.ones(count, dtype=bool)
        self.on_its_way, self.known = np.zeros((2, count), dtype=bool)
        self.packets = packets
        # A frame that was put together from fragments has lengths of zero and no flags in the headers before them.
        self.rebuilt = np.isin(packets.column("frame.number").values[traced.rows], list(packets.rebuilt))

    def covered(self) -> Iterator[Covered]:
        """What the checksums of these packets cover."""
        for part in self.frames.parts:
            use = _NOTED.get(id(part.columns))
            if use is not None and part.level != QUOTE:
                here = self._here(part.level, part.rows)
                use(self, part.rows[here], part.structs[here])
        for place in self.traced.places:
            name, work = self.frames.dispatch.headers[place.header].name, place.work
            if work.level == QUOTE or name not in (*NAMES, "ipv6", "ipv6.fraghdr", "ipv6.routing"):
                continue
            here = self._here(work.level, work.rows)
            if not here.any():
                continue
            structs, body = place.structs, place.body
            if not here.all():
                work, structs, body = work.pick(here), structs[here], body[here]
            if name == "ipv6.routing":
                self.on_its_way[work.rows] |= structs["segments_left"] > 0
            elif name == "ipv6.fraghdr":
                self.whole[work.rows] &= structs["offset_more"] & 0xFFF9 == 0
            elif name == "ipv6":
                self._ipv6(work, structs)
            elif name == "ip":
                yield self._ipv4(work, structs, body)
            else:
                yield self._above(name, work, structs)

    def _here(self, level: int, rows: Ints) -> Mask:
        return np.asarray(self.frames.tunnels[rows] == level + self.depth)

    def _ends_with(self, work: Work, ends: Ints) -> None:
        self.ends[work.rows] = ends
        self.whole[work.rows] &= ends <= np.minimum(work.ends, self.frames.captured[work.rows])

    def _ipv4(self, work: Work, structs: Array, body: Ints) -> Covered:
        total, flags = structs["total_length"].astype(np.int64), structs["flags_offset"].astype(np.int64)
        self._ends_with(work, np.where(total > 0, work.offsets + total, work.ends))
        self.whole[work.rows] &= flags & 0x3FFF == 0
        self.source[work.rows] = _words(structs["source"])
        self.destination[work.rows] = _words(structs["destination"])
        head, sound = np.zeros(len(body), dtype=np.int64), np.ones(len(body), dtype=bool)
        again = self.rebuilt[work.rows] & (total == 0)
        if again.any():
            sent, sound[again] = self._as_sent(work.rows[again])
            # Ones' complement arithmetic is modulo 0xffff.
            head[again] = (sent - flags[again] % 0x8000) % RIGHT
        stored = _stored(structs)
        return Covered("ip", self.depth, work.rows, work.offsets, body, stored, head, None, sound)

    def _as_sent(self, rows: Ints) -> tuple[Ints, Mask]:
        """Length and flags that IPv4 headers came with, summed, and where they are known."""
        names = ("ip.len", "ip.flags.df", "ip.flags.mf", "ip.frag_offset")
        every = [self.packets.column(LEVELS[self.depth] + name) for name in names]
        places = self.traced.rows[rows]
        length, unfragmented, more, offset = (column.values[places].astype(np.int64) for column in every)
        known = np.logical_and.reduce([column.valid[places] for column in every])
        return length + (unfragmented << 14) + (more << 13) + (offset >> 3), known

    def _ipv6(self, work: Work, structs: Array) -> None:
        begin, length = work.offsets + structs.dtype.itemsize, structs["payload_length"].astype(np.int64)
        jumbo = self.jumbo[work.rows]
        length = np.where((length == 0) & (jumbo > LARGEST_PLAIN), jumbo, length)
        self._ends_with(work, np.where(length > 0, begin + length, work.ends))
        self.source[work.rows] = _address_words(structs["source"])
        self.destination[work.rows] = _address_words(structs["destination"])

    def _above(self, name: str, work: Work, structs: Array) -> Covered:
        """What the checksums of transport headers or messages cover."""
        rows, starts, ends = work.rows, work.offsets, self.ends[work.rows]
        whole = self.whole[rows] & (self.known[rows] | ~self.on_its_way[rows])
        if name == "udp":
            length = structs["length"].astype(np.int64)
            whole &= (starts + length <= ends) & ~(self.rebuilt[rows] & (length == 0))
            ends = np.where(length > 0, starts + length, ends)
        bare, head = None, np.zeros(len(rows), dtype=np.int64)
        if name in PSEUDO:
            destination = np.where(self.on_its_way[rows], self.final[rows], self.destination[rows])
            bare = self.source[rows] + destination + PSEUDO[name]
            head = bare + (ends - starts)
        return Covered(name, self.depth, rows, starts, ends, _stored(structs), head, bare, whole)

    def note_route(self, rows: Ints, _structs: Array) -> None:
        """With a source route the destination of IPv4 is the next stop only."""
        self.whole[rows] = False

    def note_final(self, rows: Ints, structs: Array) -> None:
        """Where a routing header says that packets end."""
        self.final[rows], self.known[rows] = _address_words(structs["address"]), True

    def note_jumbo(self, rows: Ints, structs: Array) -> None:
        """How long jumbograms are."""
        self.jumbo[rows] = structs["value"]


# What the walk noted of options and routing headers -> what it means for the sums.
_NOTED = {
    id(columns): use
    for use, every in (
        (_Level.note_route, (ipv4.LOOSE_ROUTE, ipv4.STRICT_ROUTE)),
        (_Level.note_final, (ipv6_routing.LAST_HOP, ipv6_routing.HOME, ipv6_routing.LAST_SEGMENT)),
        (_Level.note_jumbo, (ipv6_options.JUMBO,)),
    )
    for columns in every
}


def _stored(structs: Array) -> Ints:
    return np.asarray(structs["checksum"].astype(np.int64))


def _words(numbers: Array) -> Ints:
    """Sums of the 16-bit words of integers, shape (k,)."""
    bits = 8 * numbers.dtype.itemsize
    native = numbers.astype(np.uint64)
    words = [native >> np.uint64(shift) & np.uint64(0xFFFF) for shift in range(0, bits, 16)]
    return np.asarray(np.sum(words, axis=0).astype(np.int64))


def _address_words(addresses: Array) -> Ints:
    """Sums of the 16-bit words of IPv6 addresses, shape (k,)."""
    return _words(addresses["hi"]) + _words(addresses["lo"])


def _judge(traced: Traced, every: list[Covered]) -> Iterator[tuple[Covered, Array]]:
    """The codes of checksums, uint8 of shape (k,); those of innermost packets must come first."""
    if not every:
        return
    starts = np.concatenate([covered.starts for covered in every])
    ends = np.concatenate([np.where(covered.whole, covered.ends, covered.starts) for covered in every])
    sums = word_sums(traced.frames.buffer, starts, ends)
    # What the sum of a tunnel packet will grow by when the packet inside is finished, and where that begins.
    growth, begins = np.zeros((2, len(traced.rows)), dtype=np.int64)
    for covered, total in zip(every, np.split(sums, np.cumsum([len(c.rows) for c in every])[:-1]), strict=True):
        rows, starts, stored = covered.rows, covered.starts, covered.stored
        codes = np.full(len(rows), BAD, dtype=np.uint8)
        if covered.bare is not None:
            partial = (stored == folded(covered.head)) | (stored == folded(covered.bare))
            if covered.depth:
                aligned = (begins[rows] - starts) % 2 == 0
                partial |= (growth[rows] > 0) & aligned & (folded(total + covered.head + growth[rows]) == RIGHT)
            codes[partial] = PARTIAL
        codes[folded(total + covered.head) == RIGHT] = GOOD
        codes[~covered.whole] = UNVERIFIED
        if covered.name == "udp":
            codes[stored == 0] = NOT_PRESENT
        if not covered.depth:
            left = codes == PARTIAL
            growth[rows[left]] = (2 * RIGHT - folded(covered.head) - folded(total))[left]
            begins[rows[left]] = starts[left]
        yield covered, codes


def folded(sums: Ints) -> Ints:
    """Sums of 16-bit words as ones' complement sums of 16 bits (RFC 1071 section 4.1), shape (k,)."""
    for _ in range(4):
        sums = (sums & 0xFFFF) + (sums >> 16)
    return sums


def word_sums(buffer: NDArray[np.uint8], starts: Ints, ends: Ints) -> Ints:
    """Sums of the big-endian 16-bit words between `starts` and `ends`, folded, int64 of shape (k,).

    An odd last byte is the high one of its word. The ranges may lie in any order and overlap; they must fit the buffer.
    """
    sums = np.zeros(len(starts), dtype=np.int64)
    order = np.argsort(starts, kind="stable")
    order = order[ends[order] > starts[order]]
    first = starts[order] // SLICE
    for group in np.split(order, np.flatnonzero(first[1:] != first[:-1]) + 1) if len(order) else ():
        base = int(starts[group[0]]) & ~1
        # Whole words, and one more for the ranges that end with the last.
        size = (int(ends[group].max()) - base + 1) // 2 + 1
        plain = np.zeros(2 * size, dtype=np.uint8)
        part = buffer[base : base + 2 * size - 2]
        plain[: len(part)] = part
        words = plain.view(">u2").astype(np.uint64)
        begin, end = starts[group] - base, ends[group] - base
        odd, tail = begin % 2, end % 2
        low, high = (begin + 1) // 2, end // 2
        within = np.add.reduceat(words, np.column_stack((low, np.maximum(high, low))).ravel())[::2].astype(np.int64)
        total = np.where(high > low, within, 0) + odd * plain[begin] + tail * plain[end - 1].astype(np.int64) * 256
        total = folded(total)
        sums[group] = np.where(odd == 1, (total & 0xFF) << 8 | total >> 8, total)
    return sums
