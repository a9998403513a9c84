"""A part of a TCP stream is not in the capture.

Shows
    A segment before which a part of the stream is missing, or an acknowledgement of data that never passed here.

Why it matters
    Where the receiver acknowledges what never passed here, the network did not lose it: the capture did, or it went
    another way. Before anything else is concluded from missing packets, this has to be cleared up.

How we know
    RFC 9293 section 3.4: sequence numbers count bytes. Nothing that arrived can have been lost by the network.

What to check next
    `packets dropped by kernel` in the last lines of tcpdump, a larger buffer (`-B`), a shorter snaplen. A missing part
    that nobody acknowledges and that is sent again was lost on the way here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import UNKNOWN, Cause, Statement
from vxlan_dissect.explain.stream_flags import ACKS_UNSEEN, GAP
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.unseen-segment"


def check(context: Context) -> Statement | None:
    """Speak on gaps and on acknowledgements of what is not there."""
    if not context.stream & (ACKS_UNSEEN | GAP):
        return None
    sender, receiver = names(context)
    evidence = proof(context, "tcp.seq_raw", "tcp.ack_raw")
    if not context.stream & ACKS_UNSEEN:
        text = f"A part of the TCP stream from {sender} to {receiver} before this segment has not passed here."
        return Statement(NAME, text, UNKNOWN, sure(context), evidence)
    text = (
        f"{sender} acknowledges data of {receiver} that have not passed here: they arrived, and this capture lost them "
        "or they took another way."
    )
    cause = Cause("capture-loss", "what is acknowledged did arrive")
    return Statement(NAME, text, UNKNOWN, sure(context), evidence, None, (cause,))
