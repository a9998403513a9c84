"""What does a diagnosis look like on a terminal, and for a program?

Law: the gravest comes first, each with what is seen, why perhaps, what to check next and what cannot be known from
here. That nothing is wrong is said in a sentence of its own, with what was checked. JSON has everything.
"""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import BROKEN, NORMAL, SUSPICIOUS
from vxlan_dissect.report import words
from vxlan_dissect.report.layout import BOLD, DIM, PLAIN, RED, YELLOW, padded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.diagnosis import Diagnosis
    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.report.layout import Screen

_MARKS = {BROKEN: ("✗", RED), SUSPICIOUS: ("!", YELLOW)}
_INDENT, _LABEL, _MEASURE = 3, 12, 120
_SHOWN = 5  # frames and lines of evidence of one finding


def render(diagnosis: Diagnosis, shape: str, screen: Screen, heading: tuple[str, ...] = ()) -> Iterator[str]:
    """The text of a diagnosis, piece by piece; `heading` are the lines that say whose names are used."""
    if shape == "json":
        yield json.dumps(diagnosis.as_dict(), ensure_ascii=False, indent=1) + "\n"
        return
    yield from _Text(screen).of(diagnosis, heading)


class _Text:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen._replace(width=min(screen.width, _MEASURE))

    def of(self, diagnosis: Diagnosis, heading: tuple[str, ...]) -> Iterator[str]:
        rows = self._screen.lines(0, self._screen.words(", ".join(diagnosis.captures), BOLD), hang=_INDENT)
        for line in (*heading, *diagnosis.notes):
            topic, _, rest = line.partition(": ")
            rows += self._row(topic, rest) if rest and len(topic) < _LABEL else self._row("note", line)
        for line in diagnosis.checked:
            rows += self._row("checked", line)
        yield "\n".join([*rows, ""])
        wrong = [finding for finding in diagnosis.findings if finding.severity != "info"]
        harmless = [finding for finding in diagnosis.findings if finding.severity == "info"]
        if not wrong:
            yield "\n" + "\n".join([*self._screen.lines(0, self._screen.words("Nothing wrong was found.", BOLD)), ""])
        alone = len(diagnosis.captures) == 1
        for finding in wrong:
            yield from self._finding(finding, alone)
        if harmless:
            title = "Worth knowing, and no fault:"
            yield "\n" + "\n".join([*self._screen.lines(0, self._screen.words(title, BOLD)), ""])
        for finding in harmless:
            yield from self._finding(finding, alone)

    def _finding(self, finding: Finding, alone: bool) -> Iterator[str]:
        screen = self._screen
        mark, colour = _MARKS.get(finding.verdict, ("•", PLAIN))
        label = [(f"{screen.clean(mark)} ", colour), (f"{finding.severity}  ", colour)]
        origin = finding.rule if finding.verdict == NORMAL else f"{finding.rule}, {finding.confidence}"
        text = [*screen.words(finding.text, BOLD), screen.together(f"[{origin}]", DIM)]
        rows = ["", *screen.lines(0, text, label=label, hang=_INDENT)]
        for number, cause in enumerate(finding.causes):
            rows += self._row("cause" if number == 0 else "or", f"{cause.cause}: {cause.why}")
        if finding.frames:
            rows += self._row("frames", _frames(finding, alone))
        for item in finding.evidence[:_SHOWN]:
            where, what = words.evidence(item)
            rows += self._row("evidence", f"{where}: {what}", DIM)
        rows += self._row("check next", finding.next)
        rows += self._row("scope", finding.scope)
        yield "\n".join([*rows, ""])

    def _row(self, label: str, text: str, colour: str = PLAIN) -> list[str]:
        return self._screen.lines(_INDENT, self._screen.words(text, colour), label=[(padded(label, _LABEL), DIM)])


def _frames(finding: Finding, alone: bool) -> str:
    """The first frames of a finding; each capture is named once, and the only one is not."""
    shown = finding.frames[:_SHOWN]
    parts = []
    for name, frames in groupby(shown, key=itemgetter(0)):
        numbers = ", ".join(str(number) for _, number in frames)
        parts.append(numbers if alone else f"{name} {numbers}")
    more = finding.count - len(shown)
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")
