"""What do all the frames together say of one address?

Law: every rule that speaks of an address is entered, with the frames it saw; the strongest wins, and where rules of one
strength contradict each other the answer is only `possible` and names what speaks against it. Nothing is certain here:
a frame can be forged, and a proxy answers for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model.base import CONFIDENCES, RANK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.sightings import Sighting

MAX_FRAMES = 4


class Role(NamedTuple):
    """What an address is to the pods of a node: `what` is one of inventory.model.ROLES.

    `why` gives the reason in words, `against` what other frames say instead, `frames` numbers of frames that it
    follows from.
    """

    what: str
    confidence: str
    why: str
    frames: tuple[int, ...]
    against: tuple[str, ...] = ()


class _Case:
    """What speaks for one role of one address."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}  # why -> confidence
        self.frames: dict[int, None] = {}
        self.count = 0

    @property
    def rank(self) -> int:
        return min(RANK[confidence] for confidence in self.reasons.values())


class Ledger:
    """Reasons for roles, by MAC (int) or IP."""

    def __init__(self) -> None:
        self._cases: dict[int | IP, dict[str, _Case]] = {}

    def claim(self, subject: int | IP | None, what: str, confidence: str, why: str, *sightings: Sighting) -> None:
        """Enter a reason to take `subject` for `what`."""
        if subject is None:
            return
        case = self._cases.setdefault(subject, {}).setdefault(what, _Case())
        if RANK[confidence] < RANK[case.reasons.get(why, "possible")] or why not in case.reasons:
            case.reasons[why] = confidence
        for sighting in sightings:
            case.count += sighting.count
            for frame in sighting.frames:
                if len(case.frames) < MAX_FRAMES:
                    case.frames[frame] = None

    def role(self, subject: int | IP) -> Role | None:
        """What all reasons together say of an address, None where there is none."""
        cases = self._cases.get(subject)
        if not cases:
            return None
        ranked = sorted(cases.items(), key=lambda item: (item[1].rank, -len(item[1].reasons), -item[1].count))
        what, best = ranked[0]
        strongest = next(why for why, confidence in best.reasons.items() if RANK[confidence] == best.rank)
        confidence = CONFIDENCES[best.rank]
        against = tuple(f"{other}: {next(iter(case.reasons))}" for other, case in ranked[1:] if case.rank <= best.rank)
        if against:
            confidence = "possible"
        return Role(what, confidence, strongest, tuple(sorted(best.frames)), against)

    def __iter__(self) -> Iterator[int | IP]:
        return iter(self._cases)

    def __contains__(self, subject: object) -> bool:
        return subject in self._cases
