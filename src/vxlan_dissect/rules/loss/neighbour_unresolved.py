"""A node or pod finds no MAC for the next hop.

Shows
    ARP requests or neighbour solicitations without an answer at the device by which the packets should leave.

Why it matters
    Without the MAC of the next hop nothing is sent at all; after three questions the sender is told host unreachable.

How we know
    RFC 826, RFC 4861 section 7.2.2. flannel and Calico enter the neighbours of their VXLAN device by hand: a question
    on it says that an entry is missing (flannel pkg/backend/vxlan, felix/dataplane/linux/vxlan_mgr.go).

What to check next
    `ip neigh show dev DEVICE` on the node that asks; the daemon of the network on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import NAMED, STRONG, Weight, is_partial, question_evidence

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh unanswered questions at the devices after the last place."""
    if is_partial(loss) or loss.step is None:
        return None
    ahead = loss.hops[loss.step : (loss.next_step if loss.next_step is not None else len(loss.hops) - 1) + 1]
    for hop in ahead:
        for question in loss.questions:
            at = question.spot.at
            if (at.node, at.interface) != (hop.node, hop.interface) or hop.role == "nic":
                continue
            if question.target == loss.context.dst.ip or hop.role == "tunnel":
                why = f"{at} asks for {question.target} and nobody answers"
                weight = NAMED if hop.role == "tunnel" else STRONG
                return Weight("neighbour-unresolved", weight, why, (question_evidence(question),))
    return None
