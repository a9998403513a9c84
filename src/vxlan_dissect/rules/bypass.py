"""Can an answer be missing here only because it takes another way?

Law: yes where Cilium delivers to the asking pod past the host end of its veth, where the frame was taken, and nothing
but neighbour answers was seen there on the way to the pod. Shared by the rules that speak of answers that are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import FactEvidence

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

TEXT = "Nothing that is sent to the pod passes this interface, as with BPF host routing: no sign of a loss."


def answers_may_bypass(context: Context) -> bool:
    """Whether what is sent to the sender of this frame may pass by the place where it was captured."""
    point, pod = context.point, context.src.pod_name
    host_end = context.inventory.lxc_of_pod(pod) if pod else None
    if not context.is_cilium or point is None or host_end is None or point.interface != host_end.name:
        return False
    legacy = any("Routing" in said.key and "Legacy" in said.value for said in context.inventory.agents)
    return not legacy and host_end.mac not in context.lessons.delivered


def evidence(context: Context) -> FactEvidence:
    """What shows it."""
    here = f"no packet to {called(context.src)} but neighbour answers passes here"
    return FactEvidence("inferred", None, here)
