"""A capture file ends in the middle.

Shows
    A file that could not be read to its end, and where the reading stopped.

Why it matters
    What came after that place is not seen. Answers and packets that are missing near the end may be in the lost part.

How we know
    The last record claims more bytes than the file has, or what stands there is no record. tcpdump writes whole records
    and flushes when it is stopped; a file that was copied while it was written, or a full disk, ends anywhere.

What to check next
    Compare the size with the original's, copy it again, or capture with `tcpdump -U`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import UNKNOWN
from vxlan_dissect.rules.capturing import Tally, finding, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.truncated-file"


class Survey:
    """Keeps where the reading of captures ended early."""

    def __init__(self) -> None:
        self._seen: dict[str, Tally] = {}
        self._problems: dict[str, str] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        tally = tally_of(self._seen, batch, Tally)
        tally.count += len(batch.packets)
        if batch.problem is not None:
            offset = batch.problem.offset
            place = "" if offset is None else f"at offset {offset}: "
            self._problems[batch.name] = f"{place}{batch.problem.reason}"

    def findings(self) -> Iterator[Finding]:
        """One finding for each file: where each ended, and why, is its own."""
        for name, problem in self._problems.items():
            tally = self._seen[name]
            text = f"{tally.name} could be read up to frame {tally.count} and no further, {problem}."
            if not problem.startswith("at offset"):
                text = f"{tally.name} could be read up to frame {tally.count} and no further: {problem}."
            scope = "What the file holds beyond that place is not seen."
            yield finding(NAME, text, scope, [(tally, problem)], verdict=UNKNOWN)
