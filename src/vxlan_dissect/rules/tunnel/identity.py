"""The VNI of Cilium's tunnel says which security identity sends.

Shows
    What the number stands for: labels of pods, or a reserved identity, with the cluster that it is of.

Why it matters
    The receiving node judges by this number, not by the address, whether its policies let the packet in. Two pods with
    the same labels have the same number; request and reply have different ones unless their labels agree.

How we know
    `__encap_with_nodeid` (bpf/lib/encap.h) writes the sender's identity into the VNI; host (1) goes out as 6,
    world-ipv4 and world-ipv6 (9, 10) as 2. For 6 and 7 the receiver looks the identity up again by the inner source
    (bpf/bpf_overlay.c). Numbers: pkg/identity/numericidentity.go; above 65535 the upper bits are the cluster's number
    (pkg/clustermesh/types). A node that takes in a client's connection for a NodePort puts its router address and VNI 2
    in place of the client's (bpf/lib/nodeport.h).

What to check next
    `cilium-dbg identity get NUMBER`; `cilium-dbg policy get` on the node that receives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said
from vxlan_dissect.explain.statements import CERTAIN, LIKELY, NORMAL, FactEvidence, Statement, fact_evidence
from vxlan_dissect.rules.tunnel.identities import identities

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.identity"
_SHOWN = 4  # labels in a sentence
_LAST_OF_ONE_CLUSTER = 0xFFFF
_OF_HOSTS = ("node", "router", "tunnel", "host")
_MEANING = {
    3: "unmanaged: an endpoint that Cilium does not manage",
    4: "health: Cilium's own probe endpoint on the sending node",
    5: "init: a pod whose labels are not known yet",
    6: "remote-node: the sending node itself, or its router address; the receiver looks again by the source address",
    7: "kube-apiserver: the receiver looks again by the source address",
    8: "ingress: the sending node's own ingress proxy",
}


def check(context: Context) -> Statement | None:
    """Speak where the VNI is an identity of which more is known than its number."""
    vni = context.src.identity
    if vni is None:
        return None
    evidence = context.fields("outer.vxlan.vni", "outer.geneve.vni", "ip.src", "ipv6.src")
    sure = CERTAIN if context.lessons.network.confidence == CERTAIN else LIKELY
    known = identities(context.inventory)
    labels, whose = known.labels.get(vni), known.of.get(context.src.ip) if context.src.ip is not None else None
    fact = whose.get(vni) if whose else None
    if vni == 2:
        text = f"Identity 2, world: {_world(context)}."
    elif vni in _MEANING:
        text = f"Identity {vni}, {_MEANING[vni]}."
    elif labels is not None and labels.labels:
        listed = ", ".join(labels.labels[:_SHOWN])
        more = f" and {len(labels.labels) - _SHOWN} more" if len(labels.labels) > _SHOWN else ""
        text = f"Identity {vni} stands for the labels {listed}{more}."
        evidence.append(said(labels))
    elif fact is not None:
        text = f"Identity {vni} is that of {called(context.src)}, as the inventory has it."
    elif vni > _LAST_OF_ONE_CLUSTER:
        text = f"Identity {vni}: number {vni & _LAST_OF_ONE_CLUSTER} of cluster {vni >> 16}, so the sender is in a "
        text += "cluster mesh."
    else:
        return None
    if fact is not None:
        evidence.append(fact_evidence(fact, f"{context.src.ip} has identity {vni}"))
    elif labels is None:
        evidence.append(FactEvidence("cilium/cilium pkg/identity/numericidentity.go", None, f"what {vni} stands for"))
    return Statement(NAME, text, NORMAL, sure, tuple(evidence))


def _world(context: Context) -> str:
    owner, ip = context.src.ip_owner, context.src.ip
    if owner is not None and owner.what in _OF_HOSTS and (ip is None or not ip.is_link_local):
        return (
            "a client outside the cluster, whose address the sending node replaced by its own router address "
            "(NodePort or load balancer)"
        )
    return "the sending node knows no other identity for the source address"
