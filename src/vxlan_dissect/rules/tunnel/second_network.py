"""Two nodes have more than one tunnel between them.

Shows
    By which other port or kind of tunnel the same two nodes send each other packets.

Why it matters
    A cluster has one network plugin and one kind of tunnel. A second one is what a replaced plugin has left behind, and
    takes the packets that its old routes still catch; or it is somebody's network on purpose.

How we know
    Outer addresses, kind and UDP port of all tunnel packets of the capture. Several VNIs on one port are one network
    under Cilium, and so are the IPv4 and IPv6 devices of flannel or Calico, which have other outer addresses.

What to check next
    `ip -d link show type vxlan` and `ip route | grep -E 'vxlan|flannel|cilium|tunl'` on both nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import NORMAL, POSSIBLE, FactEvidence, Statement
from vxlan_dissect.rules.heard import values_by

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.second-network"
_ENDS = ("outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst")
_SHOWN = 3  # ports in a sentence


def check(context: Context) -> Statement | None:
    """Speak where the two nodes have tunnels on several UDP ports."""
    outer, port = context.outer, context.number("outer.udp.dstport")
    if outer is None or outer.vni is None or port is None or context.get("frame.tunnels") != 1:
        return None
    src4, dst4, src6, dst6 = (context.get(name) for name in _ENDS)
    ways = ((src4, dst4, src6, dst6, 1), (dst4, src4, dst6, src6, 1))
    seen = values_by(context.packet.packets, (*_ENDS, "frame.tunnels"), "outer.udp.dstport")
    others = sorted({one for way in ways for one in seen.get(way, ()) if isinstance(one, int)} - {port})
    if not others:
        return None
    listed = ", ".join(map(str, others[:_SHOWN])) + (" and more" if len(others) > _SHOWN else "")
    text = f"{called(outer.src)} and {called(outer.dst)} also have a tunnel on UDP port {listed}: two networks between "
    text += "the same nodes, one of them perhaps left over from another network plugin."
    evidence = [*context.fields("outer.udp.dstport", *_ENDS)]
    evidence.append(FactEvidence("inferred", None, f"tunnel packets between the same two on UDP port {listed}"))
    return Statement(NAME, text, NORMAL, POSSIBLE, tuple(evidence))
