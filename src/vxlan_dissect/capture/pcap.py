"""How are the records of a classic pcap file found?

Law: a record begins where the one before it ends, and nothing is guessed after a length that cannot be. The walk finds
the places, in many lanes where the file is large; all header fields are then read from them at once. Format:
draft-ietf-opsawg-pcap.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |                      Timestamp (seconds)                      |
    +---------------------------------------------------------------+
    |            Timestamp (microseconds or nanoseconds)            |
    +---------------------------------------------------------------+
    |                    Captured packet length                     |
    +---------------------------------------------------------------+
    |                    Original packet length                     |
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.capture import lanes
from vxlan_dissect.capture.linktypes import file_linktype, unsupported
from vxlan_dissect.capture.records import BATCH_RECORDS, MAX_CAPTURED, Records, batches
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.gather import gather
from vxlan_dissect.packets import CaptureInterface

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from numpy.typing import NDArray

    from vxlan_dissect.capture.source import Window

# magic as it lies in the file -> byte order, nanoseconds in one unit of the fraction
MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
FILE_HEADER, RECORD_HEADER = 24, 16
FIELDS = ("seconds", "fraction", "captured", "original")
NEAR_SECONDS = 30 * 86400  # how far from its neighbours in time a record may be that lanes start at
VERSION = (2, 4)  # before it, the two lengths of a record could stand the other way round (libpcap's sf-pcap.c)
LINKTYPE_BITS = 0x03FFFFFF  # above: how long the frame check sequence is (LT_LINKTYPE of libpcap's pcap-common.h)


class _Format(NamedTuple):
    order: str
    unit: int
    interface: CaptureInterface


def read(window: Window) -> Iterator[Records]:
    """The records of a pcap file. Raises CaptureError, after them, for what could not be read."""
    form = _format(window)
    captured = Struct(f"{form.order}8xI")
    first, position, side_by_side = 1, FILE_HEADER, lanes.Lanes()
    while True:
        window.prepare(position, lanes.SPAN)
        layout = _layout(window.array, position, form)
        starts, after = side_by_side.walk(window.array, position, layout)
        if not len(starts):
            starts, after = _walk(window.data, position, captured)
        for batch in batches(starts):
            yield _records(window, batch, form, first)
            first += len(batch)
        position = after
        if len(starts):
            continue
        what, need = _next(window.data, position, captured)
        if need > RECORD_HEADER + MAX_CAPTURED:
            reason = f"a record claims {need - RECORD_HEADER} captured bytes, more than any frame has"
            raise CaptureError(window.name, reason, frame=first, offset=window.base + position)
        if not window.more(position):
            break
        position = 0
    if position < len(window.data) or window.problem:
        raise window.cut(position, what, need, first)
    if refusal := unsupported(form.interface.linktype):
        raise CaptureError(window.name, refusal, offset=20)


def _format(window: Window) -> _Format:
    if not window.fill(FILE_HEADER):
        raise window.cut(0, "the file header", FILE_HEADER, None)
    order, unit = MAGICS[window.data[:4]]
    major, minor, snaplen, word = Struct(f"{order}4xHH8xII").unpack_from(window.data)
    if (major, minor) != VERSION:
        raise CaptureError(window.name, f"pcap version {major}.{minor} is not supported", offset=4)
    return _Format(order, unit, CaptureInterface(file_linktype(word & LINKTYPE_BITS), snaplen=snaplen))


def _layout(data: NDArray[np.uint8], position: int, form: _Format) -> lanes.Layout:
    """What lanes look for: records of about the time of the one at `position`, with lengths that can be."""
    dtype = np.dtype([(name, f"{form.order}u4") for name in FIELDS])
    near = int(gather(data, np.array([position]), dtype)["seconds"][0]) if position + 16 <= len(data) else 0
    little = form.order == "<"

    def marks(header: NDArray[np.uint8]) -> list[tuple[int, int]]:
        # The upper halves of the seconds, which change every 18 hours, and of both lengths.
        places = (2, 3, 10, 11, 14, 15) if little else (0, 1, 8, 9, 12, 13)
        return [(place, int(header[place]) if place < 8 else 0) for place in places]

    def plausible(data: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.bool_]:
        header = gather(data, places, dtype)
        times = np.abs(header["seconds"].astype(np.int64) - near) < NEAR_SECONDS
        lengths = (header["captured"] <= header["original"]) & (header["captured"] <= MAX_CAPTURED)
        found: NDArray[np.bool_] = times & lengths & (header["fraction"] < 1_000_000_000 // form.unit)
        return found

    return lanes.Layout(np.dtype(f"{form.order}u4"), 8, RECORD_HEADER, MAX_CAPTURED, RECORD_HEADER, marks, plausible)


def _walk(data: bytes | mmap, position: int, captured: Struct) -> tuple[NDArray[np.int64], int]:
    """Where the next whole records begin, BATCH_RECORDS of them at most, and where the last of them ends."""
    starts: list[int] = []
    read, end = captured.unpack_from, len(data)
    last = end - RECORD_HEADER
    while position <= last and len(starts) < BATCH_RECORDS:
        (size,) = read(data, position)
        after = position + RECORD_HEADER + size
        if after > end or size > MAX_CAPTURED:
            break
        starts.append(position)
        position = after
    return np.array(starts, dtype=np.int64), position


def _next(data: bytes | mmap, position: int, captured: Struct) -> tuple[str, int]:
    """What stands at `position` and how many bytes it needs."""
    if len(data) - position < RECORD_HEADER:
        return "the record header", RECORD_HEADER
    return "the record", RECORD_HEADER + captured.unpack_from(data, position)[0]


def _records(window: Window, places: NDArray[np.int64], form: _Format, first: int) -> Records:
    headers = gather(window.array, places, np.dtype([(name, f"{form.order}u4") for name in FIELDS]))
    seconds, fraction, captured, original = (headers[name].astype(np.int64) for name in FIELDS)
    return Records(
        buffer=window.array,
        offsets=places + RECORD_HEADER,
        captured=captured,
        original=original,
        times=seconds * 1_000_000_000 + fraction * form.unit,
        interfaces_of=np.zeros(len(places), dtype=np.uint16),
        interfaces=(form.interface,),
        first=first,
        base=window.base,
    )
