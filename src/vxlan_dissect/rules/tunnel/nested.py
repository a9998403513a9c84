"""A tunnel packet is in another tunnel.

Shows
    The headers in order, from the outside in.

Why it matters
    Each tunnel takes its part of the MTU, and outer addresses and VNI that are named here are those of the tunnel next
    to the innermost packet, not those on the wire.

How we know
    The headers were decoded one after the other. A pod may not send to Cilium's own tunnel port (drop reason 170), so
    nested VXLAN on it comes from the nodes: a cluster whose machines are themselves in an overlay, or two network
    plugins at once.

What to check next
    `ip -d link` on the nodes: how many tunnel devices are there, and over which device does each send (`dev`)?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import CERTAIN, NORMAL, FactEvidence, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.nested"


def check(context: Context) -> Statement | None:
    """Speak on a packet in two tunnels or more."""
    depth = context.number("frame.tunnels") or 0
    if depth < 2:
        return None
    headers = " ".join(context.packet.protocols)
    text = f"The packet is in {depth} tunnels, one in the other ({headers}); what is said of the tunnel is about the "
    text += "innermost of them."
    evidence = (*context.fields("frame.tunnels"), FactEvidence("headers", None, headers))
    return Statement(NAME, text, NORMAL, CERTAIN, evidence)
