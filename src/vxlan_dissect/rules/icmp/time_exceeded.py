"""A packet was dropped because its hop limit ran out, or because fragments of it did not come.

Shows
    Who dropped which packet, and for which of the two reasons.

Why it matters
    traceroute lives by it: each router on the way reports itself. Without traceroute, a hop limit that runs out means
    that a packet goes in circles. Fragments that do not come mean that the network of the nodes loses them.

How we know
    RFC 792 (type 11), RFC 4443 section 3.3 (type 3): code 0 hop limit, code 1 reassembly. Cilium's programs send the
    error for IPv6 only, with the spent hop limit of the packet itself and no more than its headers
    (bpf/lib/icmp6.h `__icmp6_send_time_exceeded`); such an error ends at the next router.

What to check next
    Without traceroute: the same packet again and again with falling hop limit, at the node that reports. For fragments:
    whether a firewall between the nodes drops those without a UDP header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.ends import hop_limit_of
from vxlan_dissect.explain.statements import LIKELY, NORMAL, QUOTED, SUSPICIOUS, UNKNOWN, Cause, Statement
from vxlan_dissect.explain.stream_flags import QUOTES
from vxlan_dissect.rules.icmp.about import about, where

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.rules.icmp.about import About

NAME = "icmp.time-exceeded"


def check(context: Context) -> Statement | None:
    """Speak on every time exceeded."""
    quoted = about(context)
    if quoted is None or (context.get("icmp.type") != 11 and context.get("icmpv6.type") != 3):
        return None
    if context.get("icmp.code") == 1 or context.get("icmpv6.code") == 1:
        return _fragments(context, quoted)
    text = (
        f"{called(context.src)} dropped {quoted.words}: its hop limit ran out. The sender chose a small one, as "
        "traceroute does, or the packet went in circles."
    )
    evidence = [*context.fields("ip.ttl", "ipv6.hlim"), *quoted.evidence, *said_by(context.src.owner)]
    owner = context.src.owner
    if context.is_cilium and context.get("icmpv6.type") == 3 and (hop_limit_of(context.packet) or 64) <= 1:
        text += " Cilium's program sent this error: it bears the spent hop limit itself and can go no further."
    cause = Cause("hop-limit", "the hop limit of the packet ran out here")
    return Statement(NAME, text, NORMAL, quoted.sure(owner), tuple(evidence), QUOTED, (cause,))


def _fragments(context: Context, quoted: About) -> Statement:
    text = (
        f"{called(context.src)} gave up waiting for the other fragments of {quoted.words}: they did "
        "not come within its time."
    )
    causes = [
        Cause("underlay-loss", "some fragments arrived and others did not"),
        Cause("mtu", "the packet was too big for a link on its way, so that it had to be fragmented"),
    ]
    verdict = SUSPICIOUS
    if not context.stream & QUOTES:
        verdict, text = UNKNOWN, f"{text} Those that it got are not in this capture."
    evidence = (*quoted.evidence, *said_by(context.src.owner))
    return Statement(NAME, text, verdict, LIKELY, evidence, QUOTED, tuple(causes), where(context))
