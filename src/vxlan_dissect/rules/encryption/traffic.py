"""What encrypted traffic do two nodes exchange in a batch?

Law: counted over all frames of a batch at once, once a batch; a pair of nodes is named by their outer addresses, in the
order sender, receiver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from vxlan_dissect.group import group
from vxlan_dissect.rules.heard import values_by

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.packets import Packet, Packets

INITIATION, RESPONSE, COOKIE, DATA = 1, 2, 3, 4
_ENDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
MOST = 4096  # pairs of nodes that are counted

Pair = tuple["IP", "IP"]


class Sent(NamedTuple):
    """WireGuard messages from one node to another: how many of each type, and when the first and the last came."""

    counts: dict[int, int]
    first_ns: int
    last_ns: int


_kept: WeakKeyDictionary[Packets, dict[Pair, Sent]] = WeakKeyDictionary()


def pair_of(packet: Packet) -> Pair | None:
    """Sender and receiver of an encrypted packet."""
    src = packet.ip("ip.src") or packet.ip("ipv6.src")
    dst = packet.ip("ip.dst") or packet.ip("ipv6.dst")
    return None if src is None or dst is None else (src, dst)


def wireguard(packets: Packets) -> dict[Pair, Sent]:
    """What each node sent to each other in WireGuard."""
    found = _kept.get(packets)
    if found is None:
        found = _kept[packets] = {}
        kinds = packets.column("wg.type")
        chosen = np.flatnonzero(kinds.valid)
        codes, firsts = group(packets, (*_ENDS, "wg.type"), rows=chosen)
        times, count = packets.times()[chosen], np.bincount(codes, minlength=len(firsts))
        begin, end = np.full((2, len(firsts)), np.iinfo(np.int64).max)
        np.minimum.at(begin, codes, times)
        np.minimum.at(end, codes, -times)
        for code, packet in enumerate(map(packets.__getitem__, firsts)):
            pair, kind = pair_of(packet), packet.integer("wg.type")
            if pair is None or kind is None or (pair not in found and len(found) >= MOST):
                continue
            first, last = int(begin[code]), -int(end[code])
            known = found.get(pair, Sent({}, first, last))
            known.counts[kind] = int(count[code])
            found[pair] = Sent(known.counts, min(first, known.first_ns), max(last, known.last_ns))
    return found


def spis(packets: Packets, pair: Pair) -> tuple[int, ...]:
    """The SPIs of ESP from one node to another, in order."""
    src, dst = pair
    ends = (src, dst, None, None) if src.version == 4 else (None, None, src, dst)
    seen = values_by(packets, _ENDS, "esp.spi").get(ends, ())
    return tuple(sorted(spi for spi in seen if isinstance(spi, int)))
