"""A packet was too big for the next link, and its sender is told so.

Shows
    Who could not forward which packet, and the size that would fit.

Why it matters
    One such message is how hosts learn the size that fits: the next packets are smaller. Where the packet was one of
    the tunnel, the message goes to the node and not to the pod, which keeps sending too much: big packets vanish, small
    ones pass.

How we know
    RFC 1191 and RFC 792 (type 3 code 4, next-hop MTU), RFC 4443 section 3.2 (Packet Too Big). Linux never fragments a
    tunnel packet over IPv6, and over IPv4 only where it may (DF not set, as Cilium, flannel and Calico send VXLAN). For
    IP in IP it remembers the size and tells the next inner sender (net/ipv4/ip_tunnel.c `tnl_update_pmtu`).

What to check next
    Whether smaller packets follow. If not: whether the sender gets the message (a firewall may drop it), and the MTU of
    the pods' route: that of the nodes' network less 50 bytes for VXLAN over IPv4, 70 over IPv6, 20 for IP in IP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import BROKEN, LIKELY, NORMAL, QUOTED, UNKNOWN, Cause, Statement
from vxlan_dissect.rules.icmp.about import about, where

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "icmp.packet-too-big"


def check(context: Context) -> Statement | None:
    """Speak on Packet Too Big and on fragmentation needed."""
    needed = context.get("icmp.type") == 3 and context.get("icmp.code") == 4
    quoted = about(context)
    if quoted is None or not (needed or context.get("icmpv6.type") == 2):
        return None
    mtu = context.number("icmpv6.mtu") or context.number("icmp.mtu")
    size = f"{mtu} bytes at most" if mtu else "less than it has"
    what = "the sender is" if quoted.tunnel is None else f"{quoted.sender} itself is"
    text = (
        f"{called(context.src)} cannot pass on {quoted.words}: the next link takes {size}. It was dropped, and {what} "
        "to send smaller ones."
    )
    evidence = (*context.fields("icmp.mtu", "icmpv6.mtu"), *quoted.evidence, *said_by(context.src.owner))
    if quoted.tunnel is None:
        return Statement(NAME, text, NORMAL, quoted.sure(context.src.owner), evidence, QUOTED)
    cause = Cause("mtu", "pods send packets that with the tunnel header are too big for the network of the nodes")
    if quoted.relays_errors:
        text += " It is to tell the pod whose packet is inside with the next one."
        return Statement(NAME, text, UNKNOWN, LIKELY, evidence, QUOTED, (cause,))
    text += " The pod whose packet is inside learns nothing of it."
    return Statement(NAME, text, BROKEN, LIKELY, evidence, QUOTED, (cause,), where(context))
