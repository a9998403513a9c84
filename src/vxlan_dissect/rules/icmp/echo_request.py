"""A station pings another.

Shows
    Who pings whom, and whether the answer is in this capture.

Why it matters
    The plainest test of a path: a request without a reply says that one of both was lost, or that the reply took a way
    that does not pass here.

How we know
    RFC 792 and RFC 4443 section 4.1: type 8, or type 128 of ICMPv6. Request and reply agree in identifier, sequence
    number and, crosswise, addresses. Cilium with BPF host routing delivers past the lxc device
    (bpf/lib/local_delivery.h), so that replies are not seen there.

What to check next
    Without a reply: a capture at the far end, to learn which of both was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.pair import OPEN, UNANSWERED
from vxlan_dissect.explain.statements import LIKELY, NORMAL, POSSIBLE, UNKNOWN, FactEvidence, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "icmp.echo-request"


def check(context: Context) -> Statement | None:
    """Speak on every echo request."""
    if context.get("icmpv6.type") != 128 and context.get("icmp.type") != 8:
        return None
    text = f"{called(context.src)} pings {called(context.dst)}."
    verdict, confidence = NORMAL, sureness(context.src.owner, context.dst.owner)
    evidence = [
        *context.fields("icmpv6.type", "icmp.type", "icmpv6.echo.identifier", "icmp.ident"),
        *context.fields("icmpv6.echo.sequence_number", "icmp.seq", "ipv6.src", "ipv6.dst", "ip.src", "ip.dst"),
        *said_by(context.src.owner),
        *said_by(context.dst.owner),
    ]
    if context.exchange in (OPEN, UNANSWERED):
        verdict = UNKNOWN
        ends = context.exchange == OPEN
        text += " No reply yet; the capture ends less than a second later." if ends else " No reply in this capture."
        confidence = POSSIBLE if ends else LIKELY
        if _replies_may_bypass(context):
            confidence = POSSIBLE
            text += (
                " Nothing that is sent to the pod passes this interface, as with BPF host routing: no sign of a loss."
            )
            here = f"no packet to {called(context.src)} but neighbour answers passes here"
            evidence.append(FactEvidence("inferred", None, here))
    return Statement(NAME, text, verdict, confidence, tuple(evidence), "reply")


def _replies_may_bypass(context: Context) -> bool:
    """Whether the frame was taken at the host end of the sender's veth, and nothing to the pod was seen there."""
    point, pod = context.point, context.src.pod_name
    host_end = context.inventory.lxc_of_pod(pod) if pod else None
    if not context.is_cilium or point is None or host_end is None or point.interface != host_end.name:
        return False
    legacy = any("Routing" in said.key and "Legacy" in said.value for said in context.inventory.agents)
    return not legacy and host_end.mac not in context.lessons.delivered
