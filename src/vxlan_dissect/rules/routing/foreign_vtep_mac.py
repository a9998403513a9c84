"""A frame in a tunnel is addressed to a MAC that the tunnel device at the far end does not have.

Shows
    The inner destination MAC, and the MAC of the far node's tunnel device by the inventory.

Why it matters
    The far node takes the packet out of the tunnel and drops it without a word: its device is not the receiver. All
    traffic to that node's pods is lost, in both address families or in one, though the outer packets arrive.

How we know
    In networks whose nodes route into the tunnel (flannel, Calico) the inner destination MAC is that of the far tunnel
    device (flannel-io/flannel pkg/backend/vxlan, projectcalico/calico felix/calc/vxlan_resolver.go), and the inventory
    lists another. A cooked capture of the far device shows such frames as `other host`. Cilium and bridged networks put
    other MACs there, and are not judged by this.

What to check next
    `ip neigh show dev flannel.1` and `bridge fdb show dev flannel.1` on the sending node, against `ip link show
    flannel.1` on the far one: a tunnel device that was made anew has another MAC. Restarting the sending node's agent
    renews the entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said_by
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.statements import LIKELY, Cause, Statement
from vxlan_dissect.rules.routing.expected import answered, destination_mac, verdict

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "routing.foreign-vtep-mac"


def check(context: Context) -> Statement | None:
    """Speak where the inner destination MAC is not that of the far tunnel device."""
    if context.profile.sender_macs or context.profile.flat:
        return None
    found = destination_mac(context)
    if found is None or answered(context) or not (found.hop.role == "tunnel" or context.outer is not None):
        return None
    if context.outer is not None and found.wanted.vni not in (None, context.outer.vni):
        return None  # another tunnel than the network's own
    if found.holder is not None and found.holder.what == "tunnel" and found.holder.node != found.wanted.host.node:
        return None  # the MAC is right for another node: the outer destination is what is wrong
    if not found.wanted.name.startswith(context.profile.tunnels or "\0"):
        return None
    far, name = found.wanted.host.name, found.wanted.name
    whose = device(found.holder)
    text = f"The inner destination MAC is {found.words}"
    text += f"; it is that of {whose}." if whose else "; no interface of the inventory has it."
    text += f" {far} takes it out of the tunnel and drops it as meant for somebody else."
    why = f"the sending node's neighbour and FDB entries name a MAC that {name} of {far} does not have"
    evidence = (*context.fields("eth.dst", "outer.ip.dst", "outer.ipv6.dst"), *found.evidence, *said_by(found.holder))
    causes = (Cause("tunnel-mismatch", why), Cause("stale-neighbour", f"{name} of {far} was made anew since"))
    return Statement(NAME, text, verdict(context), LIKELY, evidence, causes=causes)
