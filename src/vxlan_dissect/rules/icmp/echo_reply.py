"""A pinged station answers.

Shows
    Who answers whom, and after what time at this capture point.

Why it matters
    It proves the way there and back. The time between request and reply at two capture points tells on which part of
    the way it is spent.

How we know
    RFC 792 and RFC 4443 section 4.2: type 0, or type 129 of ICMPv6, with the identifier and sequence number of the
    request. Cilium up to v1.13 answers a ping of the IPv6 gateway itself, with the request's hop limit
    (bpf/lib/icmp6.h `icmp6_send_echo_reply`).

What to check next
    A reply without a request: the request took another way, or came before the capture began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.pair import UNASKED
from vxlan_dissect.explain.statements import NORMAL, UNKNOWN, Statement
from vxlan_dissect.rules.bypass import bypass_of

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence

NAME = "icmp.echo-reply"


def check(context: Context) -> Statement | None:
    """Speak on every echo reply."""
    if context.get("icmpv6.type") != 129 and context.get("icmp.type") != 0:
        return None
    text = f"{called(context.src)} answers the ping of {called(context.dst)}."
    verdict = NORMAL
    more: tuple[Evidence, ...] = ()
    if context.exchange == UNASKED:
        verdict, text = UNKNOWN, f"{text} The request is not in this capture."
        around = bypass_of(context)
        if around is not None:
            verdict, more = around.verdict, (around.evidence,)
            text += f" {around.text}"
    evidence = (
        *context.fields("icmpv6.type", "icmp.type", "icmpv6.echo.identifier", "icmp.ident"),
        *context.fields("icmpv6.echo.sequence_number", "icmp.seq", "ipv6.src", "ipv6.dst", "ip.src", "ip.dst"),
        *said_by(context.src.owner),
        *said_by(context.dst.owner),
        *more,
    )
    return Statement(NAME, text, verdict, sureness(context.src.owner, context.dst.owner), evidence, "request")
