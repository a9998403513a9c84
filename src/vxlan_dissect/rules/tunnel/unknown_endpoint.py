"""A tunnel packet comes from, or goes to, an address that no node of the inventory has.

Shows
    The outer address, and whether it is the sender's or the receiver's.

Why it matters
    To an address of no node every packet is lost. From one, somebody outside takes part in the network between the
    pods, or the inventory lacks a node.

How we know
    The outer addresses of a tunnel are those of nodes. The inventory lists nodes with their addresses, and none has
    this one, though it has addresses of the same network. Where it only holds what some nodes printed, a node may be
    missing from it.

What to check next
    `kubectl get nodes -o wide`; on the sending node `ip neigh` (is anybody there?) and the entry that leads there
    (`cilium-dbg bpf ipcache list`, `bridge fdb show`, `ip route`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said
from vxlan_dissect.explain.statements import POSSIBLE, SUSPICIOUS, UNKNOWN, Cause, FactEvidence, Statement
from vxlan_dissect.rules.cards import between_cards
from vxlan_dissect.rules.heard import comes_back
from vxlan_dissect.rules.tunnel.nodes import elsewhere, homes, near, node_with

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence

NAME = "tunnel.unknown-endpoint"
_SHOWN = 3  # nodes in a sentence
_NODES = 2  # a tunnel needs two; an inventory with fewer does not list them all


def check(context: Context) -> Statement | None:
    """Speak where the inventory has nodes, and none with an outer address."""
    outer, known = context.outer, homes(context.inventory)
    if outer is None or len(known.addresses) < _NODES:
        return None
    for inner, end, how, column in (
        (context.dst, outer.dst, "goes to", "dst"),
        (context.src, outer.src, "comes from", "src"),
    ):
        ip = end.ip
        if ip is None or ip.is_multicast or node_with(context.inventory, ip) is not None:
            continue
        # Packets of its pods may have told whose it is; and where the header speaks against the home of a known pod,
        # that is the graver thing to say.
        if end.ip_owner is not None or elsewhere(context, inner, end) is not None:
            continue
        whole = all(node.ips for node in context.inventory.nodes) and len(context.inventory.nodes) >= _NODES
        alike = near(context.inventory, ip)
        if alike is None and not whole:
            continue
        names = sorted(known.addresses)
        nodes = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        text = f"This tunnel packet {how} {ip}, which no node of the inventory ({nodes}) has."
        evidence: list[Evidence] = [*context.fields(f"outer.ip.{column}", f"outer.ipv6.{column}")]
        evidence += [said(alike)] if alike is not None else []
        evidence.append(FactEvidence("inventory", None, f"no node has {ip}; it lists addresses of {nodes}"))
        if whole and comes_back(context) is False:
            why = f"the tunnel leads to or from {ip}, which is no node's"
            causes = (Cause("unknown-endpoint", why),)
            place = between_cards(context, outer.src.owner, outer.dst.owner)
            return Statement(NAME, text, SUSPICIOUS, POSSIBLE, tuple(evidence), causes=causes, place=place)
        text += " A node may be missing from the inventory, or have been replaced."
        return Statement(NAME, text, UNKNOWN, POSSIBLE, tuple(evidence))
    return None
