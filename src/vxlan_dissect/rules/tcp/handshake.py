"""A TCP connection is being opened.

Shows
    Who opens a connection to whom, on which port, and how long each step takes at this capture point.

Why it matters
    The three segments of the handshake prove the way there and back. The time from SYN to SYN-ACK is the way from here
    to the server and back, that from SYN-ACK to the last segment the way from here to the client and back.

How we know
    RFC 9293 section 3.5: a SYN is answered by a SYN with ACK, and that by an ACK. They belong together by addresses,
    ports and sequence numbers, at the same capture point.

What to check next
    Nothing, where the connection opens. A SYN without an answer has a statement of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.explain.stream_flags import ESTABLISHED, HALF_OPEN, RETRANSMITTED, SYN, SYN_ACK, UNASKED
from vxlan_dissect.rules.stations import names, port, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.handshake"


def check(context: Context) -> Statement | None:
    """Speak on the segments of a handshake, each for the first time."""
    flags = context.stream
    if not flags & (SYN | SYN_ACK | ESTABLISHED) or flags & (RETRANSMITTED | HALF_OPEN):
        return None
    sender, receiver = names(context)
    if flags & SYN:
        text = f"{sender} opens a TCP connection to {receiver}, {port(context, 'dst')}."
    elif flags & SYN_ACK:
        text = f"{sender} accepts the TCP connection of {receiver} on {port(context, 'src')}."
        text += " The SYN has not passed here." if flags & UNASKED else ""
    else:
        text = f"The TCP connection of {sender} to {receiver}, {port(context, 'dst')}, is open."
    relation = "reply" if flags & SYN else "request"
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "tcp.flags"), relation)
