"""How does a trace leave for another program?

Law: each object is exactly the `as_dict` of its value, the contract. The text is ASCII and free of control characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.report.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.report.trace import Traced
    from vxlan_dissect.trace.model import Journey


def lines(journeys: Iterable[Journey]) -> Iterator[str]:
    """`-T jsonl`: one journey a line."""
    for journey in journeys:
        yield dumps(journey.as_dict()) + "\n"


def whole(trace: Traced, journeys: Iterable[Journey]) -> Iterator[str]:
    """`-T json`: the object of `Trace.as_dict` with these journeys, each on a line of its own."""
    points = dumps([point.as_dict() for point in trace.points])
    clocks = dumps([clock.as_dict() for clock in trace.clocks])
    yield f'{{"points": {points},\n"clocks": {clocks},\n"overview": {dumps(trace.overview.as_dict())},\n"journeys": ['
    separator = "\n"
    for journey in journeys:
        yield separator + dumps(journey.as_dict())
        separator = ",\n"
    yield "\n]}\n"
