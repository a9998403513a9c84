"""Which part of a datagram is a frame, and which other frames hold the rest of it?

Law: a frame that completes a datagram speaks for the whole of it and names the frames that it was made of; a fragment
says which part it is, and where the whole stands or why there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.explain.statements import FRAGMENT, WHOLE, Related

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.packets import Packet

_SHOWN = 8  # frames that are named in a sentence
_FAULTS = {
    "overlap": "overlaps another one and differs from it: not put together",
    "two ends": "contradicts another one about where the datagram ends: not put together",
    "too long": "would end beyond 65535 bytes: not put together",
    "cut": "is cut by the capture: not put together",
    "length": "has a length that no such fragment may have: not put together",
}
_OFFSETS = (("ipv6.fraghdr.offset", "ipv6.fraghdr.more"), ("ip.frag_offset", "ip.flags.mf"))


def words(packet: Packet) -> str | None:
    """`fragment at byte 1480 of the datagram that frame 7 completes`, `put together from frames 3, 5 and 7` or None."""
    made_of = packet.packets.made_of.get(packet.number)
    whole, fault = packet.get("frame.reassembled_in"), packet.text("frame.fragment_fault")
    parts = []
    if made_of:
        parts.append(f"put together from frames {_listed(made_of)}")
    if not made_of or whole is not None or fault is not None:
        which = _which(packet)
        if which is None:
            return None
        about = f" of the datagram that frame {whole} completes" if whole is not None else ""
        parts.append(f"{which}{about}" if fault is None else f"{which} {_FAULTS.get(fault, fault)}")
    return ", ".join(parts)


def _which(packet: Packet) -> str | None:
    """Which fragment the innermost packet that is one is; None where none is."""
    for level in ("", schema.OUTER):
        for offset, more in _OFFSETS:
            begin = packet.get(level + offset)
            if begin:
                return f"fragment at byte {begin}"
            if packet.get(level + more):
                return "first fragment"
    return None


def related(packet: Packet, time_ns: int) -> Iterator[Related]:
    """The frame with the whole datagram, and the frames that this one was made of, as far as they are at hand."""
    packets = packet.packets
    whole = packet.integer("frame.reassembled_in")
    made_of = packets.made_of.get(packet.number, ())
    others = [(frame, FRAGMENT) for frame in made_of if frame != packet.number]
    if whole is not None:
        others.append((whole, WHOLE))
    if not others:
        return
    numbers = packets.columns["frame.number"].values
    for frame, relation in others:
        row = int(np.searchsorted(numbers, frame))
        if row < len(numbers) and numbers[row] == frame:
            other = packets[row]
            time = other.integer("frame.time_epoch")
            time = other.integer("frame.time_of_day") if time is None else time
            yield Related(frame, relation, (time or 0) - time_ns)


def _listed(frames: tuple[int, ...]) -> str:
    if len(frames) > _SHOWN:
        return f"{', '.join(map(str, frames[:_SHOWN]))} and {len(frames) - _SHOWN} more"
    *most, last = map(str, frames)
    return f"{', '.join(most)} and {last}" if most else last
