"""A router names a better next hop.

Shows
    Which router tells which sender to send to whom from now on.

Why it matters
    The packet itself was forwarded: nothing is lost. That the router sends packets back to the network that they came
    from means that the sender's routes are wider than they should be.

How we know
    RFC 792 (type 5) and RFC 1812 section 5.2.7.2. Those of IPv6 are a part of Neighbour Discovery.

What to check next
    The route of the sender to this receiver, if the messages do not end: it ignores them (`accept_redirects`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.names import label
from vxlan_dissect.explain.statements import NORMAL, QUOTED, Statement
from vxlan_dissect.rules.icmp.about import about

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "icmp.redirect"


def check(context: Context) -> Statement | None:
    """Speak on every redirect of IPv4."""
    gateway, quoted = context.ip("icmp.redir_gw"), about(context)
    if context.get("icmp.type") != 5 or gateway is None or quoted is None:
        return None
    owner = context.names.of_ip(gateway)
    text = (
        f"{called(context.src)} passed on {quoted.words}, and names {label(owner) or gateway} as the better next hop."
    )
    evidence = (*context.fields("icmp.redir_gw"), *quoted.evidence, *said_by(context.src.owner), *said_by(owner))
    return Statement(NAME, text, NORMAL, quoted.sure(context.src.owner, owner), evidence, QUOTED)
