"""A packet to a service leaves the node as it is.

Shows
    A packet to a service's cluster address in the tunnel or at a node's network card.

Why it matters
    A cluster address exists nowhere: the node of the client has to exchange it for that of a backend. What leaves the
    node untranslated gets lost, or comes back from a router as unreachable.

How we know
    The inventory lists the address as a service. A ping, and a port that the service does not have, are not translated
    by design: services answer on their own ports only.

What to check next
    Whether the service has endpoints, and whether kube-proxy or the Cilium agent of this node is up to date
    (`iptables-save | grep ADDRESS`, `cilium-dbg service list`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import BY_DESIGN, LIKELY, SUSPICIOUS, Cause, Statement
from vxlan_dissect.inventory.model import Service
from vxlan_dissect.rules.cards import is_at_card
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "service.not-translated"


def check(context: Context) -> Statement | None:
    """Speak on packets to a cluster address, of a pod or node, on the wire between nodes."""
    owner, sender = context.dst.owner, context.src.owner
    service = owner.fact if owner is not None else None
    if not isinstance(service, Service) or context.dst.ip not in service.cluster_ips:
        return None
    if context.outer is None and not is_at_card(context):
        return None
    if sender is None or sender.what not in ("pod", "node", "router"):
        return None
    who, whom = names(context)
    port = context.number("tcp.dstport") or context.number("udp.dstport")
    evidence = proof(context)
    text = f"{who} sends to {whom} ({context.dst.ip}), and the packet leaves the node untranslated:"
    if port is None or port not in [one for one, *_ in service.ports]:
        what = "services answer on their own ports only" if port is None else f"the service has no port {port}"
        return Statement(NAME, f"{text} {what}.", BY_DESIGN, sure(context), evidence)
    causes = (
        Cause("no-service-endpoint", "without an endpoint there is nothing to translate it to"),
        Cause("other", "the service proxy of the client's node does not know the service"),
    )
    return Statement(NAME, f"{text} no backend gets it.", SUSPICIOUS, LIKELY, evidence, None, causes)
