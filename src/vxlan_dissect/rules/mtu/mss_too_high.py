"""A SYN offers a larger segment size than the tunnel takes.

Shows
    The MSS of the SYN, the one that would fit, and the MTU it follows from.

Why it matters
    Segments of that size do not fit into the tunnel. Where a Packet Too Big or a fragmentation reaches nobody, the
    connection opens, small answers come, and the first full segment hangs.

How we know
    The MSS is the MTU of the route less 40 bytes of IPv4 and TCP header, or 60 with IPv6 (RFC 6691). Cilium lowers the
    MTU of the pod's routes, not of its device (pkg/mtu/mtu.go): what ignores the route, a guest in the pod for one,
    announces 1460. A switch or the sender itself may still lower it: on its own this is no fault.

What to check next
    `ip route` in the pod (`mtu`), and whether full segments of this connection are repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import LIKELY, NORMAL, Statement
from vxlan_dissect.rules.tunnel.sizes import room

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "mtu.mss-too-high"
_SYN = 0x02
_HEADERS = {4: 40, 6: 60}  # IP and TCP without options


def check(context: Context) -> Statement | None:
    """Speak on a SYN, or SYN with ACK, that goes through a tunnel."""
    mss, flags = context.number("tcp.options.mss_val"), context.number("tcp.flags") or 0
    if mss is None or not flags & _SYN:
        return None
    space = room(context)
    if space is None:
        return None
    headers = _HEADERS[6 if context.get("ipv6.src") is not None else 4]
    fits = space.limit - headers
    if mss <= fits:
        return None
    text = f"{called(context.src)} takes segments of {mss} bytes (MSS); through the tunnel {fits} fit "
    text += f"({space.why}, less {headers}). Full segments to it must be cut or are lost, unless the other end sends "
    text += "smaller ones."
    evidence = (*context.fields("tcp.options.mss_val", "tcp.flags"), *space.evidence)
    return Statement(NAME, text, NORMAL, LIKELY, evidence)
