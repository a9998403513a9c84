"""An advertisement replaces a MAC that the asker may have learned from somebody else.

Shows
    That O is set while another MAC answers for the same address, so that this answer is the one that stays.

Why it matters
    Of two that answer for one address the one with O wins, whichever came first. A rogue owner so beats the proxy that
    the network relies on, since a proxy leaves O out.

How we know
    RFC 4861 section 7.2.5: with O the cached MAC is replaced; without it a MAC that differs changes nothing once one is
    known. Section 7.2.4: an owner sets O, a proxy does not.

What to check next
    The next frames of the asker: to which MAC do they go?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import LIKELY, NORMAL, Statement
from vxlan_dissect.rules.answers import others_that_answer
from vxlan_dissect.rules.ndp.flags import FIELDS, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "ndp.override"


def check(context: Context) -> Statement | None:
    """Speak on an advertisement with O where another MAC answered the same asker for the same target."""
    answer = judged(context) if context.get("icmpv6.nd.na.flag.o") else None
    if answer is None or not others_that_answer(context, answer):
        return None
    text = f"O is set: the asker takes {answer.who} for {answer.target}, even if it has learned another MAC before."
    return Statement(NAME, text, NORMAL, LIKELY, (*context.fields(*FIELDS), *answer.evidence))
