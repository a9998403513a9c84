"""The packets are too big for a link on the way.

Shows
    Small packets that pass and large ones that do not, segments of full size that are sent again and again, or a
    message that names the MTU.

Why it matters
    Connections open and then hang: the handshake is small, the data is not. A tunnel adds 50 bytes (VXLAN or Geneve
    over IPv4) or 70 (over IPv6), so that the pods' packets have to be that much smaller than the nodes' links allow.

How we know
    VXLAN over IPv4 is sent without the don't-fragment flag and is fragmented, over IPv6 it is dropped by the sending
    node (drivers/net/vxlan/vxlan_core.c; RFC 7348 section 4.3 forbids fragments). Links and firewalls that drop in
    silence break path MTU discovery (RFC 2923 section 2.1, RFC 8201).

What to check next
    `ping -M do -s SIZE` between the nodes, SIZE = MTU - 28; the MTU of every link on the way and of the pods' routes
    (`ip route get` in the pod); whether ICMP type 3 code 4 and ICMPv6 type 2 are let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said
from vxlan_dissect.explain.statements import FieldEvidence
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.rules.losing import (
    BEYOND,
    NAMED,
    NODE_OUT,
    RECEIVER,
    STRONG,
    TUNNEL_IN,
    TUNNEL_OUT,
    UNDERLAY,
    USUAL,
    Weight,
    error_evidence,
    errors,
    only_large,
    stretches,
    who_says,
)

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import ErrorMessage, Loss

_OVERHEAD = {4: 50, 6: 70}
_FULL_SIZE = 1200  # bytes of IP: what is smaller passes nearly every link


def weigh(loss: Loss) -> Weight | None:
    """Weigh the sizes of what was lost and what was not."""
    told = _told(loss)
    if told:
        limit = f"at most {told[0].mtu} bytes" if told[0].mtu else "smaller ones"
        return Weight("mtu", NAMED + 5, f"{who_says(told[0])} takes {limit}", error_evidence(told))
    there = set(stretches(loss))
    if there <= {RECEIVER} or not loss.sizes:
        return None
    if not there & {UNDERLAY, TUNNEL_OUT, TUNNEL_IN, NODE_OUT, BEYOND}:
        return None
    small = loss.sizes[0]
    over = _over(loss) if there & {UNDERLAY, TUNNEL_OUT, TUNNEL_IN} else None
    if over is not None:
        return over
    if only_large(loss):
        why = f"packets of {small} bytes and more are lost, those of up to {loss.passed[-1]} bytes pass"
        return Weight("mtu", STRONG + 12 if there & {UNDERLAY, TUNNEL_OUT, TUNNEL_IN} else STRONG, why)
    if loss.unit == "byte of TCP" and small >= _FULL_SIZE:
        why = f"segments of {small} bytes are sent again, while the handshake passed"
        return Weight("mtu", STRONG + 5 if there & {UNDERLAY, BEYOND} else USUAL, why)
    if _shows_first_fragments(loss) and TUNNEL_IN in there:
        why = "the tunnel packets come in fragments, and only the first ones arrive"
        return Weight("mtu", STRONG + 10, why, (FieldEvidence("outer.ip.flags.mf", True),))
    if small >= _FULL_SIZE and not loss.passed and there & {UNDERLAY, TUNNEL_OUT}:
        return Weight("mtu", USUAL + 20, f"the packets are large ({small} bytes), and no small one shows that any pass")
    return None


def is_told(loss: Loss) -> bool:
    """Whether the sender itself gets the message that names the MTU, so that it can send less."""
    return any(error.context.dst.ip == loss.context.src.ip for error in _told(loss))


def _told(loss: Loss) -> list[ErrorMessage]:
    """The messages that name the MTU."""
    return [*errors(loss, "icmp", 3, 4), *errors(loss, "icmpv6", 2)]


def _shows_first_fragments(loss: Loss) -> bool:
    """Whether the last place saw first fragments of tunnel packets that were never put together."""
    return any(
        bool(context.get("outer.ip.flags.mf")) and context.get("frame.fragments") is None
        for conversation in loss.conversations
        for spot, tally in conversation.seen[loss.direction].items()
        if spot.at == loss.last and (context := tally.context)
    )


def _over(loss: Loss) -> Weight | None:
    """Packet and tunnel header exceed the MTU of the sending node's card."""
    card = next((hop for hop in loss.hops[loss.step or 0 :] if hop.role == "nic"), None)
    if card is None or card.interface is None or not any(hop.role == "tunnel" for hop in loss.hops):
        return None
    device = loss.context.inventory.interface(Host(card.node), card.interface)
    outers = (context.outer for context in loss.contexts() if context.outer is not None)
    underlay = next((outer.src.ip.version for outer in outers if outer.src.ip is not None), 4)
    total = loss.sizes[0] + _OVERHEAD[underlay]
    if device is None or device.mtu is None or total <= device.mtu:
        return None
    why = f"with the tunnel's header they are {total} bytes, and {card.interface} of {card.node} takes {device.mtu}"
    return Weight("mtu", NAMED, why, (said(device),))
