"""How are packets drawn over the places that they pass?

Places are columns in the order of the way, so that a request runs to the right and its reply to the left. Each packet
has a line that says what it is and below it its arrow: a dot where it was seen, the time between two dots, a double
line inside a tunnel, a cross where it was lost.

Law: no line is wider than the screen. A packet that turns round is drawn in as many arrows as it has directions. What
has no room (a time between two dots) is left out, never moved to where it means something else.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.report.layout import DIM, PLAIN, RED, YELLOW, columns_of
from vxlan_dissect.report.trace.phrases import FULL, began, cut, outcome, shortened, took, way_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.report.layout import Piece, Screen
    from vxlan_dissect.trace.model import Change, Journey, Sighting

_LEFT, _RIGHT = 3, 5  # free columns beside the outermost places, for the cross of a loss
_WIDEST, _ROOMY = 14, 6  # columns from one place to the next: no more than this, no less where flows can be told apart
_TRANSLATED = frozenset({"source", "destination", "source-port", "destination-port", "identifier"})
_SIZED = frozenset({"segmented", "merged", "fragmented", "reassembled"})


class Glyphs(NamedTuple):
    """What a drawing is made of."""

    line: str
    tunnel: str
    life: str
    seen: str
    right: str
    left: str
    lost: str
    translated: str
    sized: str
    lowered: str
    end: str


_GLYPHS = Glyphs("─", "═", "│", "●", "▶", "◀", "✗", "◆", "◇", "○", "…")
_ASCII = Glyphs("-", "=", "|", "*", ">", "<", "x", "@", "+", "o", "~")


def ladders(journeys: Sequence[Journey], screen: Screen) -> Iterator[str]:
    """The lines of the drawings of some journeys: one, or where the places are many one for each pair of ends."""
    moving = [journey for journey in journeys if len(set(way_of(journey))) > 1]
    if not moving:
        return
    most = (screen.width - _LEFT - _RIGHT) // _ROOMY + 1
    order = order_of(moving)
    if len(order) <= most:
        yield from _Ladder(screen, order).lines(moving)
        return
    pairs: dict[frozenset[str | None], list[Journey]] = {}
    for journey in moving:
        pairs.setdefault(frozenset((journey.flow.src, journey.flow.dst)), []).append(journey)
    for number, some in enumerate(pairs.values()):
        yield from [""] * (number > 0)
        yield from _Ladder(screen, order_of(some)).lines(some)


def order_of(journeys: Iterable[Journey]) -> list[At]:
    """The places of journeys in the order of the way; of the two directions that of the longest, then of the first."""
    order: list[At] = []
    forward: set[tuple[str | None, str | None]] = set()
    for journey in sorted(journeys, key=lambda journey: (-len(way_of(journey)), _time(journey))):
        way, ends = way_of(journey), (journey.flow.src, journey.flow.dst)
        known = [order.index(at) for at in way if at in order]
        turned = known and known[0] != known[-1]
        back = known[0] > known[-1] if turned else ends[::-1] in forward
        if back:
            way.reverse()
        else:
            forward.add(ends)
        _insert(order, way)
    return order


def _insert(order: list[At], way: list[At]) -> None:
    """Put the places of `way` that are not yet in `order` behind the one they follow."""
    behind = None
    for number, at in enumerate(way):
        if at not in order:
            following = next((order.index(other) for other in way[number:] if other in order), len(order))
            order.insert(following if behind is None else behind + 1, at)
        behind = order.index(at)


def _time(journey: Journey) -> int:
    return journey.sightings[0].corrected_ns if journey.sightings else 0


class _Stop(NamedTuple):
    """A place on the arrow of a packet: its column, the time since the stop before, and what is drawn there."""

    column: int
    delay_ns: int | None
    inside: bool
    mark: str


class _Ladder:
    """The drawing of some packets over the places `order`."""

    def __init__(self, screen: Screen, order: Sequence[At]) -> None:
        self._screen, self._order = screen, order
        self._width = screen.width
        room = (self._width - _LEFT - _RIGHT) // max(1, len(order) - 1)
        self._fits = room >= 2
        self._columns = [_LEFT + number * min(room, _WIDEST) for number in range(len(order))]
        self._glyphs = _GLYPHS if screen.encoding.startswith("utf") else _ASCII
        self._used: dict[str, None] = {}
        self._brief = False

    def lines(self, journeys: Sequence[Journey]) -> Iterator[str]:
        """Heads, packets in the order of their time, and what the numbers and signs mean."""
        if not self._fits:
            text = f"The {len(self._order)} places of these packets are too many to draw in {self._width} columns."
            yield from self._screen.lines(0, self._screen.words(text))
            return
        # Minutes and hours are left out of all times where a line has no room for them.
        longest = max(sum(map(columns_of, self._said(journey))) + 1 for journey in journeys)
        self._brief = self._width < FULL or longest > self._width
        yield from self._heads()
        for journey in sorted(journeys, key=_time):
            yield self._label(journey)
            yield from self._arrows(journey)
        yield self._row([(self._lives(0), DIM)])
        yield from self._legend()

    def _row(self, pieces: list[Piece]) -> str:
        # Pieces stand side by side: what `lines` would put between them is taken from the one before.
        return "".join(self._screen.lines(0, pieces))

    def _heads(self) -> Iterator[str]:
        nodes = [at.node for at in self._order]
        if any(nodes):
            text, line = "", self._glyphs.line
            for number, node in enumerate(nodes):
                if number and node == nodes[number - 1]:
                    continue
                last = max(n for n in range(number, len(nodes)) if set(nodes[number : n + 1]) == {node})
                begin, until = self._columns[number], self._columns[last]
                free = (self._columns[last + 1] if last + 1 < len(nodes) else self._width) - begin - 1
                name = cut(self._screen.clean(node or "?"), free, self._glyphs.end)
                text += " " * (begin - columns_of(text)) + name
                if columns_of(text) < until:
                    text += " " + line * (until - columns_of(text))
            yield self._row([(text, DIM)])
        numbers = ""
        for number, column in enumerate(self._columns, 1):
            numbers += " " * (column - len(numbers) - (len(str(number)) > 1)) + str(number)
        yield self._row([(numbers, PLAIN)])

    def _lives(self, begin: int) -> str:
        """The lines of places that lie at column `begin` or further right."""
        row = [" "] * (self._columns[-1] + 1)
        for column in self._columns:
            row[column] = self._glyphs.life
        return "".join(row[begin:])

    def _label(self, journey: Journey) -> str:
        time, head, summary, tail = self._said(journey)
        if self._brief:
            time = time.rpartition(":")[2]
        begin = len(time) + 1
        room = self._width - begin - len(head) - columns_of(tail)
        text = head + shortened(summary, room, self._glyphs.end) + tail
        after = begin + columns_of(text) + 1
        if after <= self._columns[-1]:
            text += " " + self._lives(after)
        if journey.ambiguous:
            self._used["?"] = None
        colour = RED if journey.lost is not None else YELLOW if journey.ambiguous else PLAIN
        return self._row([(time, DIM), (text, colour)])

    def _said(self, journey: Journey) -> tuple[str, str, str, str]:
        """Time, number, summary and outcome."""
        _, time = began(journey)
        summary, tail = (self._screen.clean(text) for text in (journey.summary, f" · {outcome(journey)}"))
        return time, f"#{journey.id} {'? ' if journey.ambiguous else ''}", summary, tail

    def _arrows(self, journey: Journey) -> Iterator[str]:
        runs = list(_runs(self._stops(journey)))
        colour = RED if journey.lost is not None else PLAIN
        for number, run in enumerate(runs):
            last = number == len(runs) - 1
            yield self._row([(self._arrow(run, journey, first=not number, last=last), colour)])

    def _stops(self, journey: Journey) -> list[_Stop]:
        columns = dict(zip(self._order, self._columns, strict=True))
        inside = [*_inside(journey.sightings)]
        return [
            _Stop(columns[sighting.at], sighting.delay_ns, within, self._mark(sighting.changes))
            for sighting, within in zip(journey.sightings, inside, strict=True)
        ]

    def _mark(self, changes: Iterable[Change]) -> str:
        what = {change.what for change in changes}
        for names, mark in ((_TRANSLATED, "translated"), (_SIZED, "sized"), ({"hop-limit"}, "lowered")):
            if what & names:
                return mark
        return ""

    def _arrow(self, run: list[_Stop], journey: Journey, *, first: bool, last: bool) -> str:
        """One direction of a packet; `first` and `last` say whether it is its first and its last one."""
        glyphs = self._glyphs
        row = list(self._lives(0).ljust(self._width - 1))
        rightwards = run[-1].column >= run[0].column
        for before, stop in pairwise(run):
            inside = before.inside or stop.inside
            begin, end = sorted((before.column, stop.column))
            fill = glyphs.tunnel if inside else glyphs.line
            if inside:
                self._used["tunnel"] = None
            row[begin + 1 : end] = fill * (end - begin - 1)
            text = _compact(stop.delay_ns, end - begin - 1, self._screen)
            at = begin + 1 + (end - begin - 1 - len(text)) // 2
            row[at : at + len(text)] = text
        for number, stop in enumerate(run):
            mark = stop.mark if number or first else ""
            row[stop.column] = getattr(glyphs, mark or "seen")
            if mark:
                self._used[mark] = None
        head = run[-1]
        lost = last and journey.lost is not None
        if lost:
            self._cross(row, head.column, journey, rightwards)
        elif len(run) > 1 and last:
            arrow = glyphs.right if rightwards else glyphs.left
            row[head.column + (0 if not head.mark else -1 if rightwards else 1)] = arrow
        return "".join(row)

    def _cross(self, row: list[str], column: int, journey: Journey, rightwards: bool) -> None:
        """A short line from the last place that saw the packet, and the cross before the first that did not."""
        glyphs = self._glyphs
        self._used["lost"] = None
        before = journey.lost.before if journey.lost is not None else None
        if before is not None:
            missing = self._columns[self._order.index(before)]
            length = max(1, abs(missing - column) // 2)
            rightwards = missing >= column
        else:
            length = 2
        step = 1 if rightwards else -1
        for at in range(1, length):
            row[column + at * step] = glyphs.line
        row[column + length * step] = glyphs.lost

    def _legend(self) -> Iterator[str]:
        screen, glyphs = self._screen, self._glyphs
        size = len(str(len(self._order)))
        names = [f"{number:>{size}} {screen.clean(str(at))}" for number, at in enumerate(self._order, 1)]
        yield from _table(names, screen)
        said = {
            "tunnel": f"{glyphs.tunnel * 2} in a tunnel",
            "translated": f"{glyphs.translated} address, port or identifier translated",
            "sized": f"{glyphs.sized} cut up or put together",
            "lowered": f"{glyphs.lowered} hop limit changed",
            "lost": f"{glyphs.lost} lost",
            "?": "? not certain",
        }
        signs = [said[name] for name in said if name in self._used]
        if signs:
            yield from screen.lines(_LEFT, [(sign, DIM) for sign in _spaced(signs)])


def _spaced(signs: list[str]) -> list[str]:
    return [sign + ("," if number < len(signs) - 1 else "") for number, sign in enumerate(signs)]


def _table(names: list[str], screen: Screen) -> Iterator[str]:
    """Names in as many columns as there is room for, downwards first."""
    wide = max(map(columns_of, names)) + 3
    across = max(1, (screen.width - _LEFT) // wide)
    down = -(-len(names) // across)
    for row in range(down):
        cells = names[row::down]
        text = "".join(cell + " " * (wide - columns_of(cell)) for cell in cells)
        yield from screen.lines(_LEFT, [(text.rstrip(), PLAIN)])


def _runs(stops: list[_Stop]) -> Iterator[list[_Stop]]:
    """The stops cut where the packet turns round; the next run begins at the stop where it turned."""
    run: list[_Stop] = []
    way = 0
    for stop in stops:
        if run:
            step = stop.column - run[-1].column
            turn = 1 if step > 0 else -1
            if step == 0 or (way and turn != way):
                yield run
                run = [] if step == 0 else [run[-1]]
                way = 0
            way = way if step == 0 else turn
        run.append(stop)
    if run:
        yield run


def _inside(sightings: Sequence[Sighting]) -> Iterator[bool]:
    """Whether a packet was in a tunnel at each sighting, from where it went in and out."""
    told = [_step(sighting.changes) for sighting in sightings]
    inside = next((step < 0 for step in told if step), False)
    for step in told:
        if step:
            inside = step > 0
        yield inside


def _step(changes: Iterable[Change]) -> int:
    """1 where the packet came out of this step in a tunnel, -1 where it came out of one, 0 where nothing is said."""
    what = {change.what for change in changes}
    return 1 if what & {"encapsulated", "tunnel"} else -1 if "decapsulated" in what else 0


def _compact(ns: int | None, room: int, screen: Screen) -> str:
    """A time in at most `room` columns, with fewer digits where it must be; nothing where there is no room."""
    if ns is None:
        return ""
    for digits in (3, 2, 1):
        text = screen.clean(took(int(float(f"{ns:.{digits}g}"))).replace(" ", ""))
        if len(text) <= room:
            return text
    return ""
