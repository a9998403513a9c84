"""How is the way of one packet told in lines?

Law: a line says what the packet is and how it ended, then comes each place in order with its time, the time since the
one before and what changed; a loss stands last, where it happened. What is not certain says so before anything else.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vxlan_dissect.report.layout import BOLD, DIM, PLAIN, RED, YELLOW, columns_of, padded
from vxlan_dissect.report.trace import phrases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from vxlan_dissect.report.layout import Screen
    from vxlan_dissect.trace.model import Journey, Point, Sighting, Verdict

_INDENT, _LABEL = 3, 8
_PLACE = 34  # columns of a place at most
_ALSO = 4


class Teller:
    """Tells journeys; `points` say which captures share a place, whose frames need the name of the capture.

    `said` are scopes of losses that stand above and are not told again.
    """

    def __init__(self, screen: Screen, points: Iterable[Point], said: Collection[str] = ()) -> None:
        self._screen, self._said = screen, said
        points = tuple(points)
        places = Counter(point.at for point in points)
        self._alone = {(point.capture, point.at) for point in points if places[point.at] == 1}

    def lines(self, journey: Journey) -> list[str]:
        """The lines of one journey, without an empty one before or after."""
        screen = self._screen
        date, time = phrases.began(journey)
        text = [
            *screen.words(journey.summary, BOLD),
            screen.together(f"· {phrases.outcome(journey)}", _colour(journey)),
        ]
        label = [(f"#{journey.id}  ", PLAIN), (" ".join(filter(None, [date, time])) + "  ", DIM)]
        rows = screen.lines(0, text, label=label, hang=_INDENT)
        if journey.ambiguous:
            doubt = f"which frames belong to it cannot be told for certain: {journey.doubt}"
            rows += self._row("?", doubt, YELLOW)
        rows += self._places(journey)
        for verdict in journey.hubble:
            rows += self._row("hubble", phrases.verdict(verdict), _verdict_colour(verdict))
        if journey.lost is not None:
            rows += self._row("✗", f"lost {phrases.where_lost(journey.lost)}", RED)
            for name, cause in phrases.causes(journey.lost):
                rows += self._row(name, cause)
            scope = journey.lost.scope
            rows += self._row("scope", scope) if scope and scope not in self._said else []
        return rows

    def _row(self, label: str, text: str, colour: str = PLAIN) -> list[str]:
        screen = self._screen
        label = padded(screen.clean(label), _LABEL)
        return screen.lines(_INDENT, screen.words(text, colour), label=[(label, colour or DIM)])

    def _places(self, journey: Journey) -> list[str]:
        screen, rows = self._screen, []
        limit = phrases.hop_limit(journey)
        places = [phrases.fitted(str(sighting.at), _PLACE, screen) for sighting in journey.sightings]
        delays = [screen.clean(phrases.delay(sighting.delay_ns)) for sighting in journey.sightings]
        wide, late = max(map(columns_of, places), default=0), max(map(columns_of, delays), default=0)
        times = [
            time if screen.width >= phrases.FULL else time.rpartition(":")[2] for _, time in phrases.times(journey)
        ]
        long = max(map(len, times), default=0)
        for sighting, time, place, delay in zip(journey.sightings, times, places, delays, strict=True):
            passage = phrases.passage(sighting, limit)
            frames = self._frames(sighting)
            if passage:
                frames[0] = f"· {frames[0]}"
            text = [*screen.words(passage), *(screen.together(part, DIM) for part in frames)]
            label = [
                (padded(time, long + 2), DIM),
                (" " * (late - columns_of(delay)) + delay + "  " * bool(late), PLAIN),
                (padded(place, wide + 2), BOLD),
            ]
            rows += screen.lines(_INDENT, text, label=label)
        return rows

    def _frames(self, sighting: Sighting) -> list[str]:
        """Where to look, in parts that stay together: the capture is named where its place alone does not tell it."""
        named = "" if (sighting.capture, sighting.at) in self._alone else f" of {sighting.capture}"
        parts = [
            f"{phrases.frames(sighting)}{named}",
            *(f"also {name} {frame}" for name, frame in sighting.also[:_ALSO]),
        ]
        more = len(sighting.also) - _ALSO
        parts += [f"and {more} more"] if more > 0 else []
        return [part + ("," if number < len(parts) - 1 else "") for number, part in enumerate(parts)]


def _verdict_colour(verdict: Verdict) -> str:
    return RED if verdict.verdict == "DROPPED" else PLAIN


def _colour(journey: Journey) -> str:
    return RED if journey.lost is not None else PLAIN
