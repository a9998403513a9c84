"""A node or router has no way to the receiver.

Shows
    An ICMP error that says so; an answer that leaves a node outside the tunnel through which the request came; a pod's
    own address that leaves for the world, where nobody has a way back.

Why it matters
    The route of a node is missing or wrong, often after its daemon restarted, or masquerading is not done.

How we know
    RFC 792 type 3 codes 0 and 6, RFC 4443 type 1 code 0. The routes that flannel, Calico and Cilium set for the ranges
    of other nodes are `proto kernel` or `proto bird`/`80` and lost with the device.

What to check next
    `ip route get RECEIVER` on the node of the last place, and the rules that masquerade (`iptables -t nat -S`, `nft
    list ruleset`, `cilium-dbg status`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import (
    NAMED,
    NODE_IN,
    NODE_OUT,
    POSSIBLE_WEIGHT,
    STRONG,
    Weight,
    came_by_tunnel,
    error_evidence,
    errors,
    hop_at,
    in_pod_range,
    is_partial,
    is_return,
    stretches,
    who_says,
)

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh errors, and packets that leave where they should not."""
    told = [*errors(loss, "icmp", 3, 0, 6), *errors(loss, "icmpv6", 1, 0)]
    if told:
        why = f"{who_says(told[0])} reports that it has no route"
        return Weight("no-route", NAMED + 6, why, error_evidence(told))
    here, context = hop_at(loss), loss.context
    if here is None or is_partial(loss):
        return None
    if is_return(loss) and here.role == "nic" and context.outer is None and came_by_tunnel(loss):
        owner = context.src.owner
        if owner is not None and owner.node == here.node:
            why = f"the requests came through the tunnel, the answers leave {loss.last} without it"
            return Weight("no-route", STRONG + 8, why)
    if here.role == "nic" and context.outer is None and context.src.pod_name and _is_outside(loss):
        why = f"{context.src.pod_name}'s own address leaves {loss.last} for the world, which has no way back to it"
        return Weight("no-route", STRONG + 5, why)
    if stretches(loss)[:1] == (NODE_OUT,) and not context.is_cilium:
        return Weight("no-route", POSSIBLE_WEIGHT, "the node may have no route, or not forward at all")
    if stretches(loss)[-1:] == (NODE_IN,) and loss.missing is not None and not context.is_cilium:
        return Weight("no-route", POSSIBLE_WEIGHT, f"{here.node} may have no route to the receiver")
    return None


def _is_outside(loss: Loss) -> bool:
    ip, inventory = loss.context.dst.ip, loss.context.inventory
    if ip is None or loss.context.dst.owner is not None or in_pod_range(loss, ip):
        return False
    return bool(inventory.nodes or inventory.interfaces)
