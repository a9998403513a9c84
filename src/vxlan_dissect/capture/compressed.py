"""What is inside a gzip or zstd stream?

Law: decompressing goes piece by piece, so a stream that grows a thousandfold costs time but no memory; several members
or frames one after the other are one stream. What could be decompressed comes out before the error of what could not:
all of it where the stream is cut, all before the last PIECE where it is damaged.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Protocol

from vxlan_dissect.capture.source import BLOCK, Window
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vxlan_dissect.capture.source import Block

PIECE = 1024  # compressed bytes that go in at once
GROWTH = 1 << 18  # decompressed bytes that come out at once


class _Decompressor(Protocol):
    """One member or frame, as the decompressors of the standard library are used."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """A gzip member: zlib's decompressor with the attributes of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)  # 31: with a gzip header and the largest window
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = len(out) < max_length
        return out

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def decompressed(window: Window, kind: str) -> Window:
    """The window of what is inside a compressed one; `kind` is `gzip` or `zstd`."""
    start, failure = _KINDS[kind]()
    return Window(window.name, blocks=_blocks(window, kind, start, failure))


def _gzip() -> tuple[Callable[[], _Decompressor], type[Exception]]:
    return _Gzip, zlib.error


def _zstd() -> tuple[Callable[[], _Decompressor], type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdDecompressor, zstd.ZstdError


_KINDS = {"gzip": _gzip, "zstd": _zstd}


def _blocks(window: Window, kind: str, start: Callable[[], _Decompressor], failure: type[Exception]) -> Iterator[Block]:
    """What is decompressed, in blocks of about BLOCK bytes, and at the end of every block that comes in."""
    gathered: list[bytes] = []
    size = 0
    try:
        for out in _outputs(window, start):
            if out is not None:
                gathered.append(out)
                size += len(out)
            if gathered and (out is None or size >= BLOCK):
                yield b"".join(gathered), out is None and window.quiet
                gathered, size = [], 0
    except (failure, EOFError) as error:
        reason = window.problem or f"the {kind} data are damaged: {error}"
        if gathered:
            yield b"".join(gathered), False
        raise CaptureError(window.name, reason) from None


def _outputs(window: Window, start: Callable[[], _Decompressor]) -> Iterator[bytes | None]:
    """Decompressed bytes, and None where a block of the window ran out. Raises EOFError where the stream is cut."""
    stream = start()
    while True:
        for at in range(0, len(window.data), PIECE):
            piece = window.data[at : at + PIECE]
            while True:
                if stream.eof:
                    piece = piece.lstrip(b"\0")  # tapes and block devices fill up with zeros
                    if not piece:
                        break
                    stream = start()
                yield stream.decompress(piece, GROWTH)
                piece = stream.unused_data if stream.eof else b""
                if stream.needs_input and not stream.eof:
                    break
        yield None
        if not window.more(len(window.data)):
            break
    if not stream.eof or window.problem:
        raise EOFError("they end too early")
