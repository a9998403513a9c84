"""A packet leaves for the outside, and the node puts its own address in place of the pod's.

Shows
    Where the source address changes, and into which; or that a pod's own address left for the outside unchanged.

Why it matters
    On the two sides of that place one packet has two source addresses, so a filter for the pod's finds nothing on the
    network card. Where the pod's own address goes out, whoever gets it has no route back, and no reply comes.

How we know
    A rule of the node masquerades the pod's range (`nft list ruleset`, `iptables-save`), or Cilium's agent says that it
    does (bpf/lib/nat.h). Netfilter keeps the port or the identifier where it can, Cilium's own may change both.

What to check next
    On the network card look for the node's address and the same ports. Where masquerading is missing: `iptables -t nat
    -S POSTROUTING`, the CNI's masquerade setting, and whether the network beyond has a route for the pods' range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said, said_by
from vxlan_dissect.explain.pair import UNANSWERED
from vxlan_dissect.explain.statements import LIKELY, NORMAL, POSSIBLE, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.routing.expected import answered

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "routing.masqueraded"
_FIRST, _FEW = (64, 128, 255), 3  # what senders begin with, and how often one node lowers it at most


def check(context: Context) -> Statement | None:
    """Speak where the way has a place at which the source address is replaced."""
    field = "ip.src" if context.get("ip.src") is not None else "ipv6.src"
    step = next((hop for hop in context.hops if hop.action == "translate" and field in hop.predicted), None)
    pod = context.src.pod_name
    if step is None:
        return _forwarded(context, field)
    if pod is None:
        return None
    address = step.predicted[field]
    rule = context.names.wiring.masquerades(step.node, context.src.ip, context.dst.ip, "outside")
    evidence = (*context.fields(field, "ip.dst", "ipv6.dst"), *said_by(context.src.ip_owner))
    evidence += (said(rule),) if rule is not None else ()
    if step.seen != "here":
        text = f"Leaves {step.node} by {step.interface} with source {address} in place of {pod}'s: look for that there."
        return Statement(NAME, text, NORMAL, LIKELY, evidence)
    if answered(context):
        return None
    text = f"{pod}'s own address {context.src.ip} leaves {step.node} for {called(context.dst)}, where {address} should "
    text += "stand in its place. A reply comes back only if the network beyond has a route to that pod."
    why = f"{step.node} did not masquerade, so the reply has no way back"
    causes = (Cause("reply-lost", why), Cause("no-route", "the network beyond has no route to the pods' range"))
    sure = LIKELY if context.exchange == UNANSWERED else POSSIBLE
    return Statement(NAME, text, SUSPICIOUS, sure, evidence, causes=causes)


def _forwarded(context: Context, field: str) -> Statement | None:
    """A node's own packet has not been lowered where it leaves the node: one that has was forwarded for somebody."""
    hop, owner = context.here, context.src.owner
    limit = context.number("ip.ttl" if field == "ip.src" else "ipv6.hlim")
    if hop is None or owner is None or owner.what not in ("node", "router") or owner.node != hop.node or limit is None:
        return None
    passed = next(first for first in _FIRST if first >= limit) - limit
    if hop.role != "nic" or not 1 <= passed <= _FEW or context.dst.ip is None or context.dst.ip.is_multicast:
        return None
    name = "TTL" if field == "ip.src" else "hop limit"
    text = f"The source is {called(context.src)}, but the {name} of {limit} shows that the node passes this on for "
    text += "somebody, in whose place it puts its own address: a pod of its own, or a client of a service."
    limits = context.fields(field, "ip.ttl" if field == "ip.src" else "ipv6.hlim")
    return Statement(NAME, text, NORMAL, POSSIBLE, (*limits, *said_by(owner)))
