"""Which frames of TCP hold the same bytes, where offload cut or merged them anew?

A sender's stack hands down super-packets that a card cuts into segments (GSO, TSO), and a receiver's merges segments
before its taps see them (GRO), so one place shows a packet in one frame and another in ten.

Law: a packet is what the place nearest to the sender showed as one frame. A frame elsewhere shows each packet of which
it holds bytes; of packets that were sent again, that which was sent last before. Bytes that the first place lacks are
packets as the next place showed them. Flows that are cut alike everywhere are left as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.trace.assemble import WHOLE, Carried
from vxlan_dissect.trace.fingerprint import mixed
from vxlan_dissect.trace.runs import begins, ranks, sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.trace.records import Records

    Integers = NDArray[np.int64]

COPIES = 16  # how often the same bytes may be sent before further copies are no longer told apart
EARLY_NS = 5_000  # a place behind may have stamped a frame so much before the first one


class Pieces(NamedTuple):
    """Frames with payload of TCP: arrays of shape (k,).

    `record` is the index of each; `begin` and `end` are its bytes on one line on which no two flows share a place.
    `rank` is how many places showed the flow before this one.
    """

    record: Integers
    begin: Integers
    end: Integers
    time: Integers
    rank: Integers

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Pieces:
        """Some of them."""
        return Pieces._make(array[rows] for array in self)


def cut_anew(
    packet: Integers,
    records: Records,
    times: Integers,
    flows: NDArray[np.uint64],
    slots: Integers,
    *,
    slack_ns: int = 0,
) -> Carried:
    """The packets of all records, shape (n,), with those of TCP that are cut differently somewhere put together.

    `flows`: numbers of flows, a translated one having that of its other form; `slots`: where and in which form each
    record was seen; `times` are of clocks that agree within `slack_ns`.
    """
    every = np.arange(len(packet))
    whole = Carried(packet, every, np.full(len(packet), WHOLE, dtype=np.int32))
    rows = _uneven(packet, records, flows, slots)
    if not len(rows):
        return whole
    rows, begin = _on_a_line(rows, records, times, flows)
    end = begin + records.length[rows]
    cut = _cut_differently(begin, end, flows[rows])
    if not cut.any():
        return whole
    rows = rows[cut]
    pieces = Pieces(rows, begin[cut], end[cut], times[rows], np.zeros(len(rows), dtype=np.int64))
    forms = mixed(slots[rows], records.flow[rows])
    pieces = pieces._replace(rank=_ranks(pieces, flows[rows], forms, records.hop_limit[rows]))
    base, piece, share = _assigned(pieces, slack_ns)
    left = np.ones(len(packet), dtype=bool)
    left[rows] = False
    first = int(packet.max()) + 1
    return Carried(
        np.concatenate((packet[left], base + first)),
        np.concatenate((every[left], pieces.record[piece])),
        np.concatenate((whole.share[left], share.astype(np.int32))),
    )


def _uneven(packet: Integers, records: Records, flows: NDArray[np.uint64], slots: Integers) -> Integers:
    """Records with payload of TCP whose flow has packets that were not all seen at the same places."""
    data = (records.flags != 0) & (records.length > 0)
    if not data.any():
        return np.zeros(0, dtype=np.intp)
    count = int(packet.max()) + 1
    # A sum of numbers that stand for places, exact in a float64: equal for packets of the same places.
    where = (mixed(slots) & np.uint64(0xFFFFFFFFFF)).astype(np.float64)
    places = np.bincount(packet[data], weights=where[data], minlength=count)
    some = np.full(count, -1)
    some[packet[data]] = np.flatnonzero(data)
    known = np.flatnonzero(some >= 0)
    flow = flows[some[known]]
    order = np.argsort(flow)
    starts = np.flatnonzero(begins(flow[order]))
    seen = places[known][order]
    uneven = np.minimum.reduceat(seen, starts) != np.maximum.reduceat(seen, starts)
    wanted = np.zeros(count, dtype=bool)
    wanted[known[order[np.repeat(uneven, sizes(starts, len(order)))]]] = True
    return np.flatnonzero(data & wanted[packet])


def _on_a_line(
    rows: Integers, records: Records, times: Integers, flows: NDArray[np.uint64]
) -> tuple[Integers, Integers]:
    """The rows sorted by flow and time, and the first byte of each, its place beyond 2³² bytes told by time."""
    rows = rows[np.lexsort((times[rows], flows[rows]))]
    flow, numbers = flows[rows], records.number[rows]
    new = begins(flow)
    steps = np.append(np.uint32(0), np.diff(numbers)).astype(np.uint32).view(np.int32).astype(np.int64)
    steps[new] = 0
    place = np.cumsum(steps)
    starts = np.flatnonzero(new)
    least = np.minimum.reduceat(place, starts)
    span = np.maximum.reduceat(place + records.length[rows], starts) - least + 1
    offset = np.append(0, np.cumsum(span)[:-1])
    return rows, place + np.repeat(offset - least, sizes(starts, len(rows)))


def _cut_differently(begin: Integers, end: Integers, flow: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which pieces are of flows in which two pieces share bytes and not all."""
    order = np.lexsort((end, begin))
    first, last = begin[order], end[order]
    reach = np.maximum.accumulate(last)[:-1]
    other = (first[1:] < reach) & ((first[1:] != first[:-1]) | (last[1:] != last[:-1]))
    found: NDArray[np.bool_] = np.isin(flow, np.unique(flow[order][1:][other]))
    return found


