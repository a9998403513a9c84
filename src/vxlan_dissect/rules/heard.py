"""Does anything come back from whom a frame is for?

Law: an exchange that is matched by number decides; where there is none, any packet of the batch from the one to the
other counts as an answer. That nothing came is said only where it had time to come. Each question is answered once a
batch, over all its frames at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from vxlan_dissect.explain.pair import ANSWERED, ANSWERS, COPY, OPEN, UNANSWERED, UNASKED
from vxlan_dissect.group import group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.packets import Packet, Packets, Value

MOST = 65_536  # different values that are remembered of a batch
TIME_NS = 200_000_000  # for an answer through a tunnel; round trips between nodes take a few ms
_ENDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")

Row = tuple["Value", ...]
_seen: WeakKeyDictionary[Packets, dict[tuple[str, ...], frozenset[Row]]] = WeakKeyDictionary()
_values: WeakKeyDictionary[Packets, dict[tuple[str, ...], dict[Row, set[Value]]]] = WeakKeyDictionary()


def rows(packets: Packets, names: Sequence[str]) -> frozenset[Row]:
    """The different values that frames of a batch have in some columns, each as a tuple in the order of `names`.

    Empty where there are more than MOST, as in a flood of forged addresses: then nothing is told of any.
    """
    kept = _seen.setdefault(packets, {})
    key = tuple(names)
    if key not in kept:
        _, firsts = group(packets, key)
        some = firsts if len(firsts) <= MOST else ()
        kept[key] = frozenset(tuple(packet.get(name) for name in key) for packet in map(packets.__getitem__, some))
    return kept[key]


def values_by(packets: Packets, names: Sequence[str], column: str) -> Mapping[Row, set[Value]]:
    """The values that `rows` has in `column`, by those that it has in `names`: to look up one row among thousands."""
    kept = _values.setdefault(packets, {})
    key = (*names, column)
    if key not in kept:
        kept[key] = {}
        for *row, value in rows(packets, key):
            kept[key].setdefault(tuple(row), set()).add(value)
    return kept[key]


def comes_back(context: Context) -> bool | None:
    """Whether something comes back from the receiver of a packet; None where it had no time to, or none is due."""
    if context.exchange in (ANSWERED, ANSWERS, COPY, UNASKED):
        return True
    if context.exchange == UNANSWERED:
        return False
    seen = rows(context.packet.packets, _ENDS)
    if not seen:
        return None
    if context.exchange != OPEN and _answer_to(context.packet) in seen:
        return True
    dst = context.dst.ip
    if dst is None or dst.is_multicast or context.src.ip is None:
        return None
    if context.exchange != OPEN and (context.get("tcp.srcport") is None or not both_ways(context)):
        return None  # a datagram need not be answered, and a capture may have one direction only
    return False if rest_ns(context.packet) >= TIME_NS else None


def receiver_sends_from_there(context: Context) -> bool:
    """Whether packets of the receiver come out of the tunnel of the node that the outer header names for it."""
    inner, node = context.dst.ip, context.outer.dst.ip if context.outer is not None else None
    if inner is None or node is None:
        return False
    senders = rows(context.packet.packets, ("ip.src", "ipv6.src", "outer.ip.src", "outer.ipv6.src"))
    return (*_by_version(inner), *_by_version(node)) in senders


def rest_ns(packet: Packet) -> int:
    """How long the batch goes on after a frame, in ns."""
    packets = packet.packets
    times = packets.times()
    return int(times[-1] - times[packet.row]) if len(packets) else 0


def both_ways(context: Context) -> bool:
    """Whether frames from the link-layer receiver of a frame pass here, too."""
    receiver = context.get("outer.eth.dst") if context.outer is not None else context.get("eth.dst")
    senders = rows(context.packet.packets, ("outer.eth.src", "eth.src"))
    return receiver is None or any(receiver == (outer if outer is not None else inner) for outer, inner in senders)


def _answer_to(packet: Packet) -> Row:
    sent = [packet.get(name) for name in _ENDS]
    return sent[1], sent[0], sent[3], sent[2]


def _by_version(ip: IP) -> tuple[IP | None, IP | None]:
    return (ip, None) if ip.version == 4 else (None, ip)
