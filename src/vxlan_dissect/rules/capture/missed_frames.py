"""A capture lacks packets that passed its place.

Shows
    Packets that were seen before and after a place, or by another capture at the same place, and not by this one, which
    saw others of the same conversation.

Why it matters
    The capture lost them, the network did not. Whoever looks at this capture alone takes them for lost.

How we know
    What was seen further on the way must have passed. Echoes are compared by number, TCP by bytes (offload merges and
    splits segments), UDP by count. A place that saw nothing of a conversation is not spoken of: it may lie off the way.

What to check next
    `packets dropped by kernel` in the last lines of tcpdump, or `capinfos`; capture again with a larger buffer (`-B`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.findings import FIRST_FRAMES
from vxlan_dissect.explain.statements import LIKELY, Cause
from vxlan_dissect.losses.missed import missed
from vxlan_dissect.losses.model import units
from vxlan_dissect.rules.capturing import Tally, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.losses.collect import Collection

NAME = "capture.missed-frames"


def findings(collection: Collection) -> Iterator[Finding]:
    """One finding for each capture that lacks packets."""
    found: dict[str, tuple[Tally, dict[str, int], dict[str, None]]] = {}
    for one in missed(collection):
        tally, lacks, who = found.setdefault(one.spot.capture, (Tally(one.spot.capture, one.spot.at), {}, {}))
        tally.count += one.packets
        tally.frames += one.frames[: FIRST_FRAMES - len(tally.frames)]
        lacks[one.unit] = lacks.get(one.unit, 0) + one.lost
        who[f"from {called(one.context.src)} to {called(one.context.dst)}"] = None
    for tally, lacks, who in found.values():
        what = " and ".join(f"{count} {units(count, unit)}" for unit, count in lacks.items())
        pair = f" {next(iter(who))}" if len(who) == 1 else ""
        text = (
            f"{tally.name} lacks {what}{pair} that passed {tally.at}: captures before and after that place, or another "
            "one there, have them. The capture lost them, the network did not."
        )
        cause = Cause("capture-loss", "what was seen further on the way had passed this place")
        scope = "Whether the network has a second way past this place is not seen."
        yield finding(NAME, text, scope, [(tally, f"lacks {what}{pair}")], confidence=LIKELY, causes=(cause,))
