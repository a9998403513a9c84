"""A name is asked for.

Shows
    Who asks which server for which name and type of record, and after what time the answer comes.

Why it matters
    Nearly every connection begins so: an answer that is slow or fails looks like a slow or broken service.

How we know
    RFC 1035 section 4: the answer repeats the identifier of the question, with ports and addresses crosswise. A
    resolver asks for IPv4 (A) and IPv6 (AAAA) at once, and for a short name with each domain of its search list
    (resolv.conf(5), `ndots`), so that one look-up is several questions.

What to check next
    Nothing, where the answer comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.explain.stream_flags import UNANSWERED, WAITS
from vxlan_dissect.rules.dns.question import asked
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "dns.query"


def check(context: Context) -> Statement | None:
    """Speak on every question of DNS over UDP, but those without an answer."""
    question = asked(context)
    if question is None or not context.stream & WAITS or context.stream & UNANSWERED:
        return None
    sender, receiver = names(context)
    text = f"{sender} asks {receiver} for {question}."
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "dns.id", "dns.qry.type"), "reply")
