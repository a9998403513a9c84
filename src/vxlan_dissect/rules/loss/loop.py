"""The packets go round in a circle until their hop limit runs out.

Shows
    One and the same packet at one place again and again, its hop limit lower each time.

Why it matters
    Two routes point at each other: a node believes that the receiver is elsewhere, and elsewhere points back. Each
    packet passes many times until it dies, and the sender gets a time exceeded, or nothing.

How we know
    Each forward takes one from the hop limit (RFC 8200 section 3, RFC 791). Under Cilium a pod whose endpoint is gone
    leaves its address to the node's stack, whose route for the range of pods leads to cilium_host, from where it comes
    back.

What to check next
    `ip route get ADDRESS` on the node of this place; under Cilium `cilium-dbg endpoint list` there: is the pod known?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import NAMED, Weight

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss

_ROUNDS = 3  # a bridge or a router's interface shows a packet twice: before it is routed, and after


def weigh(loss: Loss) -> Weight | None:
    """Weigh the hop limits that one echo has at one place."""
    for conversation in loss.conversations:
        seen: dict[tuple[object, int], set[int]] = {}
        for spot, tally in conversation.seen[loss.direction].items():
            for number in tally.units if spot.hop_limit is not None else ():
                seen.setdefault((spot.at, number), set()).add(spot.hop_limit or 0)
        for (at, _), limits in seen.items():
            if len(limits) >= _ROUNDS:
                why = f"one packet passes {at} {len(limits)} times, with hop limits from {max(limits)} to {min(limits)}"
                return Weight("loop", NAMED + 9, why)
    return None
