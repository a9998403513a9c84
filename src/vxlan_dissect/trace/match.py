"""Which frames are one packet?

Law: frames of one print are one packet where each place saw it once. Where a place saw the same print several times, as
with retransmissions or equal pings, order and time tell them apart: a path keeps the order of what passes it, and what
was seen upstream comes by downstream soon after. Where neither decides, the packets are marked as ambiguous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.trace.fingerprint import mixed
from vxlan_dissect.trace.runs import begins, ranks, sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

APART_NS = 2_000_000_000  # what the same packet needs at most from its first place to its last
AT_ONCE_NS = 20_000_000  # what repeated packets may need where only time tells them apart
COPIED_NS = 1_000_000  # a bridge copies a frame at once to where it came from, if at all
SIDES_NS = 1_000_000  # a packet that came so shortly before and one so shortly after leave open which it is
_SLOT_BITS = 26
CROWD = 20_000  # frames of one print up to which they are told apart one by one


class Matched(NamedTuple):
    """The packet of each record: `packet`, int64, shape (n,), from 0; `doubtful` are packets that are ambiguous."""

    packet: NDArray[np.int64]
    doubtful: NDArray[np.int64]


class _Frames(NamedTuple):
    """The arguments of `match` of that name, of the frames that are no copies."""

    bodies: NDArray[np.uint64]
    slots: NDArray[np.int64]
    times: NDArray[np.int64]


def match(
    prints: NDArray[np.uint64],
    bodies: NDArray[np.uint64],
    slots: NDArray[np.int64],
    times: NDArray[np.int64],
    flooded: NDArray[np.bool_] | None = None,
    *,
    apart_ns: int | None = APART_NS,
    slack_ns: int = 0,
) -> Matched:
    """Number the packets that records show.

    All arrays have shape (n,): `prints` and `bodies` as in `fingerprint.Prints`, `slots` says where and in which form a
    frame was seen, `times` are nanoseconds of clocks that agree within `slack_ns`. Frames further apart in time than
    `apart_ns` are different packets; None where the clocks are not known yet. `flooded` frames are of a kind that a
    bridge copies to where they were before, and that nobody sends twice within COPIED_NS.
    """
    count = len(prints)
    if not count:
        return Matched(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    gap = None if apart_ns is None else apart_ns + slack_ns
    packet = _grouped(prints, times, gap)
    again = repeated(packet, slots)
    if not again.any():
        return Matched(packet, np.zeros(0, dtype=np.int64))
    frames = _Frames(bodies, slots, times)
    first = None if flooded is None else _first_copies(packet, frames, np.flatnonzero(again & flooded))
    if first is None:
        return Matched(*_distinct(packet, frames, np.flatnonzero(again), gap, slack_ns))
    alone = first == np.arange(count)
    frames = _Frames(bodies[alone], slots[alone], times[alone])
    again = repeated(packet[alone], frames.slots)
    found, doubtful = _distinct(packet[alone], frames, np.flatnonzero(again), gap, slack_ns)
    packet[alone] = found
    return Matched(packet[first], doubtful)


def _first_copies(packet: NDArray[np.int64], frames: _Frames, rows: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """For each record the first one that it is a copy of in its slot, itself for most; None where none is a copy.

    `rows` are those that may be copies.
    """
    if not len(rows):
        return None
    bodies, slots, times = frames
    keys = mixed(packet[rows], bodies[rows], slots[rows])
    rows = rows[np.lexsort((times[rows], keys))]
    keys = mixed(packet[rows], bodies[rows], slots[rows])
    copy = np.append(False, (keys[1:] == keys[:-1]) & (np.diff(times[rows]) < COPIED_NS))
    leader = np.maximum.accumulate(np.where(copy, 0, np.arange(len(rows))))
    found = np.arange(len(packet))
    found[rows] = rows[leader]
    return found


def _distinct(
    packet: NDArray[np.int64], frames: _Frames, rows: NDArray[np.intp], gap: int | None, slack_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The packets of groups of records with one print, and which of them are ambiguous.

    `rows` are those of groups that some slot saw several times.
    """
    bodies, slots, times = frames
    if not len(rows):
        return packet, np.zeros(0, dtype=np.int64)
    # The payload tells packets of one flow apart, where every place has captured it.
    known = _all_of(packet[rows], bodies[rows] != 0)
    finer = mixed(packet[rows], np.where(known, bodies[rows], np.uint64(0)))
    inner = _grouped(finer, times[rows], gap)
    packet = packet.copy()
    packet[rows] = inner + int(packet.max()) + 1
    rows = rows[repeated(inner, slots[rows])]
    numbered, doubtful = _told_apart(packet[rows], slots[rows], times[rows], slack_ns)
    start = int(packet.max()) + 1
    packet[rows] = numbered + start
    there = np.zeros(int(packet.max()) + 1, dtype=bool)
    there[packet] = True
    number = np.cumsum(there) - 1
    return number[packet], number[doubtful + start]


