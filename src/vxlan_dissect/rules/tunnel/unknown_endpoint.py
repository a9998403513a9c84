"""A tunnel packet comes from, or goes to, an address that no node of the inventory has.

Shows
    The outer address, and whether it is the sender's or the receiver's.

Why it matters
    To an address of no node every packet is lost. From one, somebody outside takes part in the network between the
    pods, or the inventory lacks a node.

How we know
    The outer addresses of a tunnel are those of nodes. The inventory lists nodes with their addresses, and none has
    this one. Where it only holds what some nodes printed, a node may be missing from it.

What to check next
    `kubectl get nodes -o wide`; on the sending node `ip neigh` (is anybody there?) and the entry that leads there
    (`cilium-dbg bpf ipcache list`, `bridge fdb show`, `ip route`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import POSSIBLE, SUSPICIOUS, UNKNOWN, Cause, FactEvidence, Statement
from vxlan_dissect.rules.heard import comes_back
from vxlan_dissect.rules.tunnel.nodes import elsewhere, homes, node_with

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.unknown-endpoint"
_NODES = 2  # a tunnel needs two; an inventory with fewer does not list them all


def check(context: Context) -> Statement | None:
    """Speak where the inventory has nodes, and none with an outer address."""
    outer, known = context.outer, homes(context.inventory)
    if outer is None or len(known.addresses) < _NODES:
        return None
    whole = all(node.ips for node in context.inventory.nodes) and len(context.inventory.nodes) >= _NODES
    for inner, end, how, column in (
        (context.dst, outer.dst, "goes to", "dst"),
        (context.src, outer.src, "comes from", "src"),
    ):
        ip = end.ip
        if ip is None or ip.is_multicast or node_with(context.inventory, ip) is not None:
            continue
        alike = [node for node, ips in known.addresses.items() if any(own.version == ip.version for own in ips)]
        # Where the header speaks against the home of a known pod, that is the graver thing to say.
        if len(alike) < _NODES or elsewhere(context, inner, end) is not None:
            continue
        learned = end.ip_owner
        if learned is not None and learned.node is not None and learned.node not in alike:
            continue  # packets of its pods tell whose it is; the inventory has no address of that node
        nodes = ", ".join(sorted(alike)[:3]) + (f" and {len(alike) - 3} more" if len(alike) > 3 else "")
        text = f"This tunnel packet {how} {ip}, which no node of the inventory ({nodes}) has."
        evidence = [*context.fields(f"outer.ip.{column}", f"outer.ipv6.{column}")]
        evidence.append(FactEvidence("inventory", None, f"no node has {ip}; it lists addresses of {nodes}"))
        if whole and comes_back(context) is False:
            why = f"the tunnel leads to or from {ip}, which is no node's"
            causes = (Cause("unknown-endpoint", why),)
            return Statement(NAME, text, SUSPICIOUS, POSSIBLE, tuple(evidence), causes=causes)
        text += " A node may be missing from the inventory, or have been replaced."
        return Statement(NAME, text, UNKNOWN, POSSIBLE, tuple(evidence))
    return None
