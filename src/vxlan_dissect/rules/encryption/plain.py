"""A pod's packet travels in clear between nodes that encrypt.

Shows
    That the inventory says the nodes encrypt what pods send to each other, and that this packet is not encrypted.

Why it matters
    Whoever listens between the nodes reads it. It is what remains when one node has no key of the other, or when a
    route leads past the WireGuard device.

How we know
    `cilium-dbg encrypt status` or the configuration says that encryption is on; or the sending node routes the
    receiver's address into its WireGuard device. That the two nodes also send each other WireGuard proves less: it may
    serve one IP version only. Left out are a node's own traffic, which is not encrypted by default,
    addresses that no pod has, captures elsewhere than at a card between the nodes, and for IPsec what comes in: a
    decrypted packet passes the same card a second time.

What to check next
    `cilium-dbg encrypt status`, `wg show`, the node's annotation `network.cilium.io/wg-pub-key`; whether strict mode
    is on. `ip route get ADDRESS` with the mark of the policy rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said, said_by
from vxlan_dissect.explain.statements import POSSIBLE, SUSPICIOUS, UNKNOWN, Cause, FactEvidence, Statement
from vxlan_dissect.rules.cards import at_card, is_at_card
from vxlan_dissect.rules.encryption.expected import Expected, expected
from vxlan_dissect.rules.encryption.traffic import wireguard
from vxlan_dissect.rules.tunnel.nodes import homes

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Owner

NAME = "encryption.plain"


def check(context: Context) -> Statement | None:
    """Speak at a node's card, on a packet between pods of two nodes."""
    src, dst, point = context.src.ip_owner, context.dst.ip_owner, context.point
    if not (_is_pod(src) and _is_pod(dst)) or src is None or dst is None or src.node == dst.node:
        return None
    if context.get("esp.spi") is not None or context.get("wg.type") is not None:
        return None
    if point is None or not is_at_card(context):
        return None
    evidence = (*context.fields("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"), *said_by(src), *said_by(dst))
    why = expected(context, src, dst)
    if why is None:
        return _beside_others(context, src, dst, evidence)
    if why.how == "IPsec" and point.node != src.node:
        return None
    text = f"In clear between {src.node} and {dst.node}, though {_words(why)}: {called(context.src)} and "
    text += f"{called(context.dst)} are pods, whose packets should be encrypted here."
    cause = Cause("other", f"{src.node} does not encrypt for {dst.node}: no key of it, or a route past the encryption")
    evidence = (*evidence, *map(said, why.facts))
    return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=(cause,), place=at_card(context, src))


def _beside_others(context: Context, src: Owner, dst: Owner, evidence: tuple[Evidence, ...]) -> Statement | None:
    """What to say where nothing is known but that the two nodes encrypt other packets for each other."""
    here, there = (homes(context.inventory).addresses.get(owner.node or "", {}) for owner in (src, dst))
    sent = wireguard(context.packet.packets)
    if not any((one, other) in sent for one in here for other in there):
        return None
    text = f"In clear between {src.node} and {dst.node}, which send each other WireGuard as well: this packet is left "
    text += "out, by the configuration or by mistake."
    shown = FactEvidence("inferred", None, f"WireGuard messages from {src.node} to {dst.node} in this capture")
    return Statement(NAME, text, UNKNOWN, POSSIBLE, (*evidence, shown))


def _is_pod(owner: Owner | None) -> bool:
    return owner is not None and owner.what == "pod" and owner.fact is not None and owner.node is not None


def _words(why: Expected) -> str:
    return f"{why.who} says that {why.how} is on" if why.device is None else f"{why.who} routes it into {why.device}"
