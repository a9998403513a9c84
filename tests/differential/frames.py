"""Which real frames are compared, each of them once?"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.differential.tshark import RULES
from tests.wire.frames import records
from vxlan_dissect.capture import open_capture
from vxlan_dissect.capture.records import LINKTYPES
from vxlan_dissect.decode import decode
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.packets import CaptureInterface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vxlan_dissect.packets import Packets


class Frame(NamedTuple):
    """A captured frame: its bytes, its length on the wire, its link type, and where it is from."""

    data: bytes
    original: int
    linktype: int
    source: str


def distinct_frames(paths: Iterable[Path]) -> list[Frame]:
    """The frames of captures, those that are alike only once, of link types that are decoded.

    What cannot be read of a capture is left out; `test_records` looks at files as files.
    """
    found: dict[tuple[bytes, int, int], Frame] = {}
    for path in paths:
        with contextlib.suppress(CaptureError):
            for batch in open_capture(str(path)):
                places = zip(
                    batch.offsets.tolist(),
                    batch.captured.tolist(),
                    batch.original.tolist(),
                    batch.interfaces_of.tolist(),
                    strict=True,
                )
                for number, (start, size, original, interface) in enumerate(places, batch.first):
                    linktype = batch.interfaces[interface].linktype
                    if start >= 0 and linktype in LINKTYPES:
                        data = batch.buffer[start : start + size].tobytes()
                        frame = Frame(data, original, linktype, f"{path.parent.name}/{path.name} {number}")
                        found.setdefault((data, original, linktype), frame)
    return list(found.values())


def decode_frames(frames: Sequence[Frame]) -> Packets:
    """Packets of real frames, of any link types."""
    linktypes = list(dict.fromkeys(frame.linktype for frame in frames))
    batch = records(
        [frame.data for frame in frames],
        original=[frame.original for frame in frames],
        interfaces=tuple(CaptureInterface(linktype) for linktype in linktypes),
        interfaces_of=np.array([linktypes.index(frame.linktype) for frame in frames], dtype=np.uint16),
    )
    return decode(batch, "frames", decode_as=RULES)


def kinds(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames with the same headers and the same ICMP type together."""
    found: dict[object, list[Frame]] = {}
    for frame, packet in zip(frames, decode_frames(frames), strict=True):
        types = packet.get("icmpv6.type"), packet.get("icmp.type"), packet.get("damage.layer") is None
        found.setdefault((frame.linktype, packet.protocols, types), []).append(frame)
    return list(found.values())
