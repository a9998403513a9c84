"""Cilium checks whether nodes reach each other.

Shows
    A ping or a request to port 4240 between nodes, or to the health endpoint of one.

Why it matters
    It is no traffic of applications. Probes of the node's own address go plain, those of the health endpoint through
    the tunnel: if only the former are answered, the network of the nodes works and the tunnel does not.

How we know
    pkg/health/server/prober.go: every agent sends every node, and its health endpoint, pings with 24 bytes of payload
    and GET /hello on TCP port 4240. In the tunnel the VNI is 6 for a node's request and 4 for a health endpoint's
    answer (reserved identities).

What to check next
    `cilium-health status` on the node that asks, where probes are not answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import LIKELY, NORMAL, POSSIBLE, Statement
from vxlan_dissect.inventory.model import NodeAddress
from vxlan_dissect.rules.stations import names, proof

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Endpoint

NAME = "health.cilium-probe"
_PORT = 4240
_PAYLOAD = 24  # bytes of a probe's ping
_HEALTH = 4  # reserved identity of health endpoints


def check(context: Context) -> Statement | None:
    """Speak on what Cilium's health checks send and get."""
    if not context.is_cilium:
        return None
    at_port = _PORT in (context.get("tcp.dstport"), context.get("tcp.srcport"))
    pings = context.get("icmp.type") in (0, 8) or context.get("icmpv6.type") in (128, 129)
    if not at_port and not (pings and context.get("data.len") == _PAYLOAD):
        return None
    ends = context.src, context.dst
    to_endpoint = any(map(_is_health, ends)) or context.src.identity == _HEALTH
    between_nodes = all(one.owner is not None and one.owner.what in ("node", "router") for one in ends)
    if not (to_endpoint or between_nodes):
        return None
    sender, receiver = names(context)
    where = "of a health endpoint, through the tunnel" if to_endpoint else "of the nodes themselves"
    text = f"{sender} and {receiver}: a health check of Cilium, {where}."
    evidence = proof(context, "icmp.type", "icmpv6.type", "data.len", "outer.vxlan.vni")
    return Statement(NAME, text, NORMAL, LIKELY if to_endpoint or at_port else POSSIBLE, evidence)


def _is_health(end: Endpoint) -> bool:
    fact = end.owner.fact if end.owner is not None else None
    return isinstance(fact, NodeAddress) and fact.kind == "health"
