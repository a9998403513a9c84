"""A station announces its MAC for an IPv4 address though nobody asked (gratuitous ARP).

Shows
    Who announces which address, and whether the inventory gives it to somebody else.

Why it matters
    It is how an address moves: after a failover, a new MAC or a pod that was made again, the new holder tells all, and
    neighbours that know the address take the new MAC. It is also how an address is stolen.

How we know
    RFC 5227 section 2.3 and 3: sender and target address are the same, in a request or a reply; RFC 826 has every
    receiver update an entry that it has. The inventory says whether the announcer has the address.

What to check next
    Whose the address was before, and whether both still answer (`arp.conflict`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.answers import announces
from vxlan_dissect.rules.arp.judge import FIELDS, announced

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "arp.announcement"


def check(context: Context) -> Statement | None:
    """Speak on a request or reply whose sender and target address are the same."""
    answer = announced(context)
    if answer is None:
        return None
    return announces(NAME, context, answer, FIELDS, "Neighbours that know the address take this MAC.")
