"""Two MACs answer one question for an IPv4 address.

Shows
    Which MACs answer, and whose they are.

Why it matters
    The address is in use twice, or somebody answers for an address that is not his: the asker's frames go to one of the
    two, and which may change with every resolution.

How we know
    Two replies with different MACs for one address answer one request of one asker, at one capture point, while the
    asker still waits. RFC 5227 section 2.4. A Linux host with two cards on one link answers with both (`arp_ignore`).

What to check next
    Whose the two MACs are (`vxd who`), `ip addr` and `proxy_arp` on both hosts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.answers import conflict
from vxlan_dissect.rules.arp.judge import FIELDS, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "arp.conflict"


def check(context: Context) -> Statement | None:
    """Speak on each of several replies that answer one request with different MACs."""
    return conflict(NAME, context, judged(context), FIELDS)
