"""Which frames answer each other?

Law: a request and its answer are matched at one capture point by what the protocol says must agree (RFC 4861 section
7.2, RFC 826, RFC 4443 section 4.2), the answer to the latest open request. A message that came in fragments is the
frame that completes it. What never came is `unanswered` only if the
capture goes on long enough; otherwise it is `open`.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.addresses import IP

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets, Value

# How an exchange stands, as a code that belongs to a frame's context.
# COPY: a question whose copy at another interface of the same cooked capture is answered.
# RIVALS: an answer to a question that another MAC answered too, while the asker was still waiting.
NONE, ANSWERED, UNANSWERED, OPEN, ANSWERS, UNASKED, COPY, RIVALS = range(8)
PATIENCE_NS = 1_000_000_000  # RetransTimer of RFC 4861 section 10; ping and ARP repeat after a second too
WINDOW_NS = 3_000_000_000  # MAX_MULTICAST_SOLICIT * RetransTimer
FORGET_NS = 60_000_000_000
SKEW_NS = 1_000_000  # a cooked capture shows interfaces out of order by some 100 microseconds
MAX_REPEATS = 64  # open requests with one key; a flood of one question must not exhaust memory


_COLUMNS = (
    "frame.interface_id", "frame.tunnels", "sll.ifindex", "icmpv6.type", "icmp.type", "arp.opcode",
    "ipv6.src", "ipv6.dst", "ip.src", "ip.dst", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "icmp.ident",
    "icmp.seq", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4", "arp.src.hw_mac", "arp.dst.hw_mac", "eth.src", "eth.dst", "sll.src.mac",
    "icmpv6.opt.target_linkaddr",
)  # fmt: skip


class Message(NamedTuple):
    """One frame of an exchange: `key` is what request and answer share, `asks` tells which of both it is.

    `repeats`: an answer may close several requests, as ND and ARP repeat a question unchanged. `group` is the key of a
    request to a multicast group that this may answer. `gives`: the MAC that an answer of ND or ARP gives.
    """

    key: Hashable
    asks: bool
    repeats: bool = False
    group: Hashable = None
    gives: Value = None


class Partner(NamedTuple):
    """The frame on the other side of an exchange; `row` is -1 where it came in an earlier batch."""

    frame: int
    time_ns: int
    row: int


class _Closed(NamedTuple):
    """A question that was answered, and the first answer with the MAC that it gave."""

    asked: Partner
    answer: Partner
    gave: Value


class Exchanges(NamedTuple):
    """`state`, uint8 of shape (n,): how each frame's exchange stands. `partners`: row -> frames on the other side."""

    state: NDArray[np.uint8]
    partners: dict[int, list[Partner]]
    end_ns: int


