"""The packets are sent to a MAC that the next hop does not have.

Shows
    Frames whose destination MAC belongs to no interface of the inventory, or to another than the next hop's, and that
    nobody takes.

Why it matters
    The sender remembers an old MAC: a bridge, a veth or a node was made anew. It asks again only when it begins to
    doubt the entry, and a permanent entry never.

How we know
    RFC 4861 section 7.3 and RFC 1122 section 2.3.2.1: an entry in use is checked, a static one is not. A frame for
    another MAC is dropped by the receiving stack (PACKET_OTHERHOST); Cilium's program at the host end of the veth takes
    it all the same.

What to check next
    `ip neigh` at the sender against `ip link` of the next hop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.rules.losing import NAMED, STRONG, Weight, hop_at, is_partial

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh destination MACs at the last place."""
    here, context = hop_at(loss), loss.context
    if here is None or is_partial(loss) or context.is_cilium or context.profile.flat:
        return None
    outer = context.outer
    mac = outer.dst.mac if outer is not None else context.dst.mac
    owner = outer.dst.mac_owner if outer is not None else context.dst.mac_owner
    if here.role in ("tunnel", "outside"):
        return None
    if mac is None:
        # A cooked capture has no destination MAC, but says for whom the kernel takes a frame.
        takes = here.role in ("bridge", "nic") or (here.role == "lxc" and context.profile.bridge is None)
        if not (loss.foreign and takes):
            return None
        return Weight("stale-neighbour", STRONG, f"{loss.last} takes them for another host's: its MAC is another")
    wanted = here.predicted.get("eth.dst") if outer is None else None
    if wanted is not None and wanted != format_mac(mac) and here.role in ("pod", "lxc", "bridge"):
        why = f"they go to {format_mac(mac)}, and the next hop has {wanted}"
        return Weight("stale-neighbour", NAMED, why)
    if owner is None and context.inventory.interfaces:
        why = f"they go to {format_mac(mac)}, which no interface of the inventory has"
        return Weight("stale-neighbour", NAMED - 2 if loss.foreign else STRONG, why)
    return None
