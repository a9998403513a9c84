"""Nothing comes back for UDP datagrams.

Shows
    A datagram of a flow whose other direction is not in this capture, and of which no ICMP error speaks, though the
    capture goes on for a second.

Why it matters
    UDP promises no answer: logs, metrics and one-way streams never get one. For a protocol that answers, it means that
    the datagram or the answer was lost, or dropped without a word.

How we know
    RFC 768 knows no acknowledgement. A host without a listener on the port would say so by ICMP port unreachable
    (RFC 1122 section 4.1.3.1), so one that stays silent got the datagram, or never saw it.

What to check next
    Whether the protocol answers at all. If it does: a capture closer to the receiver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.ends import hop_limit_of
from vxlan_dissect.explain.statements import NORMAL, POSSIBLE, UNKNOWN, Statement
from vxlan_dissect.explain.stream_flags import UNANSWERED, WAITS
from vxlan_dissect.rules.bypass import bypass_of
from vxlan_dissect.rules.stations import names, port, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "udp.unanswered"
_TRACEROUTE = range(33434, 33535)  # destination ports of traceroute(8), one a probe
_FEW_HOPS = 30  # its probes go no further


def check(context: Context) -> Statement | None:
    """Speak on every datagram of a flow that nothing comes back for, but for questions of DNS."""
    if not context.stream & UNANSWERED or context.stream & WAITS:
        return None
    sender, receiver = names(context)
    text = f"{sender} sends to {receiver}, {port(context, 'dst')}, and nothing comes back in this capture."
    evidence = proof(context)
    around = bypass_of(context)
    if around is not None:
        return Statement(NAME, f"{text} {around.text}", around.verdict, POSSIBLE, (*evidence, around.evidence))
    if context.number("udp.dstport") in _TRACEROUTE and (hop_limit_of(context.packet) or 64) <= _FEW_HOPS:
        text += " It looks like a probe of traceroute, which some routers answer and others do not."
        return Statement(NAME, text, NORMAL, sure(context), (*evidence, *context.fields("ip.ttl", "ipv6.hlim")))
    text += " UDP promises no answer: whether one is due is for the protocol to say."
    return Statement(NAME, text, UNKNOWN, sure(context), evidence)
