"""In which shapes is a trace shown?

Law: one module a shape and one line of FORMATS; each reads values of `trace.model` and adds nothing to what they say.
Journeys are taken one after the other and never all at once, so that a long trace can be shown too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.report.layout import Screen
    from vxlan_dissect.trace.model import Clock, Journey, Overview, Point

FORMATS = ("text", "jsonl", "json", "mermaid", "parquet")


class Traced(Protocol):
    """What is read of a trace; `journeys` and `lost` may make their members one by one. The tables are DataFrames."""

    @property
    def points(self) -> tuple[Point, ...]:
        """Where the captures were taken."""

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """How the clocks of nodes differ."""

    @property
    def overview(self) -> Overview:
        """What it amounts to."""

    @property
    def journeys(self) -> Sequence[Journey]:
        """The packets that were asked for."""

    @property
    def lost(self) -> Sequence[Journey]:
        """Those of them that went missing."""

    @property
    def sightings(self) -> Any:
        """A row for each sighting."""

    @property
    def hops(self) -> Any:
        """A row for each step from one place to the next."""

    @property
    def losses(self) -> Any:
        """A row for each packet that went missing."""


def render(
    trace: Traced, shape: str, screen: Screen, *, heading: tuple[str, ...] = (),
    journeys: Iterable[Journey] | None = None, told: bool = False,
) -> Iterator[str]:  # fmt: skip
    """The text of a trace, piece by piece, in any of FORMATS but `parquet`, which `tables.write` writes.

    `journeys` are those to show, by default all of the trace. Text tells each of them where `told` is set or where
    there are few. `heading` are the lines that say whose names are used.
    """
    if shape == "text":
        from vxlan_dissect.report.trace.text import TextReport

        return TextReport(trace, screen).of(heading, journeys, told=told)
    shown = trace.journeys if journeys is None else journeys
    if shape == "mermaid":
        from vxlan_dissect.report.trace.mermaid import mermaid

        return mermaid(shown)
    from vxlan_dissect.report.trace.json import lines, whole

    return lines(shown) if shape == "jsonl" else whole(trace, shown)
