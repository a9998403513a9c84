"""Which frames are one packet?

Law: frames of one print are one packet where each place saw it once. Where a place saw the same print several times, as
with retransmissions or equal pings, order and time tell them apart: a path keeps the order of what passes it, and what
was seen upstream comes by downstream soon after. Where neither decides, the packets are marked as ambiguous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.trace.fingerprint import mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

APART_NS = 2_000_000_000  # what the same packet needs at most from its first place to its last
AT_ONCE_NS = 20_000_000  # what repeated packets may need where only time tells them apart
COPIED_NS = 1_000_000  # a bridge copies a frame at once to where it came from, if at all
CROWD = 20_000  # frames of one print up to which they are told apart one by one


class Matched(NamedTuple):
    """The packet of each record: `packet`, int64, shape (n,), from 0; `doubtful` are packets that are ambiguous."""

    packet: NDArray[np.int64]
    doubtful: NDArray[np.int64]


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
    first = _first_copies(packet, bodies, slots, times, flooded)
    if first is None:
        return Matched(*_distinct(packet, _Frames(bodies, slots, times), gap, slack_ns))
    alone = first == np.arange(count)
    frames = _Frames(bodies[alone], slots[alone], times[alone])
    found, doubtful = _distinct(packet[alone], frames, gap, slack_ns)
    packet[alone] = found
    return Matched(packet[first], doubtful)


def _first_copies(
    packet: NDArray[np.int64], bodies: NDArray[np.uint64], slots: NDArray[np.int64], times: NDArray[np.int64],
    flooded: NDArray[np.bool_] | None,
) -> NDArray[np.intp] | None:  # fmt: skip
    """For each record the first one that it is a copy of in its slot, itself for most; None where none is a copy."""
    rows = np.flatnonzero(_repeated(packet, slots) & flooded) if flooded is not None else np.zeros(0, dtype=np.intp)
    if not len(rows):
        return None
    keys = mixed(packet[rows], bodies[rows], slots[rows])
    rows = rows[np.lexsort((times[rows], keys))]
    keys = mixed(packet[rows], bodies[rows], slots[rows])
    copy = np.append(False, (keys[1:] == keys[:-1]) & (np.diff(times[rows]) < COPIED_NS))
    leader = np.maximum.accumulate(np.where(copy, 0, np.arange(len(rows))))
    found = np.arange(len(packet))
    found[rows] = rows[leader]
    return found


class _Frames(NamedTuple):
    """The arguments of `match` of that name, of the frames that are no copies."""

    bodies: NDArray[np.uint64]
    slots: NDArray[np.int64]
    times: NDArray[np.int64]


def _distinct(
    packet: NDArray[np.int64], frames: _Frames, gap: int | None, slack_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The packets of groups of records with one print, and which of them are ambiguous."""
    bodies, slots, times = frames
    rows = np.flatnonzero(_repeated(packet, slots))
    # The payload tells packets of one flow apart, where every place has captured it.
    known = _all_of(packet[rows], bodies[rows] != 0)
    finer = mixed(packet[rows], np.where(known, bodies[rows], np.uint64(0)))
    inner = _grouped(finer, times[rows], gap)
    packet = packet.copy()
    packet[rows] = inner + int(packet.max()) + 1
    rows = rows[_repeated(inner, slots[rows])]
    numbered, doubtful = _told_apart(packet[rows], slots[rows], times[rows], slack_ns)
    start = int(packet.max()) + 1
    packet[rows] = numbered + start
    numbers, packet = np.unique(packet, return_inverse=True)
    return packet, np.searchsorted(numbers, doubtful + start)


def _grouped(keys: NDArray[np.uint64], times: NDArray[np.int64], gap: int | None) -> NDArray[np.int64]:
    """Number the groups of equal keys that no pause longer than `gap` parts."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(keys, kind="stable") if gap is None else np.lexsort((times, keys))
    sorted_keys = keys[order]
    new = np.empty(len(keys), dtype=bool)
    new[0] = True
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=new[1:])
    if gap is not None:
        new[1:] |= np.diff(times[order]) > gap
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = np.cumsum(new) - 1
    return found


def _repeated(packet: NDArray[np.int64], slots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which records are of packets that some slot saw more than once, shape (n,)."""
    keys = mixed(packet, slots)
    order = np.argsort(keys, kind="stable")
    twice = keys[order][1:] == keys[order][:-1]
    flagged = np.zeros(int(packet.max()) + 1 if len(packet) else 0, dtype=bool)
    flagged[packet[order][1:][twice]] = True
    repeated: NDArray[np.bool_] = flagged[packet]
    return repeated


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
    series = np.ones(len(groups), dtype=bool)  # where the records of one slot in one group begin
    series[1:] = (groups[1:] != groups[:-1]) | (slots[1:] != slots[:-1])
    starts = np.flatnonzero(series)
    sizes = np.diff(np.append(starts, len(groups)))
    rank = np.arange(len(groups)) - np.repeat(starts, sizes)
    bounds = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    first_series = np.searchsorted(starts, bounds)
    least, most = np.minimum.reduceat(sizes, first_series), np.maximum.reduceat(sizes, first_series)
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
    the second nearest is about as near: then which one it is stays open.
    """
    series = np.split(np.arange(len(slots)), np.flatnonzero(np.diff(slots)) + 1)
    series.sort(key=lambda rows: (-len(rows), int(times[rows[0]])))
    base = times[series[0]]
    found = np.empty(len(slots), dtype=np.int64)
    found[series[0]] = np.arange(len(base))
    total, doubtful = len(base), set[int]()
    for rows in series[1:]:
        distance = np.abs(times[rows][:, None] - base[None, :])
        nearest = np.argmin(distance, axis=1)
        near = distance[np.arange(len(rows)), nearest]
        distance[np.arange(len(rows)), nearest] = np.iinfo(np.int64).max
        second = distance.min(axis=1)
        # What is far beyond the usual way from the one slot to the other is another packet.
        reach = max(AT_ONCE_NS, 20 * int(near.min())) + slack_ns
        taken: dict[int, int] = {}
        for row, to, best, other in zip(rows.tolist(), *(a.tolist() for a in (nearest, near, second)), strict=True):
            if best > reach or (to in taken and best > 1_000_000):
                found[row] = total
                total += 1
                continue
            if other < 3 * best + slack_ns and to not in taken:
                doubtful.add(to)
            taken[to] = row
            found[row] = to
    return found, doubtful
