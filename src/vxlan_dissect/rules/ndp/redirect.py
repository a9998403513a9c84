"""A router tells a sender of a better next hop.

Shows
    Who tells whom, for which destination, and whether the receiver may believe it.

Why it matters
    A kernel sends one when it would send a packet back out of the interface that it came in on. In a pod network that
    is not advice but a symptom: the packet reached a node whose datapath has no endpoint for its destination.

How we know
    RFC 4861 section 4.5 and 8 (target equal to destination: the destination is on the router's own link), 8.1 (without
    hop limit 255 it is discarded); Linux net/ipv6/ip6_output.c `ip6_forward`. Cilium hands what it has no endpoint for
    to the kernel, which routes the node's pod range back to cilium_host.

What to check next
    Does a pod with the destination run on the node (`kubectl get pods -o wide`), and does its datapath know it
    (`cilium-dbg bpf endpoint list`)?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.names import label
from vxlan_dissect.explain.statements import LIKELY, NORMAL, SUSPICIOUS, Cause, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "ndp.redirect"
_FIELDS = ("icmpv6.rd.na.destination_address", "icmpv6.rd.na.target_address", "ipv6.src", "ipv6.dst", "ipv6.hlim")


def check(context: Context) -> Statement | None:
    """Speak on every redirect."""
    destination, target = (context.ip(f"icmpv6.rd.na.{name}_address") for name in ("destination", "target"))
    if context.get("icmpv6.type") != 137 or destination is None or target is None:
        return None
    home = context.names.of_ip(destination)
    about = f"{destination} ({label(home)})" if label(home) else str(destination)
    hop = "is on its own link" if target == destination else f"is reached by way of {target}"
    text = f"{called(context.src)} tells {called(context.dst)} that {about} {hop}."
    limit = context.number("ipv6.hlim")
    if limit is not None and limit != 255:
        text += f" With hop limit {limit} the receiver discards it: it must be 255."
    evidence = (*context.fields(*_FIELDS), *said_by(context.src.owner), *said_by(home))
    statement = Statement(NAME, text, NORMAL, sureness(context.src.owner, home), evidence)
    if not context.is_cilium or target != destination or (home is not None and home.what != "pod"):
        return statement
    node = (context.src.owner.node if context.src.owner else None) or "the node"
    why = f"The packet came to {node}, whose datapath has no endpoint for it and would send it back out."
    cause = Cause("unknown-endpoint", f"the datapath of {node} knows no endpoint {destination}")
    return statement._replace(text=f"{text} {why}", verdict=SUSPICIOUS, confidence=LIKELY, causes=(cause,))
