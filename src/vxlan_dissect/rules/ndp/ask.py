"""What kind of question is a neighbour solicitation, and who asks whom?

Law: the addresses tell (RFC 4861 section 4.3): from `::` it probes whether the target is free, to the target itself it
checks a known neighbour, otherwise it asks for a MAC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said_by, sureness
from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.rules.questions import is_probe, question_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from vxlan_dissect.explain.context import Context

FIELDS = ("icmpv6.nd.ns.target_address", "ipv6.src", "ipv6.dst", "eth.src", "icmpv6.opt.src_linkaddr")


def purpose(context: Context) -> str | None:
    """`probe`, `check` or `resolution`; None where the frame is no neighbour solicitation."""
    if context.get("icmpv6.type") != 135 or context.ip("icmpv6.nd.ns.target_address") is None:
        return None
    if is_probe(context):
        return "probe"
    return "check" if context.dst.ip is not None and not context.dst.ip.is_multicast else "resolution"


def asks(name: str, context: Context, wanted: str, text: Callable[[str], str]) -> Statement | None:
    """The statement of the rule `name` on a solicitation of one purpose; `text` makes it of the target in words."""
    if purpose(context) != wanted:
        return None
    question = question_of(context, context.ip("icmpv6.nd.ns.target_address"))
    if question is None:
        return None
    asker = context.src.mac_owner if wanted == "probe" else context.src.owner
    evidence = (
        *context.fields(*FIELDS),
        *said_by(asker or context.src.mac_owner),
        *said_by(question.home),
    )
    return Statement(name, text(question.about), NORMAL, sureness(asker, question.home), evidence, "reply")
