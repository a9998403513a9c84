"""What do the section and interface blocks of a pcapng file say of the packets after them?

Law: an interface counts within its section, and each section has its own byte order and its own host. Options are read
as far as they make sense and no further. A time is exact, or absent where nanoseconds since 1970 cannot hold it.
Format: draft-ietf-opsawg-pcapng, sections 3.5 (options), 4.1 (section header), 4.2 (interface description), 4.6
(interface statistics).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.capture.linktypes import file_linktype
from vxlan_dissect.packets import CaptureInterface

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from numpy.typing import NDArray

BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
COMMENT = 1
_SECTION_HARDWARE, _SECTION_OS = 2, 3
_NAME, _DESCRIPTION, _RESOLUTION, _OS, _OFFSET, _HARDWARE = 2, 3, 9, 12, 14, 15
_BY_INTERFACE, _BY_OS = 5, 7  # isb_ifdrop, isb_osdrop
_SECOND = 1_000_000_000
_LARGEST = (1 << 63) - 1


class Clock(NamedTuple):
    """How the timestamps of an interface count: `units` a second, from `offset` seconds after 1970."""

    units: int = 1_000_000
    offset: int = 0


class Section(NamedTuple):
    """A section so far. `first` is the number of its first interface among those of the whole file."""

    order: str
    first: int
    hardware: str | None = None
    os: str | None = None


def section(data: bytes | mmap, position: int, total: int, order: str, first: int) -> Section:
    """Read a section header block of `total` bytes."""
    said = dict(options(data, position + 24, position + total - 4, order))
    return Section(order, first, text(said.get(_SECTION_HARDWARE)), text(said.get(_SECTION_OS)))


def interface(data: bytes | mmap, position: int, total: int, within: Section) -> tuple[CaptureInterface, Clock]:
    """Read an interface description block of `total` bytes, 20 at least. Its link type may be one we cannot read."""
    linktype, snaplen = Struct(f"{within.order}8xH2xI").unpack_from(data, position)
    said = dict(options(data, position + 16, position + total - 4, within.order))
    resolution, offset = said.get(_RESOLUTION, b""), said.get(_OFFSET, b"")
    units = 1_000_000
    if resolution:
        units = 1 << (resolution[0] & 0x7F) if resolution[0] & 0x80 else 10 ** resolution[0]
    seconds = Struct(f"{within.order}q").unpack_from(offset)[0] if len(offset) >= 8 else 0
    described = CaptureInterface(
        linktype=file_linktype(linktype),
        name=text(said.get(_NAME)),
        description=text(said.get(_DESCRIPTION)),
        snaplen=snaplen,
        hardware=text(said.get(_HARDWARE)) or within.hardware,
        os=text(said.get(_OS)) or within.os,
    )
    return described, Clock(units, seconds)


def drops(data: bytes | mmap, position: int, total: int, order: str) -> tuple[int, int]:
    """What interface a statistics block of `total` bytes, 24 at least, is about, and how much was dropped there."""
    (number,) = Struct(f"{order}8xI").unpack_from(data, position)
    said = dict(options(data, position + 20, position + total - 4, order))
    counts = (said.get(code, b"") for code in (_BY_INTERFACE, _BY_OS))
    return number, sum(Struct(f"{order}Q").unpack(count)[0] for count in counts if len(count) == 8)


def options(data: bytes | mmap, position: int, end: int, order: str) -> Iterator[tuple[int, bytes]]:
    """The options of a block, up to the end mark or the first that does not fit."""
    header = Struct(f"{order}HH")
    while end - position >= 4:
        code, length = header.unpack_from(data, position)
        position += 4
        if code == 0 or length > end - position:
            return
        yield code, bytes(data[position : position + length])
        position += length + -length % 4


def comment_of(data: bytes | mmap, position: int, size: int, order: str) -> str | None:
    """The comments among the options of `size` bytes at `position`."""
    said = [text(value) for code, value in options(data, position, position + size, order) if code == COMMENT]
    return "\n".join(filter(None, said)) or None


def text(value: bytes | None) -> str | None:
    """An option as text; some writers end it with a null byte. Empty says nothing."""
    return value.rstrip(b"\0").decode("utf-8", "replace") if value else None


def times(ticks: NDArray[np.uint64], clock: Clock) -> tuple[NDArray[np.int64], NDArray[np.bool_] | bool]:
    """Nanoseconds since 1970, int64, shape (n,), and which of them are true: a time that does not fit is none."""
    factor, rest = divmod(_SECOND, clock.units)
    offset = clock.offset * _SECOND
    if not rest and offset >= -_LARGEST and int(ticks.max(initial=0)) * factor + max(offset, 0) <= _LARGEST:
        return ticks.astype(np.int64) * factor + offset, True
    exact = [tick * _SECOND // clock.units + offset for tick in ticks.tolist()]
    fits = [-_LARGEST <= time <= _LARGEST for time in exact]
    return np.array([time if fit else 0 for time, fit in zip(exact, fits, strict=True)], dtype=np.int64), np.array(fits)
