"""A packet is larger than the tunnel takes in one piece.

Shows
    The MTU that the inner packet exceeds, and what becomes of it.

Why it matters
    Small packets pass and large ones do not, or arrive in pieces. It is the sign of a sender that ignores the MTU of
    its route.

How we know
    The length in the inner IP header, against the MTU of the route or the tunnel device, or of the node's card less
    the headers of the tunnel. TCP is left out, since its long frames are cut into segments before they are sent. Linux
    sends an outer IPv4 packet with DF 0 in fragments, and drops an outer IPv6 packet. Where the kernel routes into the
    tunnel device (flannel, Calico) it cuts or refuses the inner packet first; Cilium does not look at its size.

What to check next
    `ip route` in the pod, `ip link` of the tunnel device and the card. After this frame: fragments, a Packet Too Big,
    or nothing?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import LIKELY, NORMAL, Statement
from vxlan_dissect.explain.traits import ip_length
from vxlan_dissect.rules.tunnel.sizes import room

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "mtu.too-big"


def check(context: Context) -> Statement | None:
    """Speak on a packet without TCP for which the tunnel has too little room."""
    length = ip_length(context.packet)
    if length is None or context.get("tcp.srcport") is not None:
        return None
    space = room(context)
    if space is None or length <= space.limit:
        return None
    text = f"Larger than the {space.limit} bytes that the tunnel takes in one piece ({space.why}). "
    text += _outcome(context)
    evidence = (*context.fields("ip.len", "ipv6.plen", "ip.flags.df"), *space.evidence)
    return Statement(NAME, text, NORMAL, LIKELY, evidence)


def _outcome(context: Context) -> str:
    if context.get("outer.ip.src") is not None:
        return "The outer packet travels in fragments."
    if context.outer is not None:
        return "Over IPv6 the outer packet is not fragmented but lost."
    if context.is_cilium:
        return "Cilium encapsulates it all the same: the outer packet is fragmented over IPv4 and lost over IPv6."
    if context.get("ip.flags.df") is False:
        return "The node cuts it into IPv4 fragments before the tunnel."
    return "The node tells the sender by ICMP, unless it had put the packet together from fragments and cuts it again."
