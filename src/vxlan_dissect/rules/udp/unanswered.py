"""Nothing comes back for UDP datagrams.

Shows
    A datagram of a flow whose other direction is not in this capture, and of which no ICMP error speaks, though the
    capture goes on for a second.

Why it matters
    UDP promises no answer: logs, metrics and one-way streams never get one. For a protocol that answers, it means that
    the datagram or the answer was lost, or dropped without a word.

How we know
    RFC 768 knows no acknowledgement. A host without a listener on the port would say so by ICMP port unreachable
    (RFC 1122 section 4.1.3.1), so one that stays silent got the datagram, or never saw it.

What to check next
    Whether the protocol answers at all. If it does: a capture closer to the receiver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import BY_DESIGN, POSSIBLE, UNKNOWN, Statement
from vxlan_dissect.explain.stream_flags import UNANSWERED, WAITS
from vxlan_dissect.rules import bypass
from vxlan_dissect.rules.stations import names, port, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "udp.unanswered"


def check(context: Context) -> Statement | None:
    """Speak on every datagram of a flow that nothing comes back for, but for questions of DNS."""
    if not context.stream & UNANSWERED or context.stream & WAITS:
        return None
    sender, receiver = names(context)
    text = f"{sender} sends to {receiver}, {port(context, 'dst')}, and nothing comes back in this capture."
    evidence = proof(context)
    if bypass.answers_may_bypass(context):
        return Statement(NAME, f"{text} {bypass.TEXT}", BY_DESIGN, POSSIBLE, (*evidence, bypass.evidence(context)))
    text += " UDP promises no answer: whether one is due is for the protocol to say."
    return Statement(NAME, text, UNKNOWN, sure(context), evidence)
