"""In which shapes is an explanation shown?

Law: one module a shape and one line of FORMATS; each reads values of `explain.statements` and adds nothing to what they
say. A report gives text to print and prints nothing, so that every shape works on a pipe, into a file and in a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from vxlan_dissect.explain.statements import Explanation
    from vxlan_dissect.report.layout import Screen

FORMATS = ("text", "jsonl", "json")


class Heading(NamedTuple):
    """What is said of a capture before its frames.

    `frames` is None while nobody knows how many there will be. `inventory` is the path whose names are used, or None;
    `found` says how it was found, or why there is none. `where` is the filter that picked the frames, or None; `notes`
    are remarks on the capture as a whole, as `network: Cilium`.
    """

    name: str
    frames: int | None
    inventory: str | None
    found: str
    where: str | None = None
    notes: tuple[str, ...] = ()


class Report(Protocol):
    """Text for captures, one after the other: begin, then for each capture its heading and frames, then end."""

    def begin(self) -> str:
        """What stands before everything."""

    def capture(self, heading: Heading, first: Explanation | None) -> str:
        """What stands before a capture's frames; `first` is its first frame, None where none is shown."""

    def frame(self, explanation: Explanation) -> str:
        """One frame."""

    def end(self) -> str:
        """What stands after everything."""


def open_report(name: str, screen: Screen) -> Report:
    """The report of one of FORMATS."""
    if name == "text":
        from vxlan_dissect.report.text import TextReport

        return TextReport(screen)
    from vxlan_dissect.report.json import ArrayReport, LinesReport

    return LinesReport() if name == "jsonl" else ArrayReport()
