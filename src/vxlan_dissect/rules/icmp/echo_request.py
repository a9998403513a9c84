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
from vxlan_dissect.explain.statements import ERROR, LIKELY, NORMAL, POSSIBLE, UNKNOWN, Statement
from vxlan_dissect.explain.stream_flags import REJECTED
from vxlan_dissect.rules.bypass import bypass_of

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
    if context.stream & REJECTED:
        return Statement(NAME, f"{text} An error comes back.", verdict, confidence, tuple(evidence), ERROR)
    if context.exchange in (OPEN, UNANSWERED):
        verdict = UNKNOWN
        ends = context.exchange == OPEN
        text += " No reply yet; the capture ends less than a second later." if ends else " No reply in this capture."
        confidence = POSSIBLE if ends else LIKELY
        around = bypass_of(context)
        if around is not None:
            verdict, confidence = around.verdict, POSSIBLE
            text += f" {around.text}"
            evidence.append(around.evidence)
    return Statement(NAME, text, verdict, confidence, tuple(evidence), "reply")
