"""A client refuses an answer that comes from an address that it did not ask.

Shows
    A RST with which a client turns down a SYN-ACK to which it sent no SYN.

Why it matters
    The connection fails although client, service and backend work. The request went to a service, whose address was
    exchanged for that of the backend; the answer did not pass where it would have been exchanged back.

How we know
    RFC 9293 section 3.10.7.3: a SYN-ACK for a SYN that was not sent is answered by RST. Its SYN has not passed here,
    though the answer did.

What to check next
    Client and backend on the same bridge: `sysctl net.bridge.bridge-nf-call-iptables` has to be 1 with kube-proxy.
    Otherwise the way back: it must pass the node that translated the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import LIKELY, SUSPICIOUS, Cause, Statement
from vxlan_dissect.explain.stream_flags import RESET, UNASKED
from vxlan_dissect.rules.stations import names, port, proof

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "service.wrong-address"


def check(context: Context) -> Statement | None:
    """Speak on a RST that answers a SYN-ACK without a SYN."""
    if context.stream & (RESET | UNASKED) != RESET | UNASKED:
        return None
    client, backend = names(context)
    text = (
        f"{client} turns down the SYN-ACK of {backend}, {port(context, 'dst')}: it sent no SYN there. It likely asked "
        "a service, and the answer was not translated back."
    )
    cause = Cause("other", "the answer of a backend reaches the client under the backend's own address")
    return Statement(NAME, text, SUSPICIOUS, LIKELY, proof(context, "tcp.flags"), "request", (cause,))
