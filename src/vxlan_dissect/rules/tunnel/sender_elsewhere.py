"""A packet comes out of the tunnel of another node than its sender lives on.

Shows
    Which node encapsulated, and on which node the inventory has the pod that the inner packet is from.

Why it matters
    A second pod with the same address, a forged source, or an inventory that is out of date: in each case the names in
    what follows are wrong. A receiver that checks sources may drop the packet.

How we know
    A node encapsulates what its own pods send. Others do so only in their place: direct server return (Cilium's options
    in IP or Geneve say it), in which a load balancer passes the client's packet on unchanged; these are left out.

What to check next
    `kubectl get pods -A -o wide | grep ADDRESS`: is there one pod with it, and where?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import POSSIBLE, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.cards import at_card
from vxlan_dissect.rules.tunnel.nodes import elsewhere

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.sender-elsewhere"
_RETURN = ("outer.geneve.dsr.port", "ip.opt.dsr.port", "ipv6.opt.dsr.port")


def check(context: Context) -> Statement | None:
    """Speak where the outer source is not the node of the inner one."""
    outer = context.outer
    if outer is None or any(context.get(column) is not None for column in _RETURN):
        return None
    found = elsewhere(context, context.src, outer.src)
    if found is None:
        return None
    home, there, proof = found
    who = called(context.src)
    text = f"It comes through the tunnel from {there}, but {who} is on {home} by the inventory: "
    text += "the pod has moved since, its address is in use twice, or the source is not the true one."
    evidence = (*context.fields("outer.ip.src", "outer.ipv6.src", "ip.src", "ipv6.src"), *proof)
    causes = (
        Cause("other", f"{who} moved, and the inventory is not of the capture's time"),
        Cause("duplicate-address", f"another pod has the address {context.src.ip}, too"),
        Cause("invalid-source", f"somebody else writes {context.src.ip} as source"),
    )
    return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=causes, place=at_card(context, outer.src.owner))
