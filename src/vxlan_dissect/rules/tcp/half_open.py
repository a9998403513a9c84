"""Nobody answers the request for a TCP connection.

Shows
    A SYN to which neither a SYN-ACK nor a RST nor an ICMP error came, though the capture goes on for a second.

Why it matters
    The SYN or its answer is lost, or dropped without a word, as network policies do. A port that is merely closed would
    have answered.

How we know
    RFC 9293 section 3.5: a host answers a SYN with SYN-ACK or RST. No packet of the other direction is in this capture,
    and the sender sends nothing but SYNs, so it got no answer elsewhere either. Linux repeats a SYN after 1, 3, 7, 15
    and 31 seconds (net/ipv4/tcp_timer.c).

What to check next
    A capture closer to the receiver at the same time: the fault lies between the last place that sees the SYN and the
    first one that does not. If the receiver sees it and answers, the answer is what gets lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import POSSIBLE, UNKNOWN, Statement
from vxlan_dissect.explain.stream_flags import HALF_OPEN, RETRANSMITTED
from vxlan_dissect.rules.bypass import bypass_of
from vxlan_dissect.rules.stations import names, port, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.half-open"


def check(context: Context) -> Statement | None:
    """Speak on every SYN that nothing answers."""
    if not context.stream & HALF_OPEN:
        return None
    sender, receiver = names(context)
    text = f"{sender} asks for a TCP connection to {receiver}, {port(context, 'dst')}; no answer in this capture."
    evidence = proof(context, "tcp.flags")
    if context.stream & RETRANSMITTED:
        text += " It asks again, so none came by another way either."
        return Statement(NAME, text, UNKNOWN, sure(context), evidence)
    around = bypass_of(context)
    if around is not None:
        return Statement(NAME, f"{text} {around.text}", around.verdict, POSSIBLE, (*evidence, around.evidence))
    return Statement(NAME, text, UNKNOWN, sure(context), evidence)
