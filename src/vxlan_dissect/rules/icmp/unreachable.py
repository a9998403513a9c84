"""A packet could not be delivered, and its sender is told so.

Shows
    Who reports that which packet could not go on, and why: nobody listens on the port, no host has the address, no
    route leads there.

Why it matters
    It is the plainest hint there is: it names the place where the packet ended and the reason. Where the packet was one
    of the tunnel between nodes, every packet of pods that goes this way is lost, and the pods learn nothing of it.

How we know
    RFC 792 and RFC 1122 section 3.2.2.1 (type 3), RFC 4443 section 3.1 (type 1 of ICMPv6). Port unreachable is sent by
    the receiver itself; in its place kube-proxy has the client's node reject what goes to a service without endpoints
    (rule `REJECT`). Cilium answers so since v1.15 (`service-no-backend-response`). Refusals by a policy have a rule of
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
    POSSIBLE,
    QUOTED,
    SUSPICIOUS,
    Cause,
    Statement,
)
from vxlan_dissect.rules.icmp.about import about

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
_HOSTS = ("node", "router", "tunnel", "host", "lxc", "loopback")


def check(context: Context) -> Statement | None:
    """Speak on every unreachable but those that a policy sends."""
    reason = None
    if context.get("icmp.type") == 3:
        reason = _OF_ICMP.get(context.number("icmp.code") or 0)
    elif context.get("icmpv6.type") == 1:
        reason = _OF_ICMPV6.get(context.number("icmpv6.code") or 0)
    quoted = about(context)
    if reason is None or quoted is None:
        return None
    text = f"{called(context.src)} reports: {_WHY[reason]}. The {quoted.what} of {quoted.sender} to {quoted.receiver}"
    verdict, confidence, more, causes = _judge(context, quoted, reason)
    evidence = (*quoted.evidence, *said_by(context.src.owner))
    confidence = confidence if confidence != CERTAIN else quoted.sure(context.src.owner)
    return Statement(NAME, f"{text} {more}", verdict, confidence, evidence, QUOTED, causes)


def _judge(context: Context, quoted: About, reason: str) -> tuple[str, str, str, tuple[Cause, ...]]:
    """Verdict, confidence, the end of the sentence, and causes."""
    if quoted.tunnel is not None:
        if reason == _PORT:
            why = f"{quoted.receiver} has no tunnel device that listens on this port"
            text = "did not arrive in any tunnel device, and what it carried is lost."
            return BROKEN, LIKELY, text, (Cause("tunnel-mismatch", why),)
        why = f"tunnel packets are sent to {quoted.receiver}, where {_WHY[reason]}"
        causes = [Cause("wrong-tunnel-endpoint", why), Cause("underlay-loss", "the node may be down or cut off")]
        if reason == _ROUTE:
            causes[:1] = [Cause("no-route", why), causes[0]]
        return BROKEN, LIKELY, "could not be delivered, and what it carried is lost.", tuple(causes)
    if reason != _PORT:
        if quoted.to_link_local:
            return BY_DESIGN, CERTAIN, "cannot be: such an address is never routed (link-local).", ()
        if reason == _ROUTE:
            why = f"the routes of {called(context.src)} do not lead there"
            return SUSPICIOUS, LIKELY, "ends there.", (Cause("no-route", why),)
        if reason == _HOST:
            causes = [Cause("neighbour-unresolved", f"nobody answers ARP or NDP for {quoted.dst}")]
            if quoted.dst_owner is None:
                causes.insert(0, Cause("unknown-endpoint", f"nobody is known to have {quoted.dst}"))
            return SUSPICIOUS, LIKELY, "ends there.", tuple(causes)
        return NORMAL, CERTAIN, "is refused.", ()
    return _closed(context, quoted)


def _closed(context: Context, quoted: About) -> tuple[str, str, str, tuple[Cause, ...]]:
    """The same for a closed port: of the receiver, or of one in whose place a node rejects."""
    closed = Cause("closed-port", "a host reports port unreachable where no program has bound the port")
    if context.src.ip == quoted.dst:
        service = quoted.dst_owner is not None and quoted.dst_owner.what == "service"
        if service:
            why = "the error comes in the name of the service itself, before any backend was chosen"
            return SUSPICIOUS, LIKELY, "was refused.", (Cause("no-service-endpoint", why), closed)
        return NORMAL, CERTAIN, "was refused.", (closed,)
    sender, receiver = context.src.owner, quoted.dst_owner
    known = receiver is not None and receiver.what not in ("service", "named")
    if known or sender is None or sender.what not in _HOSTS:
        # A service's address was translated: the error bears it, the quoted packet that of the backend.
        return NORMAL, LIKELY, "was refused; the error comes in another name, as behind a service.", (closed,)
    why = f"{called(context.src)} rejects in place of {quoted.dst}, as a node does for a service without endpoints"
    causes = (Cause("no-service-endpoint", why), Cause("policy", "a rule that rejects with port unreachable"))
    return SUSPICIOUS, LIKELY if receiver is not None else POSSIBLE, "was rejected on the way.", causes
