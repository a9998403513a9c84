"""The sending node knows no tunnel end for the receiver.

Shows
    Packets that reach the tunnel device, or the device before it, and never leave the node as tunnel packets.

Why it matters
    Nothing is sent and nothing is reported: the VXLAN device drops what it has no destination for.

How we know
    Linux drops a frame whose MAC has no FDB entry where the device has no default remote
    (drivers/net/vxlan/vxlan_core.c, vxlan_xmit, counted as tx_dropped); Cilium where neither ipcache nor tunnel map has
    one (drop reason 160).

What to check next
    `bridge fdb show dev DEVICE` and `ip neigh show dev DEVICE` on the sending node; under Cilium `cilium-dbg bpf
    ipcache list`; `ip -s link show DEVICE` for its drops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import (
    NODE_OUT,
    POSSIBLE_WEIGHT,
    STRONG,
    TUNNEL_OUT,
    Weight,
    is_partial,
    only_large,
    open_questions,
    stretches,
)

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh what ends at a tunnel device of the sending node."""
    there = stretches(loss)
    if is_partial(loss) or only_large(loss):
        return None
    if there == (TUNNEL_OUT,) and loss.missing is not None:
        if open_questions(loss, (loss.last.node,), roles=("nic",)):
            return None
        why = f"{loss.last} hands nothing on: it has no entry that says where to"
        return Weight("tunnel-entry-missing", STRONG - 5, why)
    if (
        there == (NODE_OUT,)
        and loss.missing is not None
        and any(hop.role == "tunnel" and hop.interface == loss.missing.interface for hop in loss.hops)
    ):
        return Weight("tunnel-entry-missing", POSSIBLE_WEIGHT, "the node may have no entry for the receiver's node")
    return None
