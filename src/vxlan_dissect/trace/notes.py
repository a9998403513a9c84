"""What should the reader know of the captures of a trace as a whole?

Law: only what limits the answers, and what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.trace.model import Point

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
    known = [(begin, end, name) for begin, end, name in spans if begin is not None and end is not None]
    if known:
        begin, _, latest = max(known)
        _, end, earliest = min(known, key=lambda span: (span[1], span[2]))
        if begin > end and latest != earliest:
            apart = format_duration(begin - end)
            yield f"{earliest} ends {apart} before {latest} begins, by their clocks: no packet can be in both"
