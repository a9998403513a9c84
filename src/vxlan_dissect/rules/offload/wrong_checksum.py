"""A checksum is wrong, and not as an offload leaves it.

Shows
    Which checksum does not fit its packet, and whether the frame was seen where it came in or where it was sent.

Why it matters
    Whoever receives it drops it in silence. ICMP passes, TCP and UDP die: typical of a hypervisor's or card's checksum
    offload that does not know the tunnel's port, and of address translation that did not mend the sum.

How we know
    RFC 1071, over pseudo-header and payload. Not counted are a partial sum, as Linux leaves it for the card, a packet
    of which bytes are missing, and one that the kernel has merged from several (GRO). Before a card has finished them,
    sums at a sender may look wrong: so only where a packet comes in is it called a fault. Checked in the first 65,536
    frames of a capture.

What to check next
    `nstat -az | grep -i csum` on the receiver; on the sender `ethtool -K CARD tx-udp_tnl-segmentation off
    tx-udp_tnl-csum-segmentation off`, or `tx off` to try.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.derived.checksums import BAD
from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.places import At, Place
from vxlan_dissect.explain.statements import LIKELY, NORMAL, POSSIBLE, SUSPICIOUS, Cause, Statement
from vxlan_dissect.explain.traits import USUAL_MTU, ip_length
from vxlan_dissect.rules.heard import comes_back
from vxlan_dissect.rules.offload.sums import ABOVE_IP, with_status

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "offload.wrong-checksum"


def check(context: Context) -> Statement | None:
    """Speak where a checksum is wrong."""
    found = with_status(context, BAD, ABOVE_IP)
    if not found:
        return None
    which = " and ".join(words for _, words in found)
    evidence = tuple(context.fields(*(f"{name}.checksum" for name, _ in found)))
    node = _comes_in_at(context)
    if node is None or _is_merged(context):
        text = f"The {which} checksum does not fit the packet. That proves no fault yet: the network card may finish "
        text += "it after this place."
        return Statement(NAME, text, NORMAL, POSSIBLE, evidence)
    text = f"The {which} checksum is wrong where the packet comes in at {node}: {called(context.dst)} drops it, or its "
    text += "node does."
    causes = (
        Cause("checksum-refused", f"the {which} checksum is wrong on arrival at {node}, so the kernel discards it"),
        Cause("other", "a card or hypervisor on the way spoils it, or the packet itself"),
    )
    if comes_back(context):
        text += " Answers come back all the same."
        return Statement(NAME, text, NORMAL, POSSIBLE, evidence)
    place = Place(At(node, context.point.interface)) if context.point is not None else None
    return Statement(NAME, text, SUSPICIOUS, LIKELY, evidence, causes=causes, place=place)


def _is_merged(context: Context) -> bool:
    """Whether the kernel may have merged the frame from several: the checksum around them is then that of the first."""
    length = ip_length(context.packet, "outer." if context.outer is not None else "")
    return length is None or length > USUAL_MTU


def _comes_in_at(context: Context) -> str | None:
    """The node at which the frame was captured, if it comes from another one there."""
    point, outer = context.point, context.outer
    node = point.node if point is not None else None
    if outer is not None:
        sender, receiver = outer.src.owner, outer.dst.owner
    else:
        sender, receiver = context.src.owner, context.dst.owner
    if node is None or sender is None or receiver is None or receiver.node != node:
        return None
    return node if sender.node is not None and sender.node != node else None
