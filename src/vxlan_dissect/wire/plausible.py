"""Do these bytes look like the packet that a tunnel carries?

Law: a header that is known by no number (`Header.recognises`) is believed only if what it would carry makes sense. The
lengths inside are compared with the packet that holds them, not with what of it was captured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.gather import gather

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array, Ints, Mask, Work
    from vxlan_dissect.wire.walk import Frames

# The first 8 bytes of an IPv4, IPv6 or ARP packet; of what follows a VLAN tag, the tag and 4 bytes.
_PACKET = [
    ("first", "u1"), ("second", "u1"), ("word", ">u2"), ("third_word", ">u2"), ("fourth_word", ">u2"),
]  # fmt: skip
PACKET = np.dtype(_PACKET)
WORD = np.dtype([("word", ">u4")])
ETHERNET = np.dtype([("macs", "V12"), ("type", ">u2"), *_PACKET])
IPV4, ARP, IPV6, VLAN, PROVIDER_VLAN = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8


def first_words(frames: Frames, work: Work) -> Array:
    """The 4 bytes that `work` stands before, as uint32, shape (k,); 0 where there are fewer.

    Most frames are ruled out by these alone, so looking at every datagram costs little.
    """
    found = np.zeros(len(work.rows), dtype=np.uint32)
    held = work.offsets + WORD.itemsize <= frames.there(work)
    if held.all():
        return frames.structs(work.rows, work.offsets, WORD)["word"].astype(np.uint32)
    found[held] = frames.structs(work.rows[held], work.offsets[held], WORD)["word"]
    return found


def ethernet(frames: Frames, work: Work) -> Mask:
    """Where `work` stands before an Ethernet frame with something that fits, shape (k,)."""
    found, maybe = _room(frames, work, ETHERNET.itemsize)
    head = gather(frames.buffer, work.offsets[maybe], ETHERNET)
    found[maybe] = _fits(head, head["type"], (work.ends - work.offsets)[maybe] - 14)
    return found


def packet(frames: Frames, work: Work, types: Array) -> Mask:
    """Where `work` stands before a packet that is of its EtherType in `types` and fits, shape (k,)."""
    found, maybe = _room(frames, work, PACKET.itemsize)
    head = gather(frames.buffer, work.offsets[maybe], PACKET)
    found[maybe] = _fits(head, types[maybe], (work.ends - work.offsets)[maybe])
    return found


def _room(frames: Frames, work: Work, size: int) -> tuple[Mask, Ints]:
    """An answer that is no everywhere, and the frames that have `size` bytes, for which it may change."""
    maybe = np.flatnonzero(work.offsets + size <= frames.there(work))
    return np.zeros(len(work.rows), dtype=bool), maybe


def _fits(head: Array, kind: Array, room: Ints) -> Mask:
    """Which of the packets are what their EtherType, or length, says, and no longer than the room that there is."""
    first, length = head["first"], head["word"]
    header = (first & 0x0F).astype(np.int64) * 4
    ipv4 = (first >> 4 == 4) & (header >= 20) & (length >= header) & (length <= room)
    ipv6 = (first >> 4 == 6) & (head["third_word"].astype(np.int64) + 40 <= room)
    # Hardware type 1 (Ethernet), protocol type IPv4.
    arp = (first == 0) & (head["second"] == 1) & (length == IPV4)
    tagged = np.isin(length, (IPV4, ARP, IPV6, VLAN))
    # IEEE 802.2: spanning tree, SNAP, IS-IS, each with the same access point on both sides.
    logical_link = (kind <= 1500) & (kind <= room) & (first == head["second"]) & np.isin(first, (0x42, 0xAA, 0xFE))
    tests = ((IPV4, ipv4), (IPV6, ipv6), (ARP, arp), (VLAN, tagged), (PROVIDER_VLAN, tagged))
    return np.asarray(logical_link | np.logical_or.reduce([(kind == number) & test for number, test in tests]))
