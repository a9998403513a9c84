"""A packet is sent to a next hop by a MAC that this next hop does not have.

Shows
    The destination MAC that the frame bears and the one that the next hop has, by the inventory.

Why it matters
    The sender believes an outdated neighbour entry. Behind a bridge the frame is flooded and nobody takes it, on a
    routed veth and on a network card the kernel drops it as meant for somebody else, and neither says a word. Cilium
    forwards it all the same, since its program at the host end of a pod's veth does not look at the destination MAC.

How we know
    The packet's way leads through an interface whose MAC the inventory lists, and the frame bears another one, that no
    interface of the inventory has. An entry changes only when its neighbour is asked again (RFC 4861 section 7.3).
    Linux `ip_rcv_core` and `ip6_rcv_core` drop what the device marked PACKET_OTHERHOST (net/ipv4/ip_input.c).

What to check next
    `ip neigh` on the sender, against `ip link` of the next hop; `ip neigh flush` there has it asked anew. If the
    inventory was collected at another time than the capture, collect it again first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import (
    BY_DESIGN,
    LIKELY,
    Cause,
    FactEvidence,
    Statement,
)
from vxlan_dissect.rules.routing.expected import answered, destination_mac, verdict

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.rules.routing.expected import Differs

NAME = "routing.unknown-next-hop"
_AT_SENDER = ("pod", "lxc", "bridge")


def check(context: Context) -> Statement | None:
    """Speak where the destination MAC is nobody's and the next hop is known to have another."""
    found = destination_mac(context)
    if found is None or found.holder is not None or context.outer is not None:
        return None
    if found.hop.role not in (*_AT_SENDER, "nic") or answered(context):
        return None
    if found.hop.role == "nic" and found.wanted.host.pod is not None:
        return None
    evidence = [*context.fields("eth.dst"), *found.evidence]
    text = f"Sent to {found.words}"
    if context.profile.sender_macs and found.hop.role in _AT_SENDER:
        text += ": an outdated neighbour entry. Cilium's program takes the frame whatever its destination MAC is."
        evidence.append(FactEvidence(context.profile.source, None, "the destination MAC is not looked at"))
        return Statement(NAME, text, BY_DESIGN, LIKELY, tuple(evidence))
    if _was_answered_for(context, found):
        why = f"this MAC answered for it in this capture, and {found.wanted.name} has another"
        text += ". This MAC answered when the next hop was asked for: somebody else uses its address."
        return Statement(NAME, text, verdict(context), LIKELY, tuple(evidence), causes=(Cause(_DUPLICATE, why),))
    what = _happens(context, found)
    text += f", and no interface of the inventory has it. {what}"
    why = f"the neighbour entry of the sender is outdated: {found.wanted.name} of {found.wanted.host.name} has another"
    return Statement(NAME, text, verdict(context), LIKELY, tuple(evidence), causes=(Cause("stale-neighbour", why),))


_DUPLICATE = "duplicate-address"


def _was_answered_for(context: Context, found: Differs) -> bool:
    return any(found.seen in macs for macs in context.lessons.answers.values())


def _happens(context: Context, found: Differs) -> str:
    if found.hop.role == "nic":
        return "No node takes the frame: the link carries it and it is dropped."
    if context.profile.bridge:
        return "The bridge floods the frame and nobody takes it."
    return f"The node drops it at {found.wanted.name} as meant for somebody else."
