"""A packet is sent through the tunnel to another node than its receiver lives on.

Shows
    Where the tunnel leads, and on which node the inventory has the pod that the inner packet is for.

Why it matters
    The packet reaches a node that has no such pod, or none at all, and is lost there without a word. It is what remains
    when a pod or node was replaced and the sender still has the old entry.

How we know
    The sending node chooses the outer destination by the inner one: Cilium by its ipcache (`tunnelendpoint`), flannel
    and Calico by route, neighbour entry and forwarding database (`bridge fdb`), IP in IP by route. The inventory gives
    the pod's node and the addresses of that node. It may be older or younger than the capture: then the pod has moved.

What to check next
    On the sending node: `cilium-dbg bpf ipcache get ADDRESS`, or `ip route get ADDRESS` with `bridge fdb show` and
    `ip neigh`. `kubectl get pod -o wide` says where the pod is now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.places import Place
from vxlan_dissect.explain.statements import LIKELY, POSSIBLE, SUSPICIOUS, UNKNOWN, Cause, Statement
from vxlan_dissect.rules.cards import card_of
from vxlan_dissect.rules.heard import comes_back, receiver_sends_from_there
from vxlan_dissect.rules.tunnel.nodes import elsewhere

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.receiver-elsewhere"


def check(context: Context) -> Statement | None:
    """Speak where the outer destination is not the node of the inner one."""
    outer = context.outer
    found = elsewhere(context, context.dst, outer.dst) if outer is not None else None
    if outer is None or found is None:
        return None
    home, there, proof = found
    who = called(context.dst)
    text = f"The tunnel leads to {there}, but {who} is on {home} by the inventory."
    columns = ("outer.ip.dst", "outer.ipv6.dst", "ip.dst", "ipv6.dst")
    evidence = (*context.fields(*columns), *proof)
    if comes_back(context) or receiver_sends_from_there(context):
        text += f" {who} answers, so the inventory may be out of date."
        return Statement(NAME, text, UNKNOWN, POSSIBLE, evidence)
    sender = called(outer.src)
    text += f" If the pod has not moved since, {sender} has a wrong tunnel endpoint for it, and the packet is lost."
    why = f"{sender} sends what is for {who} to {outer.dst.ip}: an entry for its address or its MAC is out of date"
    causes = (Cause("wrong-tunnel-endpoint", why),)
    place = Place(card_of(context, outer.src.owner), card_of(context, context.dst.owner))
    return Statement(NAME, text, SUSPICIOUS, LIKELY, evidence, causes=causes, place=place)
