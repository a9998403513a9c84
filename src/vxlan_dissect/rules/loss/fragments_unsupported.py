"""Cilium drops fragments of this kind.

Shows
    A datagram that the pod sends in fragments, which are seen at the pod's veth and nowhere after it.

Why it matters
    The pod's kernel fragments what is larger than its route's MTU, and Cilium's program drops the fragments without a
    word. Large UDP answers and `ping -s 3000` fail, everything smaller works.

How we know
    Up to v1.16 Cilium drops every IPv6 fragment (bpf/lib/ipv6.h, DROP_FRAG_NOSUPPORT, reason 157); v1.19 tracks them
    but drops fragments of ICMP echo, of IPv4 too (DROP_INVALID, reason 134), as captures of these versions show.

What to check next
    `cilium-dbg monitor -t drop` on the sender's node; send less than the route's MTU, or use path MTU discovery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import NAMED, NODE_OUT, POD_OUT, STRONG, Weight, hop_at, stretches

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh fragments that end at a pod's veth under Cilium."""
    here, ip = hop_at(loss), loss.context.dst.ip
    if loss.fragments < 2 or not loss.context.is_cilium or here is None or ip is None:
        return None
    if here.role not in ("pod", "lxc") or not {POD_OUT, NODE_OUT} & set(stretches(loss)):
        return None
    family = "IPv6 fragments" if ip.version == 6 else "fragments of ICMP echo"
    why = f"they came in {loss.fragments} fragments; Cilium drops {family} at the pod's veth"
    return Weight("fragments-unsupported", NAMED + 3 if loss.missing is not None else STRONG, why)
