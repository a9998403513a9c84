"""What that varies within a flow do rules speak of?

Law: lengths, checksums and the like differ from frame to frame and are no part of a context; what rules want to know of
them is here, as a few codes, and these are a part of it. So a sentence such as "longer than the MTU" is true of every
frame that shares it. Checksums cost a pass over all bytes, so they are judged in the first CHECKED frames only.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from vxlan_dissect.derived.checksums import BAD, PARTIAL

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.packets import Packet, Packets

    Array = NDArray[Any]

CHECKED = 65_536  # frames of a capture whose checksums are judged: a tenth of a second
SPOKEN_OF = (BAD, PARTIAL)  # states of a checksum of which rules speak
USUAL_MTU = 1500
OVERHEADS = (0, 20, 40, 50, 58, 70)  # of tunnels: what is left of an MTU is a limit, too
_LEVELS = ("", "outer.")
_SUMS = ("tcp", "udp", "icmp", "icmpv6")
_MOST = 8  # different MTUs that are told apart
_LENGTHS = (("ip.len", 0), ("ipv6.plen", 40))  # columns, and the bytes of the header that each leaves out

_heads: WeakKeyDictionary[Packets, Packets] = WeakKeyDictionary()


def traits_of(packets: Packets, inventory: Inventory) -> list[Array]:
    """Arrays of shape (n,), of few distinct values, by which frames with different things to say are told apart."""
    limits = _limits(inventory)
    found = [_class(ip_lengths(packets, level), limits) for level in _LEVELS]
    zero = packets.column("outer.udp.checksum")
    found.append(zero.valid & (zero.values == 0))
    found.append(packets.column("frame.reassembled_in").valid)
    head = _head(packets)
    for level in _LEVELS:
        for name in _SUMS:
            if level + f"{name}.checksum" in packets.columns:
                # Of a sum that is right, or was not judged, nothing is said.
                codes = np.zeros(len(packets), dtype=np.uint8)
                if len(head):
                    status = head.derived(f"{level}{name}.checksum.status")
                    told = status.valid & np.isin(status.values, SPOKEN_OF)
                    codes[: len(head)][told] = status.values[told] + 1
                found.append(codes)
    return found


def ip_length(packet: Packet, level: str = "") -> int | None:
    """The length of the IP packet at a level, header and all; None where it has none or was put together."""
    if packet.get("frame.fragments") is not None:
        return None
    for name, header in _LENGTHS:
        said = packet.integer(level + name)
        if said is not None:
            return said + header if said else packet.integer("frame.len")
    return None


def checksum(packet: Packet, name: str) -> int | None:
    """The code of CHECKSUM_STATES of a checksum such as `outer.udp`; None where it has none or was not judged."""
    if f"{name}.checksum" not in packet.packets.columns:
        return None
    head = _head(packet.packets)
    if packet.row >= len(head):
        return None
    status = head.derived(f"{name}.checksum.status")
    return int(status.values[packet.row]) if status.valid[packet.row] else None


def ip_lengths(packets: Packets, level: str = "") -> NDArray[np.int64]:
    """Lengths of the IP packets at a level, shape (n,); 0 where unknown.

    That of a datagram which was put together is not that of its last fragment, so it is unknown. A length of zero in
    the header is that of a packet beyond 65535 bytes, which its frame tells.
    """
    frame = packets.column("frame.len")
    size = np.where(frame.valid, frame.values, 0).astype(np.int64)
    lengths = np.zeros(len(size), dtype=np.int64)
    for name, header in _LENGTHS:
        column = packets.column(level + name)
        said = column.values.astype(np.int64)
        lengths = np.where(column.valid, np.where(said > 0, said + header, size), lengths)
    return np.where(packets.column("frame.fragments").valid, 0, lengths)


def _limits(inventory: Inventory) -> Array:
    mtus = Counter(interface.mtu for interface in inventory.interfaces if interface.mtu is not None)
    mtus.update(route.mtu for route in inventory.routes if route.mtu is not None)
    often = [USUAL_MTU, *(mtu for mtu, _ in mtus.most_common(_MOST))]
    return np.array(sorted({mtu - overhead for mtu in often for overhead in OVERHEADS}), dtype=np.int64)


def _class(lengths: NDArray[np.int64], limits: Array) -> Array:
    """Between which limits a length lies, or which it equals."""
    places = np.searchsorted(limits, lengths, "left") + np.searchsorted(limits, lengths, "right")
    return places.astype(np.uint8)


def _head(packets: Packets) -> Packets:
    """The frames of a batch whose checksums are judged."""
    numbers = packets.column("frame.number").values
    # A batch is judged whole or not: frames of one flow in it that differ in nothing but that share a situation.
    if len(packets) <= CHECKED and len(packets) and int(numbers[0]) <= CHECKED:
        return packets
    # In the dtype of the column: else all of it is converted for each question.
    count = int(np.searchsorted(numbers, numbers.dtype.type(CHECKED), "right")) if len(packets) > CHECKED else 0
    found = _heads.get(packets)
    if found is None:
        found = _heads[packets] = packets[:count]
    return found
