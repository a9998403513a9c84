"""The request arrives and the answer does not.

Shows
    Answers that leave the receiver and are lost on their way back.

Why it matters
    The way there is proven to work: whatever is wrong lies on the way back, which may be another.

How we know
    The answer is seen at one place and not at the next on its way.

What to check next
    Routes and policies of the answering side; the way back may use another device than the way there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import USUAL, Weight, is_return

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh lost answers."""
    if not is_return(loss):
        return None
    return Weight("reply-lost", USUAL - 15, f"the answers are seen at {loss.last}, so the requests arrived")
