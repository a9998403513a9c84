"""One side asks whether a TCP connection is still there.

Shows
    A keep-alive, or the probe of a receive window that is closed.

Why it matters
    It is no retransmission, though it repeats a sequence number. Probes that nobody answers end the connection.

How we know
    RFC 9293 sections 3.8.4 and 3.8.6.1: the probe bears the sequence number before the next one, which the other side
    has already; it answers with what it expects.

What to check next
    Nothing, where probes are answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.explain.stream_flags import KEEP_ALIVE
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.keep-alive"


def check(context: Context) -> Statement | None:
    """Speak on every keep-alive or window probe."""
    if not context.stream & KEEP_ALIVE:
        return None
    sender, receiver = names(context)
    text = f"{sender} asks {receiver} whether their TCP connection is alive, or can take data again."
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "tcp.seq_raw", "tcp.len"))
