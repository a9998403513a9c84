"""A question for the MAC of an IPv6 address stays without an answer.

Shows
    That no advertisement follows, whether one was due, and whether it would have passed this capture point.

Why it matters
    A gateway that does not answer stops all traffic of a pod, and an address that nobody has ends as "address
    unreachable" after three seconds. But Cilium leaves questions unanswered on purpose for whatever is not on the node,
    and the answer to another station's question need not pass here.

How we know
    RFC 4861 section 7.2.2 (three questions a second apart, then failure) and 7.2.4 (the answer is unicast). Cilium:
    `ACTION_UNKNOWN_ICMP6_NS` drops questions for addresses that are neither the gateway nor an endpoint of the node
    (bpf/lib/icmp6.h, drop reason 150); up to v1.17 it also drops a question without the source link-layer address
    option (drop reason 134; answered since v1.18.0, 11c329ff0a). Calico sets proxy_arp, not proxy_ndp, on its cali
    devices (felix/dataplane/linux/endpoint_mgr.go): they answer for their own link-local address only.

What to check next
    For a gateway: is the host end of the veth up, is Cilium's program attached (`tc filter show dev lxc… ingress`), is
    there a proxy entry (`ip -6 neigh show proxy`) and forwarding? For a pod: does it run on this node? For a node: the
    tunnel entries that name the address (`cilium-dbg bpf ipcache list`, `bridge fdb`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.questions import by_design, question_of, unanswered

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement
    from vxlan_dissect.rules.questions import Question, Silence

NAME = "ndp.unanswered"
_FIELDS = ("icmpv6.nd.ns.target_address", "ipv6.src", "ipv6.dst", "icmpv6.opt.src_linkaddr")


def check(context: Context) -> Statement | None:
    """Speak on a solicitation without an advertisement, but for probes of a free address."""
    if context.get("icmpv6.type") != 135:
        return None
    question = question_of(context, context.ip("icmpv6.nd.ns.target_address"))
    return unanswered(NAME, question, _FIELDS, _design)


def _design(question: Question) -> Silence | None:
    context = question.context
    if context.src.owner is None or context.src.owner.pod is None:
        return None
    # A text line does not show the option, so only bytes tell that it is missing.
    bytes_read = context.get("icmpv6.checksum") is not None
    bare = bytes_read and context.get("icmpv6.opt.src_linkaddr") is None
    home = question.home
    is_gateway = question.gateway is not None or (home is not None and home.what == "router")
    is_local = home is not None and home.pod is not None and home.node == context.src.owner.node
    if context.is_cilium and bare and (is_gateway or is_local):
        return by_design("Cilium up to v1.17 drops a question without the source link-layer address option.")
    if is_gateway:
        return None
    if context.is_cilium:
        return by_design("Cilium answers for the gateway and for the pods of its node only, and drops other questions.")
    if context.profile.name == "Calico":
        return by_design("Calico's end of the veth answers for its own link-local address only.")
    return None
