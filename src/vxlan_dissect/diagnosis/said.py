"""Which statements about frames are findings?

Law: a statement that names something wrong, or a cause of what is wrong, is a finding; a thousand of the same are one.
What a capture leaves open is no finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect import rules
from vxlan_dissect.diagnosis.merge import Told, about_frame, scope
from vxlan_dissect.explain.findings import FIRST_FRAMES, Finding
from vxlan_dissect.explain.places import At, Place, at_of
from vxlan_dissect.explain.statements import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from vxlan_dissect.diagnosis.merge import Ends
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement
    from vxlan_dissect.pipeline import Explanations

MAX_ENDS = 1024
MAX_FINDINGS = 4096  # different statements that are kept of all captures


@dataclass
class _Found:
    """A statement, where it is made and where something is wrong by it, what it is about, and in which frames."""

    statement: Statement
    at: At | None
    place: Place | None
    about: set[Ends] = field(default_factory=set)
    count: int = 0
    frames: list[tuple[str, int]] = field(default_factory=list)


class Said:
    """The statements that are findings, gathered batch by batch."""

    def __init__(self) -> None:
        self._found: dict[Hashable, _Found] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the statements about the frames of a batch."""
        if not len(batch.packets):
            return
        numbers = batch.packets.columns["frame.number"].values
        counts = np.bincount(batch.codes, minlength=len(batch.firsts)).tolist()
        for code, first in enumerate(batch.firsts):
            for statement in batch.said(code):
                if statement.verdict == UNKNOWN or (statement.severity == "info" and not statement.causes):
                    continue
                context = batch.context(first)
                at = _at(context)
                key = (statement.rule, statement.text, statement.causes, at)
                found = self._found.get(key)
                if found is None:
                    if len(self._found) >= MAX_FINDINGS:
                        continue
                    found = self._found[key] = _Found(statement, at, _closer(statement.place, _place(context)))
                # What one sentence is about may be many pairs of ends.
                if len(found.about) < MAX_ENDS:
                    found.about |= about_frame(context)
                found.count += counts[code]
                if len(found.frames) < FIRST_FRAMES:
                    rows = np.flatnonzero(batch.codes == code)[: FIRST_FRAMES - len(found.frames)]
                    found.frames += [(batch.file_name, int(numbers[row])) for row in rows]

    def findings(self) -> Iterator[Told]:
        """The findings so far."""
        for found in self._found.values():
            statement = found.statement
            finding = Finding(
                statement.rule, statement.severity, statement.verdict, statement.confidence, statement.text,
                rules.section(statement.rule, "What to check next"),
                scope("a place that is not known" if found.at is None else str(found.at)), found.count,
                tuple(found.frames), found.place, statement.causes, statement.evidence,
            )  # fmt: skip
            yield Told(finding, frozenset(found.about))


def _at(context: Context) -> At | None:
    return None if context.point is None else at_of(context.point)


def _place(context: Context) -> Place | None:
    """Where the frame was seen; of an ICMP error the node that sends it, since there the quoted packet ended."""
    sender, at = context.src.owner, _at(context)
    ends = [context.ip(f"quoted.{version}.{side}") for side in ("src", "dst") for version in ("ip", "ipv6")]
    if not any(ends) or sender is None or sender.node is None or sender.pod is not None:
        return None if at is None else Place(at)
    node, card = sender.node, context.names.wiring.card(sender.node)
    # Between the veth and the card of that node, if one of the two pods is on it.
    for number, end in enumerate(filter(None, ends)):
        owner = context.names.of_ip(end)
        veth = context.inventory.lxc_of_pod(owner.pod) if owner is not None and owner.pod else None
        if veth is not None and veth.host.node == node and card is not None:
            places = At(node, veth.name), At(node, card)
            return Place(*(places if number == 0 else places[::-1]))
    return Place(At(node, None))


def _closer(said: Place | None, found: Place | None) -> Place | None:
    """The place that a rule names; where it names no more than a node, what the inventory makes of it."""
    if said is None or found is None or said.until is not None or said.at.interface is not None:
        return said or found
    return found if found.at.node == said.at.node else said
