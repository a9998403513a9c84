"""A station asks for the MAC of an IPv6 address.

Shows
    Who asks, for which address, whose address that is, and whether the question is a first resolution (to the
    solicited-node group), a check that a known neighbour still answers (unicast) or a probe that an address is free
    (source `::`).

Why it matters
    Nothing can be sent to an address on the link before this question is answered. A pod normally asks for one address
    only, its gateway; a question for anything else tells of another route or another kind of network.

How we know
    RFC 4861 section 4.3 (message), 7.2.2 (sending), 7.3.3 (unicast probes); RFC 4862 section 5.4 (probe from `::`);
    RFC 4291 section 2.7.1 (solicited-node group).

What to check next
    The answer: `ndp.advertisement` or `ndp.proxy-advertisement`; without one, `ndp.unanswered`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.names import device, label
from vxlan_dissect.explain.statements import NORMAL, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "ndp.solicitation"


def check(context: Context) -> Statement | None:
    """Speak on every neighbour solicitation."""
    target = context.ip("icmpv6.nd.ns.target_address")
    if context.get("icmpv6.type") != 135 or target is None:
        return None
    home = context.names.of_ip(target, (context.src.owner.node if context.src.owner else None, None))
    whose = label(home)
    about = f"{target} ({whose})" if whose else str(target)
    holder = context.src.mac_owner
    if context.src.ip is not None and context.src.ip.is_unspecified:
        who = device(holder) or "A station"
        text = f"{who} probes whether {about} is free before it takes it (duplicate address detection)."
    elif context.dst.ip is not None and not context.dst.ip.is_multicast:
        text = f"{called(context.src)} checks that {about} still answers (unicast probe of a known neighbour)."
    else:
        group = f", sent to the solicited-node group {context.dst.ip}" if context.dst.ip else ""
        text = f"{called(context.src)} asks for the MAC of {about}{group}."
    evidence = [
        *context.fields("icmpv6.nd.ns.target_address", "ipv6.src", "ipv6.dst", "eth.src", "icmpv6.opt.src_linkaddr"),
        *said_by(context.src.ip_owner or holder),
        *said_by(home),
    ]
    return Statement(NAME, text, NORMAL, sureness(context.src.owner, home), tuple(evidence), "reply")
