"""What do the kinds of archives share?

Law: a decompressor gives no more at once than it is asked for, and every byte of it is counted as it comes.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vxlan_dissect.inventory.model import Note

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable

    Buffer = bytes | mmap.mmap

MOST_ENTRIES = 100_000
MOST_IN_ALL = 4 << 30  # decompressed bytes of all archives together
# Deflate makes at most 1032 bytes of one. Text of hosts shrinks to a tenth, a dump of an empty map to a hundredth.
MOST_RATIO = 200
RATIO_COUNTS_FROM = 16 << 20
_PIECE = 64 << 10


class ArchiveError(ValueError):
    """What makes an archive, or the rest of it, unreadable."""


class Budget:
    """How many decompressed bytes may still come, of all archives together."""

    def __init__(self, most: int = MOST_IN_ALL) -> None:
        self.left = most

    def take(self, count: int) -> None:
        """Count bytes. Raises ArchiveError above the bound."""
        self.left -= count
        if self.left < 0:
            raise ArchiveError("more than is read of all archives together")


class Entry(NamedTuple):
    """A member: `why` says why its kind is not read, None if it is.

    `read(n)` gives its first `n` bytes and raises ArchiveError; unless `lasting`, before the next entry is asked for.
    """

    name: str
    is_folder: bool
    why: str | None
    read: Callable[[int], bytes]
    lasting: bool


class Stream(Protocol):
    """Bytes in order."""

    def take(self, size: int) -> bytes:
        """The next bytes, fewer than `size` only at the end. Raises ArchiveError."""


class Plain:
    """The bytes of a buffer as they are."""

    def __init__(self, buffer: Buffer, budget: Budget) -> None:
        self.buffer, self.at, self.budget = buffer, 0, budget

    def take(self, size: int) -> bytes:
        """The next bytes."""
        data = bytes(self.buffer[self.at : self.at + size])
        self.at += len(data)
        self.budget.take(len(data))
        return data


class Inflater:
    """The bytes that zlib makes of a part of a buffer; `wbits` -15 for deflate alone, 31 for gzip, of any members."""

    def __init__(self, buffer: Buffer, begin: int, end: int, wbits: int, budget: Budget) -> None:
        self.buffer, self.begin, self.at, self.end = buffer, begin, begin, end
        self.wbits, self.budget = wbits, budget
        self.inner = zlib.decompressobj(wbits)
        self.pending = b""  # compressed bytes that were taken and not yet used
        self.ready = b""
        self.out = 0
        self.finished = False

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay."""
        self.ready = self.take(size)
        return self.ready

    def take(self, size: int) -> bytes:
        """The next bytes, fewer than `size` only at the end."""
        pieces = [self.ready[:size]]
        self.ready = self.ready[size:]
        size -= len(pieces[0])
        while size > 0 and not self.finished:
            piece = self._piece(min(size, 1 << 20))
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def once(self) -> Callable[[int], bytes]:
        """Reads from the start as often as asked; what came already is kept."""
        came = bytearray()

        def read(size: int) -> bytes:
            if len(came) < size:
                came.extend(self.take(size - len(came)))
            return bytes(came[:size])

        return read

    @property
    def used(self) -> int:
        """Where in the buffer the compressed bytes end that were used, once `finished`."""
        return self.at - len(self.pending)

    def _piece(self, size: int) -> bytes:
        if not self.pending and self.at < self.end:
            self.pending = bytes(self.buffer[self.at : min(self.at + _PIECE, self.end)])
            self.at += len(self.pending)
        try:
            data = self.inner.decompress(self.pending, size)
        except zlib.error as error:
            raise ArchiveError(f"damaged: {error}") from None
        self.pending = self.inner.unused_data if self.inner.eof else self.inner.unconsumed_tail
        self.out += len(data)
        self.budget.take(len(data))
        if self.out > RATIO_COUNTS_FROM and self.out > MOST_RATIO * (self.used - self.begin):
            raise ArchiveError(f"a bomb: it grows to more than {MOST_RATIO} times its size")
        if self.inner.eof:
            self._next_member()
        elif not data and not self.pending and self.at >= self.end:
            raise ArchiveError("cut: its end is missing")
        return data

    def _next_member(self) -> None:
        """A gzip file may hold several members; zeros may follow (RFC 1952, tar)."""
        if self.wbits == 31 and len(self.pending) < 2 and self.at < self.end:
            more = bytes(self.buffer[self.at : min(self.at + _PIECE, self.end)])
            self.at += len(more)
            self.pending += more
        if self.wbits == 31 and self.pending.startswith(b"\x1f\x8b"):
            self.inner = zlib.decompressobj(self.wbits)
        else:
            self.finished = True


class LeftOut:
    """What was left out of an archive, counted by reason: an archive may hold a hundred thousand such members."""

    def __init__(self, archive: str) -> None:
        self.archive = archive
        self.read = 0
        self._first: dict[str, tuple[str, int]] = {}

    def add(self, why: str, name: str) -> None:
        """Count a member."""
        first, count = self._first.get(why, (name, 0))
        self._first[why] = first, count + 1

    def so_far(self) -> str:
        """In words, how many members were read before an error."""
        return f" after {self.read} files" if self.read else ""

    def notes(self) -> list[Note]:
        """A note for each reason, with the first member of it."""
        return [
            Note(
                f"{self.archive}/{printable(first)[:200]}",
                None,
                f"not read: {why}{f' ({count} members)' if count > 1 else ''}",
                "skipped",
                count,
            )
            for why, (first, count) in self._first.items()
        ]


def printable(name: str) -> str:
    """A name without characters that move a cursor or turn text around."""
    return name if name.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in name)


def nothing(size: int) -> bytes:
    """Stands for the bytes of an entry that has none."""
    del size
    return b""
