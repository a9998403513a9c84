"""ARP or neighbour discovery travels inside the tunnel.

Shows
    That the two ends of the tunnel are one layer 2 network, in which stations ask for each other's MAC.

Why it matters
    It tells networks apart: here a pod's neighbours are the pods themselves, and what is asked must be flooded to all
    nodes. A missing flood entry stops everything before the first packet.

How we know
    Linux bridges flood broadcast and multicast into a VXLAN device by its all-zero forwarding entries or its group. A
    routed overlay has none inside: Cilium answers on the node and sends no ARP or NS into the tunnel, except for its
    VTEP integration (bpf/bpf_overlay.c `tail_handle_arp`); flannel and Calico have permanent neighbour entries, and
    their tunnel devices emit no more than router solicitations and MLD.

What to check next
    `bridge fdb show dev DEVICE | grep 00:00:00:00:00:00` on both nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import CERTAIN, NORMAL, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.address-resolution"
_QUESTION_AND_ANSWER = (135, 136)


def check(context: Context) -> Statement | None:
    """Speak on ARP, neighbour solicitations and advertisements in a tunnel with Ethernet inside."""
    outer = context.outer
    arp = context.get("arp.opcode") is not None
    if outer is None or outer.vni is None or not (arp or context.get("icmpv6.type") in _QUESTION_AND_ANSWER):
        return None
    what = "ARP" if arp else "Neighbour discovery"
    text = f"{what} inside the tunnel: VNI {outer.vni} joins stations of both nodes in one layer 2 network"
    text += ", which Cilium does for external tunnel ends (VTEP) only." if context.is_cilium else "."
    evidence = context.fields("arp.opcode", "icmpv6.type", "outer.vxlan.vni", "outer.geneve.vni", "eth.dst")
    return Statement(NAME, text, NORMAL, CERTAIN, tuple(evidence))
