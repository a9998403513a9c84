"""Which headers does each frame have, one after the other?

Law: a work list "header -> frames" is worked off, one header deeper each round, until it is empty; what follows what is
data (`Header.follows`). A round handles every frame at once, and rounds are bounded, so no input makes it slow. A frame
stops at the first header that is cut or makes no sense; the headers before it stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.gather import gather
from vxlan_dissect.wire.header import CAPTURED, FRAME, NESTING, QUOTE, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vxlan_dissect.wire.header import Array, Ints, Mask

    Test = Callable[["Frames", Work], Mask]

MAX_TUNNELS = 4
MAX_HEADERS = 32  # of one frame, parts and options counted; four tunnels of Ethernet, IP, UDP and VXLAN are 16
INSIDE = 0x80  # in a dispatch table: the header begins a packet inside a tunnel
DATA_DTYPE = np.dtype([("offset", "<u4"), ("length", "<u4")])
DATA: Columns = {"data.offset": "offset", "data.len": "length"}


class Part(NamedTuple):
    """What was found out about some frames: `structs`, shape (k,), that `columns` says how to read.

    The same `columns` always go with the same dtype.
    """

    level: int
    rows: Ints
    structs: Array
    columns: Columns


class _Heads:
    """The first bytes of each frame, side by side: frames lie far apart, and every far read waits for memory."""

    WIDTH = 160  # two Ethernet and IP headers, UDP, VXLAN, TCP with options

    def __init__(self, buffer: Array, starts: Ints) -> None:
        self.width = min(self.WIDTH, len(buffer))
        # Near the end of the buffer a head begins before its frame.
        self.starts = np.clip(starts, 0, len(buffer) - self.width)
        self.data = gather(buffer, self.starts, np.dtype(f"V{self.width}")).view(np.uint8)

    def places(self, rows: Ints, offsets: Ints, size: int) -> Ints | None:
        """Where `size` bytes at `offsets` of the buffer lie in `data`, None where not all heads are long enough."""
        if not len(rows):
            return None
        places = offsets - self.starts.take(rows)  # also of all frames, which stand in any order
        if places.max() + size > self.width:
            return None
        places += rows * self.width
        return places


class Damage(NamedTuple):
    """Headers that are cut or make no sense, arrays of shape (k,); `header` is an index into `wire.HEADERS`."""

    rows: Ints
    header: int
    need: Ints | int
    have: Ints | int
    limits: Array
    offsets: Ints


class Place(NamedTuple):
    """Where a header was read, arrays of shape (k,).

    `header` is its index into `wire.HEADERS`, `work` stands before it, `body` is where it ends.
    """

    header: int
    work: Work
    structs: Array
    body: Ints


class Dispatch(NamedTuple):
    """What follows what: `headers` in order; `tables` name -> uint8 code by value; `tests` of headers on their own.

    A code is 0 for nothing, else the header's index + 1, with the INSIDE bit where it begins a packet in a tunnel. The
    last entry of a table stands for all values beyond it. `codes`: those that a table holds. `tests`: table -> (code,
    test) of `Header.recognises`.
    """

    headers: Sequence[Header]
    tables: Mapping[str, Array]
    codes: Mapping[str, Sequence[int]]
    tests: Mapping[str, Sequence[tuple[int, Test]]]


class Frames:
    """A batch of frames while it is walked.

    `buffer`: uint8. `starts`, `captured`, `ends`: int64, shape (n,), where each frame begins, where its captured bytes
    end and where it ended on the wire. `rows`: the frames that have bytes. `tunnels`: uint8, shape (n,), how many
    tunnels were entered. `parts`, `damages`: what was found. `rounds`: for each round uint8, shape (n,), the index + 1
    of the header that each frame had in it. `trace`: a list here is given every place that a header is read at.
    """

    def __init__(self, dispatch: Dispatch, buffer: Array, starts: Ints, captured: Ints, original: Ints) -> None:
        self.dispatch = dispatch
        self.buffer = buffer
        self.starts = starts
        self.captured = np.minimum(starts + captured, len(buffer))
        self.ends = np.maximum(starts + original, self.captured)
        self.rows: Ints = np.arange(len(starts))
        if len(starts) and starts.min() < 0:
            self.rows = np.flatnonzero(starts >= 0)
        self.cut = bool((self.captured < self.ends).any())
        self.tunnels = np.zeros(len(starts), dtype=np.uint8)
        self.parts: list[Part] = []
        self.damages: list[Damage] = []
        self.rounds: list[Array] = []
        self.trace: list[Place] | None = None
        self._pending: dict[tuple[int, int, bool], list[Work]] = {}
        self._counts: dict[tuple[str, int], Array] = {}
        self._heads = _Heads(buffer, self.starts)

    def walk(self, linktypes: Array | int) -> None:
        """Walk all frames; `linktypes`, one a frame of `rows` or one for all, are LINKTYPE_ numbers."""
        every = len(self.rows) == len(self.starts)
        starts, ends = (self.starts, self.ends) if every else (self.starts[self.rows], self.ends[self.rows])
        limits = np.full(len(self.rows), FRAME, dtype=np.uint8)
        self._follow(Next("linktype", linktypes, Work(self.rows, starts, ends, limits, 0)))
        for _ in range(MAX_HEADERS):
            if not self._pending:
                return
            todo, self._pending = self._pending, {}
            self.rounds.append(np.zeros(len(self.starts), dtype=np.uint8))
            for (index, _level, _guessed), works in todo.items():
                self._step(index, works[0] if len(works) == 1 else _join(works))
        for (index, _level, _guessed), works in self._pending.items():
            for work in works:
                self._damage(work, index, MAX_HEADERS + 1, MAX_HEADERS, NESTING)

    def fill(self, work: Work, structs: Array, columns: Columns, only: Mask | None = None) -> None:
        """Note what more `structs`, shape (k,), say of the frames of `work`, or of those in `only`."""
        rows = work.rows
        if only is not None and not only.all():
            rows, structs = rows[only], structs[only]
        if len(rows):
            self.parts.append(Part(work.level, rows, structs, columns))

    def quote(self, table: str, value: int, work: Work, only: Mask | None = None) -> None:
        """Read the packet that begins at `work` (in those of `only`) as one that an error quotes."""
        if work.level != QUOTE:
            chosen = work if only is None or only.all() else work.pick(only)
            self._follow(Next(table, value, chosen._replace(level=QUOTE)))

    def count(self, name: str, work: Work) -> Array:
        """How often, this time included, the frames of `work` had `name` in the packet of this level; uint8."""
        counts = self._counts.setdefault((name, work.level), np.zeros(len(self.starts), dtype=np.uint8))
        counts[work.rows] += 1
        return counts[work.rows]

    def structs(self, rows: Ints, offsets: Ints, dtype: np.dtype[Any]) -> Array:
        """The structs of `dtype` that begin at `offsets` of the buffer, in the frames `rows`, shape (k,)."""
        places = self._heads.places(rows, offsets, dtype.itemsize)
        return gather(self.buffer, offsets, dtype) if places is None else gather(self._heads.data, places, dtype)

    def there(self, work: Work) -> Ints:
        """Where the bytes of the frames of `work` end: their packet's end, or the end of what was captured."""
        return np.minimum(work.ends, self.captured[work.rows]) if self.cut else work.ends

    def _step(self, index: int, work: Work) -> None:
        """Read header `index` of the frames of `work`, and put them on the list for what follows it."""
        header = self.dispatch.headers[index]
        there = self.there(work)
        short = work.offsets + header.dtype.itemsize > there
        if short.any():
            self._cut(work, there, short, index, header.dtype.itemsize)
            work, there = work.pick(~short), there[~short]
        structs = self.structs(work.rows, work.offsets, header.dtype)
        if header.accepts is not None:
            accepted = header.accepts(structs)
            if not accepted.all():
                self._end(work.pick(~accepted))
                work, there, structs = work.pick(accepted), there[accepted], structs[accepted]
        if header.checks is not None:
            sound = self._sound(work, index, header.checks(structs))
            if sound is not None:
                work, there, structs = work.pick(sound), there[sound], structs[sound]
        body = work.offsets + header.dtype.itemsize
        if header.length is not None:
            body = work.offsets + header.length(structs)
            short = body > there
            if short.any():
                self._cut(work, there, short, index, (body - work.offsets)[short])
                work, body, structs = work.pick(~short), body[~short], structs[~short]
        if not len(work.rows):
            return
        if not header.quiet and work.level != QUOTE:
            everywhere = len(work.rows) == len(self.starts)
            self.rounds[-1][... if everywhere else work.rows] = index + 1
        if self.trace is not None:
            self.trace.append(Place(index, work, structs, body))
        if header.columns:
            self.parts.append(Part(work.level, work.rows, structs, header.columns))
        rest = work._replace(offsets=body)
        following = header.after(self, rest, structs) if header.after is not None else None
        if following is None:
            self._end(rest)
        else:
            self._follow(following)

    def _follow(self, following: Next) -> None:
        """Sort frames by the header that follows."""
        table, values, work, only = following
        if not len(work.rows):
            return
        codes = self.dispatch.tables[table].take(values, mode="clip")
        if only is not None:
            codes = codes * only
        elif isinstance(values, int):
            codes = codes.reshape(1)
        if (codes == codes[0]).all():
            self._send(table, int(codes[0]), work, only)
            return
        for code in self.dispatch.codes[table]:
            chosen = np.flatnonzero(codes == code)
            if len(chosen):
                self._send(table, code, work.pick(chosen), only[chosen] if only is not None and not code else None)

    def _send(self, table: str, code: int, work: Work, only: Mask | None) -> None:
        """Put `work` on the list of the header that `code` names, after a look at the header where it names none."""
        index, level = (code & ~INSIDE) - 1, work.level + 1
        if code == 0:
            self._guess(table, work, only)
        elif not code & INSIDE:
            self._push(index, work)
        elif level > MAX_TUNNELS:
            self._damage(work, index, level, MAX_TUNNELS, NESTING)
        else:
            self._end(work)
            if work.level != QUOTE:
                self.tunnels[work.rows] = level
                self._push(index, work._replace(level=level, guessed=False))

    def _guess(self, table: str, work: Work, only: Mask | None) -> None:
        """Let headers recognise themselves in frames for which a table had nothing; the others end."""
        tests = self.dispatch.tests.get(table, ())
        if tests and only is not None and not only.all():
            self._end(work.pick(~only))
            work = work.pick(only)
        for code, test in tests:
            found = test(self, work)
            if found.any():
                self._push(code - 1, work.pick(found)._replace(guessed=True))
                work = work.pick(~found)
        self._end(work)

    def _push(self, index: int, work: Work) -> None:
        self._pending.setdefault((index, work.level, work.guessed), []).append(work)

    def _end(self, work: Work) -> None:
        """Frames in which nothing more is decoded at this level: what is left is data."""
        if len(work.rows):
            data = np.empty(len(work.rows), dtype=DATA_DTYPE)
            data["offset"] = work.offsets - self.starts[work.rows]
            data["length"] = self.there(work) - work.offsets
            self.parts.append(Part(work.level, work.rows, data, DATA))

    def _sound(self, work: Work, index: int, checks: Any) -> Mask | None:
        """Which frames have only values that make sense, None where all have; the others are damaged."""
        sound: Mask | None = None
        for bad, need, have, limit in checks:
            wrong = bad if sound is None else bad & sound
            if wrong.any():
                least = need if isinstance(need, int) else need[wrong]
                self._damage(work.pick(wrong), index, least, have[wrong], limit)
                sound = ~wrong if sound is None else sound & ~wrong
        return sound

    def _cut(self, work: Work, there: Ints, short: Mask, index: int, need: Ints | int) -> None:
        """Note frames whose bytes end before the header does."""
        cut, end = work.pick(short), there[short]
        self._damage(cut, index, need, end - cut.offsets, np.where(end < cut.ends, np.uint8(CAPTURED), cut.limits))

    def _damage(self, work: Work, index: int, need: Ints | int, have: Ints | int, limits: Array | int) -> None:
        """Stop `work` at header `index`. A quoted packet is cut by design (RFC 792, RFC 4443): no damage."""
        self._end(work)
        if work.level != QUOTE:
            codes = limits if isinstance(limits, np.ndarray) else np.full(len(work.rows), limits, dtype=np.uint8)
            self.damages.append(Damage(work.rows, index, need, have, codes, work.offsets - self.starts[work.rows]))


def _join(works: Sequence[Work]) -> Work:
    first = works[0]
    rows, offsets, ends, limits = (np.concatenate([work[field] for work in works]) for field in range(4))
    return Work(rows, offsets, ends, limits, first.level, first.guessed)
