"""The tunnel goes to a node that does not hold the receiver, or to none at all.

Shows
    A tunnel packet whose outer destination is not the node of the inner destination, or an address that answers no ARP
    or neighbour solicitation, or one that a router calls unreachable.

Why it matters
    The sending node believes an old map: a node was replaced, a pod moved, an entry was not updated. Everything for
    that pod or node vanishes.

How we know
    Cilium takes the node from the ipcache (bpf/lib/eps.h), flannel and Calico from the FDB and neighbour entries of
    their VXLAN device. A node that gets a packet for a pod it does not have drops it.

What to check next
    On the sending node: `cilium-dbg bpf ipcache list | grep ADDRESS`, or `bridge fdb show dev flannel.1` and `ip neigh
    show dev flannel.1`; compare with `kubectl get nodes -o wide`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import FrameEvidence
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.rules.losing import (
    NAMED,
    STRONG,
    TUNNEL_OUT,
    Weight,
    error_evidence,
    errors,
    is_partial,
    open_questions,
    owner_of,
    question_evidence,
    stretches,
    who_says,
)

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss

TUNNEL_PORTS = (4789, 6081, 8472)


def weigh(loss: Loss) -> Weight | None:
    """Weigh tunnel ends that contradict the inventory, or that do not exist."""
    if is_partial(loss):
        return None
    return _contradicts(loss) or _elsewhere(loss) or _unreachable(loss) or _unresolved(loss)


def _contradicts(loss: Loss) -> Weight | None:
    home, inventory = owner_of(loss, loss.context.dst.ip), loss.context.inventory
    if home is None or home.node is None:
        return None
    for context in loss.contexts():
        outer = context.outer
        if outer is None or outer.dst.ip is None:
            continue
        end = outer.dst.owner
        if end is not None and end.fact is not None and end.node != home.node:
            why = f"the tunnel goes to {called(outer.dst)}, the inventory has {called(context.dst)} on {home.node}"
            return Weight("wrong-tunnel-endpoint", NAMED + 5, why, (*said_by(end), *said_by(home)))
        if not inventory.owners_of_ip(outer.dst.ip):
            known = (a for a in inventory.addresses if a.host == Host(home.node) and not a.ip.is_link_local)
            if any(address.ip.version == outer.dst.ip.version for address in known):
                why = f"no node of the inventory has the tunnel's destination {outer.dst.ip}"
                return Weight("wrong-tunnel-endpoint", NAMED, why, tuple(said_by(home)))
    return None


def _elsewhere(loss: Loss) -> Weight | None:
    home = owner_of(loss, loss.context.dst.ip)
    if home is None:
        return None
    outers = [context.outer for context in loss.contexts() if context.outer is not None]
    ends = {outer.dst.owner.node for outer in outers if outer.dst.owner is not None}
    third = [spot for spot in loss.elsewhere if spot.at.node in ends and spot.at.node not in (None, home.node)]
    if not third:
        return None
    why = f"the packets reach {third[0].at}, a node that does not hold the receiver ({home.node} does)"
    return Weight("wrong-tunnel-endpoint", NAMED, why, tuple(said_by(home)))


def _unreachable(loss: Loss) -> Weight | None:
    said = [
        error
        for error in (*errors(loss, "icmp", 3, 0, 1), *errors(loss, "icmpv6", 1, 0, 3))
        if error.context.get("quoted.udp.dstport") in TUNNEL_PORTS or error.context.get("quoted.ip.proto") in (4, 41)
    ]
    if not said:
        return None
    why = f"{who_says(said[0])} reports that the tunnel's destination cannot be reached"
    return Weight("wrong-tunnel-endpoint", NAMED + 5, why, error_evidence(said))


def _unresolved(loss: Loss) -> Weight | None:
    """Only ARP or neighbour solicitations leave the node: the tunnel's destination has no MAC."""
    ends = {context.outer.dst.ip for context in loss.contexts() if context.outer is not None}
    own = loss.src.owner.node if loss.src.owner is not None else None
    for question in loss.questions:
        asker = question.context.src.owner
        # The sending node itself asks now and again for what it knows; it sends all the same.
        if question.target in ends and (TUNNEL_OUT in stretches(loss) or asker is None or asker.node != own):
            why = f"nobody answers the question for the tunnel's destination {question.target}"
            return Weight("wrong-tunnel-endpoint", NAMED, why, (question_evidence(question),))
    if TUNNEL_OUT not in stretches(loss):
        return None
    asked = [
        question
        for question in open_questions(loss, (loss.last.node,), roles=("nic",))
        if question.context.names.of_ip(question.target) is None
    ]
    if not asked:
        return None
    question = asked[0]
    why = f"{loss.last.node} asks its network for {question.target}, which nobody answers, instead of sending"
    evidence = FrameEvidence(question.frame[1], f"{question.frame[0]}: unanswered question for {question.target}")
    return Weight("wrong-tunnel-endpoint", STRONG + 10, why, (evidence,))