def _grouped(keys: NDArray[np.uint64], times: NDArray[np.int64], gap: int | None) -> NDArray[np.int64]:
    """Number the groups of equal keys that no pause longer than `gap` parts, from 0 and without gaps."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(keys)
    new = begins(keys[order])
    if gap is not None:
        starts = np.flatnonzero(new)
        span = np.maximum.reduceat(times[order], starts) - np.minimum.reduceat(times[order], starts)
        long = np.repeat(span > gap, sizes(starts, len(keys)))
        if long.any():
            # Only where a pause is possible does the order in time matter.
            rows = order[long]
            order[long] = rows[np.lexsort((times[rows], keys[rows]))]
            new[1:] |= long[1:] & (np.diff(times[order]) > gap)
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = np.cumsum(new) - 1
    return found


def repeated(packet: NDArray[np.int64], slots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which records are of packets, numbered from 0, that some slot saw more than once, shape (n,)."""
    if not len(packet):
        return np.zeros(0, dtype=bool)
    if int(slots.max()) >> _SLOT_BITS:
        slots = np.unique(slots, return_inverse=True)[1]
    keys = np.sort(packet << _SLOT_BITS | slots)
    flagged = np.zeros(int(packet.max()) + 1, dtype=bool)
    flagged[keys[1:][keys[1:] == keys[:-1]] >> _SLOT_BITS] = True
    found: NDArray[np.bool_] = flagged[packet]
    return found


def _all_of(groups: NDArray[np.int64], true: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each record whether something is true of all records of its group."""
    _, codes = np.unique(groups, return_inverse=True)
    false = np.bincount(codes, weights=~true)
    result: NDArray[np.bool_] = (false == 0)[codes]
    return result


def _told_apart(
    groups: NDArray[np.int64], slots: NDArray[np.int64], times: NDArray[np.int64], slack_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the packets of groups in which a slot saw several; the second array are those that are ambiguous."""
    if not len(groups):
        return groups, groups
    order = np.lexsort((times, slots, groups))
    groups, slots, times = groups[order], slots[order], times[order]
    starts = np.flatnonzero(begins(groups, slots))  # the records of one slot in one group
    rank, series = ranks(starts, len(groups)), sizes(starts, len(groups))
    bounds = np.flatnonzero(begins(groups))
    first_series = np.searchsorted(starts, bounds)
    least, most = np.minimum.reduceat(series, first_series), np.maximum.reduceat(series, first_series)
    ends = np.append(bounds, len(groups))
    number = np.empty(len(groups), dtype=np.int64)
    doubtful: list[int] = []
    total = 0
    for begin, end, low, high in zip(bounds.tolist(), ends[1:].tolist(), least.tolist(), most.tolist(), strict=True):
        part = slice(begin, end)
        if low == high or end - begin > CROWD:
            number[part] = rank[part] + total
            doubtful += range(total, total + high) if low != high else []
            total += high
            continue
        inner, doubts = _aligned(slots[part], times[part], slack_ns)
        number[part] = inner + total
        doubtful += [total + one for one in doubts]
        total += int(inner.max()) + 1
    found = np.empty(len(groups), dtype=np.int64)
    found[order] = number
    return found, np.array(doubtful, dtype=np.int64)


def _aligned(slots: NDArray[np.int64], times: NDArray[np.int64], slack_ns: int) -> tuple[NDArray[np.int64], set[int]]:
    """Number the packets of one group, in which slots saw different numbers of them; records are sorted by slot.

    The slot that saw most is taken for the one that saw all. What another saw is the nearest in time of these, unless
    the second nearest is about as near, or both lie on either side of it: then which one it is stays open.
    """
    series = np.split(np.arange(len(slots)), np.flatnonzero(np.diff(slots)) + 1)
    series.sort(key=lambda rows: (-len(rows), int(times[rows[0]])))
    base = times[series[0]]
    found = np.empty(len(slots), dtype=np.int64)
    found[series[0]] = np.arange(len(base))
    total, doubtful = len(base), set[int]()
    for rows in series[1:]:
        nearest, near, second, across = _neighbours(times[rows], base)
        # What is far beyond the usual way from the one slot to the other is another packet.
        reach = max(AT_ONCE_NS, 20 * int(near.min())) + slack_ns
        taken: dict[int, int] = {}
        told = (array.tolist() for array in (nearest, near, second, across))
        for row, to, best, other, side in zip(rows.tolist(), *told, strict=True):
            if best > reach or (to in taken and best > 1_000_000):
                found[row] = total
                total += 1
                continue
            if (other < 3 * best + slack_ns or side < SIDES_NS + slack_ns) and to not in taken:
                doubtful.add(to)
            taken[to] = row
            found[row] = to
    return found, doubtful


def _neighbours(
    times: NDArray[np.int64], base: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each time the nearest of `base`, which is sorted, and how far it, the second, and that across are.

    Across is the one on the other side of the time; what there is not is far away.
    """
    far = np.iinfo(np.int64).max
    right = np.searchsorted(base, times)
    each = right[:, None] + np.arange(-2, 2)
    there = (each >= 0) & (each < len(base))
    distance = np.where(there, np.abs(base[np.clip(each, 0, len(base) - 1)] - times[:, None]), far)
    first = np.argmin(distance, axis=1)
    row = np.arange(len(times))
    near = distance[row, first]
    across = np.where(first < 2, distance[:, 2], distance[:, 1])
    distance[row, first] = far
    return each[row, first], near, distance.min(axis=1), across
