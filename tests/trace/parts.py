"""What is true of a scenario of which only some captures are told, and what must not be said of it?

Law: journeys of a part are those of the whole without the frames of other captures. A loss that a part tells must
enclose the place where the packet ended: its last place lies not behind it, its first missing one not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.diagnose.truth import folder_of, inventory_folder, inventory_of, table
from tests.trace.judge import HARMLESS, Verdict, describe, frames_of, judge, name_of
from tests.trace.losses import End, ends_at, ends_of
from tests.trace.oracle import Journey, journeys, passes
from tests.trace.reading import captures_in
from tests.trace.score import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

NOT_OF_A_PART = ("missed", "misplaced", "false", "ambiguous")  # judged otherwise, or what modesty allows


def truth_of(name: str) -> tuple[Journey, ...]:
    """The journeys of a scenario with all its captures."""
    folder = folder_of(name)
    assert folder is not None
    return journeys(folder, inventory_folder(name))


def captures_of(name: str, wanted: Callable[[str], bool] = lambda stem: True) -> list[Path]:
    """Captures of a scenario whose names without suffix are wanted."""
    folder = folder_of(name)
    assert folder is not None
    return [path for path in captures_in(folder) if wanted(path.stem)]


def only(truth: Iterable[Journey], captures: set[str]) -> list[Journey]:
    """Journeys without the frames of other captures; those that had no others are left out."""
    kept = ([frame for frame in one.frames if frame.record.capture in captures] for one in truth)
    return [Journey(passes(frames)) for frames in kept if frames]


def told_of(name: str, captures: Sequence[Path]) -> Any:
    """What a trace of these says."""
    return trace(list(captures), inventory_of(name))


def verdict_of_part(name: str, told: Any, captures: Sequence[Path]) -> Verdict:
    """Judge a trace of some captures of a scenario: what is wrong of it, losses apart."""
    about = table().get(name)
    truth = only(truth_of(name), {path.name for path in captures})
    ways = about.ways if about else {}
    verdict = judge(name, truth, told.journeys, [], ways, healthy=False)
    for issue in NOT_OF_A_PART:
        verdict.found[issue] = []
    verdict.found["false"] = untrue_losses(name, told.journeys)
    return verdict


def untrue_losses(name: str, told: Iterable[Any]) -> list[str]:
    """Losses that a part tells and that do not enclose where the packet ended."""
    truth = truth_of(name)
    of_frame = {frame.key: index for index, one in enumerate(truth) for frame in one.frames}
    ends = ends_of(name)
    found = []
    for journey in told:
        if journey.lost is not None and journey.lost.verdict not in HARMLESS:
            keys = [key for sighting in journey.sightings for key in frames_of(sighting)]
            index = next((of_frame[key] for key in keys if key in of_frame), None)
            right = index is not None and any(encloses(journey.lost, end) for end in ends_at(truth[index], ends))
            if not right:
                what = "no known packet" if index is None else describe(truth[index])
                found.append(f"{what} lost after {name_of(journey.lost.after)} before {name_of(journey.lost.before)}")
    return found


def encloses(lost: Any, end: End) -> bool:
    """Whether a packet that ended so was lost between these two places, or further apart ones."""
    last, first = name_of(lost.after), name_of(lost.before)
    at = end.way.index(end.last)
    # Beside the way a wrong turn or a flood took it, where it could not be lost otherwise.
    after = last not in end.way or last in end.way[: at + 1]
    return after and (first is None or first not in end.way or first in end.way[at + 1 :])


def partition(told: Any, captures: set[str]) -> set[frozenset[tuple[str, int]]]:
    """Which frames of some captures are of one packet, as a trace says."""
    groups = (
        frozenset(key for sighting in journey.sightings for key in frames_of(sighting) if key[0] in captures)
        for journey in told.journeys
    )
    return {group for group in groups if group}
