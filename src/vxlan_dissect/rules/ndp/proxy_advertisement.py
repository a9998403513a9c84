"""An interface answers for an IPv6 address that it does not have.

Shows
    Who answers, for whom, that the answering interface does not have the address, where the address really lives, and
    which flags of the answer say so.

Why it matters
    It looks like a fault (whose is this MAC? it is on no interface with that address) and is mostly the design: the pod
    sends to the gateway's address, and the host end of its veth takes the frames on the gateway's behalf. A proxy that
    no design explains is how a stolen or duplicated address looks.

How we know
    Cilium: the program at the ingress of the pod's lxc device edits the question into an answer with the MAC of that
    device (bpf/lib/icmp6.h `__icmp6_handle_ns`, `send_icmp6_ndisc_adv`): R=1 S=1 O=0 for the gateway, R=0 S=1 O=1 for
    another pod of the node; IPv6 source is the gateway up to v1.17 and the target since v1.18.0 (d0251e333f); since
    v1.19.0 the service loopback address is answered with the asking pod's own MAC (8171cb24c5). Linux: a proxy entry
    answers with S=1 O=0 and a source other than the target (net/ipv6/ndisc.c); RFC 4861 section 7.2.4 and RFC 4389
    want O=0 of a proxy.

What to check next
    By design: nothing. Otherwise: which host has the answering MAC (`vxd who`), its proxy entries
    (`ip -6 neigh show proxy`), and whether two hosts answer for one address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import BY_DESIGN, CERTAIN, LIKELY, NORMAL, POSSIBLE, UNKNOWN
from vxlan_dissect.rules.answers import stands_in
from vxlan_dissect.rules.ndp.flags import FIELDS, flags_of, is_unsolicited, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement
    from vxlan_dissect.rules.answers import Answer, Why

NAME = "ndp.proxy-advertisement"


def check(context: Context) -> Statement | None:
    """Speak on an answer whose sender does not have the address."""
    if is_unsolicited(context):
        return None
    return stands_in(NAME, context, judged(context), FIELDS, _reason)


def _reason(context: Context, answer: Answer) -> Why:
    flags = flags_of(context)
    asker = context.dst.mac_owner if context.dst.mac is not None else context.dst.ip_owner
    if flags == "S O" and answer.holder is not None and asker is not None and answer.holder.host == asker.host:
        why = "It gives the asking pod its own MAC, as Cilium does for its service loopback address since v1.19."
        return (BY_DESIGN if context.is_cilium else UNKNOWN), LIKELY, why, []
    at_host_end = answer.holder is not None and answer.holder.what == "lxc"
    if context.is_cilium and at_host_end:
        return _cilium(context, answer, flags)
    if at_host_end and answer.route is not None:
        why = f"The host end of the veth stands in for the pod's gateway, as a proxy entry makes it (flags {flags})."
        return BY_DESIGN, CERTAIN, why, answer.gateway
    if context.get("icmpv6.nd.na.flag.o") is False:
        return BY_DESIGN, LIKELY, f"Flags {flags} without O are what a proxy sends.", answer.gateway
    if answer.confidence != CERTAIN:
        why = "Its source is another address than the target; one station may have both (RFC 4861 section 7.2.4)."
        return NORMAL, POSSIBLE, why, []
    return UNKNOWN, LIKELY, f"Flags {flags} do not tell why.", answer.gateway


def _cilium(context: Context, answer: Answer, flags: str) -> Why:
    program = "Cilium's program on that interface answers"
    is_gateway = answer.route is not None or (answer.home is not None and answer.home.what == "router")
    told = flags != "not shown"
    if is_gateway and (not told or flags == "R S"):
        shown = "Flags R and S without O mark the answer for the gateway." if told else "The flags are not shown."
        return BY_DESIGN, CERTAIN, f"{program} for the pods' gateway. {shown}", answer.gateway
    if answer.home is not None and answer.home.what == "pod" and (not told or flags == "S O"):
        shown = "Flags S and O without R mark the answer for a neighbour." if told else "The flags are not shown."
        asker = context.dst.ip_owner or context.dst.mac_owner
        own = asker is not None and asker.host == answer.home.host
        whose = "the asking pod's own address, as for any endpoint of its node" if own else "another pod of the node"
        return BY_DESIGN, CERTAIN, f"{program} for {whose}. {shown}", []
    if answer.home is None and flags == "R S":
        return BY_DESIGN, LIKELY, f"{program} with flags R and S without O, as it does for the pods' gateway.", []
    if flags in ("S O", "not shown"):
        return BY_DESIGN, LIKELY, f"{program} for an address of the node's own endpoints (flags {flags}).", []
    return UNKNOWN, LIKELY, f"Flags {flags} are not those that Cilium sends for this address.", answer.gateway
