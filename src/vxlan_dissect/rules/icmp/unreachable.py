"""A packet could not be delivered, and its sender is told so.

Shows
    Who reports that which packet could not go on, and why: nobody listens on the port, no host has the address, no
    route leads there.

Why it matters
    It is the plainest hint there is: it names the place where the packet ended and the reason. Where the packet was one
    of the tunnel between nodes, every packet of pods that goes this way is lost, and the pods learn nothing of it.

How we know
    RFC 792 and RFC 1122 section 3.2.2.1 (type 3), RFC 4443 section 3.1 (type 1 of ICMPv6). Port unreachable is sent by
    the receiver itself. What a policy rejects, and what a node rejects for a service without endpoints, have rules of
    their own.

What to check next
    Port: whether the program listens, on UDP of all addresses (`ss -lun`). Host: whether the address is still in use,
    and `ip neigh` at the reporting node. Route: `ip route get ADDRESS` there. Tunnel: what the nodes believe of each
    other (`cilium-dbg bpf ipcache list`, `bridge fdb show`, node objects).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import (
    BROKEN,
    BY_DESIGN,
    CERTAIN,
    LIKELY,
    NORMAL,
    QUOTED,
    SUSPICIOUS,
    UNKNOWN,
    Cause,
    Statement,
)
from vxlan_dissect.explain.stream_flags import QUOTES
from vxlan_dissect.rules.icmp.about import about, rejects_in_place, where

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.rules.icmp.about import About

NAME = "icmp.unreachable"
_PORT, _HOST, _ROUTE, _PROTOCOL = "port", "host", "route", "protocol"
_OF_ICMP = {0: _ROUTE, 1: _HOST, 2: _PROTOCOL, 3: _PORT, 6: _ROUTE, 7: _HOST, 11: _ROUTE, 12: _HOST}  # by code
_OF_ICMPV6 = {0: _ROUTE, 2: _ROUTE, 3: _HOST, 4: _PORT, 6: _ROUTE}
_WHY = {
    _PORT: "nobody listens on the port",
    _HOST: "no host answers for the address",
    _ROUTE: "no route leads to the address",
    _PROTOCOL: "the receiver does not know the protocol",
}


def check(context: Context) -> Statement | None:
    """Speak on every unreachable but those that a policy sends."""
    reason = None
    if context.get("icmp.type") == 3:
        reason = _OF_ICMP.get(context.number("icmp.code") or 0)
    elif context.get("icmpv6.type") == 1:
        reason = _OF_ICMPV6.get(context.number("icmpv6.code") or 0)
    quoted = about(context)
    if reason is None or quoted is None or rejects_in_place(context, quoted):
        return None
    text = f"{called(context.src)} reports: {_WHY[reason]}. {quoted.words}:"
    verdict, confidence, more, causes = _judge(context, quoted, reason)
    evidence = (*quoted.evidence, *said_by(context.src.owner))
    place = where(context) if verdict in (SUSPICIOUS, BROKEN) else None
    confidence = confidence if confidence != CERTAIN else quoted.sure(context.src.owner)
    return Statement(NAME, f"{text} {more}", verdict, confidence, evidence, QUOTED, causes, place)


def _judge(context: Context, quoted: About, reason: str) -> tuple[str, str, str, tuple[Cause, ...]]:
    """Verdict, confidence, the end of the sentence, and causes."""
    if quoted.tunnel is not None:
        if context.src.ip != quoted.src and not context.stream & QUOTES:
            return UNKNOWN, LIKELY, "not in this capture, sent before it or by another way.", ()
        if reason == _PORT:
            why = f"{quoted.receiver} has no tunnel device that listens on this port"
            text = "no tunnel device took it, and what it carried is lost."
            return BROKEN, LIKELY, text, (Cause("tunnel-mismatch", why),)
        why = f"tunnel packets are sent to {quoted.receiver}, where {_WHY[reason]}"
        causes = [Cause("wrong-tunnel-endpoint", why), Cause("underlay-loss", "the node may be down or cut off")]
        if reason == _ROUTE:
            causes[:1] = [Cause("no-route", why), causes[0]]
        return BROKEN, LIKELY, "not delivered, and what it carried is lost.", tuple(causes)
    if reason != _PORT:
        if quoted.to_link_local:
            return BY_DESIGN, CERTAIN, "not delivered, as such an address is never routed (link-local).", ()
        if reason == _ROUTE:
            why = f"the routes of {called(context.src)} do not lead there"
            return SUSPICIOUS, LIKELY, "not delivered.", (Cause("no-route", why),)
        if reason == _HOST:
            causes = [Cause("neighbour-unresolved", f"nobody answers ARP or NDP for {quoted.dst}")]
            if quoted.dst_owner is None:
                causes.insert(0, Cause("unknown-endpoint", f"nobody is known to have {quoted.dst}"))
            return SUSPICIOUS, LIKELY, "not delivered.", tuple(causes)
        return NORMAL, CERTAIN, "refused.", ()
    closed = Cause("closed-port", "a host reports port unreachable where no program has bound the port")
    if context.src.ip == quoted.dst:
        return NORMAL, CERTAIN, "refused.", (closed,)
    # A service's address was translated: the error bears it, the quoted packet that of the backend.
    return NORMAL, LIKELY, "refused. The error comes under another address, as behind a service.", (closed,)
