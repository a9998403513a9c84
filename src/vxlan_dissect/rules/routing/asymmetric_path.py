"""The two directions of a conversation take different ways: one through the tunnel, one around it.

Shows
    That at this interface everything from the other side comes in the tunnel, and this direction is plain.

Why it matters
    Whoever watches one way sees half of the conversation. Nodes and firewalls that expect both halves on one way drop
    the other half.

How we know
    In this capture all frames from one address to the other are in a tunnel, and all frames back are not, at one and
    the same interface. Direct server return, egress gateways and services of type NodePort do this by design
    (cilium/cilium Documentation/network/kubernetes/kubeproxy-free.rst); between two pods it is a matter of routes.

What to check next
    `ip route get` for each side on the other's node. Whether strict reverse path filtering is on where the plain half
    arrives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.course import OTHER_WAY
from vxlan_dissect.explain.statements import CERTAIN, NORMAL, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "routing.asymmetric-path"


def check(context: Context) -> Statement | None:
    """Speak where the frame is the plain half of a conversation whose other half is in a tunnel."""
    if not context.course & OTHER_WAY:
        return None
    text = f"What {called(context.dst)} sends to {called(context.src)} passes here in a tunnel, and this direction "
    text += "without one: the two take different ways."
    evidence = context.fields("frame.tunnels", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
    return Statement(NAME, text, NORMAL, CERTAIN, tuple(evidence))
