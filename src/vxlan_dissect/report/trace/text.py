"""What does a trace look like on a terminal?

Law: first what the captures are and what all packets together show, then what is lost, where and why perhaps; single
packets stand behind, and only where they were asked for or are few. What was left out says how to get it.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import counted
from vxlan_dissect.report import words
from vxlan_dissect.report.layout import BOLD, DIM, PLAIN, RED, columns_of, padded
from vxlan_dissect.report.trace import phrases
from vxlan_dissect.report.trace.journey import Teller
from vxlan_dissect.report.trace.ladder import ladders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.report.layout import Screen
    from vxlan_dissect.report.trace import Traced
    from vxlan_dissect.trace.model import Delay, Journey, Overview, Point

_INDENT, _LABEL, _MEASURE, _PLACE = 3, 12, 120, 34
FEW, DRAWN = 4, 24  # packets that are told, and drawn, where nobody asked for single ones
_SELECTED = 40  # packets that are drawn where somebody did
_GROUPS, _LOOKED, _NUMBERS = 12, 10_000, 8  # losses in groups: shown, looked at, and numbers of packets in one


class TextReport:
    """A trace in lines."""

    def __init__(self, trace: Traced, screen: Screen) -> None:
        self._trace, self._wide = trace, screen
        self._screen = screen._replace(width=min(screen.width, _MEASURE))
        self._scopes = set[str]()

    def of(self, heading: tuple[str, ...], journeys: Iterable[Journey] | None, *, told: bool) -> Iterator[str]:
        """Pieces of whole lines: the overview, what is lost, and `journeys` as far as they are to be shown."""
        yield _piece(self._overview(heading))
        for rows in self._losses():
            yield "\n" + _piece(rows)
        if self._trace.overview.delays:
            yield "\n" + _piece(self._steps(self._trace.overview.delays))
        yield from self._single(self._trace.journeys if journeys is None else journeys, told=told)

    def _row(self, label: str, text: str, colour: str = PLAIN) -> list[str]:
        screen = self._screen
        return screen.lines(_INDENT, screen.words(text, colour), label=[(padded(label, _LABEL), DIM)])

    def _title(self, text: str) -> list[str]:
        return self._screen.lines(0, self._screen.words(text, BOLD), hang=_INDENT)

    def _overview(self, heading: tuple[str, ...]) -> list[str]:
        trace = self._trace
        rows = self._title(_span(trace.points, trace.overview))
        for line in heading:
            topic, _, rest = line.partition(": ")
            rows += self._row(topic, rest) if rest and len(topic) < _LABEL else self._row("note", line)
        rows += self._points(trace.points)
        clocks = [clock for clock in trace.clocks if clock.node != clock.reference]
        for number, clock in enumerate(clocks):
            rows += self._row("" if number else "clocks", phrases.clock(clock))
        for reference in dict.fromkeys(clock.reference for clock in clocks if phrases.differs(clock)):
            rows += self._row("", f"times below are those of {reference}")
        for label, text, colour in _counts(trace.overview):
            rows += self._row(label, text, colour)
        chosen, lost = len(trace.journeys), len(trace.lost)
        if chosen != trace.overview.journeys:
            rows += self._row("matching", f"{counted(chosen, 'packet')}, {lost or 'none'} of them lost")
        for note in trace.overview.notes:
            rows += self._row("note", note)
        return rows

    def _points(self, points: Sequence[Point]) -> list[str]:
        """Where each capture was taken and how many frames it has; how that is known once, where most agree."""
        screen, rows = self._screen, list[str]()
        places = [phrases.fitted(phrases.taken_at(point), _PLACE, screen) for point in points]
        wide = max(map(columns_of, places), default=0)
        counts = [counted(point.frames, "frame") for point in points]
        most = max(map(len, counts), default=0)
        bases = Counter(phrases.basis(point) for point in points)
        common, agree = bases.most_common(1)[0] if bases else ("", 0)
        common = common if agree > len(points) / 2 and agree > 1 else ""
        start = _INDENT + _LABEL + wide + most + 4
        for number, (point, place, count) in enumerate(zip(points, places, counts, strict=True)):
            name, known = screen.clean(point.capture), phrases.basis(point)
            remark = ", ".join(filter(None, [phrases.direction(point), "" if known == common else known]))
            text = [(name, PLAIN), *screen.words(f"({remark})" if remark else "", DIM)]
            label = [
                (padded("" if number else "taken at", _LABEL), DIM),
                (f"{padded(place, wide)}  {count:>{most}}  ", PLAIN),
            ]
            if start + max(columns_of(word) for word, _ in text) > screen.width:
                rows += screen.lines(_INDENT, [], label=label)
                rows += screen.lines(_INDENT + _LABEL + 2, text)
            else:
                rows += screen.lines(_INDENT, text, label=label, room=1)
        others = ", unless it is said above" if len(bases) > 1 else ""
        return rows + (self._row("known by", common + others) if common else [])

    def _steps(self, delays: Sequence[Delay]) -> list[str]:
        """Delays between places as a table, or as sentences where the screen has no room for one."""
        screen = self._screen
        heads = ("packets", "median", "p99")
        places = [tuple(phrases.fitted(str(at), _PLACE, screen) for at in (delay.src, delay.dst)) for delay in delays]
        numbers = [
            (str(one.packets), screen.clean(phrases.took(one.median_ns)), screen.clean(phrases.took(one.p99_ns)))
            for one in delays
        ]
        wides = [max(columns_of(place[side]) for place in places) for side in (0, 1)]
        sizes = [max(columns_of(text) for text in column) for column in zip(heads, *numbers, strict=True)]
        arrow = screen.clean("→")
        total = _INDENT + sum(wides) + columns_of(arrow) + 2 + sum(size + 2 for size in sizes)
        title = "Time between places"
        if total > screen.width:
            rows = self._title(title)
            for (src, dst), (count, median, late) in zip(places, numbers, strict=True):
                rows += screen.lines(_INDENT, screen.words(f"{src} → {dst}"), hang=_INDENT)
                rows += screen.lines(2 * _INDENT, screen.words(f"{count} packets, median {median}, p99 {late}"))
            return rows
        cells = "".join(f"  {head:>{size}}" for head, size in zip(heads, sizes, strict=True))
        rows = screen.lines(0, [(padded(title, total - columns_of(cells)) + cells, BOLD)])
        for (src, dst), values in zip(places, numbers, strict=True):
            cells = "".join("  " + " " * (size - columns_of(v)) + v for v, size in zip(values, sizes, strict=True))
            rows += screen.lines(_INDENT, [(f"{padded(src, wides[0])} {arrow} {padded(dst, wides[1])}{cells}", PLAIN)])
        return rows

    def _losses(self) -> Iterator[list[str]]:
        """What is lost, packets of the same ends, place and causes together, those that are most first."""
        groups: dict[object, list[Journey]] = {}
        for journey in islice(self._trace.lost, _LOOKED):
            if journey.lost is not None:
                lost = journey.lost
                key = (phrases.ends(journey), lost.after, lost.before, tuple(cause.cause for cause in lost.causes))
                groups.setdefault(key, []).append(journey)
        ordered = sorted(groups.values(), key=len, reverse=True)
        self._scopes = {group[0].lost.scope for group in ordered[:_GROUPS] if group[0].lost is not None}
        for group in ordered[:_GROUPS]:
            yield self._loss(group)
        left = len(self._trace.lost) - sum(map(len, ordered[:_GROUPS]))
        if left > 0:
            yield self._title(f"{counted(left, 'further lost packet')}; --lost tells each.")

    def _loss(self, group: Sequence[Journey]) -> list[str]:
        screen, first = self._screen, group[0]
        lost = first.lost
        assert lost is not None
        src, dst = phrases.ends(first)
        was = "was" if len(group) == 1 else "were"
        text = f"{counted(len(group), 'packet')} from {src} to {dst} {was} lost {phrases.where_lost(lost)}."
        rows = screen.lines(0, screen.words(text, BOLD), label=[(screen.clean("✗") + " ", RED)], hang=_INDENT)
        for label, cause in phrases.causes(lost):
            rows += self._row(label, cause)
        numbers = ", ".join(f"#{journey.id}" for journey in group[:_NUMBERS])
        more = len(group) - _NUMBERS
        when = f", from {phrases.began(first)[1]} on" if first.sightings else ""
        rows += self._row("packets", numbers + (f" and {more} more" if more > 0 else "") + when)
        for verdict in dict.fromkeys(phrases.verdict(one) for journey in group[:1] for one in journey.hubble):
            rows += self._row("hubble", verdict)
        return rows + (self._row("scope", lost.scope) if lost.scope else [])

    def _single(self, journeys: Iterable[Journey], *, told: bool) -> Iterator[str]:
        """Drawings and journeys, where they were asked for or are few."""
        most = _SELECTED if told else DRAWN
        rest = iter(journeys)
        first = list(islice(rest, most + 1))
        if not told and len(first) > most:
            many = counted(len(self._trace.journeys), "packet")
            said = f"--lost, --slow and -Y EXPR tell single ones of the {many}, -T jsonl all of them."
            yield "\n" + _piece(self._screen.lines(0, self._screen.words(said, DIM)))
            return
        if not first:
            if told:
                chosen = len(self._trace.journeys)  # of which --slow leaves some where there are any
                said = "None of these packets is seen to be lost." if chosen else "No packet matches."
                yield "\n" + _piece(self._title(said))
            return
        drawn = list(ladders(first[:most], self._wide))
        if drawn:
            yield "\n" + _piece(drawn)
            if len(first) > most:
                yield _piece(self._screen.lines(_INDENT, self._screen.words(f"The first {most} packets are drawn.")))
        if told or len(first) <= FEW:
            teller = Teller(self._screen, self._trace.points, said=self._scopes)
            for journey in chain(first, rest):
                yield "\n" + _piece(teller.lines(journey))


def _counts(overview: Overview) -> Iterator[tuple[str, str, str]]:
    """Label, sentence and colour of what the packets amount to."""
    lost = f"{overview.lost} lost" if overview.lost else "none is seen to be lost"
    doubt = f"of {overview.ambiguous} it is not certain which frames belong to them" if overview.ambiguous else ""
    followed = f"{counted(overview.journeys, 'packet')} followed"
    yield "packets", "; ".join(filter(None, [followed, lost, doubt])), RED if overview.lost else PLAIN
    yield (
        "frames",
        f"{overview.matched} are of packets seen at two places or more, {overview.unmatched} of packets seen at one",
        PLAIN,
    )


def _span(points: Sequence[Point], overview: Overview) -> str:
    """How many captures and frames, and from when to when."""
    title = f"{counted(len({point.capture for point in points}), 'capture')}, {counted(overview.frames, 'frame')}"
    begins = [point.begin_ns for point in points if point.begin_ns is not None]
    ends = [point.end_ns for point in points if point.end_ns is not None]
    if not begins or not ends:
        return title
    (day, begin), (last, end) = words.clock(min(begins), True), words.clock(max(ends), True)
    return f"{title} · {day} {begin} to {end if day == last else f'{last} {end}'} UTC"


def _piece(rows: Sequence[str]) -> str:
    return "\n".join([*rows, ""])
