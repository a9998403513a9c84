"""A tunnel packet is sent to a multicast group of nodes.

Shows
    The group, and that every node which joined it gets a copy.

Why it matters
    Broadcast, multicast and what is for a MAC nobody has learned yet go this way. Where the network between the nodes
    does not carry the group, address resolution fails and pods do not find each other, though unicast would pass.

How we know
    RFC 7348 section 4.2. `ip -d link` prints `group ADDRESS`. The outer TTL or hop limit must suffice for the routers
    between the nodes. Neither Cilium, flannel nor Calico uses groups.

What to check next
    `ip maddr show dev CARD` on each node; snooping and queriers of the switches between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import CERTAIN, NORMAL, Statement
from vxlan_dissect.rules.tunnel.nodes import in_words

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.group-destination"


def check(context: Context) -> Statement | None:
    """Speak where the outer destination is a group."""
    outer = context.outer
    if outer is None or outer.dst.ip is None or not outer.dst.ip.is_multicast:
        return None
    text = f"{in_words(outer.src)} floods the packet to the group {outer.dst.ip}: every node that has joined gets it."
    columns = ("outer.ip.dst", "outer.ipv6.dst", "outer.eth.dst", "outer.ip.ttl", "outer.ipv6.hlim")
    return Statement(NAME, text, NORMAL, CERTAIN, tuple(context.fields(*columns)))
