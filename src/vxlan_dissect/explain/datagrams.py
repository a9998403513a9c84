"""Which datagrams of UDP get an answer?

Law: a datagram is `UNANSWERED` where no packet of the other direction of its flow is in the capture, at whatever
interface, though the capture goes on for a second; a question of DNS where no answer with its identifier is. UDP itself
promises no answer: what silence means is for the rules to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.flows import flows, points
from vxlan_dissect.explain.pair import PATIENCE_NS
from vxlan_dissect.explain.stream_flags import REPEATED, UNANSWERED, UNASKED, WAITS
from vxlan_dissect.group import group
from vxlan_dissect.packets import TextColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.explain.streams import Analysis
    from vxlan_dissect.packets import Packets

    Rows = NDArray[np.intp]
    Ints = NDArray[np.int64]

MAX_KEPT = 16384  # datagrams that are carried to the next batch: a flood must not exhaust memory
_FIELDS = 4  # of what is kept of each: whether it goes the other way, whether it asks, its number and its time
_DNS = (53, 5355)  # asked of one server or neighbour; multicast DNS (5353) expects no answer


class Datagrams:
    """Finds what answers the UDP datagrams of one capture, batch by batch."""

    def __init__(self) -> None:
        self._words = np.zeros((0, 7), dtype=np.uint64)
        self._told = np.zeros((0, _FIELDS), dtype=np.int64)

    def analyse(self, packets: Packets, found: Analysis) -> None:
        """Flag the datagrams of the next batch in `found`."""
        rows = _rows(packets)
        if not len(rows):
            return
        old = len(self._words)
        ends = flows(packets, rows, "udp")
        message, asks = _messages(packets, rows)
        words = np.column_stack((ends.words, points(packets, rows), message))
        times = packets.times()
        told = np.column_stack((ends.turned, asks, packets.column("frame.number").values[rows], times[rows]))
        words, told = np.concatenate((self._words, words)), np.concatenate((self._told, told.astype(np.int64)))
        here, silent = _paired(packets, words, told)
        spots = np.arange(old, len(words))
        late = int(times.max()) - told[:, 3] >= PATIENCE_NS
        several = len(np.unique(words[:, 5])) > 1
        if several:
            _, silent_anywhere = _paired(packets, np.delete(words, 5, axis=1), told)
            silent &= silent_anywhere
        found.flags[rows[(silent & late)[spots]]] |= UNANSWERED
        found.flags[rows[_again(packets, words, told, silent & late)[spots]]] |= REPEATED
        question = told[:, 1] == 1
        found.flags[rows[question[spots]]] |= WAITS
        if not several:
            found.flags[rows[((told[:, 1] == 0) & (here < 0))[spots]]] |= UNASKED
        partner = here[spots]
        met = np.flatnonzero(partner >= 0)
        found.partners[rows[met]] = told[partner[met], 2]
        found.partner_times[rows[met]] = told[partner[met], 3]
        self._words, self._told = words[-MAX_KEPT:], told[-MAX_KEPT:]


def _again(packets: Packets, words: NDArray[np.uint64], told: Ints, silent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Questions without an answer that repeat one without an answer: resolvers keep the identifier, not the port."""
    rows = np.flatnonzero(silent & (told[:, 1] == 1))
    _, firsts = group(packets, (), [words[:, [0, 1, 2, 3, 6]]], rows)
    found = np.zeros(len(words), dtype=bool)
    found[rows] = True
    found[firsts] = False
    return found


def _rows(packets: Packets) -> Rows:
    """Whole datagrams to one station."""
    ports = packets.columns.get("udp.srcport")
    if ports is None:
        return np.zeros(0, dtype=np.intp)
    to_many = np.zeros(len(packets), dtype=bool)
    old, new = packets.columns.get("ip.dst"), packets.columns.get("ipv6.dst")
    if old is not None:
        to_many |= old.valid & (old.values >= 0xE0000000)  # multicast, and 255.255.255.255
    if new is not None:
        to_many |= new.valid & (new.values["hi"] >> np.uint64(56) == 0xFF)
    mac = packets.columns.get("eth.dst")
    if mac is not None:
        to_many |= mac.valid & (mac.values == 0xFFFFFFFFFFFF)  # the broadcast address of a subnet
    return np.flatnonzero(ports.valid & ~to_many & ~packets.column("frame.reassembled_in").valid)


def _messages(packets: Packets, rows: Rows) -> tuple[NDArray[np.uint64], Ints]:
    """What tells messages of one flow apart, 0 but in DNS; and 1 for a question, 0 for an answer, -1 for neither."""
    asks = np.full(len(rows), -1, dtype=np.int64)
    message = np.zeros(len(rows), dtype=np.uint64)
    served = np.zeros(len(rows), dtype=bool)
    for side in ("src", "dst"):
        served |= np.isin(packets.column(f"udp.{side}port").values[rows], _DNS)
    if served.any():
        ident, response = packets.derived("dns.id"), packets.derived("dns.flags.response")
        if not isinstance(ident, TextColumn) and not isinstance(response, TextColumn):
            there = served & ident.valid[rows] & response.valid[rows]
            asks[there] = 1 - response.values[rows[there]].astype(np.int64)
            message[there] = ident.values[rows[there]].astype(np.uint64) + np.uint64(1)
    return message, asks


def _paired(packets: Packets, words: NDArray[np.uint64], told: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The place of the other side of each DNS message, or -1; and whether nothing goes the other way."""
    count = len(words)
    codes, _ = group(packets, (), [words], np.arange(count))
    ways = np.zeros((int(codes.max()) + 1, 2), dtype=bool)
    ways[codes, told[:, 0]] = True
    silent = ~(ways[:, 0] & ways[:, 1])[codes]
    partner = np.full(count, -1, dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    order = order[told[order, 1] >= 0]
    if len(order):
        code, asks = codes[order], told[order, 1] == 1
        place = np.arange(len(order))
        asked = np.maximum.accumulate(np.where(asks, place, -1))  # the latest question before each answer
        asked = np.where((asked >= 0) & (code[asked] == code), asked, -1)
        answers = ~asks & (asked >= 0)
        partner[order[answers]] = order[asked[answers]]
        given = np.minimum.accumulate(np.where(asks, len(order), place)[::-1])[::-1]  # the first answer after each
        there = asks & (given < len(order))
        there[there] = code[given[there]] == code[there]
        partner[order[there]] = order[given[there]]
    return partner, silent
