"""Which frames of a scenario are the same packet, and in which order did it pass their places?

Law: computed from the frames and from one clock that all captures of a scenario share, never from what the project
says. A packet's frames lie within a moment of each other; two packets that look the same do not, or come in the same
order everywhere. What cannot be told so is marked, not judged.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.trace.frames import MOMENT, Seen, Span, identified, named_pieces, placed
from tests.trace.reading import Place, captures_in, interfaces, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.trace.content import Packet

LINK_LOCAL = {"arp 1", "arp 2", *(f"icmpv6 {kind}" for kind in (130, 131, 132, 133, 134, 135, 136, 137, 143))}
WAITING = 1_000_000_000  # ns: no lab keeps a packet longer
REFLECTED = 5_000_000  # ns: a bridge sends a frame back so soon, if at all; a later one was sent anew


class Pass(NamedTuple):
    """One passage of a packet through an interface: when, and which frames show it, of several captures too."""

    place: Place
    time: int
    frames: tuple[Seen, ...]

    @property
    def packet(self) -> Packet:
        """What was seen there."""
        return self.frames[0].packet


class Journey(NamedTuple):
    """One packet: its passes in the order of time."""

    passes: tuple[Pass, ...]

    @property
    def frames(self) -> list[Seen]:
        """All its frames."""
        return [frame for each in self.passes for frame in each.frames]

    @property
    def places(self) -> list[str]:
        """The names of its places, in order."""
        return [str(each.place) for each in self.passes]

    @property
    def packet(self) -> Packet:
        """What was sent."""
        return self.passes[0].packet


@functools.lru_cache(maxsize=4)
def journeys(folder: Path, inventory: Path) -> tuple[Journey, ...]:
    """The journeys of a scenario, in the order of their first frames."""
    names = interfaces(inventory, folder / "inventory")
    frames = [seen for path in captures_in(folder) for seen in identified(read(path, names))]
    frames = placed(named_pieces(frames))
    groups = [part for group in moments(by_identity(frames)) for part in sent(group)]
    groups = settled(groups, [frame for frame in frames if frame.identity is None])
    return tuple(sorted((Journey(passes(group)) for group in groups), key=lambda one: one.passes[0].time))


# Frames of one moment with one identity.


def by_identity(frames: list[Seen]) -> list[list[Seen]]:
    """Frames that one identity names; the weak form where it is proof enough."""
    found: dict[Any, list[Seen]] = defaultdict(list)
    for frame in frames:
        identity = frame.identity
        if identity is not None:
            found[identity.weak if identity.translatable else identity.strong].append(frame)
    return [sorted(group, key=_time) for group in found.values()]


def moments(groups: Iterable[list[Seen]]) -> list[list[Seen]]:
    """Groups cut where time passed; then those put together that only translation tells apart."""
    cut = []
    for group in groups:
        begin = 0
        for at, (before, after) in enumerate(pairwise(group), start=1):
            if _time(after) - _time(before) > MOMENT and not _goes_on(group[begin:at], after):
                cut.append(group[begin:at])
                begin = at
        cut.append(group[begin:])
    same: dict[Any, list[list[Seen]]] = defaultdict(list)
    for group in cut:
        assert group[0].identity is not None
        same[group[0].identity.weak].append(group)
    return [group for groups in same.values() for group in _translated(groups)]


def _goes_on(group: list[Seen], frame: Seen) -> bool:
    """Whether a packet that waited long, as for a neighbour or a key, comes to a place that it has not passed."""
    waits = frame.packet.kind not in LINK_LOCAL and _time(frame) - _time(group[-1]) < WAITING
    return waits and all(other.record.place != frame.record.place for other in group)


def _translated(groups: list[list[Seen]]) -> list[list[Seen]]:
    """Groups of one moment with one weak identity as one, where no place shows two of them."""
    kept: list[list[Seen]] = []
    for group in sorted(groups, key=lambda group: _time(group[0])):
        places = {frame.record.place for frame in group}
        near = [
            other
            for other in kept
            if _time(group[0]) - _time(other[-1]) < MOMENT
            and not places & {frame.record.place for frame in other}
            and group[0].identity != other[0].identity
        ]
        if len(near) == 1:
            near[0].extend(group)
            near[0].sort(key=_time)
        else:
            kept.append(group)
    return kept


# Equal packets, one after the other.


def sent(group: list[Seen]) -> list[list[Seen]]:
    """One group a packet: TCP data by its bytes, and what was sent again by its turn or time."""
    parts = [group]
    if group[0].identity is not None and group[0].identity.span is not None:
        parts = _overlapping(group)
    return [again for part in parts for turn in _turns(part) for again in _again(turn)]


def _overlapping(group: list[Seen]) -> list[list[Seen]]:
    """Frames that share bytes, directly or through others."""
    ordered = sorted(group, key=_span)
    found, end = [[ordered[0]]], _span(ordered[0])[1]
    for frame in ordered[1:]:
        start, stop = _span(frame)
        if start < end:
            found[-1].append(frame)
        else:
            found.append([frame])
        end = max(end, stop)
    return [sorted(part, key=_time) for part in found]


def _turns(group: list[Seen]) -> list[list[Seen]]:
    """Where every place shows the same several times, the n-th there is the n-th that was sent."""
    rows: dict[Any, list[Seen]] = defaultdict(list)
    for frame in group:
        packet, record, piece = frame.packet, frame.record, frame.piece
        tunnels = len(packet.tunnels)
        cut = frame.span, piece and piece.offset
        rows[record.capture, record.place, packet.hop_limit, packet.macs, packet.src, tunnels, cut].append(frame)
    counts = {len(row) for row in rows.values()}
    if counts == {1} or len(counts) > 1:
        return [group]
    (most,) = counts
    return [sorted((row[turn] for row in rows.values()), key=_time) for turn in range(most)]


def _again(group: list[Seen]) -> list[list[Seen]]:
    """Cut where its first place shows the same once more, too late for a bridge to have sent it back."""
    first, found = group[0], [[group[0]]]
    for frame in group[1:]:
        begin = found[-1][0]
        origin = (frame.record.capture, frame.record.place, frame.packet.hop_limit, frame.packet.macs) == (
            first.record.capture,
            first.record.place,
            first.packet.hop_limit,
            first.packet.macs,
        )
        same = frame.span == begin.span and frame.piece == begin.piece
        late = _time(frame) - _time(begin) > REFLECTED or frame.packet.kind == "tcp"
        if origin and same and late:
            found.append([frame])
        else:
            found[-1].append(frame)
    return found


# Frames that were cut before anything names them.


def settled(groups: list[list[Seen]], loose: list[Seen]) -> list[list[Seen]]:
    """With them: each in the one packet on its way at the time that it can be of, else alone."""
    alone = []
    for frame in loose:
        able = [
            group
            for group in groups
            if _time(group[0]) <= _time(frame) <= _time(group[-1]) and _may_be(frame.packet, group)
        ]
        if len(able) == 1:
            able[0].append(frame._replace(firm=False))
        else:
            alone.append([frame._replace(firm=False)])
    return [sorted(group, key=_time) for group in groups] + alone


def _may_be(cut: Packet, group: list[Seen]) -> bool:
    if cut.length is None or not cut.tunnels:
        return False
    return any(
        other.packet.length == cut.length
        and other.packet.version == cut.version
        and other.packet.protocol == cut.protocol
        and cut.src in {None, other.packet.src}
        and cut.dst in {None, other.packet.dst}
        for other in group
    )


# One packet: where it passed, and when.


def passes(group: list[Seen]) -> tuple[Pass, ...]:
    """The passages of a packet, earliest first. Captures of one interface show the same passage in the same turn."""
    by_place: dict[Place, dict[str, list[list[Seen]]]] = defaultdict(lambda: defaultdict(list))
    for frame in sorted(group, key=lambda frame: (_time(frame), frame.record.number)):
        turns = by_place[frame.record.place][frame.record.capture]
        if turns and _continues(turns[-1], frame):
            turns[-1].append(frame)
        else:
            turns.append([frame])
    found = []
    for place, captures in by_place.items():
        # A capture of the interface alone knows the time of a passage better than one of all interfaces.
        own = sorted(captures.values(), key=lambda turns: (-len(turns), _cooked(turns[0])))
        for turn, frames in enumerate(own[0]):
            every = sorted([frames, *(other[turn] for other in own[1:] if turn < len(other))], key=_cooked)
            found.append(Pass(place, _time(every[0][0]), tuple(chain.from_iterable(every))))
    return tuple(sorted(found, key=lambda one: one.time))


def _cooked(frames: list[Seen]) -> bool:
    return frames[0].record.packet_type is not None


def _continues(turn: list[Seen], frame: Seen) -> bool:
    """Whether a frame is a further part of the same passage."""
    first, packet = turn[0].packet, frame.packet
    if (first.hop_limit, first.macs, len(first.tunnels), first.src) != (
        packet.hop_limit,
        packet.macs,
        len(packet.tunnels),
        packet.src,
    ):
        return False
    if frame.piece is not None:
        return all(other.piece is None or other.piece.offset != frame.piece.offset for other in turn)
    return all(frame.span and other.span and not overlap(frame.span, other.span) for other in turn)


def overlap(one: Span, other: Span) -> bool:
    """Whether two parts of a packet share a byte."""
    return one[0] < other[1] and other[0] < one[1]


def _time(frame: Seen) -> int:
    return frame.record.time


def _span(frame: Seen) -> Span:
    return frame.span or (0, 0)
