"""Under which other addresses did the packets of a conversation travel?

Law: translation changes one end and keeps the rest: masquerading the sender, a service the receiver (Linux nf_nat,
Cilium bpf/lib/nat.h and lb.h). Two conversations are taken for one only where everything else agrees and one of them
begins while the other goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.losses.model import BACK, FORWARD, Conversation

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from vxlan_dissect.losses.model import Key

_TOGETHER_NS = 1_000_000_000


class Twins:
    """The conversations of a collection, by what translation keeps."""

    def __init__(self, conversations: Iterable[Conversation]) -> None:
        self._found: dict[Hashable, list[Conversation]] = {}
        for conversation in conversations:
            for kept in _kept(conversation.key):
                self._found.setdefault(kept, []).append(conversation)

    def whole(self, conversation: Conversation) -> tuple[Conversation, set[Key]]:
        """The conversation with what its translated selves showed, and which these are."""
        others = {
            id(other): other
            for kept in _kept(conversation.key)
            for other in self._found[kept]
            if other is not conversation and _together(conversation, other)
        }
        joined = Conversation(conversation.key, (dict(conversation.seen[FORWARD]), dict(conversation.seen[BACK])))
        for other in others.values():
            for direction in (FORWARD, BACK):
                for spot, tally in other.seen[direction].items():
                    joined.seen[direction].setdefault(spot, tally)
        return joined, {other.key for other in others.values()}


def _kept(key: Key) -> Iterator[Hashable]:
    yield "receiver", key.protocol, key.answers, key.to_port
    yield "sender", key.protocol, key.begins, key.port
    if key.protocol in ("icmp", "icmpv6"):  # BPF masquerading changes the identifier too
        yield "receiver", key.protocol, key.answers


def _together(one: Conversation, other: Conversation) -> bool:
    (begin, end), (other_begin, other_end) = _span(one), _span(other)
    if other_begin > end + _TOGETHER_NS or begin > other_end + _TOGETHER_NS:
        return False
    # Two senders that ask one receiver at the same time are translated only where no place shows both.
    places, others = ({spot.at for spot in each.seen[FORWARD]} for each in (one, other))
    return not places & others and _like(one, other)


def _like(one: Conversation, other: Conversation) -> bool:
    """Whether one may be the other translated: the same numbers of echoes; for the rest the ports have agreed."""
    if one.key.protocol not in ("icmp", "icmpv6"):
        return one.key.begins != other.key.begins or one.key.answers != other.key.answers
    numbers, others = (
        {number for side in each.seen for tally in side.values() for number in tally.units} for each in (one, other)
    )
    return bool(numbers & others) and (one.key.begins == other.key.begins) != (one.key.answers == other.key.answers)


def _span(conversation: Conversation) -> tuple[int, int]:
    tallies = [tally for side in conversation.seen for tally in side.values()]
    return min(tally.first_ns for tally in tallies), max(tally.last_ns for tally in tallies)
