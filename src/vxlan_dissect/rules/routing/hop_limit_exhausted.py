"""A packet travels with so low a hop limit that the next step on its way drops it.

Shows
    At which hop of its way the packet ends, and whether an error comes back from there.

Why it matters
    A router answers with Time Exceeded, which is how traceroute works; but not every hop does. Under Cilium it answers
    for IPv6 and never for IPv4, and an error that it makes behind the tunnel is lost there, so a traceroute shows `*`
    where nothing is wrong.

How we know
    What comes in with a hop limit of 1 is dropped instead of being passed on (RFC 8200 section 3, RFC 791). The way of
    the packet says where it is lowered next. Cilium: bpf/lib/l3.h (IPv4: drop reason 196, no ICMP),
    `__icmp6_send_time_exceeded` in bpf/lib/icmp6.h (IPv6: sent out of the device that the packet came in by, which
    behind the tunnel leads nowhere). Linux: `ip_forward`, `ip6_forward`.

What to check next
    Nothing, where the sender set the value low, as traceroute does. Otherwise what keeps lowering it: see routing.loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.datapath.predict import RUNS_OUT
from vxlan_dissect.explain.course import LOOPS
from vxlan_dissect.explain.statements import BY_DESIGN, LIKELY, SUSPICIOUS, Cause, FactEvidence, Statement

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.context import Context

NAME = "routing.hop-limit-exhausted"
_NEIGHBOUR_DISCOVERY = range(133, 138)
_SET_LOW = 32  # below the first values of all common systems


def check(context: Context) -> Statement | None:
    """Speak where the way of the packet ends for want of hops."""
    field = "ipv6.hlim" if context.get("ipv6.hlim") is not None else "ip.ttl"
    limit = context.number(field)
    if limit is None or context.number("icmpv6.type") in _NEIGHBOUR_DISCOVERY or not context.hops:
        return None
    end, last = context.hops[-1], len(context.hops) - 1
    if end.detail != RUNS_OUT or last == 0:
        return None
    before = context.hops[last - 1]
    started = before.predicted.get(field)
    word = "Hop limit" if field == "ipv6.hlim" else "TTL"
    where = f"{before.interface or before.role} of {before.node}" if before.node else before.interface or before.role
    text = f"{word} {limit}: it ends behind {where}, where {'one' if limit == 1 else 'the last'} is taken from it. "
    text += _error(context, before)
    low = started is not None and _first(context, field) <= _SET_LOW
    evidence = [*context.fields(field)]
    evidence.append(FactEvidence(context.profile.source, None, f"{context.profile.name} lowers it there"))
    if low and not context.course & LOOPS:
        text += " The sender set it so low, as traceroute does."
        return Statement(NAME, text, BY_DESIGN, LIKELY, tuple(evidence))
    causes = (Cause("hop-limit", f"{word} {limit} does not last for the rest of the way"),)
    return Statement(NAME, text, SUSPICIOUS, LIKELY, tuple(evidence), causes=causes)


def _first(context: Context, field: str) -> int:
    """The value that the sender began with, by the first hop that predicts one."""
    return next((int(hop.predicted[field]) for hop in context.hops if field in hop.predicted), 255)


def _error(context: Context, before: Hop) -> str:
    if not context.is_cilium:
        return "The node there answers with Time Exceeded, unless it routes the answer elsewhere or limits its rate."
    if context.get("ip.ttl") is not None and context.get("ipv6.hlim") is None:
        return "No error comes back: Cilium sends none for IPv4."
    if before.role == "tunnel" and any(hop.action == "encapsulate" for hop in context.hops):
        return "Cilium's Time Exceeded is lost at that tunnel device and never reaches the sender."
    return "Cilium answers with Time Exceeded from the pod gateway's address."
