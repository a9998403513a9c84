"""Which fragments make up a whole datagram, and which can never do so?

Law: a datagram is whole when its fragments cover it without a gap. A fragment that comes again unchanged counts once.
Where two fragments disagree about any byte or about the end, nobody knows what the receiver took, so the datagram is
given up and named, never guessed (RFC 5722; RFC 791 leaves it open and Linux gives up too, ip_frag_queue). Memory and
time are bounded: what is older than PATIENCE_NS or too much is given up, the oldest first, and a fragment is compared
with its neighbours alone.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

PATIENCE_NS = 60_000_000_000  # RFC 8200 section 4.5; Linux waits 30 s (ip_frag_time), others longer
MAX_BYTES = 64 << 20  # of all fragments that wait, with what Python needs for each
PIECE_BYTES = 256  # of a Piece without its data: the tuple, two integers, the head of the data, a place in a list
MAX_DATAGRAMS = 65536
MAX_LENGTH = 65535
# Codes of schema_values.FRAGMENT_FAULTS.
OVERLAP, TWO_ENDS, TOO_LONG, CUT = 1, 2, 3, 4


class Piece(NamedTuple):
    """One fragment: the `frame` number that holds it, its `row` in the batch or -1, where its `data` begin and end."""

    frame: int
    row: int
    begin: int
    data: bytes

    @property
    def end(self) -> int:
        """Where the next fragment begins."""
        return self.begin + len(self.data)


class Datagram:
    """The fragments of one datagram so far, by where they begin.

    `length` is known once its last fragment came. `held` counts their bytes. `ports` are those of the first fragment,
    where it shows any.
    """

    __slots__ = ("begun_ns", "fault", "held", "length", "pieces", "ports")

    def __init__(self, begun_ns: int) -> None:
        self.begun_ns = begun_ns
        self.pieces: list[Piece] = []
        self.length: int | None = None
        self.held = 0
        self.fault = 0
        self.ports: tuple[str, int, int] | None = None

    @property
    def memory(self) -> int:
        """About how many bytes of memory its fragments need."""
        return self.held + PIECE_BYTES * len(self.pieces)

    def add(self, piece: Piece, *, more: bool) -> int:
        """Take a fragment; gives the code of what is wrong with it, 0 for nothing. After a fault all are refused."""
        if not self.fault:
            place = bisect_left(self.pieces, piece.begin, key=_BEGIN)
            self.fault = self._wrong(piece, place, more=more)
            if self.fault:
                self.pieces, self.held = [], 0
            elif not any(piece.begin == other.begin for other in self.pieces[place : place + 1]):
                self.pieces.insert(place, piece)
                self.held += len(piece.data)
                if not more:
                    self.length = piece.end
        return self.fault

    def _wrong(self, piece: Piece, place: int, *, more: bool) -> int:
        if piece.end > MAX_LENGTH:
            return TOO_LONG
        if not more and self.length not in (None, piece.end):
            return TWO_ENDS
        if piece.end > (self.length or MAX_LENGTH) or (more and piece.end == self.length):
            return TWO_ENDS
        if not more and self.pieces and self.pieces[-1].end > piece.end:  # none overlap, so the last ends last
            return TWO_ENDS
        for other in self.pieces[max(place - 1, 0) : place + 1]:
            same = piece.begin == other.begin and piece.data == other.data
            if not same and piece.begin < other.end and other.begin < piece.end:
                return OVERLAP
        return 0

    def whole(self) -> bytes | None:
        """All its bytes, None while some are missing."""
        if self.length is None or self.held != self.length:
            return None
        return b"".join(piece.data for piece in self.pieces)


_BEGIN = attrgetter("begin")


class Waiting:
    """The datagrams that are not whole yet, by what their fragments share, oldest first."""

    def __init__(self) -> None:
        self._datagrams: dict[Hashable, Datagram] = {}
        self._touched: dict[Hashable, Datagram] = {}  # in this batch
        self._memory = 0

    def take(self, key: Hashable, piece: Piece, time_ns: int, *, more: bool) -> Datagram:
        """Add a fragment to its datagram, a new one where none waits under this key."""
        self._forget(time_ns)
        datagram = self._datagrams.get(key)
        if datagram is None:
            datagram = self._datagrams[key] = Datagram(time_ns)
        self._touched[key] = datagram
        before = datagram.memory
        datagram.add(piece, more=more)
        self._memory += datagram.memory - before
        return datagram

    def done(self, key: Hashable) -> None:
        """Forget a datagram."""
        datagram = self._datagrams.pop(key, None)
        if datagram is not None:
            self._memory -= datagram.memory

    def let_go(self) -> None:
        """Forget in which rows the fragments stand: the next batch has others."""
        for datagram in self._touched.values():
            datagram.pieces = [piece._replace(row=-1) for piece in datagram.pieces]
        self._touched = {}

    def _forget(self, time_ns: int) -> None:
        while self._datagrams:
            key, oldest = next(iter(self._datagrams.items()))
            late = time_ns - oldest.begun_ns > PATIENCE_NS
            if not (late or self._memory > MAX_BYTES or len(self._datagrams) > MAX_DATAGRAMS):
                return
            self.done(key)
