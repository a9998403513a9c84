"""IPsec: a packet that is encrypted by ESP.

Shows
    Whose key it is by its SPI, whether a second key is in use at the same time, and what of it can be read.

Why it matters
    Two SPIs between the same nodes look like a fault and are the change of a key. One that the receiver does not know
    is dropped without a word.

How we know
    RFC 4303: SPI and sequence number are in clear, all else is not. Cilium numbers its keys 1 to 15 and uses that
    number as SPI; the old one stays valid for some minutes (pkg/datapath/linux/ipsec). Up to v1.17 ESP is inside the
    VXLAN packet, so that outer addresses and VNI can be read; since v1.18 VXLAN is inside ESP.

What to check next
    `cilium-dbg encrypt status` and `ip xfrm state` on both nodes: do both know this SPI? A receiving node shows the
    packet again, decrypted, on the same card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.statements import NORMAL, FactEvidence, Statement
from vxlan_dissect.rules.encryption.traffic import pair_of, spis

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "encryption.esp"
_KEYS_OF_CILIUM = range(1, 16)
_SHOWN = 4  # SPIs in a sentence


def check(context: Context) -> Statement | None:
    """Speak on every ESP packet."""
    spi, pair = context.number("esp.spi"), pair_of(context.packet)
    if spi is None or pair is None:
        return None
    text = f"ESP from {called(context.src)} to {called(context.dst)}: encrypted, only SPI {spi} and the sequence "
    text += "number can be read."
    evidence = [*context.fields("esp.spi", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "outer.vxlan.vni")]
    if context.is_cilium and spi in _KEYS_OF_CILIUM:
        text += f" Cilium's SPIs are the numbers of its keys: this is key {spi}."
    if context.outer is not None and context.outer.vni is not None:
        text += f" It is inside {context.outer.title}"
        text += ", as Cilium up to v1.17 sends it." if context.is_cilium else "."
    others = [other for other in spis(context.packet.packets, pair) if other != spi]
    if others:
        listed = ", ".join(map(str, others[:_SHOWN])) + (" and more" if len(others) > _SHOWN else "")
        text += f" SPI {listed} is in use between the same two as well: a key is being changed."
        evidence.append(FactEvidence("inferred", None, f"SPIs between the same two in this capture: {spi}, {listed}"))
    evidence += [*said_by(context.src.owner), *said_by(context.dst.owner)]
    return Statement(NAME, text, NORMAL, sureness(context.src.owner, context.dst.owner), tuple(evidence))
