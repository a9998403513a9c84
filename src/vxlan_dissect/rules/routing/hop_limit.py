"""The hop limit tells how many routers a packet has passed.

Shows
    How far the hop limit (TTL of IPv4) has fallen from the value that the sender began with, and where on this packet's
    way it falls.

Why it matters
    It places a capture on the way: under Cilium a packet to another node has its first value until the receiving node
    delivers it, in flannel and Calico it falls once on each node. And it proves what passed no router at all: neighbour
    discovery counts only with 255.

How we know
    Senders begin with 64 (Linux, `net.ipv6.conf.*.hop_limit`), 128 or 255; each forward takes one (RFC 8200 section 3,
    RFC 791). RFC 4861 section 7.1 discards neighbour discovery with any other value than 255. Cilium lowers it in
    `ipv4_l3`/`ipv6_l3` (bpf/lib/l3.h), called on delivery to a local endpoint and not on encapsulation.

What to check next
    A value that falls further than the way has routers: `traceroute` from the pod, and routes of the nodes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import (
    BROKEN,
    BY_DESIGN,
    CERTAIN,
    LIKELY,
    NORMAL,
    POSSIBLE,
    SUSPICIOUS,
    Cause,
    FactEvidence,
    Statement,
)

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence

NAME = "routing.hop-limit"
_FIRST = (64, 128, 255)
_RST = 0x04
_NEIGHBOUR_DISCOVERY, _REDIRECT = range(133, 138), 137


def check(context: Context) -> Statement | None:
    """Speak where the frame shows a hop limit."""
    field = "ipv6.hlim" if context.get("ipv6.hlim") is not None else "ip.ttl"
    limit = context.number(field)
    if limit is None:
        return None
    word = "Hop limit" if field == "ipv6.hlim" else "TTL"
    evidence = context.fields(field)
    if context.number("icmpv6.type") in _NEIGHBOUR_DISCOVERY:
        if limit == 255:
            text = (
                "Hop limit 255: it comes from this link, since a router would have lowered it; only then does it count."
            )
            return Statement(NAME, text, NORMAL, CERTAIN, tuple(evidence))
        if context.number("icmpv6.type") == _REDIRECT:
            text = f"Hop limit {limit}: the receiver discards a redirect that was passed on; nothing depends on it."
            return Statement(NAME, text, BY_DESIGN, CERTAIN, tuple(evidence))
        text = f"Hop limit {limit}: the receiver must discard neighbour discovery that does not arrive with 255."
        return Statement(NAME, text, BROKEN, CERTAIN, tuple(evidence))
    if limit <= 1 and context.dst.ip is not None and context.dst.ip.is_multicast:
        return Statement(NAME, f"{word} {limit}: meant for this link only.", NORMAL, CERTAIN, tuple(evidence))
    if limit <= 1:
        last = context.hops[-1] if context.hops else None
        arrives = last is not None and last.seen == "here" and last.action == "deliver"
        text = "it arrives with its last" if arrives else "the next router drops it instead of passing it on"
        return Statement(NAME, f"{word} {limit}: {text}.", NORMAL, CERTAIN, tuple(evidence))
    begin = next(first for first in _FIRST if first >= limit)
    passed = begin - limit
    if passed > 32:
        text = f"{word} {limit}: the sender began with an unusual value, so the routers passed cannot be counted."
        return Statement(NAME, text, NORMAL, POSSIBLE, tuple(evidence))
    evidence += _predicted(context)
    expected = _expected(context, field)
    reset = (context.number("tcp.flags") or 0) & _RST
    if expected is not None and passed < expected and reset:
        text = f"{word} {limit} on a reset from {called(context.src)}, routed {_times(expected)} up to here: it was not"
        text += " lowered, so the pod did not send it. A node on the way did, in the pod's name."
        causes = (Cause("policy", "a node refuses the connection with a reset (REJECT)"),)
        return Statement(NAME, text, SUSPICIOUS, LIKELY, tuple(evidence), causes=causes)
    text = _fall(context, word, limit, begin, passed)
    if expected is not None and passed > expected and context.src.pod_name is not None:
        text += f" Its way up to here lowers it {_times(expected)}: it came by another, or was translated and routed."
    return Statement(NAME, text, NORMAL, LIKELY, tuple(evidence))


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _expected(context: Context, field: str) -> int | None:
    """How often the way lowers it up to the place of capture, None where that is not known."""
    here = context.here
    first = next((hop.predicted[field] for hop in context.hops if field in hop.predicted), None)
    if here is None or first is None or field not in here.predicted:
        return None
    return int(first) - int(here.predicted[field])


def _fall(context: Context, word: str, limit: int, begin: int, passed: int) -> str:
    where = " inside the tunnel" if context.outer is not None else ""
    text = f"{word} {limit}{where}: "
    if passed == 0:
        text += "as the sender set it, no router was passed"
        if context.outer is not None and context.profile.sender_macs:
            text += "; encapsulation does not count as one"
        return f"{text}."
    text += f"lowered {_times(passed)} from {begin}"
    if context.outer is None and context.profile.sender_macs and passed == 1 and context.dst.pod_name is not None:
        text += ", by the node that delivers it to the pod"
    elif not context.profile.sender_macs and context.outer is not None and passed == 1:
        text += ", by the node that sends it into the tunnel"
    return f"{text}."


def _predicted(context: Context) -> list[Evidence]:
    """Where the way of the packet says that the hop limit falls."""
    values = [(hop, hop.predicted.get("ipv6.hlim") or hop.predicted.get("ip.ttl")) for hop in context.hops]
    for (before, high), (after, low) in pairwise(values):
        if high is not None and low is not None and high != low:
            first, then = before.interface or before.role, after.interface or after.role
            where = f"{first} ({high}) and {then} ({low})" + (f" of {after.node}" if after.node else "")
            return [FactEvidence(context.profile.source, None, f"{context.profile.name} lowers it between {where}")]
    return []
