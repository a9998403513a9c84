"""What else do the captures show that has to do with a loss?

Law: ICMP errors belong to it that quote a packet of the conversation or of the tunnel around it, unanswered questions
for a MAC that were asked while it went on, and the packets between the same two ends that were not lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.losses.model import turned

if TYPE_CHECKING:
    from collections.abc import Container

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.losses.collect import Collection
    from vxlan_dissect.losses.model import Conversation, ErrorMessage, Key, Loss

_AROUND_NS = 5_000_000_000  # an address that is not resolved is reported after three seconds (RFC 4861 section 10)
MAX_SIZES = 64  # sizes of packets that passed, remembered of one pair of ends


class Surroundings:
    """The errors, questions and packets that passed, of one collection; `lossy` are its conversations with losses."""

    def __init__(self, collection: Collection, lossy: Container[Key]) -> None:
        self._collection = collection
        self._of_ends: dict[tuple[IP, IP], list[ErrorMessage]] = {}
        for key, errors in collection.errors.items():
            self._of_ends.setdefault((key.begins, key.answers), []).extend(errors)
            self._of_ends.setdefault((key.answers, key.begins), []).extend(errors)
        self._passed: dict[tuple[IP, IP], set[int]] = {}
        for key, conversation in collection.conversations.items():
            if key not in lossy:
                self._learn(conversation)

    def added(self, loss: Loss) -> Loss:
        """The loss with what has to do with it."""
        ends = _tunnel_ends(loss)
        errors = [error for pair in ends for error in self._of_ends.get(pair, ())]
        for conversation in loss.conversations:
            key = conversation.key
            for one in (key, turned(key)):
                errors += self._collection.errors.get(one, ())
        questions = [
            question
            for question in self._collection.questions
            if loss.begin_ns - _AROUND_NS <= question.time_ns <= loss.end_ns + _AROUND_NS
        ]
        passed = sorted({*loss.passed, *self._passed.get((loss.key.begins, loss.key.answers), ())})
        return loss._replace(
            errors=tuple(errors), questions=tuple(questions), passed=tuple(passed), tunnel_ends=tuple(ends)
        )

    def _learn(self, conversation: Conversation) -> None:
        """Sizes of packets that were answered."""
        there, back = conversation.seen
        sizes = self._passed.setdefault((conversation.key.begins, conversation.key.answers), set())
        answered = {number for tally in back.values() for number in tally.units}
        for tally in there.values():
            sizes |= {unit.size for number, unit in tally.units.items() if number in answered}
            if not tally.units and tally.reached and not tally.repeated:
                sizes.add(tally.largest)
        while len(sizes) > MAX_SIZES:
            sizes.pop()


def _tunnel_ends(loss: Loss) -> set[tuple[IP, IP]]:
    """The two ends of the tunnels that the packets are in, or would be in: the cards of the two nodes."""
    ends: set[tuple[IP, IP]] = set()
    for context in loss.contexts():
        outer = context.outer
        if outer is not None and outer.src.ip is not None and outer.dst.ip is not None:
            ends.add((outer.src.ip, outer.dst.ip))
    tunnels = [hop.node for hop in loss.hops if hop.role == "tunnel"]
    if not ends and len(tunnels) == 2:
        wiring = loss.context.names.wiring
        for version in (4, 6):
            src, dst = (wiring.address_on_card(node, version) for node in tunnels)
            if src is not None and dst is not None:
                ends.add((src, dst))
    return ends
