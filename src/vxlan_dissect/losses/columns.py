"""What of each frame do losses count?

Law: all columns are gathered once a batch, in the order of the groups, so that what one conversation sent in one
direction at one place is a slice and not another gather.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets


class Counted(NamedTuple):
    """Some frames of a batch of the capture `name`; every array has shape (k,), int64.

    `numbers` are frame numbers, `times` nanoseconds, `sizes` bytes of the IP packet, `parts` of how many fragments it
    was put together (0: of none), `echoes` sequence numbers of echoes (-1: no echo), `flags`, `lengths` and `sequence`
    those of TCP, 0 elsewhere.
    """

    name: str
    numbers: NDArray[np.int64]
    times: NDArray[np.int64]
    sizes: NDArray[np.int64]
    parts: NDArray[np.int64]
    echoes: NDArray[np.int64]
    flags: NDArray[np.int64]
    lengths: NDArray[np.int64]
    sequence: NDArray[np.int64]

    def cut(self, begin: int, end: int) -> Counted:
        """The frames from one place up to another."""
        return Counted(self.name, *(array[begin:end] for array in self[1:]))


def counted(packets: Packets, rows: NDArray[np.intp], name: str) -> Counted:
    """The columns of the frames `rows`, in that order."""

    def of(column: str, absent: int = 0) -> NDArray[np.int64]:
        found = packets.columns.get(column)
        if found is None:
            return np.full(len(rows), absent, dtype=np.int64)
        return np.where(found.valid[rows], found.values[rows].astype(np.int64), absent)

    six = of("ipv6.plen", -1)
    echoes = of("icmpv6.echo.sequence_number", -1)
    return Counted(
        name,
        of("frame.number"),
        packets.times()[rows],
        np.where(six >= 0, six + 40, of("ip.len")),
        of("frame.fragments"),
        np.where(echoes >= 0, echoes, of("icmp.seq", -1)),
        of("tcp.flags"),
        of("tcp.len"),
        of("tcp.seq_raw"),
    )
