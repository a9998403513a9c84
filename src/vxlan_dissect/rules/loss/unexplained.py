"""Packets go missing, and nothing tells why.

Shows
    Requests without answers, or packets that one place saw and the next did not, for which no cause has anything that
    speaks for it.

Why it matters
    Where they are lost is known all the same, or at least beyond which place.

How we know
    A place was captured at that time, the packets would have been visible there, and they are not.

What to check next
    Capture at the places between, and at the receiver, at the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss
    from vxlan_dissect.rules.losing import Weight


def weigh(_loss: Loss) -> Weight | None:
    """It weighs nothing: it is what is left."""
    return None
