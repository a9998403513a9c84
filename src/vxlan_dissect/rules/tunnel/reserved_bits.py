"""Flags of a VXLAN header are set beyond the one that makes the VNI valid.

Shows
    Which extension uses them: group policy (GBP) with its number, generic protocol (GPE), or none that is known.

Why it matters
    Linux drops a packet with a flag that its device is not set up for, without a word: one node with `gbp` and one
    without speak in one direction only.

How we know
    RFC 7348 section 5 has one flag, I; all else is reserved. G, D and A are of draft-smith-vxlan-group-policy, P, B and
    O of draft-ietf-nvo3-vxlan-gpe. What no extension of the device has taken is left over, and the packet is dropped
    (`vxlan_rcv`, drivers/net/vxlan/vxlan_core.c). Neither Cilium, flannel nor Calico sets any.

What to check next
    `ip -d link show type vxlan` on both nodes: is `gbp` or `gpe` printed on both?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import (
    CERTAIN,
    NORMAL,
    POSSIBLE,
    SUSPICIOUS,
    Cause,
    FactEvidence,
    Statement,
)
from vxlan_dissect.rules.cards import at_card
from vxlan_dissect.rules.heard import comes_back, values_by
from vxlan_dissect.wire.vxlan import FLAG_G, FLAG_I, FLAG_P

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.reserved-bits"
_POLICY = FLAG_G | 0x0040 | 0x0008  # with D, do not learn, and A, policy was applied
_GENERIC = FLAG_P | 0x0200 | 0x0100  # with B, broadcast, and O, for operations
_FLOW = ("outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst", "outer.vxlan.vni")


def check(context: Context) -> Statement | None:
    """Speak where more than the flag I is set."""
    flags = context.number("outer.vxlan.flags")
    more = (flags or 0) & ~FLAG_I
    if flags is None or not more:
        return None
    said, known = [], 0
    if flags & FLAG_G:
        said.append(f"group policy (GBP), id {context.number('outer.vxlan.gbp')}")
        known |= _POLICY
    if flags & FLAG_P:
        inside = context.packet.text("outer.vxlan.next_proto")
        said.append(f"generic protocol extension (GPE), {inside} inside" if inside else "generic protocol extension")
        known |= _GENERIC
    if more & ~known:
        said.append(f"0x{more & ~known:04x}, of no extension that is known here")
    text = f"The VXLAN header has more flags than the one for the VNI: {'; '.join(said)}. "
    text += "A node whose device is not set up for them drops the packet without a word."
    evidence = context.fields("outer.vxlan.flags", "outer.vxlan.gbp", "outer.vxlan.next_proto")
    outer = context.outer
    if outer is not None and comes_back(context) is False and _peer_sends_without(context, flags):
        peer = called(outer.dst)
        text += f" No answer comes back, and {peer} sends without these flags: its device may not be set up for them."
        evidence.append(FactEvidence("inferred", None, f"packets of {peer} in the same VNI have other flags"))
        causes = (Cause("tunnel-mismatch", f"{peer} drops VXLAN packets with flags 0x{flags:04x}"),)
        place = at_card(context, outer.dst.owner)
        return Statement(NAME, text, SUSPICIOUS, POSSIBLE, tuple(evidence), causes=causes, place=place)
    return Statement(NAME, text, NORMAL, CERTAIN, tuple(evidence))


def _peer_sends_without(context: Context, flags: int) -> bool:
    """Whether the receiving node sends in the same VNI, and never with these flags."""
    src4, dst4, src6, dst6, vni = (context.get(name) for name in _FLOW)
    back = values_by(context.packet.packets, _FLOW, "outer.vxlan.flags").get((dst4, src4, dst6, src6, vni))
    return back is not None and flags not in back
