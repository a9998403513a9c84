"""Which frames are of one conversation, and which way does each go?

Law: a conversation is two addresses and two ports, whoever sends; both directions have the same words. What a frame
does not say counts as zero, so that words can always be compared; whether it was said is for the caller to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

    Rows = NDArray[np.intp]
    Words = NDArray[np.uint64]

_IPV4 = np.uint64(0xFFFF << 32)  # ::ffff:0:0/96, where IPv4 addresses are written as IPv6 (RFC 4291 section 2.5.5.2)
_16 = np.uint64(16)
_32 = np.uint64(32)


class Flows(NamedTuple):
    """Of k frames: `words`, shape (k, 5), equal for both directions; `turned`, shape (k,): the source stands last."""

    words: Words
    turned: NDArray[np.bool_]


def flows(packets: Packets, rows: Rows, transport: str, level: str = "") -> Flows:
    """The conversations of `rows` by the ports of `transport` (`tcp`, `udp`) at a level of the schema."""
    sides = []
    for side in ("src", "dst"):
        ports = packets.column(f"{level}{transport}.{side}port")
        port = np.where(ports.valid[rows], ports.values[rows], 0).astype(np.uint64)
        sides.append((*address(packets, rows, f"{level}ipv6.{side}", f"{level}ip.{side}"), port))
    (high, low, port), (far_high, far_low, far_port) = sides
    same = (high == far_high) & (low == far_low)
    turned = (high > far_high) | ((high == far_high) & (low > far_low)) | (same & (port > far_port))
    words = np.empty((len(rows), 5), dtype=np.uint64)
    for place, (one, other) in enumerate(((high, far_high), (low, far_low))):
        words[:, place] = np.where(turned, other, one)
        words[:, place + 2] = np.where(turned, one, other)
    first, last = np.where(turned, far_port, port), np.where(turned, port, far_port)
    words[:, 4] = (first << _16) | last | (np.uint64(transport == "udp") << _32)
    return Flows(words, turned)


def points(packets: Packets, rows: Rows) -> Words:
    """Where in the file's terms each frame was captured, shape (k,): interface of the file, and that of `-i any`."""
    block, index = packets.columns.get("frame.interface_id"), packets.columns.get("sll.ifindex")
    found = np.zeros(len(rows), dtype=np.uint64)
    if block is not None:
        found |= np.where(block.valid[rows], block.values[rows], 0).astype(np.uint64) << _32
    if index is not None:
        found |= np.where(index.valid[rows], index.values[rows], 0).astype(np.uint64)
    return found


def address(packets: Packets, rows: Rows, six: str, four: str) -> tuple[Words, Words]:
    """High and low half of an address, of IPv6 or else IPv4; zero where there is none."""
    high, low = np.zeros(len(rows), dtype=np.uint64), np.zeros(len(rows), dtype=np.uint64)
    old, new = packets.columns.get(four), packets.columns.get(six)
    if old is not None:
        low = np.where(old.valid[rows], old.values[rows].astype(np.uint64) | _IPV4, low)
    if new is not None:
        there, values = new.valid[rows], new.values[rows]
        high, low = np.where(there, values["hi"], high), np.where(there, values["lo"], low)
    return high, low
