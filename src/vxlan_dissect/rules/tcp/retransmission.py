"""A part of a TCP stream is sent again.

Shows
    A segment whose part of the stream has passed this capture point before, in the same direction, or which fills a
    gap that was there for more than 3 ms.

Why it matters
    The first sending or its acknowledgement was lost, or late. One now and then does no harm; the same segment again
    and again means that it does not get through. If small ones do and full-size ones do not, think of the MTU.

How we know
    RFC 6298: what is not acknowledged in time is sent again. Copies of one packet at several interfaces, keep-alives
    and segments that were merely overtaken are told apart, see explain/connections.py. Where the first sending passed
    here, the loss is beyond this point or on the way back; where it did not, the loss is before.

What to check next
    A capture closer to the receiver: does the first sending arrive there, and does its acknowledgement leave?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import FIRST, NORMAL, UNKNOWN, Statement
from vxlan_dissect.explain.stream_flags import AFTER_ERROR, FILLED, REPEATED, RETRANSMITTED, SYN, SYN_ACK
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.retransmission"


def check(context: Context) -> Statement | None:
    """Speak on every segment that is sent again."""
    flags = context.stream
    if not flags & RETRANSMITTED:
        return None
    sender, receiver = names(context)
    what = "its SYN" if flags & SYN else "its SYN-ACK" if flags & SYN_ACK else "a part of its TCP stream"
    text = f"{sender} sends {what} to {receiver} again{', not for the first time' if flags & REPEATED else ''}:"
    if flags & AFTER_ERROR:
        text += " an ICMP error turned the first sending down."
        return Statement(NAME, text, NORMAL, sure(context), proof(context, "tcp.seq_raw", "tcp.len"), FIRST)
    if flags & FILLED:
        text += " the first sending was lost before this point."
    else:
        text += " it got no answer in time." if flags & (SYN | SYN_ACK) else " it got no acknowledgement in time."
    return Statement(NAME, text, UNKNOWN, sure(context), proof(context, "tcp.seq_raw", "tcp.len"), FIRST)
