"""Which address stands for which other one in this capture?

Law: a translation is seen where one packet passes twice with different receivers: the SYN of a connection, by its
sequence number and timestamp, or a datagram, by its sender, identification and length. The first sighting is the packet
before, the later one after. A packet that is only forwarded keeps both addresses and teaches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.explain.flows import address
from vxlan_dissect.explain.segments import ACK_BIT, RST_BIT, SYN_BIT
from vxlan_dissect.group import group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.packets import Packets

    Rows = NDArray[np.intp]

MAX_FRONTS = 4096  # translated addresses of one capture: a scan must not exhaust memory
MAX_BACKENDS = 16  # of one of them
NEAR_NS = 1_000_000_000  # a translated packet passes again at once; a SYN that is repeated later is another one


class Backend(NamedTuple):
    """Where packets to an address go on to: `before` and `after` are frames that show it."""

    ip: IP
    port: int
    before: int
    after: int


class Translations:
    """The receivers that were exchanged for others in one capture, batch by batch."""

    def __init__(self) -> None:
        self._fronts: dict[tuple[IP, int], dict[tuple[IP, int], Backend]] = {}
        self.count = 0  # backends of all addresses

    def learn(self, packets: Packets) -> None:
        """Take in the next batch."""
        for rows, words, transport in (_openings(packets), _datagrams(packets)):
            if len(rows) > 1:
                self._learn(packets, rows, words, transport)

    def backends(self, ip: IP | None, port: int | None) -> tuple[Backend, ...]:
        """What stands behind an address and port, none where no translation of it was seen."""
        if ip is None or port is None:
            return ()
        return tuple(self._fronts.get((ip, port), {}).values())

    def _learn(self, packets: Packets, rows: Rows, words: NDArray[np.uint64], transport: str) -> None:
        codes, _ = group(packets, (), [words], np.arange(len(rows)))
        order = np.argsort(codes, kind="stable")
        rows, codes = rows[order], codes[order]
        to = np.column_stack(
            (*address(packets, rows, "ipv6.dst", "ip.dst"), packets.column(f"{transport}.dstport").values[rows])
        )
        times = packets.times()[rows]
        changed = (codes[1:] == codes[:-1]) & (to[1:] != to[:-1]).any(axis=1) & (times[1:] - times[:-1] < NEAR_NS)
        places = np.flatnonzero(changed)
        if not len(places):
            return
        pairs = np.column_stack((to[places], to[places + 1]))
        _, firsts = group(packets, (), [pairs], np.arange(len(places)))
        for place in firsts[:MAX_FRONTS]:
            self._put(packets, int(rows[places[place]]), int(rows[places[place] + 1]), transport)

    def _put(self, packets: Packets, before: int, after: int, transport: str) -> None:
        sides = [(_receiver(packets, row), packets[row].integer(f"{transport}.dstport")) for row in (before, after)]
        (front, front_port), (back, back_port) = sides
        if front is None or back is None or front_port is None or back_port is None or front == back:
            return
        # The answer of a service that was translated back must not make the service a backend.
        if (front, front_port) in self._fronts.get((back, back_port), {}):
            return
        if (front, front_port) not in self._fronts and len(self._fronts) >= MAX_FRONTS:
            return
        known = self._fronts.setdefault((front, front_port), {})
        if (back, back_port) not in known and len(known) < MAX_BACKENDS:
            known[back, back_port] = Backend(back, back_port, packets[before].number, packets[after].number)
            self.count += 1


def _receiver(packets: Packets, row: int) -> IP | None:
    return packets[row].ip("ipv6.dst") or packets[row].ip("ip.dst")


def _openings(packets: Packets) -> tuple[Rows, NDArray[np.uint64], str]:
    """SYNs, and what stays of each on its way."""
    flags, seq = packets.column("tcp.flags"), packets.column("tcp.seq_raw")
    asks = (flags.values & (SYN_BIT | ACK_BIT | RST_BIT)) == SYN_BIT
    rows = np.flatnonzero(flags.valid & seq.valid & asks)
    stamp = packets.column("tcp.options.timestamp.tsval")
    words = np.column_stack(
        (
            seq.values[rows],
            np.where(stamp.valid[rows], stamp.values[rows], 0),
            packets.column("tcp.srcport").values[rows],
        )
    )
    return rows, words.astype(np.uint64), "tcp"


def _datagrams(packets: Packets) -> tuple[Rows, NDArray[np.uint64], str]:
    """Datagrams that bear an identification, and what stays of each on its way."""
    port, length = packets.column("udp.srcport"), packets.column("udp.length")
    old, new = packets.column("ip.id"), packets.column("ipv6.flow")
    ident = np.where(old.valid, old.values, np.where(new.valid, new.values, 0)).astype(np.uint64)
    rows = np.flatnonzero(port.valid & length.valid & (ident != 0))
    words = np.column_stack((port.values[rows], length.values[rows], ident[rows]))
    source = address(packets, rows, "ipv6.src", "ip.src")
    return rows, np.column_stack((words.astype(np.uint64), *source)), "udp"
