"""Conversations were going on when the capture began.

Shows
    TCP connections without their handshake, and pings whose first sequence number is not the first that a ping has.

Why it matters
    Who opened the connection, its MSS and its window scale are not seen, so that window sizes cannot be told. What is
    missing before the first frame is not lost.

How we know
    A connection begins with a SYN (RFC 9293 section 3.5), and no capture given here has it. ping numbers from 1 (Linux,
    iputils) or 0 (BSD, BusyBox); Windows goes on counting from one ping to the next.

What to check next
    Nothing, unless the beginning matters: then begin the capture before the connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.findings import FIRST_FRAMES
from vxlan_dissect.rules.capturing import MAX_CONVERSATIONS, Tally, conversations, counted, finding, listed, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.begins-in-the-middle"
_SYN, _RST = 0x02, 0x04
_ECHO_REQUESTS = (("icmp.type", 8, "icmp.seq"), ("icmpv6.type", 128, "icmpv6.echo.sequence_number"))


@dataclass
class _Begun(Tally):
    """`known` are the codes of the conversations so far, `middle` those that had begun before, with their frame."""

    known: set[int] = field(default_factory=set)
    middle: dict[int, tuple[str, int]] = field(default_factory=dict)


class Survey:
    """Looks at the first frame of each conversation in each capture."""

    def __init__(self) -> None:
        self._begun: dict[str, _Begun] = {}
        self._whole: set[int] = set()  # conversations of which a capture has the beginning

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        flags = packets.column("tcp.flags")
        asks = np.zeros(len(packets), dtype=bool)
        for kind, code, _ in _ECHO_REQUESTS:
            column = packets.column(kind)
            asks |= column.valid & (column.values == code)
        rows = np.flatnonzero(flags.valid | asks)
        if not len(rows):
            return
        begun = tally_of(self._begun, batch, _Begun)
        codes, first = np.unique(conversations(packets, rows).codes, return_index=True)
        new = [place for place, code in enumerate(codes.tolist()) if code not in begun.known]
        new = new[: max(MAX_CONVERSATIONS - len(begun.known), 0)]
        begun.known.update(codes[new].tolist())
        rows, codes = rows[first[new]], codes[new]
        connections = flags.valid[rows] & ((flags.values[rows] & (_SYN | _RST)) == 0)
        late = connections | (asks[rows] & _is_late(packets, rows))
        numbers = packets.columns["frame.number"].values[rows].tolist()
        for code, is_late, number in zip(codes.tolist(), late.tolist(), numbers, strict=True):
            if is_late:
                begun.middle[code] = begun.name, number
            elif len(self._whole) < MAX_CONVERSATIONS:
                self._whole.add(code)

    def findings(self) -> Iterator[Finding]:
        """How many conversations had begun before."""
        for begun in self._begun.values():
            # What another capture has from its beginning was late here for another reason: the first packets were lost.
            frames = sorted(frame for code, frame in begun.middle.items() if code not in self._whole)
            begun.count, begun.frames = len(frames), frames[:FIRST_FRAMES]
        found = [begun for begun in self._begun.values() if begun.count]
        if not found:
            return
        total = len({code for begun in found for code in begun.middle} - self._whole)
        text = (
            f"{listed(begun.name for begun in found)}: "
            f"{counted(total, 'conversation was', 'conversations were')} already going on when the capture began."
        )
        scope = "Who opened a connection, and with which options, is not seen where its handshake is not."
        shown = [
            (begun, f"{begun.count} of {len(begun.known)} conversations are seen from the middle") for begun in found
        ]
        yield finding(NAME, text, scope, shown)


def _is_late(packets: Packets, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether echoes bear a sequence number above the first."""
    late = np.zeros(len(rows), dtype=bool)
    for _, _, name in _ECHO_REQUESTS:
        column = packets.column(name)
        late |= column.valid[rows] & (column.values[rows] > 1)
    return late
