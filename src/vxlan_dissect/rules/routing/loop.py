"""One packet passes the same interface again and again, its hop limit falling: it goes in circles.

Shows
    That frames of this capture are one packet, each with a lower hop limit than the one before, and where.

Why it matters
    Two places each believe that the other has the destination. The packet never arrives; a burst of one packet becomes
    dozens, and the sender sees no more than a late error, or nothing.

How we know
    Addresses, ports, sequence numbers and identifiers are those of one packet, and at one interface it is seen three
    times or more with ever lower hop limits. A packet that a node hands on is seen there twice at most. In Cilium an
    address of the node's own pod range that no endpoint has goes round at cilium_host: the route leads there, and the
    program there finds no endpoint (bpf/bpf_host.c).

What to check next
    Who has the destination: `cilium-dbg bpf endpoint list` and `cilium-dbg bpf ipcache get` on this node, or `ip route
    get` at the two ends of the circle. A pod that is gone while others still send to it is the usual case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.course import LOOPS
from vxlan_dissect.explain.statements import BROKEN, LIKELY, Cause, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "routing.loop"


def check(context: Context) -> Statement | None:
    """Speak where the frame is one of a packet's many passes."""
    if not context.course & LOOPS:
        return None
    whom = called(context.dst)
    where = f" at {context.point.interface}" if context.point is not None and context.point.interface else ""
    on = f" of {context.point.node}" if context.point is not None and context.point.node and where else ""
    text = f"This packet to {whom} comes by{where}{on} again and again with an ever lower hop limit: it goes in circles"
    text += " until that is used up."
    causes = [Cause("loop", f"what routes to {whom} here leads back here")]
    if context.dst.owner is None or context.is_cilium:
        causes.append(Cause("unknown-endpoint", f"no endpoint on this node has {context.dst.ip}"))
    fields = context.fields("ip.ttl", "ipv6.hlim", "ip.dst", "ipv6.dst", "ip.id", "icmp.seq")
    evidence = (*fields, *said_by(context.dst.ip_owner))
    return Statement(NAME, text, BROKEN, LIKELY, evidence, causes=tuple(causes))