class Pairing:
    """Matches requests and answers of one capture, batch by batch; what is still open is carried along."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[Partner]] = {}
        self._closed: dict[Hashable, _Closed] = {}

    def match(self, packets: Packets) -> Exchanges:
        """The exchanges of the next batch."""
        state = np.zeros(len(packets), dtype=np.uint8)
        partners: dict[int, list[Partner]] = {}
        times = packets.times()
        end = int(times.max()) if len(packets) else 0
        self._forget(end)
        # With several interfaces in one file a packet may be there several times, and its answer at one of them only.
        blocks = packets.column("frame.interface_id")
        several = "sll.ifindex" in packets.columns or len(np.unique(blocks.values[blocks.valid])) > 1
        questions: list[tuple[int, Message]] = []
        asked_for: set[Hashable] = set()
        answered: dict[Hashable, list[int]] = {}
        rows = _rows(packets)
        columns = {name: packets.values(name, rows) for name in _COLUMNS}
        numbers = packets.column("frame.number").values[rows]
        for place, (row, number, time) in enumerate(
            zip(rows.tolist(), numbers.tolist(), times[rows].tolist(), strict=True)
        ):
            values = {name: column[place] for name, column in columns.items()}
            message = _message(values)
            if message is None:
                continue
            here = Partner(number, time, row)
            # ND and ARP stay on their link; an echo may go through a tunnel and its reply without.
            link = values["frame.tunnels"] if message.repeats else None
            key = (values["frame.interface_id"], values["sll.ifindex"], link, message.key)
            if message.asks:
                waiting = self._waiting.setdefault(key, [])
                # Its first fragment, where that came in an earlier batch.
                parts = packets.made_of.get(number, ())
                waiting[:] = [one for one in waiting if one.frame not in parts] if parts else waiting
                waiting.append(here)
                del waiting[:-MAX_REPEATS]
                state[row] = OPEN if end - here.time_ns < PATIENCE_NS else UNANSWERED
                questions.append((row, message))
                asked_for.add(message.key)
                continue
            answered.setdefault(message.key, []).append(time)
            asked, first = self._asked(key, message, here)
            if not asked and message.group is not None:
                asked, first = self._asked((*key[:3], message.group), message, here)
            state[row] = ANSWERS if asked else COPY if several and message.key in asked_for else UNASKED
            if first is not None and message.gives is not None and message.gives != first.gave is not None:
                state[row] = RIVALS
                if first.answer.row >= 0:
                    state[first.answer.row] = RIVALS
            for other in asked[-1:]:
                partners[row] = [other]
            for other in asked:
                if other.row >= 0:
                    state[other.row] = ANSWERED
                    partners.setdefault(other.row, []).append(here)
        for times_answered in answered.values():
            times_answered.sort()
        for row, question in questions if several else ():
            if state[row] in (OPEN, UNANSWERED) and _in_time(answered.get(question.key, []), int(times[row]), question):
                state[row] = COPY
        self._carry()
        return Exchanges(state, partners, end)

    def _asked(self, key: Hashable, message: Message, here: Partner) -> tuple[list[Partner], _Closed | None]:
        """The open requests that an answer closes; where it is a second answer, the closed one and what closed it."""
        if message.repeats:
            asked = [one for one in self._waiting.pop(key, []) if here.time_ns - one.time_ns <= WINDOW_NS]
        else:
            # Copies of one packet at several interfaces: the reply passes them in the opposite order.
            waiting = self._waiting.get(key, [])
            asked = [waiting.pop()] if waiting else []
        if asked:
            self._closed[key] = _Closed(asked[-1], here, message.gives)
            return asked, None
        closed = self._closed.get(key)
        if closed is None or here.time_ns - closed.asked.time_ns > WINDOW_NS:
            return [], None
        return [closed.asked], closed

    def _carry(self) -> None:
        for ones in self._waiting.values():
            if ones and ones[-1].row >= 0:
                ones[:] = [one._replace(row=-1) for one in ones]
        for key, one in self._closed.items():
            if one.answer.row >= 0:
                self._closed[key] = _Closed(one.asked._replace(row=-1), one.answer._replace(row=-1), one.gave)

    def _forget(self, end_ns: int) -> None:
        """Drop what is older than a minute, so that a capture without end needs no memory without end."""
        too_old = end_ns - FORGET_NS
        self._waiting = {key: ones for key, ones in self._waiting.items() if ones and ones[-1].time_ns >= too_old}
        self._closed = {key: one for key, one in self._closed.items() if one.asked.time_ns >= too_old}


def _in_time(answers: list[int], asked: int, question: Message) -> bool:
    """Whether one of the answers at other interfaces is to this question and not to one like it, earlier or later."""
    if not question.repeats:
        return bool(answers)
    first = bisect_left(answers, asked - SKEW_NS)
    return first < len(answers) and answers[first] - asked <= WINDOW_NS


def _rows(packets: Packets) -> NDArray[np.intp]:
    wanted = np.zeros(len(packets), dtype=bool)
    for name, codes in (("icmpv6.type", (128, 129, 135, 136)), ("icmp.type", (0, 8)), ("arp.opcode", (1, 2))):
        column = packets.columns.get(name)
        if column is not None:
            wanted |= column.valid & np.isin(column.values, codes)
    return np.flatnonzero(wanted & ~packets.column("frame.reassembled_in").valid)


def _message(values: dict[str, Any]) -> Message | None:
    get = values.__getitem__
    kind = get("icmpv6.type")
    if kind in (128, 129):
        ident = (get("icmpv6.echo.identifier"), get("icmpv6.echo.sequence_number"))
        return _echo(kind == 128, get("ipv6.src"), get("ipv6.dst"), ident)
    if kind == 135:
        return Message(("nd", get("ipv6.src"), get("icmpv6.nd.ns.target_address")), True, True)
    if kind == 136:
        asker = get("ipv6.dst")
        # The answer to a probe from :: goes to all nodes (RFC 4861 section 7.2.4).
        asker = asker._replace(value=0) if isinstance(asker, IP) and asker.is_multicast else asker
        gives = _first(get, "icmpv6.opt.target_linkaddr", "eth.src", "sll.src.mac")
        return Message(("nd", asker, get("icmpv6.nd.na.target_address")), False, True, gives=gives)
    kind = get("icmp.type")
    if kind is not None:
        return _echo(kind == 8, get("ip.src"), get("ip.dst"), (get("icmp.ident"), get("icmp.seq")))
    return _arp(get)


def _echo(asks: bool, src: Value, dst: Value, ident: Hashable) -> Message:
    if asks:
        # Members of a group answer each from its own address (RFC 4443 section 4.2).
        to_group = isinstance(dst, IP) and dst.is_multicast
        return Message(("echo", src, None if to_group else dst, ident), True)
    return Message(("echo", dst, src, ident), False, group=("echo", dst, None, ident))


def _arp(get: Callable[[str], Value]) -> Message | None:
    sender, target = get("arp.src.proto_ipv4"), get("arp.dst.proto_ipv4")
    if get("arp.opcode") == 2:
        key = ("arp", _first(get, "arp.dst.hw_mac", "eth.dst"), sender)
        return Message(key, False, True, gives=_first(get, "arp.src.hw_mac", "eth.src"))
    # The target of an announcement is its own sender: nobody is to answer (RFC 5227 section 2.3).
    return None if sender == target else Message(("arp", _first(get, "arp.src.hw_mac", "eth.src"), target), True, True)


def _first(get: Callable[[str], Value], *names: str) -> Value:
    """The first of several columns that is there: who asked or answered, as far as bytes or a text line tell."""
    return next((value for name in names if (value := get(name)) is not None), None)
