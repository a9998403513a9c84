"""A capture shows one direction only.

Shows
    A place at which conversations pass in one direction, although what passes there answers or acknowledges what does
    not.

Why it matters
    The other direction exists: nothing is lost. Whoever looks for answers here finds none.

How we know
    TCP acknowledges what was received (RFC 9293 section 3.4), an echo reply answers a request. With BPF host routing
    Cilium hands packets for a pod to the pod's own device, past the host end of its veth (`bpf_redirect_peer`,
    bpf/lib/local_delivery.h): there only what the pod sends is seen. What the node itself sends into the tunnel Cilium
    redirects before the tap of cilium_host sees it (bpf/bpf_host.c, `cil_from_host`); what comes back is seen there.

What to check next
    Capture inside the pod, or at the node's network card. Elsewhere: the filter of the capture, a mirror port of one
    direction, a way back over another interface (`ip route get SENDER` on the receiver's node).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.blind import OF_NODE, host_end
from vxlan_dissect.explain.statements import BY_DESIGN, CERTAIN, LIKELY
from vxlan_dissect.rules.capturing import MAX_CONVERSATIONS, Tally, conversations, finding, tally_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

NAME = "capture.one-direction"
_FORTH, _BACK, _PROVED, _AGAIN = 1, 2, 4, 8
_SYN_RST_ACK, _ACK = 0x16, 0x10
_ECHO_REPLIES = {"icmp.type": 0, "icmpv6.type": 129}


@dataclass
class _Directions(Tally):
    """By code of a conversation which directions were seen, and whether the other one must exist.

    `why`: what Cilium does past this place, None where it does nothing of the kind, and `certain` whether a line of the
    inventory says so.
    """

    seen: dict[int, int] = field(default_factory=dict)
    why: str | None = None
    certain: bool = False
    judged: bool = False


class Survey:
    """Keeps in which directions conversations were seen."""

    def __init__(self) -> None:
        self._places: dict[str, _Directions] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        if "sll.ifindex" in packets.columns:
            return  # the directions may pass different interfaces
        flags = packets.column("tcp.flags")
        proof = flags.valid & ((flags.values & _SYN_RST_ACK) == _ACK)
        for name, code in _ECHO_REPLIES.items():
            column = packets.column(name)
            proof |= column.valid & (column.values == code)
        echo = packets.column("icmp.ident").valid | packets.column("icmpv6.echo.identifier").valid
        rows = np.flatnonzero(flags.valid | echo)
        if not len(rows):
            return
        place = tally_of(self._places, batch, _Directions)
        found = conversations(packets, rows)
        bits = np.where(found.forth, _FORTH, _BACK) | np.where(proof[rows], _PROVED, 0)
        codes, first, number, counts = np.unique(
            found.codes, return_index=True, return_inverse=True, return_counts=True
        )
        joined = np.zeros(len(codes), dtype=np.int64)
        np.bitwise_or.at(joined, number, bits)
        joined |= np.where(counts > 1, _AGAIN, 0)
        new = []
        for code, bit, row in zip(codes.tolist(), joined.tolist(), rows[first].tolist(), strict=True):
            known = place.seen.get(code)
            if known is None and len(place.seen) >= MAX_CONVERSATIONS:
                continue
            if known is None and bit & _PROVED:
                new.append(row)
            place.seen[code] = bit if known is None else known | bit | _AGAIN
        place.keep(batch, np.sort(np.array(new[:MAX_CONVERSATIONS], dtype=np.intp)))
        if new and not place.judged:
            place.judged = True
            _judge(place, batch.context(new[0]))

    def findings(self) -> Iterator[Finding]:
        """The places that show one direction."""
        for place in self._places.values():
            proved = [bits for bits in place.seen.values() if bits & _PROVED and bits & _AGAIN]
            both = sum(bits & (_FORTH | _BACK) == _FORTH | _BACK for bits in proved)
            place.count = len(proved) - both
            if not place.count or both >= place.count:
                continue
            where = f"{place.name} ({place.at})" if place.at else place.name
            text = f"{where} shows only one direction of {place.count} of {len(proved)} conversations"
            text += ", though what passes acknowledges or answers the other."
            scope = "What the other direction carried is not seen here."
            shown = [(place, f"{place.count} conversations in one direction, {both} in both")]
            if place.why is None:
                yield finding(NAME, text, scope, shown)
                continue
            sure = CERTAIN if place.certain else LIKELY
            yield finding(NAME, f"{text} {place.why}", scope, shown, verdict=BY_DESIGN, confidence=sure)


def _judge(place: _Directions, context: Context) -> None:
    """Say whether Cilium passes a place by, as far as the situation of one of its frames tells."""
    at = place.at
    if at is None or not context.is_cilium or at.pod is not None:
        return
    if at.interface in OF_NODE:
        place.why = f"Cilium redirects what the node sends into the tunnel before {at.interface} shows it."
        place.certain = True
        return
    past = context.profile.past_host_end
    if host_end(context, at.node, at.interface) is not None and past is not False:
        place.why = "With BPF host routing Cilium hands what is for the pod to the pod itself, past this place."
        place.certain = past is True
