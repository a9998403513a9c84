"""A TCP connection is refused.

Shows
    A RST that answers a SYN.

Why it matters
    The way there and back works: it is the port that nobody listens on, or a firewall rule that answers in its place.

How we know
    RFC 9293 section 3.10.7.1: a host answers a segment for a port without a listener with RST. Linux sends the same for
    a rule `REJECT --reject-with tcp-reset`, in the name of the receiver. Cilium never does: what its policy denies, it
    drops in silence.

What to check next
    Whether the program listens on this port and on all addresses (`ss -ltn` in the receiver). If it does, look for a
    rule that rejects with tcp-reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Cause, Statement
from vxlan_dissect.explain.stream_flags import REFUSED
from vxlan_dissect.rules.stations import names, port, proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.refused"


def check(context: Context) -> Statement | None:
    """Speak on every RST that answers a SYN."""
    if not context.stream & REFUSED:
        return None
    sender, receiver = names(context)
    text = f"{sender} refuses the TCP connection of {receiver}: {port(context, 'src')} is closed, or a rule rejects it."
    causes = (
        Cause("closed-port", "a host answers a SYN for a port without a listener with RST"),
        Cause("policy", "a firewall rule that rejects with a RST looks the same"),
    )
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "tcp.flags"), "request", causes)
