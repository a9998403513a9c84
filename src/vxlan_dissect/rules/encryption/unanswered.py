"""One node sends WireGuard messages to another, and nothing comes back.

Shows
    How the other node stays silent: to handshakes, or to data.

Why it matters
    Without a handshake no packet between the pods of the two nodes passes, while the nodes reach each other by ping:
    it looks like a fault of the overlay and is a blocked UDP port, or a key that the other node does not have.

How we know
    wireguard.com/protocol, section 6: an initiation is answered at once and otherwise repeated every 5 seconds; who
    gets data and has none to send answers with a keepalive after 10 seconds. A packet with a wrong key is dropped
    without a word. Where no frame at all comes back, the capture may have one direction only, and nothing is said.

What to check next
    A capture on the other node's card: do the messages arrive? `wg show` on both (keys, endpoint, latest handshake),
    security groups for the UDP port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import (
    LIKELY,
    POSSIBLE,
    SUSPICIOUS,
    UNKNOWN,
    Cause,
    FactEvidence,
    Statement,
)
from vxlan_dissect.rules.cards import between_cards
from vxlan_dissect.rules.encryption.traffic import DATA, INITIATION, pair_of, wireguard
from vxlan_dissect.rules.heard import both_ways, rest_ns

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "encryption.unanswered"
_KEEPALIVE_NS = 10_000_000_000
_AT_ONCE_NS = 1_000_000_000
_ENOUGH = 3  # messages of data without an answer that are worth a word


def check(context: Context) -> Statement | None:
    """Speak where a node sends WireGuard messages and hears nothing in return."""
    kind, pair = context.number("wg.type"), pair_of(context.packet)
    if kind not in (INITIATION, DATA) or pair is None:
        return None
    sent = wireguard(context.packet.packets)
    there, back = sent.get(pair), sent.get((pair[1], pair[0]))
    if there is None or back is not None:
        return None
    handshakes, data = there.counts.get(INITIATION, 0), there.counts.get(DATA, 0)
    who, whom = called(context.src), called(context.dst)
    evidence = (
        *context.fields("wg.type", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "udp.dstport"),
        *said_by(context.dst.owner),
        FactEvidence("inferred", None, f"no WireGuard message from {whom} to {who} in this part of the capture"),
    )
    causes = (
        Cause("underlay-loss", f"WireGuard's UDP packets from {who} do not reach {whom}, or its answers do not return"),
        Cause("other", f"{whom} does not have the key of {who}, or the reverse"),
    )
    place = between_cards(context, context.src.owner, context.dst.owner)
    if not both_ways(context):
        return None
    if handshakes > 1:
        text = f"{whom} does not answer the handshakes of {who}, which repeats them: nothing between them can pass."
        return Statement(NAME, text, SUSPICIOUS, LIKELY, evidence, causes=causes, place=place)
    if kind == INITIATION and rest_ns(context.packet) >= _AT_ONCE_NS:
        text = f"{whom} does not answer the handshake of {who} within a second: until then nothing between them passes."
        return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=causes, place=place)
    if there.last_ns - there.first_ns > _KEEPALIVE_NS:
        text = f"Nothing comes back from {whom} for more than 10 seconds, not even the keepalive that is due by then."
        return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=causes, place=place)
    if handshakes + data >= _ENOUGH:
        text = f"No WireGuard message of {whom} to {who} is in this capture. It may be that none was due yet."
        return Statement(NAME, text, UNKNOWN, POSSIBLE, evidence, causes=causes, place=place)
    return None
