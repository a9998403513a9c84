"""The clock of a capture goes back.

Shows
    Frames with an earlier time than the frame before them in the file.

Why it matters
    Times between frames are wrong by that much, and what answers may seem to come before what it answers.

How we know
    Several processors and interfaces fill a capture, and each stamps its frames before they are put in order: less than
    a millisecond is usual, some milliseconds with `-i any`. Steps of seconds are a clock that was set, or files that
    were joined.

What to check next
    `chronyc tracking` or `timedatectl` on the node for larger steps; `reordercap` puts frames in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.statements import format_duration
from vxlan_dissect.rules.capturing import Tally, counted, finding, listed, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.clock-back"
_USUAL_NS = 10_000_000


@dataclass
class _Steps(Tally):
    """Steps back, `largest` in nanoseconds; `last` is the time of the last frame."""

    largest: int = 0
    last: int | None = None


class Survey:
    """Counts the steps back of each capture."""

    def __init__(self) -> None:
        self._steps: dict[str, _Steps] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        rows = np.flatnonzero(packets.column("frame.time_epoch").valid)
        if not len(rows):
            return
        steps = tally_of(self._steps, batch, _Steps)
        times = batch.times[rows]
        back = -np.diff(times, prepend=times[0] if steps.last is None else steps.last)
        steps.last = int(times[-1])
        steps.count += int((back > 0).sum())
        steps.largest = max(steps.largest, int(back.max()))
        steps.keep(batch, rows[back > 0])

    def findings(self) -> Iterator[Finding]:
        """How often, and by how much."""
        found = [steps for steps in self._steps.values() if steps.count]
        usual = [steps for steps in found if steps.largest < _USUAL_NS]
        for group in (usual, [steps for steps in found if steps not in usual]):
            if not group:
                continue
            count, largest = sum(steps.count for steps in group), max(steps.largest for steps in group)
            text = (
                f"{listed(steps.name for steps in group)}: {counted(count, 'frame bears', 'frames bear')} an earlier "
                f"time than the frame before, by {format_duration(largest)} at most."
            )
            text += " Several processors and interfaces fill a capture: so little is usual." if group is usual else ""
            scope = "Which of two times is the true one cannot be told from the file."
            shown = [(steps, f"{steps.count} steps back, at most {format_duration(steps.largest)}") for steps in group]
            yield finding(NAME, text, scope, shown)
