"""A question for a MAC stays without an answer.

Shows
    That no answer follows in this capture, whether one was to be expected, and whether the capture could have shown it.

Why it matters
    A gateway that does not answer stops all traffic of a pod. An unanswered probe for a free address is the outcome
    that is wanted, and Cilium leaves questions unanswered on purpose for whatever is not on the node.

How we know
    RFC 4861 section 7.2.2 (three questions a second apart, then failure), RFC 4862 section 5.4 (silence means that the
    address is free). Cilium: `ACTION_UNKNOWN_ICMP6_NS` drops questions for addresses that are neither the gateway nor
    an endpoint of the node (bpf/lib/icmp6.h, drop reason 150); up to v1.17 it also drops a question without the source
    link-layer address option (drop reason 134; answered since v1.18.0, 11c329ff0a).

What to check next
    Where the capture was taken: an answer by unicast is not seen at a third station. For a gateway: is the lxc device
    up, is Cilium's program attached (`tc filter show dev lxc… ingress`)?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.pair import OPEN, UNANSWERED
from vxlan_dissect.explain.statements import BY_DESIGN, LIKELY, NORMAL, POSSIBLE, SUSPICIOUS, UNKNOWN, Statement
from vxlan_dissect.rules.answers import asker_is_elsewhere

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.model import Owner

NAME = "ndp.unanswered"


def check(context: Context) -> Statement | None:
    """Speak on a solicitation without an advertisement."""
    target = context.ip("icmpv6.nd.ns.target_address")
    if context.get("icmpv6.type") != 135 or target is None or context.exchange not in (OPEN, UNANSWERED):
        return None
    home = context.names.of_ip(target, (context.src.owner.node if context.src.owner else None, None))
    verdict, confidence, why = _reason(context, target, home)
    text = f"No answer for {target} in this capture. {why}"
    evidence = (*context.fields("icmpv6.nd.ns.target_address", "ipv6.src"), *said_by(home))
    return Statement(NAME, text, verdict, confidence, evidence)


def _reason(context: Context, target: IP, home: Owner | None) -> tuple[str, str, str]:
    if context.src.ip is not None and context.src.ip.is_unspecified:
        return NORMAL, LIKELY, "Nobody objects: the address is free, which is what a probe hopes for."
    if context.exchange == OPEN:
        return UNKNOWN, POSSIBLE, "The capture ends less than a second after the question, so one may have come later."
    if asker_is_elsewhere(context):
        where = f"{called(context.src)} is not at this interface"
        return UNKNOWN, POSSIBLE, f"The answer would be unicast, and {where}: it need not pass here."
    # A text line does not show the option, so only bytes tell that it is missing.
    bytes_read = context.get("icmpv6.checksum") is not None
    if context.is_cilium and bytes_read and context.get("icmpv6.opt.src_linkaddr") is None:
        return BY_DESIGN, LIKELY, "Cilium up to v1.17 drops a question without the source link-layer address option."
    is_gateway = any(ip == target for ip, _, _ in context.inventory.gateways(6))
    if is_gateway or (home is not None and home.what == "router"):
        return SUSPICIOUS, LIKELY, "It is the gateway of the pods: without its MAC the pod can send nothing."
    if context.is_cilium and context.src.pod_name is not None:
        why = "Cilium answers for the gateway and for the pods of its node only, and drops other questions."
        return BY_DESIGN, LIKELY, why
    return UNKNOWN, LIKELY, "Nothing on this link answers for it."
