"""Which packets are the same one before and after address translation?

Law: equal in all that translation leaves alone (RFC 3022, RFC 5508: not addresses, ports, the identifier of echoes),
within a second, and of two flows. A packet that came to its receiver was not translated later, and what its sender's
own interface shows was not translated before. Both forms share an end, or the node that was asked sends on in its own
name; only TCP needs neither, whose numbers are proof enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.trace.match import Matched, match
from vxlan_dissect.trace.routes import AT_ONCE_NS
from vxlan_dissect.trace.runs import begins

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
) -> tuple[Matched, NDArray[np.uint64]]:
    """The packets with their translated forms as one; and for each record the print of its flow, forms as one.

    `matched` numbers the packets of the records, `times`, shape (n,), are those of clocks that agree within `slack_ns`.
    """
    packets = _candidates(matched.packet, records, times, APART_NS + slack_ns)
    if not len(packets):
        return matched, records.flow
    forms = _forms(packets, matched.packet, records, times, looks)
    flows = np.unique(records.flow[forms.record], return_inverse=True)[1]
    found = match(
        records.weak[forms.record], np.zeros(len(forms.record), dtype=np.uint64), flows, forms.start,
        apart_ns=APART_NS, slack_ns=slack_ns,
    )  # fmt: skip
    kept = _plausible(found.packet, forms, records, looks)
    # The first form of each packet gives the others its number.
    leader = forms.packet[_first_of(kept)]
    numbers = np.arange(int(matched.packet.max()) + 1)
    numbers[forms.packet] = leader
    doubtful = forms.packet[np.isin(found.packet, found.doubtful) & (leader != forms.packet)]
    joined = Matched(numbers[matched.packet], np.unique(numbers[np.concatenate((matched.doubtful, doubtful))]))
    one = records.flow[forms.record]
    return joined, _one_flow(records.flow, one, one[_first_of(kept)])


def _candidates(packet: NDArray[np.int64], records: Records, times: NDArray[np.int64], gap: int) -> NDArray[np.int64]:
    """Packets of one weak print and of several flows within a gap of time, as any one record of each tells it."""
    if not len(packet):
        return packet
    record = np.full(int(packet.max()) + 1, -1)
    record[packet] = np.arange(len(packet))
    known = np.flatnonzero(record >= 0)
    one = record[known]
    order = np.lexsort((times[one], records.weak[one]))
    weak, flow, time = (values[one][order] for values in (records.weak, records.flow, times))
    near = (weak[1:] == weak[:-1]) & (flow[1:] != flow[:-1]) & (np.diff(time) <= gap)
    found: NDArray[np.int64] = known[order[np.append(near, False) | np.append(False, near)]]
    return found


def _forms(
    packets: NDArray[np.int64], packet: NDArray[np.int64], records: Records, times: NDArray[np.int64], looks: Looks
) -> Forms:
    asked = np.zeros(int(packet.max()) + 1, dtype=bool)
    asked[packets] = True
    rows = np.flatnonzero(asked[packet])
    rows = rows[np.lexsort((times[rows], packet[rows]))]
    owner = packet[rows]
    starts = np.flatnonzero(begins(owner))
    pairs = records.look[rows].astype(np.int64) << 16 | records.tap[rows]
    known, codes = np.unique(pairs, return_inverse=True)
    ends = np.array([_ends_here(looks, *divmod(pair, 1 << 16)) for pair in known.tolist()], dtype=bool)[codes]
    came, left = (np.logical_or.reduceat(ends[:, side], starts) for side in (0, 1))
    first = rows[starts]
    # At the same moment a form that left its sender comes before, and one that came to its receiver after.
    order = np.argsort(times[first] + AT_ONCE_NS * (came.astype(np.int64) - left), kind="stable")
    return Forms(owner[starts][order], first[order], times[first][order], came[order], left[order])


def _ends_here(looks: Looks, look: int, tap: int) -> tuple[bool, bool]:
    """Whether a tap is at the pod which receives, and at that which sends, or where their veths end."""
    context, pod = looks.context(look), looks.pod_of(int(looks.place_of_tap[tap]))
    if pod is None:
        return False, False
    return context.dst.pod_name == pod, context.src.pod_name == pod


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


def _one_flow(flows: NDArray[np.uint64], one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Flows in which a translated form has the number of the form that it was found together with most often."""
    moved = one != other
    pairs, counts = np.unique(np.column_stack((one[moved], other[moved])), axis=0, return_counts=True)
    if not len(pairs):
        return flows
    best: dict[int, int] = {}
    for (source, to), _ in sorted(zip(pairs.tolist(), counts.tolist(), strict=True), key=lambda each: each[1]):
        best[source] = to
    known = np.array(sorted(best), dtype=np.uint64)
    names = np.array([best[source] for source in known.tolist()], dtype=np.uint64)
    at = np.minimum(np.searchsorted(known, flows), len(known) - 1)
    return np.where(known[at] == flows, names[at], flows)
