"""Which packets are the same one before and after address translation?

Law: equal in all that translation leaves alone (RFC 3022, RFC 5508: not addresses, ports, the identifier of echoes),
within a second, and of two flows. A packet that came to its receiver was not translated later, and what its sender's
own interface shows was not translated before; but for TCP, whose numbers are proof enough, both forms share an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.trace.match import Matched, match
from vxlan_dissect.trace.routes import AT_ONCE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.records import Records

APART_NS = 1_000_000_000  # the numbers of TCP are of one packet within this
AT_MOST_NS = 100_000_000  # what else is translated goes on at once, to the next node at most


class Forms(NamedTuple):
    """Packets that may be forms of another: arrays of shape (u,), sorted by `start`.

    `packet` is the number of each, `record` its earliest record; `came` and `left` say whether it was seen at its
    receiver and at its sender.
    """

    packet: NDArray[np.int64]
    record: NDArray[np.int64]
    start: NDArray[np.int64]
    came: NDArray[np.bool_]
    left: NDArray[np.bool_]


def translated(
    matched: Matched, records: Records, times: NDArray[np.int64], looks: Looks, *, slack_ns: int = 0
) -> tuple[Matched, NDArray[np.int64]]:
    """The packets with their translated forms as one; and for each record the number of its flow, forms as one.

    `matched` numbers the packets of the records, `times`, shape (n,), are those of clocks that agree within `slack_ns`.
    """
    flows = np.unique(records.flow, return_inverse=True)[1]
    rows = _candidates(records.weak, records.flow)
    if not len(rows):
        return matched, flows
    forms = _forms(rows, matched.packet, records, times, looks)
    found = match(
        records.weak[forms.record], np.zeros(len(forms.record), dtype=np.uint64), flows[forms.record], forms.start,
        apart_ns=APART_NS, slack_ns=slack_ns,
    )  # fmt: skip
    kept = _plausible(found.packet, forms, records, looks)
    # The first form of each packet gives the others its number.
    leader = forms.packet[_first_of(kept)]
    numbers = np.arange(int(matched.packet.max()) + 1)
    numbers[forms.packet] = leader
    doubtful = forms.packet[np.isin(found.packet, found.doubtful) & (leader != forms.packet)]
    joined = Matched(numbers[matched.packet], np.unique(numbers[np.concatenate((matched.doubtful, doubtful))]))
    return joined, _one_flow(flows, flows[forms.record], flows[forms.record][_first_of(kept)])


def _candidates(weak: NDArray[np.uint64], flow: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Records whose weak print more than one flow has."""
    if not len(weak):
        return np.zeros(0, dtype=np.intp)
    order = np.argsort(weak, kind="stable")
    prints = weak[order]
    starts = np.flatnonzero(np.append(True, prints[1:] != prints[:-1]))
    mixed_flows = np.minimum.reduceat(flow[order], starts) != np.maximum.reduceat(flow[order], starts)
    rows: NDArray[np.intp] = order[np.repeat(mixed_flows, np.diff(np.append(starts, len(weak))))]
    return rows


def _forms(
    rows: NDArray[np.intp], packet: NDArray[np.int64], records: Records, times: NDArray[np.int64], looks: Looks
) -> Forms:
    rows = np.flatnonzero(np.isin(packet, np.unique(packet[rows])))
    rows = rows[np.lexsort((times[rows], packet[rows]))]
    owner = packet[rows]
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    pairs = records.look[rows].astype(np.int64) << 16 | records.tap[rows]
    known, codes = np.unique(pairs, return_inverse=True)
    ends = np.array([_ends_here(looks, *divmod(pair, 1 << 16)) for pair in known.tolist()], dtype=bool)[codes]
    came, left = (np.logical_or.reduceat(ends[:, side], starts) for side in (0, 1))
    first = rows[starts]
    # At the same moment a form that left its sender comes before, and one that came to its receiver after.
    order = np.argsort(times[first] + AT_ONCE_NS * (came.astype(np.int64) - left), kind="stable")
    return Forms(owner[starts][order], first[order], times[first][order], came[order], left[order])


def _ends_here(looks: Looks, look: int, tap: int) -> tuple[bool, bool]:
    """Whether the place of a tap is that of the pod which receives, and of the pod which sends."""
    context, at = looks.context(look), looks.places[int(looks.place_of_tap[tap])]
    dst, src = context.dst.ip_owner, context.src.ip_owner
    if at.pod is None:
        return False, False
    return dst is not None and dst.pod == at.pod, src is not None and src.pod == at.pod


def _plausible(packet: NDArray[np.int64], forms: Forms, records: Records, looks: Looks) -> NDArray[np.int64]:
    """The number of the packet of each form, where forms that cannot be of one packet have numbers of their own."""
    order = np.argsort(packet, kind="stable")  # within a packet by time
    sorted_packet = packet[order]
    joins = np.flatnonzero(sorted_packet[1:] == sorted_packet[:-1])
    before, after = order[joins], order[joins + 1]
    look = records.look[forms.record].astype(np.int64)
    pairs, codes = np.unique(look[before] << 32 | look[after], return_inverse=True)
    share = np.array([_fits(looks, *divmod(pair, 1 << 32)) for pair in pairs.tolist()], dtype=bool)[codes]
    apart = np.ones(len(packet), dtype=bool)
    limit, is_tcp = records.hop_limit[forms.record], records.flags[forms.record] != 0
    late = (forms.start[after] - forms.start[before] > AT_MOST_NS) & ~is_tcp[after]
    apart[joins + 1] = ~share | forms.came[before] | forms.left[after] | late | (limit[after] > limit[before])
    numbers = np.empty(len(packet), dtype=np.int64)
    numbers[order] = np.cumsum(apart) - 1
    return numbers


def _fits(looks: Looks, before: int, after: int) -> bool:
    """Whether frames of two looks may be of one packet, before and after its translation."""
    one, other = looks.context(before), looks.context(after)
    if (one.src.ip, one.dst.ip) == (other.src.ip, other.dst.ip):
        return False
    if one.get("tcp.srcport") is not None:
        return True
    return one.src.ip == other.src.ip or one.dst.ip == other.dst.ip or _turned(one, other)


def _turned(one: Context, other: Context) -> bool:
    """Whether the node that a packet was sent to sent it on in its own name."""
    receiver, sender = one.dst.ip_owner, other.src.ip_owner
    if one.dst.ip == other.src.ip:
        return True
    return receiver is not None and sender is not None and receiver.node is not None and receiver.node == sender.node


def _first_of(numbers: NDArray[np.int64]) -> NDArray[np.intp]:
    """For each of equal numbers the index of the first of them."""
    _, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
    found: NDArray[np.intp] = first[codes]
    return found


def _one_flow(flows: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Flow numbers in which translated forms have that of the form they were found together with."""
    moved = one != other
    pairs, counts = np.unique(one[moved] << 32 | other[moved], return_counts=True)
    target = np.arange(int(flows.max()) + 1)
    best: dict[int, int] = {}
    for pair, _ in sorted(zip(pairs.tolist(), counts.tolist(), strict=True), key=lambda each: each[1]):
        best[pair >> 32] = pair & 0xFFFFFFFF
    for source, to in best.items():
        target[source] = to
    merged: NDArray[np.int64] = target[flows]
    return merged
