"""Can an answer be missing here only because it takes another way?

Law: yes at cilium_host for what the node itself sends, and where Cilium delivers to the pod past the host end of its
veth, where the frame was taken. Where the node says so, it is by design; where only nothing but neighbour answers was
seen there on the way to the pod, it is left open: in a capture of nothing but losses it would look the same. Shared by
the rules that speak of answers that are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.blind import OF_NODE
from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import BY_DESIGN, UNKNOWN, FactEvidence

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context


class Bypass(NamedTuple):
    """What may be said instead of a loss: a verdict, a sentence and what shows it."""

    verdict: str
    text: str
    evidence: FactEvidence


def bypass_of(context: Context) -> Bypass | None:
    """What the sender of this frame may get past the place where it was captured, None where nothing."""
    point, receiver = context.point, context.dst.owner
    if context.is_cilium and point is not None and point.interface in OF_NODE and receiver is not None:
        if receiver.node != point.node or receiver.pod is not None:
            return None
        text = "What the node itself sends is redirected before it can be captured here (Cilium): no sign of a loss."
        known = f"{point.interface}: cil_from_host takes packets at the egress of the device, before the tap"
        return Bypass(BY_DESIGN, text, FactEvidence("inferred", None, known))
    pod = context.src.pod_name
    host_end = context.inventory.lxc_of_pod(pod) if pod else None
    if not context.is_cilium or point is None or host_end is None or point.interface != host_end.name:
        return None
    past = context.profile.past_host_end
    if past is False or host_end.mac in context.lessons.delivered:
        return None
    seen = FactEvidence("inferred", None, f"no packet to {called(context.src)} but neighbour answers passes here")
    if past:
        text = "What is sent to the pod never passes this interface (BPF host routing): no sign of a loss."
        return Bypass(BY_DESIGN, text, seen)
    text = "Nothing that is sent to the pod was seen here. With BPF host routing that is normal, and proves no loss."
    return Bypass(UNKNOWN, text, seen)
