"""What is wrong in these captures, where, and why perhaps?

Law: what is said of frames and what is lost between places are one list, the gravest first; what was checked is said
too, so that an empty list means something.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect import pipeline
from vxlan_dissect.capture.folder import meant, once
from vxlan_dissect.diagnosis import lost
from vxlan_dissect.diagnosis.merge import merged
from vxlan_dissect.diagnosis.said import Said
from vxlan_dissect.explain.statements import counted
from vxlan_dissect.inventory.inventory import Inventory
from vxlan_dissect.losses.collect import Collection
from vxlan_dissect.losses.find import losses
from vxlan_dissect.rules import RULES, compared, surveys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.errors import CaptureError
    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.pipeline import Explanations

__all__ = ["Diagnosis", "Doctor", "batches", "diagnose"]


class Diagnosis(NamedTuple):
    """What captures show that is wrong. `checked` says in words what was looked at, `notes` how it was understood.

    `problems` are the errors that ended the reading of captures early.
    """

    captures: tuple[str, ...]
    checked: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[CaptureError, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The object of `vxd diagnose -T json`."""
        return {
            "captures": list(self.captures),
            "checked": list(self.checked),
            "notes": list(self.notes),
            "findings": [finding.as_dict() for finding in self.findings],
        }


class Doctor:
    """Gathers what batches of captures show, and says what is wrong."""

    def __init__(self) -> None:
        self._collection, self._said, self._surveys = Collection(), Said(), surveys()
        self._captures: dict[str, int] = {}
        self._labels: dict[str, str] = {}  # what a capture is called: its name without folders, or with where two agree
        self._notes: dict[str, None] = {}
        self._problems: list[CaptureError] = []

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        self._captures[batch.name] = self._captures.get(batch.name, 0) + len(batch.packets)
        if batch.name not in self._labels:
            taken = batch.file_name in self._labels.values()
            self._labels[batch.name] = batch.name if taken else batch.file_name
        batch.file_name = self._labels[batch.name]
        self._collection.learn(batch)
        self._said.learn(batch)
        for survey in self._surveys:
            survey.learn(batch)
        self._notes |= dict.fromkeys(batch.notes)
        if batch.problem is not None:
            self._problems.append(batch.problem)

    def diagnosis(self) -> Diagnosis:
        """What was found so far."""
        found = merged(lost.findings(losses(self._collection)), self._said.findings())
        found += [finding for survey in self._surveys for finding in survey.findings()]
        found += compared(self._collection)
        return Diagnosis(
            tuple(self._labels.values()),
            tuple(self._checked()),
            tuple(sorted(found, key=lambda finding: finding.gravity)),
            tuple(self._notes),
            tuple(self._problems),
        )

    def _checked(self) -> list[str]:
        frames, conversations = sum(self._captures.values()), len(self._collection.conversations)
        where = ", ".join(sorted({str(cover.at) for cover in self._collection.coverage.values()}))
        said = [
            f"{counted(frames, 'frame')} of {counted(len(self._captures), 'capture')}, at {where or 'no known place'}",
            f"each frame by {len(RULES)} rules ({', '.join(dict.fromkeys(name.partition('.')[0] for name in RULES))})",
            f"{counted(conversations, 'conversation')}: are requests answered, does one place lack what another saw",
        ]
        if self._collection.left_out:
            said.append(f"{self._collection.left_out} groups of frames beyond the first conversations were left out")
        return said


def batches(
    name: str, inventory: Inventory | None, *, at: str | None = None, decode_as: Sequence[str] = ()
) -> Iterator[Explanations]:
    """The frames of a capture explained, batch by batch; none at all is a batch too: the place saw nothing."""
    shown = False
    for batch in pipeline.stream(name, inventory, at=at, decode_as=decode_as):
        yield batch
        shown = True
    if not shown and name != "-":
        yield pipeline.explain(name, inventory, at=at, decode_as=decode_as)


def diagnose(
    captures: Sequence[str | os.PathLike[str]] | str,
    inventory: Inventory | str | os.PathLike[str] | None = None,
    *,
    decode_as: Sequence[str] = (),
) -> Diagnosis:
    """Say what is wrong in captures, which may be of several places at the same time; a folder is all that are in it.

    `inventory`: an Inventory, or the path of one; None takes what lies beside each capture. Raises CaptureError where
    one cannot be read at all, InventoryError, UsageError.
    """
    if inventory is not None and not isinstance(inventory, Inventory):
        inventory = Inventory.load(inventory)
    paths = [captures] if isinstance(captures, str) else [os.fspath(name) for name in captures]
    names = once(name for path in paths for name in meant(path).captures)
    doctor = Doctor()
    for name in names:
        for batch in batches(name, inventory, decode_as=decode_as):
            doctor.learn(batch)
    return doctor.diagnosis()
