"""Frames are cut: the capture kept their beginning only.

Shows
    Frames of which fewer bytes were kept than were on the wire, and how far into the headers the cut reaches.

Why it matters
    What a header or a payload beyond the cut said is not known, so that its absence means nothing: not that a port was
    closed, not that a name was not asked for. Checksums over the missing bytes cannot be checked.

How we know
    Each record of a capture has the length on the wire and the length that was kept (snaplen of pcap and pcapng).

What to check next
    Capture again with `tcpdump -s 0` (the default is 262144 bytes). In a tunnel 50 bytes (VXLAN over IPv4) or 70 (over
    IPv6) come before the inner frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.rules.capturing import Tally, counted, finding, listed, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.cut-frames"
_BY_CAPTURE = 0  # damage.limit: what was captured ends there, not what was sent


@dataclass
class _Cut(Tally):
    """What was cut: `longest`, the most bytes that were kept of a cut frame, and in how many frames which header."""

    longest: int = 0
    headers: dict[str, int] = field(default_factory=dict)


class Survey:
    """Counts the cut frames of each capture."""

    def __init__(self) -> None:
        self._cut: dict[str, _Cut] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        length, kept = packets.column("frame.len"), packets.column("frame.cap_len")
        rows = np.flatnonzero(length.valid & kept.valid & (kept.values < length.values))
        if not len(rows):
            return
        tally = tally_of(self._cut, batch, _Cut)
        tally.count += len(rows)
        tally.keep(batch, rows)
        tally.longest = max(tally.longest, int(kept.values[rows].max()))
        limit, layer = packets.column("damage.limit"), packets.column("damage.layer")
        ended = rows[limit.valid[rows] & (limit.values[rows] == _BY_CAPTURE) & layer.valid[rows]]
        for code, count in zip(*np.unique(layer.values[ended], return_counts=True), strict=True):
            name = packets.layer_names[int(code)]
            tally.headers[name] = tally.headers.get(name, 0) + int(count)

    def findings(self) -> Iterator[Finding]:
        """What was cut."""
        found = list(self._cut.values())
        if not found:
            return
        total, longest = sum(cut.count for cut in found), max(cut.longest for cut in found)
        headers = sum(count for cut in found for count in cut.headers.values())
        names = sorted({name for cut in found for name in cut.headers})
        text = f"{counted(total, 'frame is', 'frames are')} cut after at most {longest} bytes."
        if headers:
            text += f" In {headers} of them a header is missing or incomplete ({', '.join(names)})"
            text += ", and with it all that it carries." if headers == total else "; of the others only payload."
        else:
            text += " All headers are there; only payload is missing."
        scope = "What the missing bytes said, and whether checksums over them are right, cannot be told."
        shown = [(cut, f"{cut.count} frames cut after at most {cut.longest} bytes") for cut in found]
        yield finding(NAME, f"{listed(cut.name for cut in found)}: {text}", scope, shown)
