"""A station announces its MAC for an IPv6 address though nobody asked.

Shows
    Who announces which address, and whether neighbours that know another MAC take the new one.

Why it matters
    It is how an address moves: after a failover, a new MAC or a pod that was made again, the new holder tells all. It
    is also how an address is stolen.

How we know
    RFC 4861 section 7.2.6 (S is not set; O says whether to replace the MAC that is known) and 7.2.5 (what the receiver
    does). The inventory says whether the announcer has the address.

What to check next
    Whose the address was before, and whether both still answer (`ndp.conflict`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.answers import announces
from vxlan_dissect.rules.ndp.flags import FIELDS, is_unsolicited, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "ndp.unsolicited-advertisement"


def check(context: Context) -> Statement | None:
    """Speak on an advertisement without the solicited flag that answers no question of this capture."""
    answer = judged(context)
    if answer is None or not is_unsolicited(context):
        return None
    override = context.get("icmpv6.nd.na.flag.o")
    effect = "take this MAC" if override else "keep the MAC that they have"
    return announces(NAME, context, answer, FIELDS, f"Neighbours that know the address {effect}.")
