"""Which fragments make up a whole datagram, and which can never do so?

Law: a datagram is whole when its fragments cover it without a gap. A fragment that comes again unchanged counts once.
Where two fragments disagree about any byte or about the end, nobody knows what the receiver took, so the datagram is
given up and named, never guessed (RFC 5722; RFC 791 leaves it open and Linux gives up too, ip_frag_queue). Memory and
time are bounded: what is older than PATIENCE_NS or too much is given up, the oldest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

PATIENCE_NS = 60_000_000_000  # RFC 8200 section 4.5; Linux waits 30 s (ip_frag_time), others longer
MAX_BYTES = 64 << 20  # of all fragments that wait
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
    """The fragments of one datagram so far, in the order in which they came.

    `length` is known once its last fragment came. `ports` are those of the first fragment, where it shows any.
    """

    __slots__ = ("begun_ns", "fault", "held", "length", "pieces", "ports")

    def __init__(self, begun_ns: int) -> None:
        self.begun_ns = begun_ns
        self.pieces: list[Piece] = []
        self.length: int | None = None
        self.held = 0
        self.fault = 0
        self.ports: tuple[str, int, int] | None = None

    def add(self, piece: Piece, *, more: bool) -> int:
        """Take a fragment; gives the code of what is wrong with it, 0 for nothing. After a fault all are refused."""
        if not self.fault:
            self.fault = self._wrong(piece, more=more)
            if self.fault:
                self.pieces, self.held = [], 0
            elif not any(piece.begin == other.begin for other in self.pieces):
                self.pieces.append(piece)
                self.held += len(piece.data)
                if not more:
                    self.length = piece.end
        return self.fault

    def _wrong(self, piece: Piece, *, more: bool) -> int:
        if piece.end > MAX_LENGTH:
            return TOO_LONG
        if not more and self.length not in (None, piece.end):
            return TWO_ENDS
        if piece.end > (self.length or MAX_LENGTH) or (more and piece.end == self.length):
            return TWO_ENDS
        if not more and any(other.end > piece.end for other in self.pieces):
            return TWO_ENDS
        for other in self.pieces:
            same = piece.begin == other.begin and piece.data == other.data
            if not same and piece.begin < other.end and other.begin < piece.end:
                return OVERLAP
        return 0

    def whole(self) -> bytes | None:
        """All its bytes, None while some are missing."""
        if self.length is None or self.held != self.length:
            return None
        return b"".join(piece.data for piece in sorted(self.pieces, key=lambda piece: piece.begin))


class Waiting:
    """The datagrams that are not whole yet, by what their fragments share, oldest first."""

    def __init__(self) -> None:
        self._datagrams: dict[Hashable, Datagram] = {}
        self._held = 0

    def take(self, key: Hashable, piece: Piece, time_ns: int, *, more: bool) -> Datagram:
        """Add a fragment to its datagram, a new one where none waits under this key."""
        self._forget(time_ns)
        datagram = self._datagrams.get(key)
        if datagram is None:
            datagram = self._datagrams[key] = Datagram(time_ns)
        before = datagram.held
        datagram.add(piece, more=more)
        self._held += datagram.held - before
        return datagram

    def done(self, key: Hashable) -> None:
        """Forget a datagram."""
        datagram = self._datagrams.pop(key, None)
        if datagram is not None:
            self._held -= datagram.held

    def let_go(self) -> None:
        """Forget in which rows the fragments stand: the next batch has others."""
        for datagram in self._datagrams.values():
            datagram.pieces = [piece._replace(row=-1) for piece in datagram.pieces]

    def _forget(self, time_ns: int) -> None:
        while self._datagrams:
            key, oldest = next(iter(self._datagrams.items()))
            late = time_ns - oldest.begun_ns > PATIENCE_NS
            if not (late or self._held > MAX_BYTES or len(self._datagrams) > MAX_DATAGRAMS):
                return
            self.done(key)
