"""What is a capture, before anyone knows a protocol?

Law: a reader turns bytes into batches of records and knows no protocol. A batch says where each frame's bytes lie in
its buffer; nothing is copied. A reader yields every record that it could read and only then raises CaptureError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.capture.names import BlockNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import CaptureInterface, Column

# LINKTYPE_ numbers (tcpdump.org/linktypes.html)
NULL, ETHERNET, RAW, LOOP, LINUX_SLL, IPV4, IPV6, LINUX_SLL2 = 0, 1, 101, 108, 113, 228, 229, 276
LINKTYPES = {NULL: "NULL", ETHERNET: "ETHERNET", RAW: "RAW", LOOP: "LOOP", LINUX_SLL: "LINUX_SLL", IPV4: "IPV4",
             IPV6: "IPV6", LINUX_SLL2: "LINUX_SLL2"}  # fmt: skip
MAX_CAPTURED = 0x1000000  # longer than any frame that libpcap writes (MAXIMUM_SNAPLEN is 256 KiB, BIG TCP 512 KiB)
BATCH_RECORDS = 65536  # in larger batches arrays leave the cache, in smaller ones Python takes the time


class Records(NamedTuple):
    """A batch of frames of one capture, all arrays of shape (n,).

    `buffer`: uint8, the bytes that `offsets` point into. `offsets`: int64, start of each frame in `buffer`, -1 where
    the source gave no bytes (a text line). `captured`, `original`: int64, bytes present and bytes on the wire.
    `times`: int64, ns since 1970 UTC, or since midnight where `dated` is false. `interfaces_of`: uint16, index into
    `interfaces`, which may grow while the capture is read. `first`: number of the first frame, from 1. `base`: offset
    of buffer[0] in the (decompressed) file. `comments`: frame number -> comment of the file.
    `told`: what a text source said of each frame, as columns of the schema; `told_layers` the header names it showed,
    one tuple a frame. `timed`: bool, false where the source gave no time, or where `told` has it because it counts
    otherwise than `dated` says; None where all frames have one. `unread`: how many packet lines and hex dumps of a text
    were not understood, or not wholly.

    Of a text line, `original` is -1 where it names no length; and where a hex dump begins above the link layer, `told`
    holds only what the line said of the (outermost) link header.
    """

    buffer: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    captured: NDArray[np.int64]
    original: NDArray[np.int64]
    times: NDArray[np.int64]
    interfaces_of: NDArray[np.uint16]
    interfaces: Sequence[CaptureInterface]
    first: int
    base: int = 0
    dated: bool = True
    told: Mapping[str, Column] | None = None
    told_layers: Sequence[tuple[str, ...]] = ()
    comments: Mapping[int, str] = {}
    timed: NDArray[np.bool_] | None = None
    unread: int = 0

    def __len__(self) -> int:
        return len(self.offsets)


def batches(starts: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The places of records in batches of BATCH_RECORDS at most, of about the same size."""
    count = -(-len(starts) // BATCH_RECORDS)
    for number in range(count):
        yield starts[len(starts) * number // count : len(starts) * (number + 1) // count]


def join(parts: Sequence[Records]) -> Records:
    """Batches that follow each other in one buffer as one; they hold bytes alone, no text."""
    first = parts[0]
    if len(parts) == 1:
        return first
    offsets, captured, original, times, interfaces_of = (
        np.concatenate([part[field] for part in parts]) for field in range(1, 6)
    )
    timed = None
    if any(part.timed is not None for part in parts):
        every = [np.ones(len(part), dtype=bool) if part.timed is None else part.timed for part in parts]
        timed = np.concatenate(every)
    comments = {number: text for part in parts for number, text in part.comments.items()}
    return Records(
        first.buffer, offsets, captured, original, times, interfaces_of, first.interfaces, first.first, first.base,
        comments=comments, timed=timed,
    )  # fmt: skip


class Capture:
    """An open capture: iterate for batches of records. `name` is what the user called it.

    `live`: it comes from a pipe or a stream, so that the next batch may be long in coming. `names`: what its blocks
    call addresses; they grow while the batches come.
    """

    def __init__(
        self, name: str, batches: Iterator[Records], *, live: bool = False, names: BlockNames | None = None
    ) -> None:
        self.name = name
        self.live = live
        self.names = BlockNames() if names is None else names
        self._batches = batches

    def __iter__(self) -> Iterator[Records]:
        return self._batches
