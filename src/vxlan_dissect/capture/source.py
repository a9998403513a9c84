"""Where do the bytes of a capture come from, and which of them are at hand?

Law: a reader sees a window, some consecutive bytes of the (decompressed) file; it takes the whole records out of it and
asks for more. A regular file is one window, mapped and never copied. A pipe gives what has come as soon as it falls
quiet: a burst is one window, as a file is, and what a slow writer sends comes out at once.
"""

from __future__ import annotations

import io
import mmap
import os
import select
import stat
import sys
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.capture.names import BlockNames
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    Block = tuple[bytes, bool]

BLOCK = 4 << 20  # bytes that are gathered from a pipe before they are read
QUIET_MS = 50  # a pipe in which nothing came for so long has said what it had to say
_POPULATE_READ = 22  # MADV_POPULATE_READ of Linux 5.14, which Python's mmap does not name
KEEP = 64 << 20  # bytes of a mapped file that stay at hand for those who are still at work on them
LATEST_S = 0.5  # and one that is never quiet is not waited for longer than this


class Window:
    """The bytes of a capture that are at hand.

    `data`: bytes or a map, of which `base` is the offset of the first byte in the (decompressed) file. `quiet`: nothing
    was on its way when the last block was taken, so what is there should be shown. `problem`: why the bytes ended
    before the capture did, or None.

    `names` are those that the blocks of the capture give, once they were read.

    `blocks` are what comes after `data`, each with its `quiet`; a CaptureError that ends them becomes `problem`.
    """

    def __init__(self, name: str, data: bytes | mmap.mmap = b"", blocks: Iterable[Block] = ()) -> None:
        self.name, self.data = name, data
        self.names = BlockNames()
        self.base = 0
        self.quiet = False
        self.problem: str | None = None
        self._blocks = iter(blocks)
        self._array: NDArray[np.uint8] | None = None
        self._released = 0

    @property
    def array(self) -> NDArray[np.uint8]:
        """`data` as uint8, shape (n,), not copied; it keeps `data` alive."""
        if self._array is None:
            self._array = np.frombuffer(self.data, dtype=np.uint8)
        return self._array

    def more(self, position: int) -> bool:
        """Drop what lies before `position` and append the next block; False, and nothing changes, where none comes."""
        try:
            block, self.quiet = next(self._blocks)
        except StopIteration:
            return False
        except CaptureError as error:
            self.problem = error.reason
            return False
        self.data = self.data[position:] + block
        self.base += position
        self._array = None
        return True

    def fill(self, size: int) -> bool:
        """Wait until `size` bytes are at hand; False where fewer come."""
        while len(self.data) < size:
            if not self.more(0):
                return False
        return True

    @property
    def mapped(self) -> bool:
        """Whether `data` are all bytes of a file."""
        return isinstance(self.data, mmap.mmap)

    def prepare(self, position: int, size: int) -> None:
        """Say that `size` bytes from `position` are read now, and those long before it no more.

        Of a mapped file the first come into memory at once, not page by page, and the others need not stay there; they
        can still be read, for which the system fetches them again.
        """
        if not isinstance(self.data, mmap.mmap):
            return
        begin = position // mmap.PAGESIZE * mmap.PAGESIZE
        with suppress(OSError, ValueError):  # a kernel before 5.14, or another system
            self.data.madvise(_POPULATE_READ, begin, min(size, len(self.data) - begin))
        end = (position - KEEP) // mmap.PAGESIZE * mmap.PAGESIZE
        if end > self._released and hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED, self._released, end - self._released)
            self._released = end

    def cut(self, position: int, what: str, need: int, frame: int | None) -> CaptureError:
        """The error of a capture that ends inside `what`, which begins at `position` and needs `need` bytes."""
        have = len(self.data) - position
        reason = f"the capture is cut: {what} needs {need} bytes, {have} are left"
        if self.problem:
            reason += f" ({self.problem})"
        return CaptureError(self.name, reason, frame=frame, offset=self.base + position)


def open_path(path: str) -> Window:
    """A file, named pipe or device by its path. Raises CaptureError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise CaptureError(path, _reason(error)) from None
    return _open_descriptor(path, descriptor, own=True)


def open_stream(name: str, stream: BinaryIO | None) -> Window:
    """A stream, standard input where it is None; a file of which nothing was read is mapped. Raises CaptureError."""
    if stream is None:
        if sys.stdin is None:
            raise CaptureError(name, "there is no standard input")
        stream = sys.stdin.buffer
    # Only a plain file says with its descriptor what reading it would give: a GzipFile has one too.
    if isinstance(getattr(stream, "raw", stream), io.FileIO):
        unread = not stream.seekable() or stream.tell() == 0
        if unread:
            return _open_descriptor(name, stream.fileno(), own=False)
    return Window(name, blocks=_from_stream(name, stream))


def _open_descriptor(name: str, descriptor: int, *, own: bool) -> Window:
    """Map a regular file; read anything else block by block. `own`: close the descriptor when it is read."""
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise CaptureError(name, "is a directory")
        if stat.S_ISREG(status.st_mode):
            if not status.st_size:
                raise CaptureError(name, "the file is empty")
            mapped = _map(descriptor)
            if mapped is not None:
                return Window(name, mapped)
        held = os.dup(descriptor)
    except OSError as error:
        raise CaptureError(name, _reason(error)) from None
    finally:
        if own:
            os.close(descriptor)
    return Window(name, blocks=_from_descriptor(name, held))


def _map(descriptor: int) -> mmap.mmap | None:
    try:
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # a file system that cannot map
        return None


def _from_descriptor(name: str, descriptor: int) -> Iterator[Block]:
    """What comes from a pipe: a block whenever it falls quiet, has BLOCK bytes, or is LATEST_S old."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    ended = False
    try:
        while not ended:
            pieces: list[bytes] = []
            size, late, quiet = 0, 0.0, False
            while size < BLOCK and not quiet and (not pieces or monotonic() < late):
                piece = os.read(descriptor, BLOCK - size)
                if not piece:
                    ended = True
                    break
                late = late or monotonic() + LATEST_S
                pieces.append(piece)
                size += len(piece)
                quiet = not poll.poll(QUIET_MS)
            if pieces:
                yield b"".join(pieces), quiet
    except OSError as error:
        raise CaptureError(name, _reason(error)) from None
    finally:
        os.close(descriptor)


def _from_stream(name: str, stream: BinaryIO) -> Iterator[Block]:
    read = getattr(stream, "read1", stream.read)
    try:
        while block := read(BLOCK):
            yield bytes(block), False
    except (OSError, EOFError, ValueError) as error:
        raise CaptureError(name, _reason(error)) from None


def _reason(error: Exception) -> str:
    """What the system said, as it says it: `No such file or directory`."""
    return getattr(error, "strerror", None) or str(error)
