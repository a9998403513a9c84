"""What should the reader know of the captures of a trace as a whole?

Law: only what limits the answers, and what to do about it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.trace.model import Point

APART_NS = 60_000_000_000  # captures of one time may have their few frames at different moments of it
_NAMED = 4


def notes(points: Sequence[Point]) -> Iterator[str]:
    """Sentences on captures of unknown places, and on those that no moment has in common with others."""
    nowhere = list(dict.fromkeys(point.capture for point in points if point.at.node is None and point.at.pod is None))
    if nowhere:
        named = ", ".join(nowhere[:_NAMED]) + (f" and {len(nowhere) - _NAMED} more" if len(nowhere) > _NAMED else "")
        yield (
            f"it is not known on which node {named} {'was' if len(nowhere) == 1 else 'were'} taken: packets are "
            "followed there, but what was lost before or behind cannot be told; say it with --at FILE=NODE:IFACE"
        )
    spans = [(point.begin_ns, point.end_ns, point.capture) for point in points]
    known = sorted((begin, end, name) for begin, end, name in spans if begin is not None and end is not None)
    latest = accumulate((end for _, end, _ in known), max)
    for (_, _, before), (begin, _, name), end in zip(known, known[1:], latest, strict=False):
        if begin - end > APART_NS:
            later = f"{name} begins {format_duration(begin - end)} after {before} and all before it end"
            yield f"{later}, by their clocks: no packet can be in both"
