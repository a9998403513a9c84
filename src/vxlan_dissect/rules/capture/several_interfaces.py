"""One packet is captured at several interfaces of a node.

Shows
    A capture of all interfaces (`-i any`) in which the same packet stands once for each interface that it passed.

Why it matters
    These copies are no duplicates and no retransmissions: the packet was sent once. Counts and rates of the file are
    too high by that much. The order of the copies is the packet's way through the node.

How we know
    Copies agree in addresses, ports, identification, sequence numbers and length of the innermost packet, and differ in
    the interface index that a cooked capture (LINUX_SLL2) has for each frame. LINUX_SLL has none, so nothing is
    said of it.

What to check next
    Nothing. For counts, look at one interface: `-Y 'sll.ifindex == N'`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.group import group
from vxlan_dissect.rules.capturing import Tally, counted, finding, listed, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.several-interfaces"
MAX_INTERFACES = 256  # of one capture that are named
_SAME = (
    "ip.src", "ip.dst", "ip.id", "ip.proto", "ip.frag_offset", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.nxt",
    "ipv6.plen", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "udp.srcport", "udp.dstport",
    "icmp.type", "icmp.ident", "icmp.seq", "icmpv6.type", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number",
    "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address",
)  # fmt: skip


@dataclass
class _Copies(Tally):
    """Copies among `frames_in_all` frames; the interfaces by index, with their names where they are known."""

    frames_in_all: int = 0
    interfaces: dict[int, str] = field(default_factory=dict)


class Survey:
    """Counts the copies in captures of several interfaces."""

    def __init__(self) -> None:
        self._copies: dict[str, _Copies] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        if "sll.ifindex" not in packets.columns:
            return
        index, kind = packets.column("sll.ifindex"), packets.column("sll.pkttype")
        has_ip = packets.column("ip.src").valid | packets.column("ipv6.src").valid
        tally = tally_of(self._copies, batch, _Copies)
        tally.frames_in_all += len(packets)
        rows = np.flatnonzero(index.valid & has_ip)
        if not len(rows):
            return
        where = index.values[rows].astype(np.int64) * 8 + kind.values[rows].astype(np.int64)
        places, first, place = np.unique(where, return_index=True, return_inverse=True)
        for code, row in zip(places.tolist(), rows[first].tolist(), strict=True):
            if code // 8 not in tally.interfaces and len(tally.interfaces) < MAX_INTERFACES:
                point = batch.context(row).point
                known = point.interface if point is not None else None
                tally.interfaces[code // 8] = known or f"interface {code // 8}"
        codes, _ = group(packets, _SAME, rows=rows)
        # Of a packet that passed n interfaces n - 1 frames are copies. Where it was sent m times, each place has it m
        # times. What lies in two batches is taken for two packets.
        pairs, counts = np.unique(codes * len(places) + place, return_counts=True)
        most = np.zeros(int(codes.max()) + 1, dtype=np.int64)
        np.maximum.at(most, pairs // len(places), counts)
        copies = np.bincount(codes, minlength=len(most)) - most
        if copies.any():
            tally.count += int(copies.sum())
            tally.keep(batch, rows[copies[codes] > 0])

    def findings(self) -> Iterator[Finding]:
        """How many copies there are."""
        found = [copies for copies in self._copies.values() if copies.count]
        if not found:
            return
        total, frames = sum(copies.count for copies in found), sum(copies.frames_in_all for copies in found)
        text = (
            f"{listed(copies.name for copies in found)}: {counted(total, 'frame', 'frames')} of {frames} "
            f"{'is a copy' if total == 1 else 'are copies'} of a packet that another interface of the node saw too, as "
            "captures of all interfaces have them. They were sent once."
        )
        scope = "Which interface a frame belongs to is told by its index; names come from the inventory of the node."
        shown = [(copies, f"{copies.count} copies at {listed(copies.interfaces.values())}") for copies in found]
        yield finding(NAME, text, scope, shown)
