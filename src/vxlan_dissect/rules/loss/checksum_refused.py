"""The receiver refuses the checksum.

Shows
    Tunnel packets over IPv6 without a UDP checksum that reach a node and do not come out of its tunnel device.

Why it matters
    Over IPv6 a UDP checksum of zero is forbidden unless both ends are told to take it.

How we know
    RFC 6935 and RFC 6936; Linux drops them unless the device has `udp6zerocsumrx` (ip-link(8); net/ipv6/udp.c).

What to check next
    `ip -d link show DEVICE` on both nodes: `udp6zerocsumtx` at the sender needs `udp6zerocsumrx` at the receiver;
    `nstat -az Udp6InCsumErrors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import FieldEvidence
from vxlan_dissect.rules.losing import NAMED, TUNNEL_IN, Weight, is_partial, stretches

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh missing checksums over IPv6."""
    if TUNNEL_IN not in stretches(loss) or is_partial(loss):
        return None
    for context in loss.contexts():
        if context.get("outer.ipv6.src") is not None and context.get("outer.udp.checksum") == 0:
            why = "the tunnel packets have no UDP checksum, which IPv6 wants"
            return Weight("checksum-refused", NAMED + 1, why, (FieldEvidence("outer.udp.checksum", 0),))
    return None
