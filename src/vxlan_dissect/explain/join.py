"""Which values do the names of the join have, for the filter language?

Law: a name of `query.JOIN_FIELDS` has the values listed here and no others; several values of one frame all count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.explain.statements import CapturePoint, Endpoint, Outer, Statement


class Situation(Protocol):
    """What frames share that have one explanation."""

    kind: str
    point: CapturePoint | None
    src: Endpoint
    dst: Endpoint
    outer: Outer | None

    @property
    def statements(self) -> Sequence[Statement]:
        """What the rules say."""


def joined(name: str, situation: Situation, capture: str) -> list[str]:
    """The values of a join name for frames of one situation, absent ones left out. Only some names need the rules."""
    if name == "capture":
        return [capture]
    if name == "kind":
        return [situation.kind]
    if name == "interface":
        return [situation.point.interface] if situation.point and situation.point.interface else []
    if name in _OF_STATEMENTS:
        return list(dict.fromkeys(_OF_STATEMENTS[name](statement) for statement in situation.statements))
    side, _, what = name.rpartition(".")
    return list(dict.fromkeys(value for end in _ends(side, situation) if (value := _OF_ENDS[what](end)) is not None))


_OF_STATEMENTS: dict[str, Callable[[Statement], str]] = {
    "rule": lambda said: said.rule,
    "verdict": lambda said: said.verdict,
    "severity": lambda said: said.severity,
    "confidence": lambda said: said.confidence,
}
_OF_ENDS: dict[str, Callable[[Endpoint], str | None]] = {
    "pod": lambda end: end.owner.pod if end.owner else None,
    "node": lambda end: end.owner.node if end.owner else None,
    "namespace": lambda end: end.owner.namespace if end.owner else None,
    "service": lambda end: end.owner.service if end.owner else None,
    "role": lambda end: end.owner.what if end.owner else None,
    "identity": lambda end: None if end.identity is None else str(end.identity),
}


def _ends(side: str, situation: Situation) -> list[Endpoint]:
    if side.startswith("outer."):
        outer = situation.outer
        return [] if outer is None else [outer.src if side == "outer.src" else outer.dst]
    return {"src": [situation.src], "dst": [situation.dst]}.get(side, [situation.src, situation.dst])
