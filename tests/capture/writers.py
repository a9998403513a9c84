"""Captures made by hand: how are frames written as pcap and pcapng, in either byte order?

Law: these writers share nothing with the readers that they test. A block or record can be written with any field wrong.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

START = 1_720_770_268_594_775_000  # 2024-07-12 07:44:28.594775 UTC
SECTION, INTERFACE, OBSOLETE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6


class Frame(NamedTuple):
    """One frame: its bytes, when it was captured in ns, how long it was on the wire (None: as captured), a comment."""

    data: bytes
    time: int = START
    original: int | None = None
    comment: str | None = None
    interface: int = 0

    @property
    def on_wire(self) -> int:
        """Length on the wire."""
        return len(self.data) if self.original is None else self.original


def as_frames(frames: Sequence[Frame | bytes]) -> list[Frame]:
    """Bytes become frames that follow each other by a millisecond."""
    return [
        frame if isinstance(frame, Frame) else Frame(frame, START + index * 1_000_000)
        for index, frame in enumerate(frames)
    ]


def pcap_header(
    linktype: int = 1, order: str = "<", *, nanosecond: bool = False, snaplen: int = 262144, version: str = "2.4"
) -> bytes:
    """The 24 bytes before the first record; `linktype` is the whole last word."""
    magic = 0xA1B23C4D if nanosecond else 0xA1B2C3D4
    major, minor = map(int, version.split("."))
    return struct.pack(f"{order}IHHiIII", magic, major, minor, 0, 0, snaplen, linktype)


def write_pcap(
    frames: Sequence[Frame | bytes], linktype: int = 1, order: str = "<", *, nanosecond: bool = False
) -> bytes:
    """A pcap file. Times are cut to microseconds unless `nanosecond`."""
    unit = 1 if nanosecond else 1000
    written = [pcap_header(linktype, order, nanosecond=nanosecond)]
    for frame in as_frames(frames):
        seconds, rest = divmod(frame.time, 1_000_000_000)
        header = struct.pack(f"{order}IIII", seconds, rest // unit, len(frame.data), frame.on_wire)
        written += [header, frame.data]
    return b"".join(written)


def padded(data: bytes) -> bytes:
    """To a multiple of four bytes."""
    return data + bytes(-len(data) % 4)


def options(order: str, *pairs: tuple[int, bytes]) -> bytes:
    """Options and their end mark; nothing at all where there are none."""
    if not pairs:
        return b""
    written = [struct.pack(f"{order}HH", code, len(value)) + padded(value) for code, value in pairs]
    return b"".join(written) + bytes(4)


def block(order: str, kind: int, body: bytes) -> bytes:
    """A block of any type."""
    total = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + total + body + total


def section(order: str = "<", *pairs: tuple[int, bytes], version: tuple[int, int] = (1, 0)) -> bytes:
    """A section header block."""
    head = struct.pack(f"{order}IHHq", 0x1A2B3C4D, *version, -1)
    return block(order, SECTION, head + options(order, *pairs))


def interface(order: str = "<", *pairs: tuple[int, bytes], linktype: int = 1, snaplen: int = 0) -> bytes:
    """An interface description block."""
    return block(order, INTERFACE, struct.pack(f"{order}HHI", linktype, 0, snaplen) + options(order, *pairs))


def enhanced(frame: Frame, order: str = "<", *, ticks: int | None = None) -> bytes:
    """An enhanced packet block; `ticks` is its time as the file counts, microseconds since 1970 where it is None."""
    count = frame.time // 1000 if ticks is None else ticks
    sizes = (frame.interface, count >> 32, count & 0xFFFFFFFF, len(frame.data), frame.on_wire)
    said = [] if frame.comment is None else [(1, frame.comment.encode())]
    return block(order, ENHANCED, struct.pack(f"{order}5I", *sizes) + padded(frame.data) + options(order, *said))


def obsolete(frame: Frame, order: str = "<") -> bytes:
    """A packet block of the first drafts: 16 bits of interface and 16 of drops."""
    count = frame.time // 1000
    sizes = (frame.interface, 7, count >> 32, count & 0xFFFFFFFF, len(frame.data), frame.on_wire)
    return block(order, OBSOLETE, struct.pack(f"{order}HH4I", *sizes) + padded(frame.data))


def simple(data: bytes, order: str = "<", *, original: int | None = None) -> bytes:
    """A simple packet block: no time, no interface; `data` as captured."""
    length = len(data) if original is None else original
    return block(order, SIMPLE, struct.pack(f"{order}I", length) + padded(data))


def write_pcapng(frames: Sequence[Frame | bytes], linktype: int = 1, order: str = "<") -> bytes:
    """A pcapng file of one section and one interface, times in microseconds."""
    blocks = [enhanced(frame, order) for frame in as_frames(frames)]
    return section(order) + interface(order, linktype=linktype) + b"".join(blocks)
