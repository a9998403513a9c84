"""Are the checksums of a packet right, and where they are wrong, is that the work of an offload?

Law: a checksum is judged only where every byte that it covers was captured, and never in a fragment. One that holds
what Linux leaves for the network card to finish is `partial`, which is no fault of the packet.

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
SOURCE_ROUTE = ("ip.options.route", "ip.options.source_route")
FINAL = ("ipv6.routing.src.addr", "ipv6.routing.mipv6.home_address", "ipv6.routing.srh.addr")
SLICE = 1 << 18  # bytes of a buffer that are summed at once
RIGHT = 0xFFFF


class Covered(NamedTuple):
    """What the checksums of one header cover, in frames of one buffer; arrays of shape (k,).

    `depth`: index into LEVELS. `rows`: of the frames. `starts`, `ends`: in the buffer. `stored`: the checksums.
    `pseudo`: sums of the pseudo-headers without the length, None where the header has none. `whole`: False where bytes
    are missing or the length makes no sense.
    """

    name: str
    depth: int
    rows: Ints
    starts: Ints
    ends: Ints
    stored: Ints
    pseudo: Ints | None
    whole: Mask


def columns(packets: Packets) -> dict[str, Column | TextColumn]:
    """The status of all checksums of the innermost packets and of the tunnel packets around them."""
    made: dict[str, Column | TextColumn] = {}
    for traced in trace(packets):
        for covered, codes in _judge(traced, list(_covered(traced, packets))):
            column = f"{LEVELS[covered.depth]}{covered.name}.checksum.status"
            values, valid, *_ = made.setdefault(column, empty("u1", len(packets)))
            values[traced.rows[covered.rows]] = codes
            valid[traced.rows[covered.rows]] = True
    return made


def _covered(traced: Traced, packets: Packets) -> Iterator[Covered]:
    """Every checksum of the headers NAMES, the innermost packets first."""
    frames = traced.frames
    # The headers around a datagram that was put together have no lengths of their own any more.
    rebuilt = np.isin(packets.column("frame.number").values[traced.rows], list(packets.rebuilt))
    for depth, level in enumerate(LEVELS):
        network = _Network(traced, packets, level, rebuilt)
        for place in traced.places:
            name, work = frames.dispatch.headers[place.header].name, place.work
            if work.level == QUOTE or name not in (*NAMES, "ipv6", "ipv6.fraghdr"):
                continue
            chosen = np.flatnonzero(frames.tunnels[work.rows] == work.level + depth)
            if not len(chosen):
                continue
            work, structs, body = work.pick(chosen), place.structs[chosen], place.body[chosen]
            if name in ("ip", "ipv6", "ipv6.fraghdr"):
                network.add(work, structs)
            if name == "ip":
                sound = ~rebuilt[work.rows] | (structs["total_length"] > 0)
                yield Covered(name, depth, work.rows, work.offsets, body, _stored(structs), None, sound)
            elif name not in ("ipv6", "ipv6.fraghdr"):
                yield network.above(name, depth, work, structs)


class _Network:
    """What the packets of one level say below the transport, arrays of shape (n,) over the frames of `traced`."""

    def __init__(self, traced: Traced, packets: Packets, level: str, rebuilt: Mask) -> None:
        def column(name: str) -> Array:
            return packets.column(level + name).values[traced.rows]

        def valid(name: str) -> Mask:
            return packets.column(level + name).valid[traced.rows]

        self.frames, self.rebuilt = traced.frames, rebuilt
        self.ends = np.zeros(len(traced.rows), dtype=np.int64)
        self.jumbo = column("ipv6.opt.jumbo").astype(np.int64)
        self.whole = ~np.logical_or.reduce([column(name) > 0 for name in SOURCE_ROUTE])
        # A packet is of one version, and an address that it does not have is zero.
        destination = column("ipv6.dst")
        on_its_way = column("ipv6.routing.segleft") > 0
        known = ~on_its_way
        for name in FINAL:
            final = on_its_way & valid(name)
            destination[final] = column(name)[final]
            known |= final
        self.whole &= known
        halves = [part[half] for part in (column("ipv6.src"), destination) for half in ("hi", "lo")]
        halves += [column("ip.src").astype(np.uint64), column("ip.dst").astype(np.uint64)]
        self.addresses = np.sum([_words(half) for half in halves], axis=0)

    def add(self, work: Work, structs: Array) -> None:
        """Note where IP packets end by their own length; fragments and those of which bytes are missing are not whole.

        The headers tell, not the columns, which keep what the last fragment of a rebuilt datagram says.
        """
        if "offset_more" in (structs.dtype.names or ()):
            self.whole[work.rows] &= structs["offset_more"] & 0xFFF9 == 0
            return
        if "total_length" in (structs.dtype.names or ()):
            self.whole[work.rows] &= structs["flags_offset"] & 0x3FFF == 0
            begin, length = work.offsets, structs["total_length"].astype(np.int64)
        else:
            begin, length = work.offsets + structs.dtype.itemsize, structs["payload_length"].astype(np.int64)
            jumbo = self.jumbo[work.rows]
            length = np.where((length == 0) & (jumbo > LARGEST_PLAIN), jumbo, length)
        ends = np.where(length > 0, begin + length, work.ends)
        self.ends[work.rows] = ends
        self.whole[work.rows] &= ends <= np.minimum(work.ends, self.frames.captured[work.rows])

    def above(self, name: str, depth: int, work: Work, structs: Array) -> Covered:
        """What the checksums of transport headers or messages cover."""
        packet_ends = self.ends[work.rows]
        length = structs["length"].astype(np.int64) if name == "udp" else np.zeros(len(work.rows), dtype=np.int64)
        ends = np.where(length > 0, work.offsets + length, packet_ends)
        pseudo = self.addresses[work.rows] + PSEUDO[name] if name in PSEUDO else None
        whole = self.whole[work.rows] & (ends <= packet_ends)
        if name == "udp":
            whole &= ~self.rebuilt[work.rows] | (length > 0)
        return Covered(name, depth, work.rows, work.offsets, ends, _stored(structs), pseudo, whole)


def _stored(structs: Array) -> Ints:
    return np.asarray(structs["checksum"].astype(np.int64))


def _words(halves: Array) -> Ints:
    """Sums of the four 16-bit words of integers of 64 bits."""
    words = [halves >> np.uint64(shift) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
    return np.asarray(np.sum(words, axis=0).astype(np.int64))


def _judge(traced: Traced, every: list[Covered]) -> Iterator[tuple[Covered, Array]]:
    """The codes of checksums, uint8 of shape (k,); those of innermost packets must come first."""
    if not every:
        return
    starts = np.concatenate([covered.starts for covered in every])
    ends = np.concatenate([np.where(covered.whole, covered.ends, covered.starts) for covered in every])
    sums = word_sums(traced.frames.buffer, starts, ends)
    # What the sum of a tunnel packet will grow by when the packet inside is finished, and where that begins.
    growth = np.zeros(len(traced.rows), dtype=np.int64)
    begins = np.zeros(len(traced.rows), dtype=np.int64)
    for covered, total in zip(every, np.split(sums, np.cumsum([len(c.rows) for c in every])[:-1]), strict=True):
        _, depth, rows, starts, ends, stored, pseudo, whole = covered
        codes = np.full(len(rows), BAD, dtype=np.uint8)
        if pseudo is None:
            codes[folded(total) == RIGHT] = GOOD
        else:
            head = folded(pseudo + (ends - starts))
            partial = (stored == head) | (stored == folded(pseudo))
            if depth:
                aligned = (begins[rows] - starts) % 2 == 0
                partial |= (growth[rows] > 0) & aligned & (folded(total + head + growth[rows]) == RIGHT)
            codes[partial] = PARTIAL
            codes[folded(total + head) == RIGHT] = GOOD
            if not depth:
                left = rows[codes == PARTIAL]
                growth[left] = (2 * RIGHT - head - folded(total))[codes == PARTIAL]
                begins[left] = starts[codes == PARTIAL]
        codes[~whole] = UNVERIFIED
        if covered.name == "udp":
            codes[stored == 0] = NOT_PRESENT
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
