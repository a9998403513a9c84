"""The UDP header of the tunnel has a checksum over IPv4, or none over IPv6.

Shows
    Whether the tunnel packet is protected by a checksum, where that is not as Cilium does it.

Why it matters
    Over IPv6 a checksum of zero is an error unless both ends agreed: the receiver then discards every packet. Over IPv4
    zero means none, and one that is there tells Cilium apart, which sends none.

How we know
    RFC 7348 section 5: over IPv4 it should be zero. RFC 8200 section 8.1 forbids zero over IPv6; RFC 6935 and RFC 6936
    let tunnels agree on it. Linux discards it unless the device has `udp6zerocsumrx` (net/ipv6/udp.c). Cilium sets
    BPF_F_ZERO_CSUM_TX over IPv4 only (bpf/lib/overloadable_skb.h).

What to check next
    `ip -d link show` of the tunnel device on both nodes: `udp6zerocsumtx` on the one, `udp6zerocsumrx` on the other;
    `nstat -az Udp6InCsumErrors` on the receiver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import CERTAIN, NORMAL, POSSIBLE, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.cards import at_card
from vxlan_dissect.rules.heard import comes_back

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tunnel.outer-checksum"


def check(context: Context) -> Statement | None:
    """Speak on a zero over IPv6, and on any other over IPv4."""
    checksum, outer = context.number("outer.udp.checksum"), context.outer
    if checksum is None or outer is None or outer.vni is None:
        return None
    evidence = tuple(context.fields("outer.udp.checksum", "outer.ip.src", "outer.ipv6.src"))
    if context.get("outer.ip.src") is not None:
        if checksum == 0:
            return None
        text = f"The {outer.title} packet has an outer UDP checksum, as Linux computes it unless told otherwise"
        text += "; Cilium tells it otherwise, so this packet may not be Cilium's." if context.is_cilium else "."
        return Statement(NAME, text, NORMAL, CERTAIN, evidence)
    if checksum != 0:
        return None
    receiver = called(outer.dst)
    text = f"The outer UDP checksum is zero over IPv6: {receiver} discards that unless its tunnel device allows it "
    text += "(udp6zerocsumrx)."
    if comes_back(context) is False:
        causes = (Cause("checksum-refused", f"the tunnel device of {receiver} may not accept UDP without a checksum"),)
        text += " No answer comes back."
        return Statement(
            NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=causes, place=at_card(context, outer.dst.owner)
        )
    return Statement(NAME, text, NORMAL, CERTAIN, evidence)
