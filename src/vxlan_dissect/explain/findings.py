"""In which words is something wrong reported?

Law: a finding stands for all frames that show the same thing, and says where, from what, why perhaps, what to look at
next, and what the captures cannot show. `as_dict` is the JSON contract of `vxd diagnose`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.explain.statements import SEVERITIES
from vxlan_dissect.inventory.model.base import CONFIDENCES

if TYPE_CHECKING:
    from vxlan_dissect.explain.places import Place
    from vxlan_dissect.explain.statements import Cause, Evidence

FIRST_FRAMES = 8  # frames that a finding names, of however many show it


class Finding(NamedTuple):
    """What is wrong, or worth knowing. `severity` is one of SEVERITIES; `frames` are the first of the `count` frames.

    `next` says what to check next, `scope` what the captures cannot show. `causes` are the likeliest first.
    """

    rule: str
    severity: str
    verdict: str
    confidence: str
    text: str
    next: str
    scope: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks of a finding
    frames: tuple[tuple[str, int], ...]
    place: Place | None
    causes: tuple[Cause, ...]
    evidence: tuple[Evidence, ...]

    @property
    def gravity(self) -> tuple[int, int, int]:
        """Sorts the gravest, then the surest, then the most frequent first."""
        return -SEVERITIES.index(self.severity), CONFIDENCES.index(self.confidence), -self.count

    def as_dict(self) -> dict[str, Any]:
        """One of `findings` of `vxd diagnose -T json`."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "verdict": self.verdict,
            "confidence": self.confidence,
            "text": self.text,
            "next": self.next,
            "scope": self.scope,
            "count": self.count,
            "frames": [list(frame) for frame in self.frames],
            "place": None if self.place is None else self.place.as_dict(),
            "causes": [cause.as_dict() for cause in self.causes],
            "evidence": [item.as_dict() for item in self.evidence],
        }
