"""An interface answers for an IPv4 address that it does not have.

Shows
    Who answers, for whom, that neither the interface nor its host has the address, and where the address really lives.

Why it matters
    It is how a pod reaches a gateway that exists nowhere (Calico's 169.254.1.1) or elsewhere (Cilium's address of
    cilium_host): by design the host end of the pod's veth takes the frames. Without a design it is how a stolen address
    looks.

How we know
    Cilium: the program at the ingress of the pod's lxc device answers every ARP request except for the pod's own
    address (bpf/lib/arp.h, bpf_lxc.c `tail_handle_arp`). Calico: `proxy_arp` on each cali device (projectcalico/calico
    felix/dataplane/linux/endpoint_mgr.go). RFC 1027.

What to check next
    By design: nothing. Otherwise: `sysctl net.ipv4.conf.*.proxy_arp` and `ip neigh show proxy` on the answering host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import BY_DESIGN, CERTAIN, LIKELY, UNKNOWN
from vxlan_dissect.rules.answers import stands_in
from vxlan_dissect.rules.arp.judge import FIELDS, by_program, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement
    from vxlan_dissect.rules.answers import Answer, Why

NAME = "arp.proxy-reply"


def check(context: Context) -> Statement | None:
    """Speak on a reply whose sender does not have the address."""
    return stands_in(NAME, context, judged(context), FIELDS, _reason)


def _reason(context: Context, answer: Answer) -> Why:
    if by_program(context, answer):
        why = "Cilium's program on that interface answers every ARP request of its pod but for the pod's own address."
        return BY_DESIGN, CERTAIN, why, answer.gateway
    if answer.holder is not None and answer.holder.what == "lxc":
        whose = "the pod's gateway" if answer.route else "an address that its host routes elsewhere"
        why = f"The host end of the veth stands in for {whose} (proxy ARP)."
        return BY_DESIGN, CERTAIN if answer.route else LIKELY, why, answer.gateway
    if answer.holder is not None and answer.holder.what == "tunnel":
        return BY_DESIGN, LIKELY, "The tunnel device answers for a station behind it (ARP suppression).", answer.gateway
    return UNKNOWN, LIKELY, "Nothing here tells why.", answer.gateway
