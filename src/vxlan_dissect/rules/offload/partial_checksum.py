"""A checksum is not complete: the network card was to finish it.

Shows
    Which checksum holds the sum of the pseudo-header only, or, around it, is right only once that one is finished.

Why it matters
    Tools call such a packet corrupt. At the sender it is normal, and between pods of one machine, or over veth links,
    it stays so to the end, since no card is passed.

How we know
    Linux leaves the sum of addresses, protocol and length in the field (CHECKSUM_PARTIAL, include/linux/skbuff.h). The
    checksum of a tunnel around such a packet is computed as if the inner one were finished (lco_csum,
    include/linux/udp.h). Checked in the first 65,536 frames of a capture, where every byte of the packet is there.

What to check next
    `ethtool -k DEVICE | grep checksum`. If the same packet is wrong at the receiving card, too, see
    offload.wrong-checksum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.derived.checksums import PARTIAL
from vxlan_dissect.explain.statements import CERTAIN, NORMAL, Statement
from vxlan_dissect.rules.offload.sums import ABOVE_IP, with_status

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "offload.partial-checksum"


def check(context: Context) -> Statement | None:
    """Speak where a checksum is what Linux leaves for the card."""
    found = with_status(context, PARTIAL, ABOVE_IP)
    if not found:
        return None
    which = " and ".join(words for _, words in found)
    text = f"The {which} checksum is left for the network card to finish: a tool that calls it wrong is mistaken."
    return Statement(NAME, text, NORMAL, CERTAIN, tuple(context.fields(*(f"{name}.checksum" for name, _ in found))))
