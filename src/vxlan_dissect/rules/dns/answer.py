"""A DNS server answers.

Shows
    Which addresses the server gives for a name, and after what time. Later frames to these addresses bear the name.

Why it matters
    What a client does next follows from it: it connects to one of these addresses. No record of the type asked for is
    a proper answer too: most services have no IPv6 address.

How we know
    RFC 1035 section 4: identifier, addresses and ports of the question, crosswise; outcome 0.

What to check next
    If the client then fails: whether these are the addresses that the name should have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.rules.dns.question import asked
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "dns.answer"
_SHOWN = 4  # addresses in one sentence


def check(context: Context) -> Statement | None:
    """Speak on every answer without an error."""
    question = asked(context)
    if question is None or not context.get("dns.flags.response") or context.get("dns.flags.rcode"):
        return None
    packet = context.packet
    found = packet.packets.texts("dns.resolved", packet.row)
    given = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    sender, receiver = names(context)
    text = f"{sender} tells {receiver} {question}: {given or 'there is no such record'}."
    if context.get("dns.flags.truncated"):
        text += " The answer was cut: the client is to ask again over TCP."
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "dns.id", "dns.flags.rcode"), "request")
