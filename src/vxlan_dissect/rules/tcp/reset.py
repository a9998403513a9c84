"""A TCP connection is broken off.

Shows
    A RST on a connection that was open, or whose opening is not in this capture.

Why it matters
    Data under way are lost, and the program at the other end gets an error. Many programs close this way on purpose: a
    health check that has its answer, a client that stops reading.

How we know
    RFC 9293 section 3.5.2: RST ends a connection at once. It answers no SYN that passed here.

What to check next
    Whether the program that sends it meant to (its log). If it was restarted, or moved to another backend, it no longer
    knows the connection and answers what belongs to it with RST.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.explain.stream_flags import REFUSED, RESET, UNASKED
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.reset"


def check(context: Context) -> Statement | None:
    """Speak on every RST that answers no request for a connection."""
    if not context.stream & RESET or context.stream & (REFUSED | UNASKED):
        return None
    sender, receiver = names(context)
    text = f"{sender} breaks off its TCP connection with {receiver}."
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "tcp.flags"), "request")
