"""Which frame does an ICMP error quote?

Law: the quoted packet is looked for among the packets that passed before the error, innermost ones and those of
tunnels: addresses, protocol, ports or echo numbers must agree, and what tells packets of one flow apart: the
identification of IPv4, the sequence number of TCP. The latest one is meant. What an address translation changed on the
way is not found.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.explain.flows import address, flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

    Rows = NDArray[np.intp]

KEPT = 4096  # packets of earlier batches that an error may quote
MAX_ERRORS = 16384  # of one batch; a flood of them teaches nothing more
COPIES = 16  # of one packet on its way past the interfaces of a node, at most
_ERRORS = (("icmp.type", (3, 5, 11, 12)), ("icmpv6.type", (1, 2, 3, 4, 137)))  # RFC 792, RFC 4443, RFC 4861
_REDIRECTS = (("icmp.type", 5), ("icmpv6.type", 137))
_MIX = np.uint64(0x9E3779B97F4A7C15)
# What names a packet within its two addresses, by protocol: two 16 bit numbers and one that tells flow mates apart.
_NAMED_BY = (
    (6, "tcp.srcport", "tcp.dstport", "tcp.seq_raw"),
    (17, "udp.srcport", "udp.dstport", "udp.length"),
    (132, "sctp.srcport", "sctp.dstport", None),
    (1, "icmp.ident", "icmp.seq", None),
    (58, "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", None),
)


class Quoted(NamedTuple):
    """An ICMP error and the frame that it quotes: `row`, `number` and `error_time_ns` of the error, `frame` quoted.

    `rejected` are the rows of the quoted packet and its copies; none for a redirect, which forwards it.
    """

    row: int
    number: int
    error_time_ns: int
    frame: int
    time_ns: int
    rejected: list[int]


class Quotes:
    """Finds what the ICMP errors of one capture quote, batch by batch."""

    def __init__(self) -> None:
        self._words = np.zeros((0, 6), dtype=np.uint64)
        self._frames = np.zeros((0, 2), dtype=np.int64)  # number and time

    def match(self, packets: Packets, errors: Rows) -> Iterator[Quoted]:
        """The errors of the next batch whose quoted packet is known."""
        count = len(packets)
        numbers, times = packets.column("frame.number").values, packets.times()
        tail = np.arange(max(0, count - KEPT), count)
        if len(errors):
            yield from self._found(packets, errors, numbers.astype(np.int64), times)
        tails = [_packets(packets, tail, level) for level in ("", "outer.")]
        words, rows = (np.concatenate(pair) for pair in zip(*tails, strict=True))
        told = np.column_stack((numbers[rows].astype(np.int64), times[rows]))
        self._words = np.concatenate((self._words, words))[-2 * KEPT :]
        self._frames = np.concatenate((self._frames, told))[-2 * KEPT :]

    def _found(
        self, packets: Packets, errors: Rows, numbers: NDArray[np.int64], times: NDArray[np.int64]
    ) -> Iterator[Quoted]:
        wanted = _words(packets, errors, "quoted.")
        digests = _digest(wanted)
        words, rows = [self._words], [np.arange(-len(self._words), 0)]
        for level in ("", "outer."):
            these, of = _packets(packets, np.arange(len(packets)), level)
            likely = np.isin(_digest(these), digests)
            words.append(these[likely])
            rows.append(of[likely])
        all_rows = np.concatenate(rows)
        places: dict[bytes, list[int]] = {}
        for key, row in zip(map(bytes, np.concatenate(words)), all_rows.tolist(), strict=True):
            places.setdefault(key, []).append(row)
        for found in places.values():
            found.sort()
        redirects = np.zeros(len(packets), dtype=bool)
        for name, code in _REDIRECTS:
            redirects |= packets.column(name).valid & (packets.column(name).values == code)
        for key, row in zip(map(bytes, wanted), errors.tolist(), strict=True):
            same = places.get(key, [])
            end = bisect_left(same, row)
            if not end:
                continue
            quoted = same[end - 1]
            frame, time = (numbers[quoted], times[quoted]) if quoted >= 0 else self._frames[quoted]
            copies = [] if redirects[row] else [one for one in same[max(end - COPIES, 0) : end] if one >= 0]
            yield Quoted(row, int(numbers[row]), int(times[row]), int(frame), int(time), copies)


def errors_of(packets: Packets) -> Rows:
    """The rows that are ICMP errors, or redirects, with the packet that they are about."""
    found = np.zeros(len(packets), dtype=bool)
    for name, codes in _ERRORS:
        column = packets.columns.get(name)
        if column is not None:
            found |= column.valid & np.isin(column.values, codes)
    quoted = packets.column("quoted.ip.src").valid | packets.column("quoted.ipv6.src").valid
    return np.flatnonzero(found & quoted)[:MAX_ERRORS]


def quoted_flows(packets: Packets, errors: Rows, rows: Rows) -> NDArray[np.bool_]:
    """Which of `rows`, TCP or UDP, are of a conversation that an error quotes; shape (k,)."""
    met = np.zeros(len(rows), dtype=bool)
    for transport in ("tcp", "udp"):
        of = np.flatnonzero(packets.column(f"{transport}.srcport").valid[rows])
        about = errors[packets.column(f"quoted.{transport}.srcport").valid[errors]]
        if len(about) and len(of):
            told = set(map(bytes, flows(packets, about, transport, "quoted.").words))
            met[of] = [bytes(one) in told for one in flows(packets, rows[of], transport).words]
            answered = set(map(bytes, _asked(packets, about, transport)))
            met[of] |= [bytes(one) in answered for one in _asking(packets, rows[of], transport)]
    return met


def _asking(packets: Packets, rows: Rows, transport: str) -> NDArray[np.uint64]:
    """Sender with port, and receiver, of packets; shape (k, 5)."""
    return np.column_stack(
        (
            *address(packets, rows, "ipv6.src", "ip.src"),
            packets.column(f"{transport}.srcport").values[rows].astype(np.uint64),
            *address(packets, rows, "ipv6.dst", "ip.dst"),
        )
    )


def _asked(packets: Packets, errors: Rows, transport: str) -> NDArray[np.uint64]:
    """The same of what errors are about, as its sender knows it: a service that was translated answers as itself."""
    return np.column_stack(
        (
            *address(packets, errors, "ipv6.dst", "ip.dst"),
            packets.column(f"quoted.{transport}.srcport").values[errors].astype(np.uint64),
            *address(packets, errors, "ipv6.src", "ip.src"),
        )
    )


def _packets(packets: Packets, rows: Rows, level: str) -> tuple[NDArray[np.uint64], Rows]:
    """The words of those rows that have an IP packet at a level, and which these are."""
    there = packets.column(f"{level}ip.src").valid | packets.column(f"{level}ipv6.src").valid
    rows = rows[there[rows]]
    return _words(packets, rows, level), rows


def _words(packets: Packets, rows: Rows, level: str) -> NDArray[np.uint64]:
    """What names each packet, shape (k, 6)."""
    words = np.zeros((len(rows), 6), dtype=np.uint64)
    words[:, 0], words[:, 1] = address(packets, rows, f"{level}ipv6.src", f"{level}ip.src")
    words[:, 2], words[:, 3] = address(packets, rows, f"{level}ipv6.dst", f"{level}ip.dst")
    for protocol, one, other, more in _NAMED_BY:
        first, second = packets.column(level + one), packets.column(level + other)
        there = first.valid[rows] & second.valid[rows]
        named = first.values[rows].astype(np.uint64) << np.uint64(16) | second.values[rows]
        words[:, 4] |= np.where(there, named | np.uint64(protocol << 32), 0).astype(np.uint64)
        if more is not None:
            column = packets.column(level + more)
            words[:, 5] |= np.where(there & column.valid[rows], column.values[rows], 0).astype(np.uint64)
    ident = packets.column(f"{level}ip.id")
    words[:, 5] |= np.where(ident.valid[rows], ident.values[rows].astype(np.uint64) << np.uint64(32), np.uint64(0))
    return words


def _digest(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    found = np.zeros(len(words), dtype=np.uint64)
    for column in range(words.shape[1]):
        found = (found ^ (found >> np.uint64(29)) ^ words[:, column]) * _MIX
    return found
