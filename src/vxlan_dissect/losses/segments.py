"""How much of a TCP stream passed a point, and how much of it again?

Law: sequence numbers are compared as RFC 9293 section 3.4 does, modulo 2^32, against the highest byte seen so far, so
that segments which offload merges or splits count alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.findings import FIRST_FRAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.losses.model import Tally
    from vxlan_dissect.packets import Packets

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
_HALF = 1 << 31


def add_segments(
    tally: Tally, packets: Packets, rows: NDArray[np.intp], sizes: NDArray[np.int64], capture: str
) -> None:
    """Count the segments `rows` of one direction, `sizes` their IP packets' lengths, both of shape (k,)."""
    flags = packets.column("tcp.flags").values[rows].astype(np.int64)
    length = packets.column("tcp.len").values[rows].astype(np.int64)
    numbers = packets.column("tcp.seq_raw").values[rows].astype(np.int64)
    synced = (flags & SYN) != 0
    tally.openings += int(synced.sum())
    tally.refusals += int(((flags & RST) != 0).sum())
    tally.finishes += int(((flags & FIN) != 0).sum())
    tally.payload += int(length.sum())
    # An ACK without SYN, RST or FIN is sent by a side that has had the other's packets.
    tally.reached = tally.reached or bool(((flags & (SYN | RST | ACK)) == ACK).any())
    data = length > 0
    if not data.any():
        return
    base = tally.high if tally.high is not None else int(numbers[data][0])
    # Distance from what was highest before, in the nearer direction around the circle.
    begins = (numbers[data] - base + _HALF) % (1 << 32) - _HALF
    ends = begins + length[data]
    before = np.maximum.accumulate(np.concatenate(([0 if tally.high is not None else begins[0]], ends)))
    again = np.clip(np.minimum(before[:-1], ends) - begins, 0, None)
    # A keepalive repeats the last byte (RFC 9293 section 3.8.4).
    again[(length[data] == 1) & (again == 1)] = 0
    tally.high = int((base + before[-1]) % (1 << 32))
    tally.repeated += int(again.sum())
    repeated = again > 0
    if repeated.any():
        tally.largest_repeated = max(tally.largest_repeated, int(sizes[data][repeated].max()))
        frames = packets.columns["frame.number"].values[rows][data][repeated]
        tally.repeats += [(capture, int(number)) for number in frames[: FIRST_FRAMES - len(tally.repeats)]]
