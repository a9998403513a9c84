"""Two MACs answer one question for an IPv6 address.

Shows
    Which MACs answer, and whose they are.

Why it matters
    The address is in use twice, or somebody answers for an address that is not his: the asker's frames go to one of the
    two, and which may change with every resolution.

How we know
    Two advertisements with different MACs for one target answer one question of one asker, at one capture point, while
    the asker still waits (RFC 4861 section 7.2.2, three seconds). Cilium's gateway has another MAC for every pod; these
    are answers to different askers and are not counted.

What to check next
    Whose the two MACs are (`vxd who`), `ip -6 addr` and `ip -6 neigh show proxy` on both hosts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.answers import conflict
from vxlan_dissect.rules.ndp.flags import FIELDS, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "ndp.conflict"


def check(context: Context) -> Statement | None:
    """Speak on each of several advertisements that answer one question with different MACs."""
    return conflict(NAME, context, judged(context), FIELDS)
