"""The tunnel takes its part of every packet between the nodes.

Shows
    How many bytes which headers of the tunnel add to the inner IP packet, and how many are left for that.

Why it matters
    Whatever ignores it, a guest with its own MTU or a pod with 1500, sends packets that fit everywhere but in the
    tunnel: small ones pass, large ones vanish or are fragmented.

How we know
    Outer IP 20 or 40, UDP 8, VXLAN or Geneve 8, inner Ethernet 14: 50 over IPv4, 70 over IPv6. The outer IP length is
    the inner one plus these; the outer Ethernet header counts for no MTU. Cilium subtracts the same (pkg/mtu/mtu.go).

What to check next
    `ip link show` of the nodes' cards, `ip route` in the pod (`mtu`), and the MSS in the SYN of a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said
from vxlan_dissect.explain.statements import CERTAIN, NORMAL, Statement
from vxlan_dissect.rules.tunnel.sizes import card, overhead

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.overhead"


def check(context: Context) -> Statement | None:
    """Speak where all headers of one tunnel are seen."""
    parts = overhead(context)
    if parts is None:
        return None
    added = sum(size for _, size in parts)
    listed = ", ".join(f"{name} {size}" for name, size in parts)
    text = f"The tunnel adds {added} bytes to the inner IP packet ({listed})."
    evidence = context.fields("outer.ip.hdr_len", "outer.ip.len", "outer.ipv6.plen", "ip.len", "ipv6.plen")
    sends = card(context)
    if sends is not None and sends.mtu is not None:
        text += f" With the MTU {sends.mtu} of {sends.name} on {sends.host.name}, {sends.mtu - added} are left for it."
        evidence.append(said(sends))
    return Statement(NAME, text, NORMAL, CERTAIN, tuple(evidence))