def _ranks(pieces: Pieces, flow: NDArray[np.uint64], form: NDArray[np.uint64], limit: NDArray[np.uint8]) -> Integers:
    """How many forms of its flow came before that of each piece: a hop limit never rises, then time tells."""
    _, group, code = np.unique(mixed(flow, form), return_index=True, return_inverse=True)
    starts = np.full(len(group), np.iinfo(np.int64).max)
    np.minimum.at(starts, code, pieces.begin)
    _, flow_of = np.unique(flow[group], return_inverse=True)
    common = np.zeros(int(flow_of.max()) + 1, dtype=np.int64)
    np.maximum.at(common, flow_of, starts)
    # When each form showed the first byte that all of them can have.
    at = common[flow_of][code]
    when = np.full(len(group), np.iinfo(np.int64).max)
    covers = (pieces.begin <= at) & (pieces.end > at)
    np.minimum.at(when, code[covers], pieces.time[covers])
    order = np.lexsort((when, -limit[group].astype(np.int64), flow_of))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = ranks(np.flatnonzero(begins(flow_of[order])), len(order))
    found: Integers = rank[code]
    return found


def _assigned(pieces: Pieces, slack_ns: int) -> tuple[Integers, Integers, Integers]:
    """Packet, piece and shared bytes, shape (m,) each: packets are numbered from 0."""
    known = np.flatnonzero(pieces.rank == 0)
    found = [(np.arange(len(known)), known, (pieces.end - pieces.begin)[known])]
    for rank in range(1, int(pieces.rank.max()) + 1):
        rows = np.flatnonzero(pieces.rank == rank)
        base, row, share = _of_bases(pieces.take(known), pieces.take(rows), slack_ns)
        found.append((base, rows[row], share))
        fresh = np.delete(rows, row)
        numbers = np.arange(len(fresh)) + len(known)
        found.append((numbers, fresh, (pieces.end - pieces.begin)[fresh]))
        known = np.concatenate((known, fresh))
    base, piece, share = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return base, piece, share


def _of_bases(bases: Pieces, pieces: Pieces, slack_ns: int) -> tuple[Integers, Integers, Integers]:
    """Which bases each piece holds bytes of, as (base, piece, bytes)."""
    best = np.full(len(pieces.record), np.iinfo(np.int64).min)
    chosen = np.full(len(pieces.record), -1)
    spans = []
    for turn, rows in enumerate(_turns(bases)):
        mine = bases.take(rows)
        low = np.searchsorted(mine.end, pieces.begin, side="right")
        high = np.searchsorted(mine.begin, pieces.end, side="left")
        spans.append((rows, low, high))
        there = high > low
        sent = mine.time[np.minimum(low, len(rows) - 1)]
        before = sent <= pieces.time + EARLY_NS + slack_ns
        # Sent last before this piece; of those sent after it, which clocks alone explain, the earliest.
        worth = np.where(before, sent, -(1 << 62) - (sent >> 2))
        better = there & ((chosen < 0) | (worth > best))
        best[better], chosen[better] = worth[better], turn
    base, piece = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for turn, (rows, low, high) in enumerate(spans):
        mine_pieces = np.flatnonzero(chosen == turn)
        counts = (high - low)[mine_pieces]
        each = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        base.append(rows[np.repeat(low[mine_pieces], counts) + each])
        piece.append(np.repeat(mine_pieces, counts))
    of, to = np.concatenate(base), np.concatenate(piece)
    share = np.minimum(bases.end[of], pieces.end[to]) - np.maximum(bases.begin[of], pieces.begin[to])
    return of, to, share


def _turns(bases: Pieces) -> list[NDArray[np.intp]]:
    """Rows of bases in parts, each sorted by place and without overlap: what was sent again is in a later part."""
    rest = np.lexsort((bases.time, bases.begin))
    found: list[NDArray[np.intp]] = []
    while len(rest) and len(found) < COPIES:
        reach = np.maximum.accumulate(bases.end[rest])
        again = np.append(False, bases.begin[rest][1:] < reach[:-1])
        found.append(rest[~again])
        rest = rest[again]
    return found
