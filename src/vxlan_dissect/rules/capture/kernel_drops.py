"""The capture tool reports that it lost frames.

Shows
    A capture whose own statistics count frames that were dropped before they could be written.

Why it matters
    What is missing in this capture may have passed. A packet that is not seen here is not lost for that.

How we know
    pcapng has interface statistics blocks: `isb_ifdrop` counts what the interface or the kernel's buffer dropped,
    `isb_osdrop` what the operating system did (draft-ietf-opsawg-pcapng, section 4.6). pcap files have no such count:
    tcpdump prints it when it ends (`packets dropped by kernel`).

What to check next
    Capture again with a larger buffer (`tcpdump -B`, in KiB), a filter, or fewer bytes of each frame (`-s 200`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import UNKNOWN, Cause
from vxlan_dissect.rules.capturing import Tally, counted, finding, listed, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.capture.names import BlockNames
    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.kernel-drops"


class Survey:
    """Keeps what the blocks of each capture say, which is whole when the capture is."""

    def __init__(self) -> None:
        self._seen: dict[str, Tally] = {}
        self._blocks: dict[str, BlockNames] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        if batch.packets.names is not None:
            tally_of(self._seen, batch, Tally)
            self._blocks[batch.name] = batch.packets.names

    def findings(self) -> Iterator[Finding]:
        """How many frames were dropped."""
        found = []
        for name, blocks in self._blocks.items():
            tally = self._seen[name]
            tally.count = sum(blocks.drops.values())
            if tally.count:
                found.append(tally)
        if not found:
            return
        total = sum(tally.count for tally in found)
        text = (
            f"{listed(tally.name for tally in found)}: the capture tool reports that "
            f"{counted(total, 'frame was', 'frames were')} dropped before they could be written."
        )
        scope = "Which frames these were is not known: what these captures lack may have passed."
        cause = Cause("capture-loss", "the file's own statistics count dropped frames")
        shown = [(tally, f"{tally.count} frames dropped, as its statistics say") for tally in found]
        yield finding(NAME, text, scope, shown, verdict=UNKNOWN, causes=(cause,))
