"""The capture has frames twice.

Shows
    Frames that follow one with the same bytes, at the same interface, within 100 microseconds.

Why it matters
    The packet was sent once. Counts and rates are too high, TCP seems to repeat segments and acknowledgements, and a
    question seems to be asked or answered twice.

How we know
    A sender that repeats a packet waits longer (RFC 6298 section 2.4: a second; Linux 200 ms) and, over IPv4, gives it
    another identification. Mirror ports (SPAN) that copy what comes in and what goes out, and captures that were
    merged, have the same bytes at once. Copies that passed a router differ in hop limit and MAC and are not counted,
    nor is what goes to groups: a bridge may send that back to where it came from.

What to check next
    Whether the mirror port copies one direction only; `editcap -d` removes such frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.group import group
from vxlan_dissect.rules.capturing import Tally, finding, listed, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.duplicate-frames"
_AT_ONCE_NS = 100_000
_LEAST, _SHARE = 3, 10  # fewer frames, or less than a tenth of a capture's, may be the same by chance
MAX_COMPARED = 1024  # pairs of a batch whose bytes are compared; the columns agree in all
_SAME = (
    "frame.interface_id", "sll.ifindex", "sll.pkttype", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "eth.type",
    "outer.eth.src", "outer.eth.dst", "outer.ip.id", "outer.udp.srcport", "ip.src", "ip.dst", "ip.id", "ip.ttl",
    "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.hlim", "tcp.seq_raw", "tcp.ack_raw", "tcp.srcport", "tcp.dstport",
    "tcp.flags", "tcp.checksum", "udp.srcport", "udp.dstport", "udp.checksum", "icmp.type", "icmp.ident", "icmp.seq",
    "icmpv6.type", "icmpv6.checksum", "icmpv6.echo.sequence_number", "arp.opcode", "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4",
)  # fmt: skip


@dataclass
class _Doubled(Tally):
    """Frames that stand twice, among so many IP packets for one receiver."""

    packets: int = 0


class Survey:
    """Counts frames that stand twice in a capture."""

    def __init__(self) -> None:
        self._doubled: dict[str, _Doubled] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        tally = tally_of(self._doubled, batch, _Doubled)
        rows = np.flatnonzero(_to_one(packets))
        tally.packets += len(rows)
        # Two frames of one instant are where copies can be.
        near = np.diff(batch.times[rows]) <= _AT_ONCE_NS
        rows = rows[np.append(near, False) | np.insert(near, 0, False)] if len(rows) else rows
        if not len(rows):
            return
        codes, _ = group(packets, _SAME, rows=rows)
        order = np.argsort(codes, kind="stable")
        again = (np.diff(codes[order]) == 0) & (np.abs(np.diff(batch.times[rows[order]])) <= _AT_ONCE_NS)
        pairs = np.stack([rows[order][:-1][again], rows[order][1:][again]], axis=1)
        doubled = pairs[_same_bytes(packets, pairs)][:, 1]
        tally.count += len(doubled)
        tally.keep(batch, np.sort(doubled))

    def findings(self) -> Iterator[Finding]:
        """How many frames stand twice."""
        found = [one for one in self._doubled.values() if one.count >= _LEAST and one.count * _SHARE >= one.packets]
        if not found:
            return
        total, packets = sum(one.count for one in found), sum(one.packets for one in found)
        text = (
            f"{listed(one.name for one in found)}: {total} of {packets} packets have the same bytes as one just "
            "before, at the same interface: they were sent once."
        )
        scope = "Whether a mirror port, a merged file or the network made the copies is not seen."
        shown = [(one, f"{one.count} of {one.packets} packets stand twice") for one in found]
        yield finding(NAME, text, scope, shown)


def _to_one(packets: Packets) -> NDArray[np.bool_]:
    """IP packets for one receiver whose time and bytes are there."""
    there = packets.column("frame.time_epoch").valid & packets.column("frame.offset").valid
    there &= packets.column("ip.src").valid | packets.column("ipv6.src").valid
    for name in ("eth.dst", "outer.eth.dst"):
        receiver = packets.column(name)
        there &= ~(receiver.valid & ((receiver.values.astype(np.uint64) >> np.uint64(40)) & np.uint64(1)).astype(bool))
    return there


def _same_bytes(packets: Packets, pairs: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which pairs of rows have the same bytes, as far as they are compared."""
    same = np.ones(len(pairs), dtype=bool)
    for place, (one, other) in enumerate(pairs[:MAX_COMPARED].tolist()):
        same[place] = packets.bytes_of(one) == packets.bytes_of(other)
    return same
