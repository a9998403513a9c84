"""A question of DNS gets no answer.

Shows
    A question to which no answer with its identifier came, at no interface of this capture, nor an ICMP error, though
    the capture goes on for a second.

Why it matters
    The client waits for seconds (5 s by default, resolv.conf(5)) and asks again: everything that needs the name hangs.

How we know
    RFC 1035 section 4.2.1: a server answers every question, be it with an error. A client that asks the same again,
    with the same identifier, got no answer by another way either.

What to check next
    A capture at the DNS server at the same time: whether the question arrives and the answer leaves. Network policies
    that allow no egress to port 53 are a common reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import LIKELY, POSSIBLE, SUSPICIOUS, UNKNOWN, Cause, Statement
from vxlan_dissect.explain.stream_flags import REPEATED, UNANSWERED, WAITS
from vxlan_dissect.rules.bypass import bypass_of
from vxlan_dissect.rules.dns.question import asked
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "dns.unanswered"


def check(context: Context) -> Statement | None:
    """Speak on every question without an answer."""
    question = asked(context)
    if question is None or context.stream & (UNANSWERED | WAITS) != UNANSWERED | WAITS:
        return None
    sender, receiver = names(context)
    text = f"{sender} asks {receiver} for {question}; no answer in this capture."
    evidence = proof(context, "dns.id", "dns.qry.type")
    around = bypass_of(context)
    if around is not None:
        return Statement(NAME, f"{text} {around.text}", around.verdict, POSSIBLE, (*evidence, around.evidence))
    if not context.stream & REPEATED:
        return Statement(NAME, text, UNKNOWN, sure(context), evidence)
    text += " It has asked so before: it got no answer elsewhere either."
    causes = (
        Cause("reply-lost", "the question or its answer was lost"),
        Cause("policy", "a policy may drop it in silence"),
    )
    return Statement(NAME, text, SUSPICIOUS, LIKELY, evidence, None, causes)
