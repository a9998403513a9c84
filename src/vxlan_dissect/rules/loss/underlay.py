"""The network between the nodes loses packets.

Shows
    Packets that one node's network card sends and the other's never receives.

Why it matters
    Neither Kubernetes nor the CNI can lose a packet there: switches, routers, firewalls, security groups and
    hypervisors can.

How we know
    A capture at a network card sees outgoing packets after everything that the node does to them, and incoming ones
    before (net/core/dev.c: dev_hard_start_xmit, __netif_receive_skb_core). Losses that do not depend on the size come
    from overload, errors or a filter; a filter on the tunnel's port loses all.

What to check next
    `ping` between the node addresses with the same size; rules of firewalls and security groups for the tunnel's UDP
    port or protocol; counters of the cards (`ip -s link`) and switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import STRONG, UNDERLAY, USUAL, Weight, is_partial, only_large, stretches

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh what is lost between two nodes."""
    there = stretches(loss)
    if UNDERLAY not in there:
        return None
    if only_large(loss):
        return Weight("underlay-loss", USUAL - 10, "something between the nodes loses the large ones")
    if is_partial(loss):
        why = f"{loss.lost} of {loss.sent} are lost, whatever their size"
        return Weight("underlay-loss", STRONG + 10 if len(there) == 1 else USUAL + 15, why)
    if len(there) > 1:
        return Weight("underlay-loss", USUAL, "the packets leave the node")
    why = f"{loss.last} sends them and {loss.missing} never receives them"
    return Weight("underlay-loss", STRONG - 10, why)
