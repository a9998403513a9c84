"""How does each TCP connection go: opened, answered, repeated, refused, closed?

Law: what Wireshark calls TCP analysis, on all frames at once and for one capture point at a time. A frame is
`RETRANSMITTED` only if the same part of the stream passed the same point before, on the same way (depth of tunnels,
hop limit, direction of a cooked capture): one packet that is seen at several interfaces, or at several places of its
way, is a copy and has no flag. Absence is flagged only where the capture goes on for a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.pair import PATIENCE_NS
from vxlan_dissect.explain.segments import ACK_BIT, FIN_BIT, RST_BIT, SYN_BIT
from vxlan_dissect.explain.stream_flags import (
    ACKS_UNSEEN,
    CLOSED,
    DUPLICATE_ACK,
    ESTABLISHED,
    FILLED,
    GAP,
    HALF_OPEN,
    KEEP_ALIVE,
    REFUSED,
    REHASHED,
    REPEATED,
    RESET,
    RETRANSMITTED,
    SYN,
    SYN_ACK,
    UNASKED,
    ZERO_WINDOW,
)
from vxlan_dissect.group import group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.explain.segments import Segments
    from vxlan_dissect.packets import Packets

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MAX_KEPT = 32768  # frames that are carried to the next batch: a flood of connections must not exhaust memory
KEPT_LAST = 4  # of these the last ones of each direction of a connection
REORDERED_NS = 3_000_000  # a missing part that comes within 3 ms was overtaken (as Wireshark has it), else sent again
COPIED_NS = 1_000_000  # an identical segment within 1 ms is a copy: the shortest timeout of Linux is 2 ms and more
_SELDOM = ("frame", "time", "words", "ident", "stamp", "way", "port")  # arrays that are read of few frames
_PLACE_BITS = 38  # of a place in a stream, when it is packed with the number of its half connection
_FAR = 1 << 36  # bytes between two places of one half connection, at most, of one batch


def _wrapped(difference: Ints) -> Ints:
    """The difference of two sequence numbers: modulo 2**32, the nearer way round (RFC 9293 section 3.4)."""
    return ((difference + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Connections:
    """The connections of TCP frames: `flags`, uint32, and `partner`, the place of another of them or -1, of each frame.

    Inside, frames stand connection by connection. A connection that is opened again with the same ports is another one.
    """

    def __init__(self, packets: Packets, segments: Segments) -> None:
        codes, _ = group(packets, (), [segments.words], np.arange(len(segments.frame)))
        narrow = codes.astype(np.uint16) if codes.max() < 65536 else codes  # sorted by digits, in linear time
        self.order = np.argsort(narrow, kind="stable")
        self._all, self._packets = segments, packets
        nothing = self.order[:0]
        self.s = segments._replace(**{name: getattr(segments, name)[nothing] for name in _SELDOM}).take(self.order)
        self.end = int(packets.times().max())
        self.count = len(codes)
        self.index = np.arange(self.count)
        self.is_syn = (self.s.flags & (SYN_BIT | ACK_BIT | RST_BIT)) == SYN_BIT
        self.is_grant = (self.s.flags & (SYN_BIT | ACK_BIT | RST_BIT)) == SYN_BIT | ACK_BIT
        self.is_reset = (self.s.flags & RST_BIT) != 0
        self.counts = self.s.placed & ~self.is_reset  # a reset may bear any number
        self._connect(codes[self.order])
        self._measure()
        found = np.zeros(self.count, dtype=np.uint32)
        self.met = np.full(self.count, -1, dtype=np.int64)
        self._say_opening(found)
        self._say_repeated(found)
        self._say_rest(found)
        self._say_unanswered(found)
        self.flags = np.zeros(self.count, dtype=np.uint32)
        self.flags[self.order] = found
        self.partner = np.full(self.count, -1, dtype=np.int64)
        self.partner[self.order] = np.where(self.met >= 0, self.order[self.met], -1)

    def _connect(self, conversation: NDArray[np.intp]) -> None:
        """Tell the connections of one conversation apart: `start` is the first frame of each, by frame."""
        begins = np.ones(self.count, dtype=bool)
        begins[1:] = conversation[1:] != conversation[:-1]
        opens = begins.copy()
        asks = np.flatnonzero(self.is_syn)
        if len(asks):
            asks = asks[np.argsort(conversation[asks] * 2 + self.s.turned[asks], kind="stable")]
            side = conversation[asks] * 2 + self.s.turned[asks]
            again = np.zeros(len(asks), dtype=bool)
            again[1:] = (side[1:] == side[:-1]) & (self.s.seq[asks[1:]] == self.s.seq[asks[:-1]])
            opens[asks[~again]] = True
        self.number = np.cumsum(opens) - 1
        self.start = np.flatnonzero(opens)[self.number]
        last_number = self.number[np.flatnonzero(np.append(begins[1:], True))]
        self.is_latest = self.number == last_number[np.cumsum(begins) - 1]

    def _last(self, mask: Mask) -> Ints:
        """The latest frame in `mask` up to each frame of its connection, -1 where there is none."""
        found = np.maximum.accumulate(np.where(mask, self.index, -1))
        return np.where(found >= self.start, found, -1)

    def _before(self, last: Ints) -> Ints:
        """The same, without the frame itself."""
        found = np.concatenate(([-1], last[:-1]))
        return np.where(found >= self.start, found, -1)

    def _own(self, of_sides: tuple[Ints, Ints]) -> Ints:
        return np.where(self.s.turned, of_sides[1], of_sides[0])

    def _others(self, of_sides: tuple[Ints, Ints]) -> Ints:
        return np.where(self.s.turned, of_sides[0], of_sides[1])

    def _highest(self, mask: Mask, values: Ints) -> Ints:
        """The highest value in `mask` up to each frame of its connection; anything where `_last` gives -1."""
        step = self.number << _PLACE_BITS
        found: Ints = np.maximum.accumulate(np.where(mask, values + step, np.iinfo(np.int64).min)) - step
        return found

    def _measure(self) -> None:
        """Where in its half of the connection each segment begins and ends, and what came before it."""
        s, sides = self.s, (self.counts & ~self.s.turned, self.counts & self.s.turned)
        lasts = self._last(sides[0]), self._last(sides[1])
        self.previous = self._own((self._before(lasts[0]), self._before(lasts[1])))  # of the same direction
        self.opposite = self._others(lasts)  # the latest one of the other direction
        self.place = np.zeros(self.count, dtype=np.int64)
        for mask in sides:
            rows = np.flatnonzero(mask)
            if not len(rows):
                continue
            first = self.previous[rows] < 0
            steps = np.where(first, 0, _wrapped(s.seq[rows] - s.seq[self.previous[rows]]))
            totals = np.cumsum(steps)
            self.place[rows] = np.clip(totals - totals[first][np.cumsum(first) - 1], -_FAR, _FAR)
        self.size = s.length + ((s.flags & SYN_BIT) != 0) + ((s.flags & FIN_BIT) != 0)
        self.stop = self.place + self.size
        highest = self._highest(sides[0], self.stop), self._highest(sides[1], self.stop)
        self.known = self.counts & (self.previous >= 0)
        self.reached = np.where(self.known, self._own(highest)[self.previous], 0)  # by its direction, before it
        self.opposite_reached = self._others(highest)
        acks = self.counts & ((s.flags & ACK_BIT) != 0) & (s.ack >= 0) & (self.opposite >= 0)
        self.acked = np.clip(self.place[self.opposite] + _wrapped(s.ack - s.seq[self.opposite]), -_FAR, _FAR)
        self.acks = acks
        # How far the other side had acknowledged each direction, by then.
        said = (acks & s.turned, acks & ~s.turned)
        heard = self._last(said[0]), self._last(said[1])
        confirmed = self._highest(said[0], self.acked), self._highest(said[1], self.acked)
        self.confirmed = np.where(self._own(heard) >= 0, self._own(confirmed), -_FAR)
        self.half = self.number * 2 + s.turned
        self.key = (self.half << _PLACE_BITS) + self.place + _FAR

    def _say_opening(self, found: NDArray[np.uint32]) -> None:
        turned = self.s.turned
        asked = self._last(self.is_syn & ~turned), self._last(self.is_syn & turned)
        granted = self._last(self.is_grant & ~turned), self._last(self.is_grant & turned)
        found[self.is_syn] |= SYN
        found[self.is_grant] |= SYN_ACK
        asked_by_other = self._others(asked)
        self._meet(self.is_grant & (asked_by_other >= 0), asked_by_other)
        found[self.is_grant & (asked_by_other < 0)] |= UNASKED
        granted_by_other = self._others(granted)
        completes = self.counts & ~self.is_syn & ~self.is_grant & (granted_by_other >= 0)
        completes &= (self.previous >= 0) & self.is_syn[self.previous]
        found[completes] |= ESTABLISHED
        self._meet(completes, granted_by_other)
        found[self.is_reset] |= RESET
        first = self.is_reset & (self.previous < 0)
        refuses = first & (self.opposite >= 0) & self.is_syn[self.opposite]
        found[refuses] |= REFUSED
        self._meet(refuses, self.opposite)
        unasked = first & (self.opposite >= 0) & self.is_grant[self.opposite]
        found[unasked] |= UNASKED
        self._meet(unasked, self.opposite)
        # What answers a SYN first is its partner.
        for answers in (refuses, self.is_grant & (asked_by_other >= 0)):
            rows = np.flatnonzero(answers)[::-1]
            self.met[self.met[rows]] = rows

    def _meet(self, mask: Mask, partner: Ints) -> None:
        self.met[mask] = partner[mask]

    def _say_repeated(self, found: NDArray[np.uint32]) -> None:
        """Tell what was sent again from what is merely seen again, or late."""
        s, fills_stream = self.s, self.counts & (self.size > 0)
        probes = self.known & (s.flags & (SYN_BIT | FIN_BIT) == 0) & (self.place == self.reached - 1)
        probes &= (s.length == 0) | ((s.length == 1) & (self.confirmed >= self.reached))
        found[probes] |= KEEP_ALIVE
        gaps = np.flatnonzero(self.known & (self.place > self.reached))
        found[gaps] |= GAP
        late = np.flatnonzero(self.known & fills_stream & (self.place < self.reached) & ~probes)
        if not len(late):
            return
        concerned = np.zeros(int(self.half.max()) + 1, dtype=bool)
        concerned[self.half[late]] = True
        advances = self._by_key(fills_stream & (~self.known | (self.place >= self.reached)) & concerned[self.half])
        gaps = gaps[np.argsort(self.half[gaps], kind="stable")]
        # The segment that first brought the part of each late one: within a half, advancing segments only rise.
        covers = _at_or_before(self.key[advances], self.key[late])
        first = advances[np.maximum(covers, 0)] if len(advances) else np.full(len(late), -1)
        cover = np.where(covers >= 0, first, -1)
        cover = np.where((cover >= 0) & (self.half[cover] == self.half[late]), cover, -1)
        hole = _at_or_before((self.half[gaps] << _PLACE_BITS) + self.reached[gaps] + _FAR, self.key[late])
        gap = gaps[np.maximum(hole, 0)] if len(gaps) else np.zeros(len(late), dtype=np.int64)
        fills = (hole >= 0) & (self.half[gap] == self.half[late]) & (self.place[late] < self.place[gap])
        # All segments that begin where a late one begins, in order.
        wanted = np.unique(self.key[late])
        spot = np.minimum(np.searchsorted(wanted, self.key), len(wanted) - 1)
        same = np.flatnonzero(fills_stream & (wanted[spot] == self.key))
        way = self._all.way
        same = same[np.lexsort((same, way[self.order[same]], self.key[same]))]
        key, way = self.key[same], way[self.order[same]]
        new_key = np.concatenate(([True], key[1:] != key[:-1]))
        new_way = new_key | np.concatenate(([True], way[1:] != way[:-1]))
        earlier = np.where(new_way, -1, np.concatenate(([-1], same[:-1])))  # the one before it, on the same way
        first_of_way = same[np.flatnonzero(new_way)[np.cumsum(new_way) - 1]]
        first_of_key = np.minimum.reduceat(same, np.flatnonzero(new_key))[np.cumsum(new_key) - 1]
        for_late = np.empty(self.count, dtype=np.int64)
        for_late[same] = np.arange(len(same))
        at = for_late[late]
        earlier, first_of_way, first_of_key = earlier[at], first_of_way[at], first_of_key[at]
        on_its_way = (cover >= 0) & ~fills & (self._seldom("way", np.maximum(cover, 0)) == self._seldom("way", late))
        again = np.where(earlier >= 0, ~self._is_copy(late, earlier), on_its_way & (first_of_key == late))
        fresh = fills & (first_of_key == late)
        found[late[fresh]] |= FILLED
        again |= fresh & (self._seldom("time", late) - self._seldom("time", gap) > REORDERED_NS)
        sent = np.where(earlier >= 0, first_of_way, np.where(fresh, -1, cover))
        found[late[again]] |= RETRANSMITTED
        self.met[late[again & (sent >= 0)]] = sent[again & (sent >= 0)]
        before = np.where(earlier >= 0, earlier, 0)
        known = np.zeros(self.count, dtype=bool)
        known[late[again]] = True
        found[late[again & (earlier >= 0) & known[before]]] |= REPEATED
        ports = self._seldom("port", late), self._seldom("port", np.maximum(sent, 0))
        rehashed = again & (sent >= 0) & (ports[0] >= 0) & (ports[1] >= 0) & (ports[0] != ports[1])
        found[late[rehashed]] |= REHASHED

    def _by_key(self, mask: Mask) -> NDArray[np.intp]:
        rows = np.flatnonzero(mask)
        return rows[np.argsort(self.key[rows], kind="stable")]

    def _is_copy(self, rows: Ints, others: Ints) -> Mask:
        """Whether the same packet was captured twice: nothing differs, and no timeout is so short."""
        rows, others = self.order[rows], self.order[others]
        s = self._all
        same: Mask = np.abs(s.time[rows] - s.time[others]) < COPIED_NS
        for array in (s.flags, s.ack, s.length, s.window, s.ident, s.stamp):
            same &= array[rows] == array[others]
        return same

    def _seldom(self, name: str, rows: Ints) -> Ints:
        """An array that is read of few frames."""
        found: Ints = getattr(self._all, name)[self.order[rows]]
        return found

    def _say_rest(self, found: NDArray[np.uint32]) -> None:
        s = self.s
        plain = self.counts & (s.flags & (SYN_BIT | FIN_BIT) == 0)
        found[plain & (s.window == 0)] |= ZERO_WINDOW
        found[self.acks & (self.acked > self.opposite_reached)] |= ACKS_UNSEEN
        bare = plain & (s.length == 0)
        rows = np.flatnonzero(bare & (self.previous >= 0) & bare[self.previous] & self.acks)
        for array in (s.ack, s.seq, s.window):
            rows = rows[array[rows] == array[self.previous[rows]]]
        before = self.previous[rows]
        ident = self._seldom("ident", rows)
        twin = (ident < 0) | (ident != self._seldom("ident", before))
        twin &= self._seldom("way", rows) == self._seldom("way", before)
        twin &= found[self.opposite[rows]] & KEEP_ALIVE == 0
        found[rows[twin]] |= DUPLICATE_ACK
        ended = self.counts & ((s.flags & FIN_BIT) != 0)
        by_other = self._others((self._last(ended & ~s.turned), self._last(ended & s.turned)))
        found[ended & (by_other >= 0)] |= CLOSED

    def _say_unanswered(self, found: NDArray[np.uint32]) -> None:
        """Flag SYNs to which nothing came, at any point of the capture, and which their sender did not go beyond."""
        total = int(self.number[-1]) + 1
        goes_on = np.zeros(total, dtype=bool)
        goes_on[self.number[~self.is_syn]] = True
        side = np.zeros((total, 2), dtype=bool)
        side[self.number, self.s.turned.astype(np.intp)] = True
        silent = self.is_syn & ~(goes_on | side.all(axis=1))[self.number]
        rows = np.flatnonzero(silent)
        rows = rows[self.end - self._seldom("time", rows) >= PATIENCE_NS]
        words = self._all.words
        if len(rows) and len(np.unique(words[:, 5])) > 1:
            # The same conversation may have gone on at another point.
            others = self.order[~self.is_syn]
            codes, _ = group(self._packets, (), [words[:, :5]], np.concatenate((self.order[rows], others)))
            rows = rows[~np.isin(codes[: len(rows)], codes[len(rows) :])]
        found[rows] |= HALF_OPEN

    def to_keep(self) -> NDArray[np.intp]:
        """The frames of each conversation's last connection that later ones are compared with, in their order."""
        keep = np.zeros(self.count, dtype=bool)
        keep[self._first_of(self.is_syn | self.is_grant)] = True
        by_half = np.argsort(self.half, kind="stable")
        halves = self.half[by_half]
        last = np.searchsorted(halves, halves, side="right") - 1 - self.index
        keep[by_half[last < KEPT_LAST]] = True
        rises = self.counts & (~self.known | (self.stop > self.reached))
        tops = np.flatnonzero(rises)
        tops = tops[np.argsort(self.half[tops], kind="stable")]
        keep[tops[np.flatnonzero(np.diff(self.half[tops], append=-1))]] = True
        # Of what ended more than a second ago nothing is to come.
        over = np.zeros(int(self.number[-1]) + 1, dtype=bool)
        ends = np.flatnonzero(self.flags[self.order] & (CLOSED | RESET))
        over[self.number[ends[self.end - self._seldom("time", ends) > PATIENCE_NS]]] = True
        rows = self.order[np.flatnonzero(keep & self.is_latest & ~over[self.number])]
        rows.sort()
        return rows[-MAX_KEPT:]

    def _first_of(self, mask: Mask) -> NDArray[np.intp]:
        """The first frame in `mask` of each half connection."""
        rows = np.flatnonzero(mask)
        _, firsts = np.unique(self.half[rows], return_index=True)
        return rows[firsts]


def _at_or_before(places: Ints, wanted: Ints) -> Ints:
    """The last of the rising `places` that is not beyond each of `wanted`, -1 where all are."""
    return np.searchsorted(places, wanted, side="right") - 1
