"""Which packets did a capture miss although they passed?

Law: a packet that was seen on both sides of a place, or by another capture at that place, passed it. Only a capture
that saw others of the same direction of the conversation is compared, and only for the time in which it surely ran.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.losses.locate import trail_of
from vxlan_dissect.losses.model import BACK, FORWARD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.losses.collect import Collection
    from vxlan_dissect.losses.locate import Trail
    from vxlan_dissect.losses.model import Coverage, Frame, Spot, Tally

NEXT_NS = 1_000_000  # what one place sees the next sees within this; clocks that differ by more tell nothing


class Missed(NamedTuple):
    """What one capture missed of one direction of a conversation: `lost` of what `unit` names, in `packets`.

    `frames` are echoes elsewhere that it missed; of the rest those that it has of the same conversation.
    """

    spot: Spot
    unit: str
    lost: int
    packets: int
    frames: list[Frame]
    context: Context


def missed(collection: Collection) -> Iterator[Missed]:
    """What captures missed."""
    coverage = list(collection.coverage.values())
    if len(coverage) < 2:
        return
    for conversation in collection.conversations.values():
        for direction in (FORWARD, BACK):
            if len(conversation.seen[direction]) > 1:
                yield from _of(trail_of(conversation, direction, coverage), coverage, conversation.key.protocol)


def _of(trail: Trail, coverage: list[Coverage], protocol: str) -> Iterator[Missed]:
    for step, tallies in trail.tallies.items():
        for spot, tally in tallies if step in trail.way.watched else ():
            there = [other for where, other in tallies if where != spot]
            before = there + [other for number, at in trail.tallies.items() if number < step for _, other in at]
            after = there + [other for number, at in trail.tallies.items() if number > step for _, other in at]
            if before and after and (protocol in ("icmp", "icmpv6") or _ran(spot, before, after, coverage)):
                unit, lost, frames = _lacks(tally, before, after, protocol)
                most = max(other.packets for other in after)
                packets = max(most - tally.packets, 1) if protocol == "tcp" else lost
                if lost > 0:
                    yield Missed(spot, unit, lost, packets, frames, tally.context)


def _lacks(tally: Tally, before: list[Tally], after: list[Tally], protocol: str) -> tuple[str, int, list[Frame]]:
    """What one tally lacks that others before and after it have: the unit, how many, and frames that show it."""
    if protocol in ("icmp", "icmpv6"):
        came, went = ({number: unit for t in side for number, unit in t.units.items()} for side in (before, after))
        # Before the first and after the last that it has, the capture may not have run.
        own = tally.units.keys()
        ran = range(min(own, default=0), max(own, default=0))
        numbers = sorted(number for number in came.keys() & went.keys() if number in ran and number not in own)
        return "echo", len(numbers), [went[number].frame for number in numbers]
    if protocol == "tcp":
        passed = min(max(t.payload - t.repeated for t in side) for side in (before, after))
        return "byte of TCP", passed - (tally.payload - tally.repeated), tally.frames
    passed = min(max(t.packets for t in side) for side in (before, after))
    return "UDP datagram", passed - tally.packets, tally.frames


def _ran(spot: Spot, before: list[Tally], after: list[Tally], coverage: list[Coverage]) -> bool:
    """Whether a capture has frames from before the first packet that others saw and from after the last."""
    begin = min(tally.first_ns for tally in (*before, *after))
    end = max(tally.last_ns for tally in (*before, *after))
    return any(
        cover.begin_ns is not None
        and cover.end_ns is not None
        and cover.begin_ns <= begin + NEXT_NS
        and cover.end_ns >= end - NEXT_NS
        for cover in coverage
        if cover.capture == spot.capture
    )
