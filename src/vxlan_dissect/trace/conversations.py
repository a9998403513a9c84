"""Which conversation is a frame of, in whichever direction?

Law: one number for both directions, from the innermost addresses and ports alone, so that a frame of a batch and a
record that is kept of one have the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.losses.collect import ECHOES
from vxlan_dissect.losses.model import FORWARD
from vxlan_dissect.trace.fingerprint import is_error, mixed, ports_of, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

_PAIRS = (("ip.src", "ip.dst"), ("ipv6.src", "ipv6.dst"))
NEITHER, ASKS, ANSWERS = 0, 1, 2  # what an echo is, see `echoes`
_ASIDE = ("arp.opcode", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address")


def conversations(packets: Packets) -> NDArray[np.uint64]:
    """The number of the conversation of each frame, shape (n,)."""
    return conversation_of(ends_of(packets), ports_of(packets))


def conversation_of(ends: NDArray[np.uint64], ports: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """The same of frames whose two ends are known; `ports` as in `Prints`."""
    src, dst = (ports >> np.uint32(16)).astype(np.uint64), (ports & np.uint32(0xFFFF)).astype(np.uint64)
    return mixed(ends, mixed(src + np.uint64(1)) + mixed(dst + np.uint64(1)))


def ends_of(packets: Packets) -> NDArray[np.uint64]:
    """A number for the two addresses of each frame, whichever of them sends, shape (n,)."""
    total = np.zeros(len(packets), dtype=np.uint64)
    for pair in _PAIRS:
        for name in pair:
            column = packets.columns.get(name)
            if column is not None:
                total += np.where(column.valid, mixed(*words_of(column.values)), np.uint64(0))
    return total


def echoes(packets: Packets) -> NDArray[np.uint8]:
    """Which frames are echo requests (ASKS) or replies (ANSWERS), shape (n,)."""
    found = np.full(len(packets), NEITHER, dtype=np.uint8)
    for (family, code), direction in ECHOES.items():
        kind = packets.column(f"{family}.type")
        found[kind.valid & (kind.values == code)] = ASKS if direction == FORWARD else ANSWERS
    return found


def tells_why(packets: Packets) -> NDArray[np.bool_]:
    """Which frames may say why another was lost: ICMP errors, ARP and neighbour discovery."""
    found = is_error(packets)
    for name in _ASIDE:
        found |= packets.column(name).valid
    return found
