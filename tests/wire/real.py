"""Frames of real captures, sorted by link type."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.capture import open_capture

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Frame(NamedTuple):
    """A captured frame: its bytes, its length on the wire, and where it is from."""

    data: bytes
    original: int
    source: str


def frames_of(paths: Iterable[Path]) -> dict[int, list[Frame]]:
    """Link type -> the frames of captures, in order."""
    found: dict[int, list[Frame]] = {}
    for path in paths:
        for batch in open_capture(str(path)):
            content = batch.buffer.tobytes()
            for row in range(len(batch)):
                linktype = batch.interfaces[batch.interfaces_of[row]].linktype
                start, size = int(batch.offsets[row]), int(batch.captured[row])
                frame = Frame(content[start : start + size], int(batch.original[row]), f"{path} {batch.first + row}")
                found.setdefault(linktype, []).append(frame)
    return found


def write_pcap(path: Path, linktype: int, frames: Iterable[Frame]) -> None:
    """A pcap of frames of one link type, one microsecond apart."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype))
        for number, frame in enumerate(frames):
            seconds, fraction = divmod(number, 1_000_000)
            out.write(
                struct.pack("<IIII", 1_700_000_000 + seconds, fraction, len(frame.data), frame.original) + frame.data
            )
