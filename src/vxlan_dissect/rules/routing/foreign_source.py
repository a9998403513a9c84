"""A pod sends with a source address that is not its own.

Shows
    Which pod sent the frame, by its MAC, which address it used, and which addresses it has.

Why it matters
    Nodes refuse it: Cilium's program at the host end of the pod's veth drops it (reason 132, Invalid source ip),
    Calico and a strict `rp_filter` drop it since the route back leads elsewhere. The pod gets no answer and no error.
    A virtual machine, a container network or a VPN inside the pod does this, or a wrongly bound application.

How we know
    The source MAC is that of the pod's interface, whose addresses the inventory lists, and this is none of them.
    Cilium: `is_valid_lxc_src_ip` (bpf/lib/lxc.h). Linux: `fib_validate_source` (net/ipv4/fib_frontend.c).

What to check next
    `ip addr` and `ip route get` in the pod. Where the address is meant to be used: Calico's allowedSourcePrefixes, or
    no source check (`net.ipv4.conf.*.rp_filter`) for that veth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said, said_by
from vxlan_dissect.explain.statements import LIKELY, Cause, Statement
from vxlan_dissect.rules.routing.expected import answered, verdict

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "routing.foreign-source"
_SYN, _ACK = 0x02, 0x10
_ON_LINK = range(130, 138)  # multicast listeners and neighbour discovery


def check(context: Context) -> Statement | None:
    """Speak where the source MAC is a pod's and the source address is none of that pod's."""
    ip, holder = context.src.ip, context.src.mac_owner
    if ip is None or holder is None or holder.pod is None or holder.what != "pod" or answered(context):
        return None
    if ip.is_link_local or ip.is_unspecified or ip.is_multicast or context.get("arp.opcode") is not None:
        return None
    if holder.fact is None or context.number("icmpv6.type") in _ON_LINK:
        return None
    # A service's address takes the place of a backend's in answers that are translated on a bridge.
    if _is_answer(context) or (context.src.owner is not None and context.src.owner.what == "service"):
        return None
    interface = context.names.interface_of(holder)
    own = context.inventory.addresses_of(interface) if interface is not None else ()
    listed = [one for one in own if one.ip.version == ip.version and not one.ip.is_link_local]
    if not listed or any(one.ip == ip for one in own):
        return None
    if any(ip in one.ips for one in context.inventory.pods if one.name == holder.pod):
        return None
    has = " and ".join(str(one.ip) for one in listed)
    whose = f", the address of {called(context.src)}" if context.src.owner is not None else ""
    drop = "Cilium drops it at the host end of the veth" if context.is_cilium else "a node that checks sources drops it"
    text = f"{holder.pod} sends with source {ip}{whose}; its own is {has}. No error tells: {drop}."
    why = f"{holder.pod} has {has}, and the source is {ip}"
    causes = (Cause("invalid-source", why), Cause("reverse-path-filter", "the route back leads to another interface"))
    evidence = (*context.fields("eth.src", "ip.src", "ipv6.src"), *said_by(holder), *map(said, listed))
    return Statement(NAME, text, verdict(context), LIKELY, evidence, causes=causes)


def _is_answer(context: Context) -> bool:
    """Whether the packet may answer another: only what opens something shows which address the sender itself took."""
    flags, port, to_port = map(context.number, ("tcp.flags", "udp.srcport", "udp.dstport"))
    if flags is not None:
        return flags & (_SYN | _ACK) != _SYN
    if port is not None and to_port is not None:
        return port < to_port
    return context.get("icmp.type") not in (None, 8) or context.get("icmpv6.type") not in (None, 128)
