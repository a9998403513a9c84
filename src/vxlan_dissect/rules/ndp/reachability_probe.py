"""A station checks that a neighbour whose MAC it knows still answers.

Shows
    Who checks whom. The question goes to the neighbour itself, not to a group.

Why it matters
    It is no first resolution: the asker has the MAC already and uses it meanwhile. Three of these without an answer
    make it forget the MAC and ask the group again; traffic is held up only from then on.

How we know
    RFC 4861 section 7.3.3 (unicast probes in the state PROBE, three of them, a second apart).

What to check next
    Without an answer, whether the group is asked next and stays silent too (`ndp.unanswered`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.rules.ndp.ask import asks

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "ndp.reachability-probe"


def check(context: Context) -> Statement | None:
    """Speak on a solicitation to a unicast address."""

    def text(about: str) -> str:
        return f"{called(context.src)} checks that {about} still answers (unicast probe of a known neighbour)."

    return asks(NAME, context, "check", text)
