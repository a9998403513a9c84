"""The VNI is not the security identity of the pod that sends.

Shows
    The identity in the tunnel header, and the one that the inventory gives to the inner source address.

Why it matters
    The receiver's policies judge by the VNI. With a wrong one they drop what they should let in, or the reverse, and
    nothing in the packet itself shows it.

How we know
    The sending node takes the identity from its endpoint, or from its ipcache by the source address
    (bpf/lib/encap.h, bpf/lib/identity.h). It differs while a change of labels spreads, where the ipcache is out of
    date, where another node sends in the pod's place, and where the inventory is of another time. Cilium never sends 1
    (a receiver drops it, "Invalid identity"), 9 or 10.

What to check next
    `cilium-dbg bpf ipcache get ADDRESS` on the sending node; `kubectl get ciliumendpoint`; on the receiving node
    `cilium-dbg monitor --type drop`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.places import At, Place
from vxlan_dissect.explain.statements import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    SUSPICIOUS,
    UNKNOWN,
    Cause,
    Statement,
    fact_evidence,
)
from vxlan_dissect.inventory.model.cilium import RESERVED_IDENTITIES
from vxlan_dissect.rules.heard import comes_back
from vxlan_dissect.rules.tunnel.identities import identities
from vxlan_dissect.rules.tunnel.nodes import node_with

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.identity-mismatch"
_NEVER_SENT = {1: "6", 9: "2", 10: "2"}
_OF_THE_NODE = (2, 6)
# A node's own addresses are 1 on it, 6 or 7 elsewhere, and 2 where it sends in a client's place.
_OF_HOSTS = frozenset((1, 2, 6, 7, 9, 10))
_LARGEST_VNI = 0xFFFFFF  # what is larger counts on one node only, and goes out as 2
_COLUMNS = ("outer.vxlan.vni", "outer.geneve.vni", "ip.src", "ipv6.src")


def check(context: Context) -> Statement | None:
    """Speak where the VNI contradicts what the inventory says of the sender, or what Cilium sends at all."""
    vni = context.src.identity
    if vni is None or context.lessons.network.confidence != CERTAIN:
        return None
    evidence = context.fields(*_COLUMNS)
    if vni in _NEVER_SENT:
        name = RESERVED_IDENTITIES[vni]
        text = f"VNI {vni} would be the identity {name}, which Cilium sends as {_NEVER_SENT[vni]}: "
        text += "something else than Cilium uses this tunnel" + (", flannel perhaps." if vni == 1 else ".")
        cause = Cause("tunnel-mismatch", f"Cilium's receiver drops VNI {vni}, or knows no sender by it")
        return Statement(NAME, text, SUSPICIOUS, LIKELY, tuple(evidence), causes=(cause,), place=_entry(context))
    owner, ip = context.src.ip_owner, context.src.ip
    known = identities(context.inventory).of.get(ip) if ip is not None else None
    who = called(context.src)
    if not known:
        shares = node_with(context.inventory, ip) is not None  # a pod in its node's network
        if vni in _OF_THE_NODE and owner is not None and owner.what == "pod" and owner.fact is not None and not shares:
            return _for_a_pod(context, vni, who)
        return None
    if vni in known or not known.keys().isdisjoint(_OF_HOSTS) or max(known) > _LARGEST_VNI:
        return None
    expected, fact = next(iter(known.items()))
    text = f"VNI {vni}, but {who} has identity {expected} by the inventory: "
    text += "its labels changed, or the sending node has an old entry for it."
    evidence.append(fact_evidence(fact, f"{ip} has identity {expected}"))
    causes = (
        Cause("policy", f"the receiver's policies judge {who} as identity {vni} instead of {expected}"),
        Cause("other", f"the inventory, or an ipcache, is out of date for {ip}"),
    )
    if comes_back(context):
        text += " Its packets are let in all the same."
        return Statement(NAME, text, UNKNOWN, POSSIBLE, tuple(evidence))
    return Statement(NAME, text, SUSPICIOUS, POSSIBLE, tuple(evidence), causes=causes, place=_entry(context))


def _for_a_pod(context: Context, vni: int, who: str) -> Statement | None:
    name = RESERVED_IDENTITIES[vni]
    text = f"VNI {vni}, {name}, though {who}, the source, is a pod: "
    text += "the sending node does not know it as its own, or sends in its place."
    evidence = (*context.fields(*_COLUMNS), *said_by(context.src.ip_owner))
    if comes_back(context):
        return Statement(NAME, text, UNKNOWN, POSSIBLE, evidence)
    causes = (
        Cause("policy", f"the receiver's policies judge {who} as {name}"),
        Cause("other", f"the sending node's ipcache does not know {who}"),
    )
    return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=causes, place=_entry(context))


def _entry(context: Context) -> Place | None:
    """Where the receiving node judges: between its tunnel device and what comes next."""
    for hop, following in pairwise(context.hops):
        if hop.action == "decapsulate" and hop.node is not None:
            return Place(At(hop.node, hop.interface), At(following.node, following.interface))
    return None
