"""A station asks for routers on its link.

Shows
    Who asks, and that no answer is to be expected where the CNI gives addresses and routes.

Why it matters
    A capture of a pod is full of these and shows no answer: noise of every Linux interface that accepts router
    advertisements, no fault.

How we know
    RFC 4861 section 6.3.7 (three questions, then silence is accepted). No CNI seen sends router advertisements to pods:
    Cilium has no code that makes one, and its program drops what comes from a link-local address and is no neighbour
    question (bpf/bpf_lxc.c `is_valid_lxc_src_ip`, drop reason 132); flannel and Calico set routes only.

What to check next
    Nothing. A pod without an IPv6 address or route has a fault of the CNI, not of this question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.statements import BY_DESIGN, NORMAL, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "ndp.router-solicitation"


def check(context: Context) -> Statement | None:
    """Speak on every router solicitation."""
    if context.get("icmpv6.type") != 133:
        return None
    text, verdict = f"{called(context.src)} asks for routers on its link.", NORMAL
    owner = context.src.owner or context.src.mac_owner
    if owner is not None and owner.pod is not None:
        verdict = BY_DESIGN
        text += " Nobody answers a pod: the CNI gives it address and route."
        if context.is_cilium:
            text += " Cilium's program drops the question at the host end of the veth."
    else:
        text += " Where no router advertises it stays unanswered, and nothing depends on it."
    evidence = (*context.fields("icmpv6.type", "ipv6.src", "ipv6.dst"), *said_by(owner))
    return Statement(NAME, text, verdict, sureness(owner), evidence)
