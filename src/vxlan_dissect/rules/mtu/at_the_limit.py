"""A packet is exactly as large as the tunnel takes.

Shows
    The MTU that the inner packet fills to the last byte.

Why it matters
    It proves the MTU up to here. Where packets of this size are missing at a later point and smaller ones are not, a
    link on the way takes less.

How we know
    The length in the inner IP header equals the MTU of the route or the tunnel device, or that of the node's card less
    the headers of the tunnel.

What to check next
    Nothing, unless it is lost on its way: then the MTU of the links between the nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import CERTAIN, NORMAL, Statement
from vxlan_dissect.explain.traits import ip_length
from vxlan_dissect.rules.tunnel.sizes import room

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "mtu.at-the-limit"


def check(context: Context) -> Statement | None:
    """Speak where a packet has just the size that fits."""
    length = ip_length(context.packet)
    space = room(context) if length is not None else None
    if space is None or length != space.limit:
        return None
    text = f"It fills the tunnel to the last byte: {space.limit} fit ({space.why})."
    evidence = (*context.fields("ip.len", "ipv6.plen", "outer.ip.len", "outer.ipv6.plen"), *space.evidence)
    return Statement(NAME, text, NORMAL, CERTAIN, evidence)
