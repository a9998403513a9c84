"""Which packets of which conversations went missing?

Law: an echo is followed by its number, a TCP stream by its bytes, since offload merges and splits segments, anything
else by its count. What was answered at the place where it began is not lost, whatever other captures lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.blind import host_end
from vxlan_dissect.explain.findings import FIRST_FRAMES
from vxlan_dissect.explain.statements import Endpoint
from vxlan_dissect.losses.about import Surroundings
from vxlan_dissect.losses.locate import HASTE_NS, PATIENCE_NS, SKEW_NS, Trail, Way, end_of, next_watched, trail_of
from vxlan_dissect.losses.model import BACK, FORWARD, Conversation, Loss, turned
from vxlan_dissect.losses.twins import Twins

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.places import At
    from vxlan_dissect.losses.collect import Collection
    from vxlan_dissect.losses.model import Coverage, Frame, Key, Tally, Unit

_UNITS = {
    ("icmp", FORWARD): "echo request", ("icmp", BACK): "echo reply", ("icmpv6", FORWARD): "echo request",
    ("icmpv6", BACK): "echo reply", ("udp", FORWARD): "UDP datagram", ("udp", BACK): "UDP datagram",
}  # fmt: skip


class _Known(NamedTuple):
    """What a collection knows beside its conversations.

    `ends` is the time of the last frame of each capture, `refused` are the conversations that ICMP errors quote.
    """

    coverage: tuple[Coverage, ...]
    ends: dict[str, int | None]
    delivers: bool
    refused: Container[Key]

    @classmethod
    def of(cls, collection: Collection) -> _Known:
        """What a collection knows."""
        coverage = tuple(collection.coverage.values())
        ends = {cover.capture: cover.end_ns for cover in coverage}
        return cls(coverage, ends, collection.delivers, collection.errors)


class _Gone(NamedTuple):
    """Where packets were last seen, and the first place that should have seen them and did not."""

    direction: int
    step: int
    missing: int | None
    beyond: At | None = None  # a place off the way that they reached after `step`


def losses(collection: Collection) -> Iterator[Loss]:
    """The losses of all conversations of a collection, one for each pair of places at which packets go missing."""
    twins = Twins(collection.conversations.values())
    known = _Known.of(collection)
    lossy: dict[Key, list[Loss]] = {}
    told: set[Key] = set()  # of which another one is the translated self
    # Under the pod's own address first: that is what its packets are called.
    for conversation in sorted(collection.conversations.values(), key=_is_of_no_pod):
        found = [] if conversation.key in told else _Search(conversation, known).losses()
        if found:
            whole, others = twins.whole(conversation)
            found = _Search(whole, known).losses() if others else found
            told |= others if found else set()
        if found:
            lossy[conversation.key] = found
    about = Surroundings(collection, lossy)
    for found in lossy.values():
        yield from map(about.added, found)


def _is_of_no_pod(conversation: Conversation) -> bool:
    return all(spot.at.pod is None for side in conversation.seen for spot in side)


class _Search:
    """The losses of one conversation."""

    def __init__(self, conversation: Conversation, known: _Known) -> None:
        self._conversation, self._known = conversation, known
        key = conversation.key
        self._refused = key in known.refused or turned(key) in known.refused
        self._there = trail_of(conversation, FORWARD, known.coverage)
        back = trail_of(conversation, BACK, known.coverage)
        self._back = back if back.tallies or not self._there.way.hops else _mirrored(self._there, back)

    def losses(self) -> list[Loss]:
        """The losses, first those of the way there."""
        if not self._there.tallies:
            return list(self._strays())  # nobody saw how it began, or nobody knows where that was
        if self._is_echo():
            return list(self._echoes())
        if self._conversation.key.protocol == "tcp":
            return list(self._stream())
        if self._conversation.key.protocol == "resolution":
            return list(self._questions())
        return list(self._datagrams())

    def _strays(self) -> Iterator[Loss]:
        """Echoes for an address that nobody has, seen only at a place off every way to it."""
        for spot, tally in self._there.off[:1] if self._is_echo() and self._is_for_nobody() else ():
            units = list(tally.units.values())
            if units and not self._is_open(units, waits=True):
                begin = self._named(FORWARD)
                yield Loss(
                    (self._conversation,), FORWARD, "echo request", len(units), len(units), spot.at, None, None,
                    tuple(tally.frames), tuple(sorted(unit.size for unit in units)), (), 0, (), None, None,
                    tally.context, tally.foreign, begin.src, begin.dst, True, tally.first_ns, tally.last_ns,
                )  # fmt: skip

    def _is_echo(self) -> bool:
        return self._conversation.key.protocol in ("icmp", "icmpv6")

    def _echoes(self) -> Iterator[Loss]:
        asked = _units(self._there)
        answered = _units(self._back)
        gone: dict[_Gone, list[Unit]] = {}
        arrived: list[Unit] = []
        numbers = {number: unit for units in asked.values() for number, unit in units.items()}
        for number, unit in numbers.items():
            where = self._gone(number, asked, answered)
            if where is None:
                arrived.append(unit)
            elif not self._begins_later(self._trail(where.direction), where.missing, unit.time_ns):
                gone.setdefault(where, []).append(unit)
        every = [unit for units in gone.values() for unit in units]
        for where, units in gone.items():
            if self._is_open(units if where.missing is None else every, waits=where.missing is None):
                continue
            yield self._loss(
                where, _UNITS[self._conversation.key.protocol, where.direction], len(units), len(numbers),
                frames=[unit.frame for unit in units], sizes=[unit.size for unit in units],
                passed=[unit.size for unit in arrived], fragments=max(unit.fragments for unit in units),
                tally=self._first,
            )  # fmt: skip

    def _gone(
        self, number: int, asked: dict[int, dict[int, Unit]], answered: dict[int, dict[int, Unit]]
    ) -> _Gone | None:
        """Where an echo went missing, None where its answer came back as far as can be seen."""
        replies = [step for step, units in answered.items() if number in units]
        if replies:
            # Places that captured nothing of the way back were perhaps on another one.
            missing = self._missing_back(max(replies))
            return None if missing is None else _Gone(BACK, max(replies), missing)
        last = max(step for step, units in asked.items() if number in units)
        beyond = self._beyond(number, last)
        if beyond is not None:
            return _Gone(FORWARD, last, None, beyond)
        missing = next_watched(self._there.way, last)
        if missing is None and self._answers_hidden(last) and not self._is_for_nobody():
            return None
        return _Gone(FORWARD, last, missing)

    def _is_for_nobody(self) -> bool:
        """Whether the packets are for an address of a pod range that nobody has: then there is no answer to hide."""
        ip, names = self._conversation.key.answers, self._named(FORWARD).names
        return names.of_ip(ip) is None and names.wiring.range_of(ip) is not None

    def _beyond(self, number: int, last: int) -> At | None:
        """A place off the way that an echo reached later: on the node of its last place, with a lower hop limit."""
        node = self._there.way.hops[last].node
        limits = [spot.hop_limit for spot, _ in self._there.tallies[last] if spot.hop_limit is not None]
        found = []
        for spot, tally in self._there.off:
            lower = spot.hop_limit is not None and bool(limits) and spot.hop_limit < min(limits)
            if number in tally.units and spot.at.node == node is not None and lower:
                holder = tally.context.dst.mac_owner
                # Of two ends of a veth that see it in the same microsecond the one with the MAC gets it.
                gets = holder is not None and holder.interface == spot.at.interface
                found.append((tally.units[number].time_ns, gets, spot.at))
        return max(found, key=lambda one: one[:2])[2] if found else None

    def _missing_back(self, last: int) -> int | None:
        """The place on the way back that should have seen a reply after `last`, None where there is none."""
        missing = next_watched(self._back.way, last)
        if missing is None:
            return None
        if self._is_blind(self._back.way.at(missing)):
            return self._missing_back(missing)
        return missing

    def _answers_hidden(self, step: int) -> bool:
        """Whether answers to what was seen at a place need not pass it visibly."""
        here = self._there.way.at(step)
        if self._is_blind(here):
            return True
        tally = self._there.tallies[step][0][1]
        hop = self._there.way.hops[step]
        # Only where the network sends everything back the same way does silence at a tunnel device mean something.
        if hop.role == "tunnel":
            return not tally.context.profile.sender_macs
        # Cilium redirects what the node itself sends into the tunnel before cilium_host shows it (bpf/bpf_host.c).
        return hop.role == "host" and tally.context.profile.sender_macs

    def _is_blind(self, at: At) -> bool:
        context = self._first.context
        if not context.is_cilium or at.pod is not None or host_end(context, at.node, at.interface) is None:
            return False
        # The nodes of a cluster are set up alike: one host end that shows a delivery speaks for all.
        past = context.profile.past_host_end
        return past is True or (past is None and not self._known.delivers)

    def _is_open(self, units: list[Unit], *, waits: bool) -> bool:
        """Whether the captures end too early for anything to be said of these packets.

        `waits`: an answer is what is missing. What an ICMP error answers is settled.
        """
        ends = [self._known.ends.get(unit.frame[0]) or 0 for unit in units]
        longest = max(end - unit.time_ns for end, unit in zip(ends, units, strict=True))
        if self._refused or longest >= PATIENCE_NS:
            return False
        return len(units) < 2 or (waits and longest < HASTE_NS)

    @property
    def _first(self) -> Tally:
        """What the first place of the way saw."""
        return next(iter(self._there.tallies.values()))[0][1]

    def _trail(self, direction: int) -> Trail:
        return self._there if direction == FORWARD else self._back

    def _begins_later(self, trail: Trail, missing: int | None, time_ns: int) -> bool:
        """Whether the capture at a place that lacks packets, and has others of their kind, began after them."""
        if missing is None or missing not in trail.tallies:
            return False
        captures = {spot.capture for spot, _ in trail.tallies[missing]}
        begins = [cover.begin_ns for cover in self._known.coverage if cover.capture in captures]
        return all(begin is not None and begin > time_ns for begin in begins)

    def _stream(self) -> Iterator[Loss]:
        there, back = _most(self._there), _most(self._back)
        if not back and any(tally.openings for tally in there.values()):
            yield from self._unanswered(there)
            return
        for direction, trail, tallies in ((FORWARD, self._there, there), (BACK, self._back, back)):
            yield from self._dropped(direction, trail, tallies)

    def _unanswered(self, there: dict[int, Tally]) -> Iterator[Loss]:
        """SYNs of which no answer is seen anywhere."""
        opened = {step: tally for step, tally in there.items() if tally.openings}
        if not opened or any(tally.reached or tally.refusals for tally in there.values()):
            return
        last = max(opened)
        missing = next_watched(self._there.way, last)
        if missing is None and self._answers_hidden(last):
            return
        tally = opened[min(opened)]
        end = max((self._known.ends.get(frame[0]) or 0 for frame in tally.frames), default=0)
        if end - tally.first_ns < PATIENCE_NS:
            return
        yield self._loss(
            _Gone(FORWARD, last, missing), "SYN", tally.openings, tally.openings, frames=tally.frames,
            sizes=[tally.largest], passed=[], fragments=0, tally=tally,
        )  # fmt: skip

    def _dropped(self, direction: int, trail: Trail, tallies: dict[int, Tally]) -> Iterator[Loss]:
        """Bytes that one place saw and the next did not, or that were sent again where only one place is known."""
        steps = sorted(tallies)
        # What only a later place shows twice was copied there, as by a bridge, and not sent again.
        again = tallies[steps[0]].repeated if steps else 0
        opened = tallies[steps[0]].openings if steps else 0
        if not again and opened < 2 and not self._unseen(trail, steps):
            return
        for step in steps:
            tally = tallies[step]
            missing = next_watched(trail.way, step)
            if missing is None or self._is_blind(trail.way.at(missing)):
                continue
            if self._begins_later(trail, missing, tally.first_ns + SKEW_NS):
                continue
            further = [tallies[later] for later in steps if later > step]
            most = max(((t.payload, t.openings) for t in further), default=(0, 0))
            lost = max(tally.payload - most[0], 0), max(tally.openings - most[1], 0)
            if not any(lost):
                continue
            beyond = tallies.get(missing)
            if beyond is not None and (beyond.payload, beyond.openings) >= (tally.payload, tally.openings):
                continue
            unit = "byte of TCP" if lost[0] else "SYN"
            yield self._loss(
                _Gone(direction, step, missing), unit, lost[0] or lost[1], tally.payload if lost[0] else tally.openings,
                frames=tally.repeats or tally.frames, sizes=[tally.largest_repeated or tally.largest],
                passed=[t.largest for t in further], fragments=0, tally=tally,
            )  # fmt: skip
            return
        if again and steps:
            tally = tallies[steps[-1]] if tallies[steps[-1]].repeated else tallies[steps[0]]
            step = next(number for number in reversed(steps) if tallies[number] is tally)
            yield self._loss(
                _Gone(direction, step, None), "byte of TCP", tally.repeated, tally.payload, frames=tally.repeats,
                sizes=[tally.largest_repeated], passed=[], fragments=0, tally=tally,
            )  # fmt: skip

    def _unseen(self, trail: Trail, steps: list[int]) -> bool:
        """Whether a place that was captured beyond the last sighting saw nothing at all."""
        return bool(steps) and next_watched(trail.way, steps[-1]) is not None and not self._back.tallies

    def _datagrams(self) -> Iterator[Loss]:
        for direction, trail in ((FORWARD, self._there), (BACK, self._back)):
            tallies = _most(trail)
            for step in sorted(tallies):
                missing = next_watched(trail.way, step)
                if missing is None or self._is_blind(trail.way.at(missing)):
                    continue
                most = max((tallies[later].packets for later in tallies if later > step), default=0)
                tally = tallies[step]
                if tally.packets > most and not self._begins_later(trail, missing, tally.first_ns + SKEW_NS):
                    yield self._loss(
                        _Gone(direction, step, missing), "UDP datagram", tally.packets - most, tally.packets,
                        frames=tally.frames, sizes=[tally.largest], passed=[], fragments=tally.fragments, tally=tally,
                    )  # fmt: skip
                    break

    def _named(self, direction: int) -> Context:
        """The situation that tells the two ends under the names that the conversation itself has."""
        ends = self._conversation.key.begins, self._conversation.key.answers
        own = ends if direction == FORWARD else ends[::-1]
        every = self._conversation.contexts(direction) or self._conversation.contexts(1 - direction)
        found = next((context for context in every if (context.src.ip, context.dst.ip) == own), every[0])
        if self._conversation.key.protocol == "resolution" and direction == FORWARD:
            asked = Endpoint(None, ends[1], found.names.of_ip(ends[1]), None)  # not the group that the question goes to
            return found._replace(dst=asked)
        return found

    def _questions(self) -> Iterator[Loss]:
        """Questions for a MAC of which the asker sees no answer."""
        there = _most(self._there)
        tally = there[min(there)]
        if not tally.unanswered:
            return
        back = _most(self._back)
        direction, steps, trail = (BACK, back, self._back) if back else (FORWARD, there, self._there)
        last = max(steps)
        missing = next_watched(trail.way, last)
        if direction == BACK and missing is None:
            return
        yield self._loss(
            _Gone(direction, last, missing), "question for a MAC", tally.packets, tally.packets,
            frames=tally.frames, sizes=[], passed=[], fragments=0, tally=tally,
        )  # fmt: skip

    def _loss(
        self, where: _Gone, unit: str, lost: int, sent: int, *, frames: list[Frame], sizes: list[int],
        passed: list[int], fragments: int, tally: Tally,
    ) -> Loss:  # fmt: skip
        trail = self._trail(where.direction)
        at_last = trail.tallies.get(where.step, [])
        contexts = [each.context for _, each in at_last] or [tally.context]
        begin = self._named(where.direction)
        # A cooked capture lacks the MACs, which another one of the same place may have.
        context = next((each for each in contexts if each.dst.mac is not None), contexts[0])
        beyond = [spot for spot, _ in trail.off]
        return Loss(
            (self._conversation,), where.direction, unit, lost, sent, where.beyond or trail.way.at(where.step),
            None if where.missing is None else trail.way.at(where.missing),
            None if where.missing is not None or where.beyond is not None else end_of(trail.way),
            tuple(frames[:FIRST_FRAMES]), tuple(sorted(sizes)), tuple(sorted(passed)), fragments, trail.way.hops,
            where.step, where.missing, context, any(each.foreign for _, each in at_last),
            begin.src, begin.dst, where.direction == FORWARD, tally.first_ns, tally.last_ns, elsewhere=tuple(beyond),
        )  # fmt: skip


def _units(trail: Trail) -> dict[int, dict[int, Unit]]:
    """The numbered packets that each place of a way saw."""
    found: dict[int, dict[int, Unit]] = {}
    for step, tallies in trail.tallies.items():
        units = found.setdefault(step, {})
        for _, tally in tallies:
            units |= tally.units
    return found


def _most(trail: Trail) -> dict[int, Tally]:
    """For each place the capture that saw most: two at one place saw the same packets."""
    return {
        step: max((tally for _, tally in tallies), key=lambda tally: (tally.packets, tally.payload))
        for step, tallies in trail.tallies.items()
    }


def _mirrored(there: Trail, back: Trail) -> Trail:
    """The way back where nothing was seen of it: the same places in the opposite order."""
    hops = tuple(reversed(there.way.hops))
    watched = frozenset(len(hops) - 1 - step for step in there.way.watched)
    return Trail(Way(hops, watched), {}, back.off)
