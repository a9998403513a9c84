"""A station asks the solicited-node group for the MAC of an IPv6 address.

Shows
    Who asks, for which address and whose that is, and whether it is nodes that look for each other.

Why it matters
    Nothing can be sent to an address on the link before this question is answered. A pod normally asks for one address
    only, its gateway; a question for anything else tells of another route or another kind of network.

How we know
    RFC 4861 section 4.3 (message) and 7.2.2 (sending); RFC 4291 section 2.7.1 (solicited-node group).

What to check next
    The answer: `ndp.advertisement` or `ndp.proxy-advertisement`; without one, `ndp.unanswered`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.rules.ndp.ask import asks

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "ndp.solicitation"


def check(context: Context) -> Statement | None:
    """Speak on a solicitation that is neither a probe of a free address nor one of a known neighbour."""

    def text(about: str) -> str:
        group = f", sent to the solicited-node group {context.dst.ip}" if context.dst.ip else ""
        return f"{called(context.src)} asks for the MAC of {about}{group}."

    return asks(NAME, context, "resolution", text)
