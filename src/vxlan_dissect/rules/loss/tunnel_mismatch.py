"""The receiving node refuses the tunnel packets.

Shows
    Tunnel packets that reach the network card of the node and never come out of its tunnel device, or come out of it
    for a MAC that the device does not have.

Why it matters
    Both nodes look healthy by themselves. They differ in UDP port, VNI, flags or the MAC of the tunnel device, as after
    an upgrade, with two networks at once, or when a device was made anew.

How we know
    Linux gives a VXLAN packet to the device of its port and VNI and drops one with flags that the device does not take
    (drivers/net/vxlan/vxlan_core.c, vxlan_rcv); a closed port answers ICMP port unreachable. A frame for another MAC is
    taken as for another host and dropped (net/ipv4/ip_input.c, PACKET_OTHERHOST); under Cilium that is normal, since
    its program takes the frame before.

What to check next
    `ip -d link show type vxlan` on both nodes: id, dstport, gbp, gpe, MAC; on the sender `ip neigh show dev DEVICE` and
    `bridge fdb show dev DEVICE` for the MAC it believes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.explain.context import said
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.rules.losing import (
    NAMED,
    NODE_IN,
    STRONG,
    TUNNEL_IN,
    UNDERLAY,
    Weight,
    error_evidence,
    errors,
    hop_at,
    is_partial,
    only_large,
    stretches,
    who_says,
)
from vxlan_dissect.rules.loss.wrong_tunnel_endpoint import TUNNEL_PORTS

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh what a node's tunnel device does not take."""
    if is_partial(loss):
        return None
    closed = [
        error
        for error in (*errors(loss, "icmp", 3, 3), *errors(loss, "icmpv6", 1, 4))
        if _is_tunnel(error.context.get("quoted.udp.dstport"), loss)
    ]
    if closed:
        why = f"{who_says(closed[0])} answers the tunnel packet: nothing listens on its UDP port"
        return Weight("tunnel-mismatch", NAMED + 8, why, error_evidence(closed))
    if UNDERLAY in stretches(loss) and len(stretches(loss)) == 1:
        return None
    return _foreign(loss) or _not_taken(loss)


def _is_tunnel(port: object, loss: Loss) -> bool:
    used = {context.outer.port for context in loss.contexts() if context.outer is not None}
    return port in TUNNEL_PORTS or (port is not None and port in used)


def _foreign(loss: Loss) -> Weight | None:
    """The inner frame is for a MAC that the far tunnel device does not have."""
    context = loss.context
    if context.profile.sender_macs or context.profile.flat or context.dst.mac is None:
        return None
    far = next((hop for hop in reversed(loss.hops) if hop.role == "tunnel"), None)
    if far is None or far.interface is None:
        return None
    device = context.inventory.interface(Host(far.node), far.interface)
    carried = next((seen.dst.mac for seen in loss.contexts() if seen.outer is not None), None)
    if device is None or device.mac is None or carried is None or device.mac == carried:
        return None
    why = f"the inner frame is for {format_mac(carried)}, and {device.name} of {far.node} has {format_mac(device.mac)}"
    return Weight("tunnel-mismatch", NAMED + 2, why, (said(device),))


def _not_taken(loss: Loss) -> Weight | None:
    there, here = stretches(loss), hop_at(loss)
    if there == (TUNNEL_IN,) and loss.missing is not None and not only_large(loss) and loss.fragments == 0:
        why = f"the packets reach {loss.last} and do not come out of {loss.missing}: port, VNI or flags differ"
        return Weight("tunnel-mismatch", STRONG, why)
    routed = not loss.context.profile.sender_macs and not loss.context.profile.flat
    if here is not None and here.role == "tunnel" and NODE_IN in there and loss.foreign and routed:
        why = f"{loss.last} takes them for another host's: they are for a MAC that it does not have"
        return Weight("tunnel-mismatch", NAMED, why)
    return None
