"""The node refuses packets that arrive by another way than it would answer by.

Shows
    Packets that reach a node by a device to which it has no route for their sender, and go no further.

Why it matters
    Strict reverse path filtering drops them without a word. It turns an asymmetric way, which is harmless otherwise,
    into a black hole, and it also stops pods that send with an address that is not theirs.

How we know
    RFC 3704; Linux net/ipv4/fib_frontend.c (`fib_validate_source`), `net.ipv4.conf.*.rp_filter`; systemd sets it on new
    devices. It exists for IPv4 only; for IPv6 packet filters do the same.

What to check next
    `sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.DEVICE.rp_filter`, `ip route get SENDER`, and `nstat -az
    TcpExtIPReversePathFilter` on the node of the last place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import NAMED, STRONG, Weight, came_by_tunnel, hop_at, is_partial, is_return
from vxlan_dissect.rules.loss.invalid_source import foreign_source

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh answers that come back around the tunnel, and sources that belong elsewhere."""
    here = hop_at(loss)
    if here is None or is_partial(loss) or loss.missing is None:
        return None
    source = foreign_source(loss)
    if source is not None and not loss.context.is_cilium and loss.context.dst.ip is not None:
        four = loss.context.dst.ip.version == 4
        return Weight("reverse-path-filter", NAMED - 2 if four else STRONG, source.why, source.evidence)
    if not is_return(loss) or here.role != "nic" or here.node != _asker_node(loss):
        return None
    if loss.context.outer is None and came_by_tunnel(loss):
        why = f"the requests went through the tunnel, the answers come back to {loss.last} without it"
        return Weight("reverse-path-filter", STRONG + 10, why)
    return None


def _asker_node(loss: Loss) -> str | None:
    owner = loss.context.dst.owner
    return owner.node if owner is not None else None
