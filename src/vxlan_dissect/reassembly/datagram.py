"""Which fragments make up a whole datagram, and which can never do so?

Law: a datagram is whole when its fragments cover it without a gap. A fragment that comes again unchanged counts once.
Where two fragments disagree about any byte or about the end, nobody knows what the receiver took, so the datagram is
given up and named, never guessed (RFC 5722; RFC 791 leaves it open and Linux gives up too, ip_frag_queue). Memory and
time are bounded: what is older than PATIENCE_NS or too much is given up, the oldest first.

A mirror or a bridge may show a frame several times, so the copy of a fragment may come when its datagram is whole
already. Identifications come again only after tens of thousands of datagrams: within COPIES_NS it is that copy.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

PATIENCE_NS = 60_000_000_000  # RFC 8200 section 4.5; Linux waits 30 s (ip_frag_time), others longer
COPIES_NS = 1_000_000_000
MAX_BYTES = 64 << 20  # of all fragments that wait, what their objects take included
PIECE_BYTES = 320  # about what a piece takes beside its data
MAX_DATAGRAMS = 65536
MAX_LENGTH = 65535
# Codes of schema_values.FRAGMENT_FAULTS.
OVERLAP, TWO_ENDS, TOO_LONG, CUT, LENGTH = 1, 2, 3, 4, 5


class Piece(NamedTuple):
    """One fragment: the `frame` that shows it, where its `data` begin in the datagram, and whether others come after.

    `made_of`: the frames that hold it; several where it came in fragments itself.
    """

    frame: int
    begin: int
    data: bytes
    more: bool
    made_of: tuple[int, ...]

    @property
    def end(self) -> int:
        """Where the next fragment begins."""
        return self.begin + len(self.data)


class Datagram:
    """The fragments of one datagram so far, by where they begin, in the order in which they came.

    `length` is known once its last fragment came. `ports` are those of the first fragment, where it shows any.
    `copies`: (frame, begin) of fragments that came again. `whole_in`: the frame that completed it, 0 while it waits;
    then only what is needed to know copies is kept.
    """

    __slots__ = ("_begins", "_marks", "copies", "fault", "held", "length", "pieces", "ports", "since_ns", "whole_in")

    def __init__(self, since_ns: int) -> None:
        self.since_ns = since_ns
        self.pieces: dict[int, Piece] = {}
        self.length: int | None = None
        self.held = 0
        self.fault = 0
        self.ports: tuple[str, int, int] | None = None
        self.copies: list[tuple[int, int]] = []
        self.whole_in = 0
        self._begins: list[int] = []  # sorted
        self._marks: dict[int, int] = {}

    @property
    def cost(self) -> int:
        """Bytes of memory that it takes, about."""
        objects = len(self.pieces) + len(self.copies) + len(self._marks) + 1
        return objects * PIECE_BYTES + (0 if self.whole_in else self.held)

    def add(self, piece: Piece) -> int:
        """Take a fragment; gives the code of what is wrong with it, 0 for nothing. After a fault all are refused."""
        if self.fault:
            return self.fault
        place = bisect_left(self._begins, piece.begin)
        self.fault = self._wrong(piece, place)
        if self.fault:
            self.pieces, self.copies, self.held, self._begins = {}, [], 0, []
        elif piece.begin in self.pieces:
            self.copies.append((piece.frame, piece.begin))
        else:
            self.pieces[piece.begin] = piece
            self._begins.insert(place, piece.begin)
            self.held += len(piece.data)
            if not piece.more:
                self.length = piece.end
        return self.fault

    def _wrong(self, piece: Piece, place: int) -> int:
        """The code of what is wrong with a fragment that belongs at `place` among those that are there."""
        if piece.end > MAX_LENGTH:
            return TOO_LONG
        # Those that are there do not overlap, so the last of them ends last.
        last = self.pieces[self._begins[-1]].end if self._begins else 0
        if self.length is None:
            if not piece.more and last > piece.end:
                return TWO_ENDS
        elif piece.end > self.length or piece.more == (piece.end == self.length):
            return TWO_ENDS
        same = self.pieces.get(piece.begin)
        if same is not None:
            if same.data != piece.data:
                return OVERLAP
            return 0 if same.more == piece.more else TWO_ENDS
        if place and self.pieces[self._begins[place - 1]].end > piece.begin:
            return OVERLAP
        return OVERLAP if place < len(self._begins) and self._begins[place] < piece.end else 0

    def whole(self) -> bytes | None:
        """All its bytes, None while some are missing."""
        if self.length is None or self.held != self.length:
            return None
        return b"".join(self.pieces[begin].data for begin in self._begins)

    def close(self, frame: int, time_ns: int) -> None:
        """Let the data go: `frame` made it whole."""
        self._marks = {begin: hash(piece.data) for begin, piece in self.pieces.items()}
        self.whole_in, self.since_ns = frame, time_ns
        self.pieces, self.copies, self._begins = {}, [], []

    def is_copy(self, piece: Piece, time_ns: int) -> bool:
        """Whether a fragment that came after all of it were there is one of them again."""
        return abs(time_ns - self.since_ns) <= COPIES_NS and self._marks.get(piece.begin) == hash(piece.data)


class Waiting:
    """The datagrams that are not whole yet, and those that became so, by what their fragments share, oldest first."""

    def __init__(self) -> None:
        self._datagrams: dict[Hashable, Datagram] = {}
        self._cost = 0

    def take(self, key: Hashable, piece: Piece, time_ns: int) -> Datagram:
        """Add a fragment to its datagram, a new one where none waits under this key."""
        self._forget(time_ns)
        datagram = self._datagrams.get(key)
        if datagram is not None and datagram.whole_in:
            if datagram.is_copy(piece, time_ns):
                return datagram
            self._drop(key)
        elif datagram is not None and abs(time_ns - datagram.since_ns) > PATIENCE_NS:
            self._drop(key)
        datagram = self._datagrams.get(key)
        if datagram is None:
            datagram = self._datagrams[key] = Datagram(time_ns)
            self._cost += datagram.cost
        before = datagram.cost
        datagram.add(piece)
        self._cost += datagram.cost - before
        return datagram

    def close(self, key: Hashable, frame: int, time_ns: int) -> None:
        """Let the data of a datagram go that became whole with `frame`."""
        datagram = self._datagrams[key]
        before = datagram.cost
        datagram.close(frame, time_ns)
        self._cost += datagram.cost - before

    def _drop(self, key: Hashable) -> None:
        self._cost -= self._datagrams.pop(key).cost

    def _forget(self, time_ns: int) -> None:
        while self._datagrams:
            key, oldest = next(iter(self._datagrams.items()))
            late = time_ns - oldest.since_ns > (COPIES_NS if oldest.whole_in else PATIENCE_NS)
            if not (late or self._cost > MAX_BYTES or len(self._datagrams) > MAX_DATAGRAMS):
                return
            self._drop(key)
