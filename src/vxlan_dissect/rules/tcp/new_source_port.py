"""What is sent again travels in a tunnel packet with another UDP source port.

Shows
    A retransmission whose tunnel packet has another UDP source port than that of the first sending.

Why it matters
    It is no sign of a second connection or of an address translation. Routers that spread traffic by ports may send it
    another way, so it may get through where the first sending did not.

How we know
    The source port of VXLAN is a hash of the inner flow (RFC 7348 section 5). After a timeout Linux gives the socket a
    new hash (net/core/sock.c `sk_rethink_txhash`), so that a retransmission may leave a path that fails.

What to check next
    Nothing for the port. If only some source ports get through, one of several paths between the nodes is broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.explain.stream_flags import REHASHED
from vxlan_dissect.rules.stations import proof, sure

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "tcp.new-source-port"


def check(context: Context) -> Statement | None:
    """Speak on a retransmission in a tunnel packet with a new source port."""
    if not context.stream & REHASHED or context.outer is None:
        return None
    text = (
        f"The {context.outer.title} packet has another UDP source port than that of the first sending: after a timeout "
        "Linux chooses a new one, in case another path works better."
    )
    return Statement(NAME, text, NORMAL, sure(context), proof(context, "outer.udp.srcport"))
