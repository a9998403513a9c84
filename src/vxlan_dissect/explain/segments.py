"""What do TCP segments say that tells how a connection goes?

Law: one array a property, one place a frame; what a frame does not say is -1, so that it equals nothing that is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.explain.flows import flows, points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

FIN_BIT, SYN_BIT, RST_BIT, ACK_BIT = 1, 2, 4, 16  # bits of tcp.flags


class Segments(NamedTuple):
    """TCP frames, one array of length k a property. `way`: where on its way the packet was; -1 for what is absent."""

    frame: Ints
    time: Ints
    words: NDArray[np.uint64]
    turned: Mask
    placed: Mask
    seq: Ints
    ack: Ints
    length: Ints
    flags: Ints
    window: Ints
    ident: Ints
    stamp: Ints
    way: Ints
    port: Ints

    def take(self, rows: NDArray[np.intp]) -> Segments:
        """The frames that an index picks."""
        return Segments(*(array[rows] if len(array) else array for array in self))  # type: ignore[arg-type]

    def before(self, later: Segments) -> Segments:
        """These frames and then those."""
        return Segments(*(np.concatenate(pair) for pair in zip(self, later, strict=True)))


def _rows(packets: Packets) -> NDArray[np.intp]:
    ports = packets.columns.get("tcp.srcport")
    if ports is None:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(ports.valid & ~packets.column("frame.reassembled_in").valid)


def segments(packets: Packets) -> tuple[NDArray[np.intp], Segments]:
    """The rows that are whole TCP segments, and what they say."""
    rows = _rows(packets)

    def column(name: str, absent: int = -1) -> Ints:
        found = packets.columns.get(name)
        if found is None:
            return np.full(len(rows), absent, dtype=np.int64)
        return np.where(found.valid[rows], found.values[rows].astype(np.int64), absent)

    words, turned = flows(packets, rows, "tcp")
    limit = np.maximum(column("ip.ttl"), column("ipv6.hlim"))
    return rows, Segments(
        frame=column("frame.number"),
        time=packets.times()[rows],
        words=np.column_stack((words, points(packets, rows))),
        turned=turned,
        placed=column("tcp.seq_raw") >= 0,
        seq=column("tcp.seq_raw"),
        ack=column("tcp.ack_raw"),
        length=column("tcp.len", 0),
        flags=column("tcp.flags", 0),
        window=column("tcp.window_size_value"),
        ident=column("ip.id"),
        stamp=column("tcp.options.timestamp.tsval"),
        way=column("frame.tunnels", 0) << 24 | (limit & 0xFFFF) << 8 | column("sll.pkttype", 0) & 0xFF,
        port=column("outer.udp.srcport"),
    )
