"""A tunnel packet was cut into IPv4 fragments between the nodes.

Shows
    Which part this frame is, and whether the rest is in the capture.

Why it matters
    Only the first fragment has the UDP header and the VNI. Firewalls and security groups that judge by ports drop the
    others, and a capture filter on a port misses them. Where all arrive, it costs speed and nothing else.

How we know
    RFC 7348 section 4.3 forbids it to tunnel ends; Linux does it all the same, since DF is 0 on the outer header, where
    the tunnel packet is larger than the MTU of the node's card, and so does a router on the way. The receiving node
    puts it together before the tunnel device sees it. Over IPv6 there is no such fragmentation: the packet is dropped.

What to check next
    MTU of the cards and of the links between the nodes, against that of the pods' routes plus the tunnel's overhead. A
    capture without a port filter: `tcpdump 'udp port 8472 or ip[6:2] & 0x1fff != 0'`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.pair import OPEN, UNANSWERED
from vxlan_dissect.explain.statements import (
    CERTAIN,
    NORMAL,
    POSSIBLE,
    SUSPICIOUS,
    UNKNOWN,
    Cause,
    Statement,
)
from vxlan_dissect.rules.cards import at_card, between_cards
from vxlan_dissect.rules.heard import comes_back

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.outer-fragmented"


def check(context: Context) -> Statement | None:
    """Speak on a fragment with a tunnel header, and on the frame that completes its datagram."""
    outer = context.outer
    first, offset = bool(context.get("outer.ip.flags.mf")), context.number("outer.ip.frag_offset")
    if outer is None or not (first or offset):
        return None
    evidence = tuple(context.fields("outer.ip.flags.mf", "outer.ip.frag_offset", "outer.ip.flags.df"))
    whole = context.get("frame.fragments") is not None or context.get("frame.reassembled_in") is not None
    ends = f"between {called(outer.src)} and {called(outer.dst)}"
    if not whole:
        text = f"A fragment of a tunnel packet {ends}; the rest is not in this capture. It may be lost, or a capture "
        text += "filter left it out: fragments after the first have no UDP port."
        return Statement(NAME, text, UNKNOWN, POSSIBLE, evidence)
    text = f"The tunnel packet was cut into IPv4 fragments {ends}, since it is larger than an MTU on its way. "
    if context.exchange in (UNANSWERED, OPEN) and comes_back(context) is False:
        text += "All of it is in this capture, but no answer comes back: what drops fragments may stand behind it."
        mtu = Cause("mtu", f"tunnel packets are larger than an MTU {ends}")
        lost = "fragments without a UDP header are dropped"
        receiver = outer.dst.owner
        if context.point is not None and receiver is not None and context.point.node == receiver.node:
            causes = (Cause("fragments-unsupported", f"{lost} at {called(outer.dst)}, where all of them come in"), mtu)
            place = at_card(context, receiver)
        else:
            causes = (mtu, Cause("underlay-loss", f"{lost} on their way, by a firewall for one"))
            place = between_cards(context, outer.src.owner, receiver)
        return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=causes, place=place)
    text += "All of it is in this capture: the receiving node puts it together before the tunnel device."
    return Statement(NAME, text, NORMAL, CERTAIN, evidence)
