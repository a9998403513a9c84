"""A DNS server answers with an error.

Shows
    Which question failed, and with which outcome.

Why it matters
    NXDOMAIN, no such name, is mostly harmless: a resolver tries a short name with each domain of its search list, and
    all but one of these fail. SERVFAIL and REFUSED mean that the server could not or would not find out.

How we know
    RFC 1035 section 4.1.1 and RFC 8020: the outcome of an answer. Kubernetes sets `ndots:5` in pods, so that a name
    with fewer dots is tried with each search domain first.

What to check next
    SERVFAIL: the log of the server, and whether it reaches the servers that it forwards to. REFUSED: whether it serves
    this client. NXDOMAIN: only if no other question of the same client for the name succeeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.dns.question import asked
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "dns.failure"
_NO_SUCH_NAME = 3
_WHY = {2: "it could not find out", 3: "there is no such name", 5: "it refuses to say"}


def check(context: Context) -> Statement | None:
    """Speak on every answer with an error."""
    outcome, question = context.number("dns.flags.rcode"), asked(context)
    if question is None or not context.get("dns.flags.response") or not outcome:
        return None
    sender, receiver = names(context)
    name = context.packet.text("dns.flags.rcode")
    text = f"{receiver} asked {sender} for {question}: {_WHY.get(outcome, 'it failed')} ({name})."
    evidence = proof(context, "dns.id", "dns.flags.rcode")
    if outcome == _NO_SUCH_NAME:
        return Statement(NAME, text, NORMAL, sure(context), evidence, "request")
    cause = Cause("other", f"the DNS server answers {name}")
    return Statement(NAME, text, SUSPICIOUS, sure(context), evidence, "request", (cause,))
