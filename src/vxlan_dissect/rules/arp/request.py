"""A station asks for the MAC of an IPv4 address.

Shows
    Who asks, for which address and whose that is.

Why it matters
    Nothing can be sent to an IPv4 address on the link before this question is answered.

How we know
    RFC 826.

What to check next
    The answer: `arp.reply` or `arp.proxy-reply`; without one, `arp.unanswered`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.rules.questions import is_probe, question_of

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "arp.request"
_FIELDS = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4")


def check(context: Context) -> Statement | None:
    """Speak on an ARP request that is neither probe nor announcement."""
    question = question_of(context, context.ip("arp.dst.proto_ipv4"))
    if context.get("arp.opcode") != 1 or question is None or is_probe(context):
        return None
    if question.target == context.ip("arp.src.proto_ipv4"):
        return None
    text = f"{called(context.src)} asks for the MAC of {question.about}."
    evidence = (*context.fields(*_FIELDS), *said_by(context.src.owner), *said_by(question.home))
    return Statement(NAME, text, NORMAL, sureness(context.src.owner, question.home), evidence, "reply")
