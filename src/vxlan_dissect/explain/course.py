"""What do several frames of one capture show together of the way that packets take?

Law: decided on columns. A packet goes in circles where the same one passes one interface again and again, its hop limit
falling each time. A conversation has two ways where all that one side sends is in a tunnel and nothing of what the
other side sends is, at one and the same interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect.group import group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.group import Groups
    from vxlan_dissect.packets import Packets

LOOPS, OTHER_WAY = 1, 2  # bits of a frame's course
CIRCLES = 3  # a packet that a node hands on passes one interface twice
_ENDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
_POINT = ("frame.interface_id", "sll.ifindex", "frame.tunnels")
# What no hop changes, and what tells one packet of a flow from the next.
_SAME = (
    *_POINT, *_ENDS, "ip.id", "ip.proto", "ip.frag_offset", "ipv6.nxt", "ipv6.flow", "ipv6.plen", "icmp.type",
    "icmp.ident", "icmp.seq", "icmpv6.type", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "udp.srcport",
    "udp.dstport", "udp.length", "udp.checksum", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw",
    "tcp.flags", "tcp.len",
)  # fmt: skip


def course_of(packets: Packets) -> NDArray[np.uint8]:
    """Which of the bits apply to each frame, shape (n,)."""
    course = np.zeros(len(packets), dtype=np.uint8)
    if len(packets):
        groups = group(packets, [*_POINT, *_ENDS])
        course[_circling(packets, groups[0])] |= LOOPS
        course[_other_way(packets, groups)] |= OTHER_WAY
    return course


def _circling(packets: Packets, codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """The frames of packets that pass one interface with CIRCLES or more hop limits, each lower than the one before.

    `codes` groups the frames by their addresses.
    """
    limits = _hop_limits(packets)
    rows = np.flatnonzero((limits >= 0) & _ranging(limits, codes))
    if len(rows) < CIRCLES:
        return rows[:0]
    same_packet, _ = group(packets, _SAME, rows=rows)
    order = np.argsort(same_packet, kind="stable")
    same = same_packet[order][1:] == same_packet[order][:-1]
    seen = limits[rows][order]
    falls, stays = same & (seen[1:] < seen[:-1]), same & (seen[1:] >= seen[:-1])
    count = int(same_packet.max()) + 1
    fallen = np.bincount(same_packet[order][1:][falls], minlength=count)
    risen = np.bincount(same_packet[order][1:][stays], minlength=count)
    circling: NDArray[np.bool_] = ((fallen >= CIRCLES - 1) & (risen == 0))[same_packet]
    return rows[circling]


def _hop_limits(packets: Packets) -> NDArray[Any]:
    """The hop limit or TTL of each frame, -1 where it has none."""
    limits = np.full(len(packets), -1, dtype=np.int16)
    for name in ("ip.ttl", "ipv6.hlim"):
        column = packets.columns.get(name)
        if column is not None:
            limits[column.valid] = column.values[column.valid]
    return limits


def _ranging(limits: NDArray[Any], codes: NDArray[np.intp]) -> NDArray[Any]:
    """Whether the hop limits of a frame's group leave room for CIRCLES different ones: most groups have one alone."""
    lowest = np.full(int(codes.max()) + 1, 256, dtype=limits.dtype)
    highest = np.full_like(lowest, -1)
    np.minimum.at(lowest, codes, limits)
    np.maximum.at(highest, codes, limits)
    return (highest - lowest >= CIRCLES - 1)[codes]


def _other_way(packets: Packets, groups: Groups) -> NDArray[np.intp]:
    """The frames outside a tunnel that answer what is in one."""
    tunnels = packets.columns.get("frame.tunnels")
    if tunnels is None or not (tunnels.values > 0).any():
        return np.zeros(0, dtype=np.intp)
    codes, firsts = groups
    forms: dict[tuple[object, ...], set[bool]] = {}
    keys = []
    columns = [packets.values(name, np.array(firsts)) for name in (*_POINT, *_ENDS)]
    for block, index, depth, old_src, old_dst, new_src, new_dst in zip(*columns, strict=True):
        src, dst, tunnelled = old_src or new_src, old_dst or new_dst, bool(depth)
        key = (block, index, src, dst)
        keys.append((key, (block, index, dst, src), src, tunnelled))
        if src is not None:
            forms.setdefault(key, set()).add(tunnelled)
    plain = [
        src is not None and not tunnelled and forms[key] == {False} and forms.get(back) == {True}
        for key, back, src, tunnelled in keys
    ]
    return np.flatnonzero(np.array(plain, dtype=bool)[codes])
