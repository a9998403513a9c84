"""A frame is longer than the MTU, because the kernel had not yet cut it, or has already put it together.

Shows
    That the frame stands for several segments, and on which side of the network card.

Why it matters
    It looks like a fault of the MTU and is none: nothing of this size was on a wire between two machines. Counts of
    frames differ from point to point for the same reason, without a loss.

How we know
    Linux hands segments of one TCP connection on as one buffer and cuts it at the last moment (GSO, in the card TSO);
    what comes in is merged again (GRO) before a tap sees it, at tunnel devices, too. A tap lies before the card, so
    there even the packet around a tunnel may have 64 kB. Only TCP and UDP are treated so.

What to check next
    `ethtool -k CARD | grep -E 'segmentation|generic-receive'`. For sizes on the wire: a capture behind the switch, or
    with these features off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said
from vxlan_dissect.explain.statements import CERTAIN, LIKELY, NORMAL, POSSIBLE, FactEvidence, Statement
from vxlan_dissect.explain.traits import USUAL_MTU, ip_length
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.model import Interface

NAME = "offload.super-packet"
_LARGEST_MTU = 9216  # of common cards and switches ("jumbo frames")


def check(context: Context) -> Statement | None:
    """Speak where a frame with TCP or UDP is longer than the MTU where it was captured."""
    if context.get("tcp.srcport") is None and context.get("udp.srcport") is None:
        return None
    level = "outer." if context.outer is not None else ""
    length = ip_length(context.packet, level)
    # A smaller MTU may have been changed since the inventory was taken: there `mtu.too-big` speaks.
    if length is None or length <= USUAL_MTU:
        return None
    here = _here(context)
    mtu = here.mtu if here is not None and here.mtu is not None else None
    if mtu is not None and length <= mtu:
        return None
    evidence = context.fields("frame.len", f"{level}ip.len", f"{level}ipv6.plen", "tcp.len")
    if here is not None and mtu is not None:
        text = f"Longer than the MTU {mtu} of {here.name} on {here.host.name}"
        evidence.append(said(here))
        sure = LIKELY
    else:
        text = "Longer than any MTU in use" if length > _LARGEST_MTU else f"Longer than the usual MTU {USUAL_MTU}"
        evidence.append(
            FactEvidence("inferred", None, f"no MTU of the place of capture is known; {USUAL_MTU} is usual")
        )
        sure = CERTAIN if length > _LARGEST_MTU else POSSIBLE
    text += ": several segments in one, not yet cut by segmentation offload (GSO, TSO) or already merged (GRO)."
    text += " No MTU fault."
    return Statement(NAME, text, NORMAL, sure, tuple(evidence))


def _here(context: Context) -> Interface | None:
    point = context.point
    if point is None or point.interface is None:
        return None
    return context.inventory.interface(Host(point.node, point.pod), point.interface)
