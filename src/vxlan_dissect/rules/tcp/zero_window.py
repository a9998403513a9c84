"""A receiver can take no more data.

Shows
    A segment whose sender announces a receive window of zero.

Why it matters
    The other side has to stop sending. The network is not the brake: the program here does not read what has arrived.

How we know
    RFC 9293 section 3.8.6: the window says how many bytes the sender of the segment can take.

What to check next
    What the reading program waits for, if the window stays closed: processor limits, a slow disk, a lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.explain.stream_flags import ZERO_WINDOW
from vxlan_dissect.rules.stations import names, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.zero-window"


def check(context: Context) -> Statement | None:
    """Speak on every segment that closes the window."""
    if not context.stream & ZERO_WINDOW:
        return None
    sender, receiver = names(context)
    text = f"{sender} can take no more data of {receiver} for now: its program has yet to read what arrived."
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "tcp.window_size_value"))
