"""A network policy may have dropped the packets.

Shows
    Packets that reach the node of a pod, or its host end, and go no further, with no word to the sender; or a refusal
    that a packet filter sends.

Why it matters
    A policy that drops says nothing: the sender sees silence and tries again, as with a loss in the network. Which of
    both it is, only the place tells.

How we know
    Cilium drops by policy between the tunnel device and the host end of the receiving pod's veth (ingress), or at the
    host end of the sending pod's (egress), and sends no error unless `policy-deny-response` says so (bpf/lib/policy.h,
    drop reasons 133 and 181). Calico drops in the same places by iptables or eBPF. ICMP type 3 code 13 (RFC 1812) and
    ICMPv6 type 1 code 1 (RFC 4443) are refusals by a filter.

What to check next
    `cilium-dbg monitor -t drop` or `hubble observe --verdict DROPPED` on the node of the last place; the policies that
    select the pod: `kubectl get networkpolicy,ciliumnetworkpolicy -A`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import (
    INSIDE,
    NAMED,
    NODE_IN,
    NODE_OUT,
    POD_IN,
    POSSIBLE_WEIGHT,
    STRONG,
    USUAL,
    Weight,
    error_evidence,
    errors,
    is_partial,
    owner_of,
    stretches,
    who_says,
)

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss

_WITHOUT_POLICIES = ("flannel", "bridged VXLAN", "Linux")


def weigh(loss: Loss) -> Weight | None:
    """Weigh silence on the way into or out of a pod, and refusals."""
    refused = [*errors(loss, "icmp", 3, 9, 10, 13), *errors(loss, "icmpv6", 1, 1, 5, 6)]
    if refused:
        why = f"{who_says(refused[0])} answers that a packet filter forbids it"
        return Weight("policy", NAMED + 5, why, error_evidence(refused))
    there = stretches(loss)
    if is_partial(loss) or loss.fragments or not {NODE_IN, NODE_OUT, INSIDE} & set(there):
        return None
    known = owner_of(loss, loss.context.dst.ip)
    if known is None or (known.pod is None and loss.context.src.pod_name is None):
        return None
    if len(there) > 1 and set(there) != {NODE_IN, POD_IN}:
        return Weight("policy", POSSIBLE_WEIGHT, "a policy drops without a word")
    if loss.context.profile.name in _WITHOUT_POLICIES:
        why = f"{loss.context.profile.name} itself enforces no policies, another program on the node may"
        return Weight("policy", POSSIBLE_WEIGHT, why)
    side = "ingress" if there[0] == NODE_IN else "egress"
    if there[0] == INSIDE:
        side = "egress or ingress"
    weight = STRONG if loss.context.is_cilium and there[0] != NODE_OUT else USUAL + 10
    if loss.missing is None:
        return Weight("policy", USUAL, f"an {side} policy may drop them beyond {loss.last}, without a word")
    return Weight("policy", weight, f"an {side} policy drops here, without a word to the sender")
