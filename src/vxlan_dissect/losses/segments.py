"""How much of a TCP stream passed a point, and how much of it again?

Law: sequence numbers are compared as RFC 9293 section 3.4 does, modulo 2^32, against the highest byte seen so far, so
that segments which offload merges or splits count alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.findings import FIRST_FRAMES

if TYPE_CHECKING:
    from vxlan_dissect.losses.columns import Counted
    from vxlan_dissect.losses.model import Tally

SYN, RST, ACK = 0x02, 0x04, 0x10
_HALF = 1 << 31


def add_segments(tally: Tally, segments: Counted) -> None:
    """Count the segments of one direction."""
    flags, lengths = segments.flags, segments.lengths
    if int(np.bitwise_or.reduce(flags)) & (SYN | RST):
        tally.openings += int(((flags & SYN) != 0).sum())
        tally.refusals += int(((flags & RST) != 0).sum())
    # An ACK without SYN or RST is sent by a side that has had the other's packets.
    tally.reached = tally.reached or bool(((flags & (SYN | RST | ACK)) == ACK).any())
    payload = int(lengths.sum())
    if not payload:
        return
    tally.payload += payload
    data = lengths > 0
    if not data.all():
        lengths = lengths[data]
    sequence = segments.sequence[data]
    base = tally.high if tally.high is not None else int(sequence[0])
    # Distance from what was highest before, in the nearer direction around the circle.
    begins = (sequence - base + _HALF) % (1 << 32) - _HALF
    ends = begins + lengths
    before = np.maximum.accumulate(np.concatenate(([0 if tally.high is not None else begins[0]], ends)))
    tally.high = int((base + before[-1]) % (1 << 32))
    again = np.minimum(before[:-1], ends) - begins
    # A keepalive repeats the last byte (RFC 9293 section 3.8.4).
    repeated = (again > 0) & ((lengths > 1) | (again > 1))
    if repeated.any():
        tally.repeated += int(again[repeated].sum())
        tally.largest_repeated = max(tally.largest_repeated, int(segments.sizes[data][repeated].max()))
        frames = segments.numbers[data][repeated][: FIRST_FRAMES - len(tally.repeats)]
        tally.repeats += [(segments.name, number) for number in frames.tolist()]
