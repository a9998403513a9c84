"""The hop limit runs out before the packets arrive.

Shows
    Packets whose hop limit (TTL of IPv4) is down to what the next router drops.

Why it matters
    Somebody sent them with a small hop limit, as traceroute does, or they went round in a loop. That no error comes
    back is no sign of another fault: Cilium sends none for IPv4, and for IPv6 one that does not get out of the far
    node.

How we know
    RFC 8200 section 3 and RFC 1812 section 5.3.1: a router drops what would leave it with zero. Cilium's
    `__icmp6_send_time_exceeded` (bpf/lib/icmp6.h) answers on the device where the packet came in; on the tunnel device
    that answer has no tunnel to go to. For IPv4 there is no such answer (bpf/lib/l3.h).

What to check next
    Who sets the hop limit: `ping -t`, `traceroute`, a socket option; for a loop, the routes of the nodes for the
    receiver's address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import NAMED, STRONG, Weight, error_evidence, errors, who_says

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss

_LOW = 32  # no system begins with so little
_SHORT = 4  # routers that a pod's packet may have to pass inside a cluster


def weigh(loss: Loss) -> Weight | None:
    """Weigh hop limits that run out."""
    told = [*errors(loss, "icmp", 11), *errors(loss, "icmpv6", 3)]
    limit = _lowest(loss)
    if told:
        why = f"{who_says(told[0])} reports that the hop limit ran out on the way"
        return Weight("hop-limit", NAMED + 7, why, error_evidence(told))
    if limit is None:
        return None
    if loss.missing is None and limit <= _SHORT and is_chosen(loss):
        return Weight(
            "hop-limit", STRONG, f"their hop limit is only {limit} at {loss.last}: they may not get far enough"
        )
    if limit > 2:
        return None
    drops = any(hop.action == "drop" for hop in loss.hops)
    if limit > 1 and not drops:
        return None
    return Weight(
        "hop-limit", NAMED + 6, f"they have a hop limit of {limit} at {loss.last}, which the next router drops"
    )


def is_chosen(loss: Loss) -> bool:
    """Whether the sender itself began with a hop limit that cannot reach far."""
    highest = [
        limit
        for conversation in loss.conversations
        for tally in conversation.seen[loss.direction].values()
        for limit in tally.hop_limits
    ]
    return bool(highest) and max(highest) < _LOW


def _lowest(loss: Loss) -> int | None:
    limits = [
        limit
        for conversation in loss.conversations
        for spot, tally in conversation.seen[loss.direction].items()
        if spot.at == loss.last
        for limit in tally.hop_limits
    ]
    return min(limits, default=None)
