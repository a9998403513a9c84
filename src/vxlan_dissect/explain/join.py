"""Which values do the names of the join have, for the filter language?

Law: a name of `query.JOIN_FIELDS` has the values listed here and no others; several values of one frame all count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Endpoint, Statement


def joined(name: str, context: Context, statements: Sequence[Statement], capture: str) -> list[str]:
    """The values of a join name for frames of one situation, absent ones left out."""
    if name == "capture":
        return [capture]
    if name == "kind":
        return [context.kind]
    if name == "interface":
        return [context.point.interface] if context.point and context.point.interface else []
    if name in _OF_STATEMENTS:
        return list(dict.fromkeys(_OF_STATEMENTS[name](statement) for statement in statements))
    side, _, what = name.rpartition(".")
    return list(dict.fromkeys(value for end in _ends(side, context) if (value := _OF_ENDS[what](end)) is not None))


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


def _ends(side: str, context: Context) -> list[Endpoint]:
    if side.startswith("outer."):
        outer = context.outer
        return [] if outer is None else [outer.src if side == "outer.src" else outer.dst]
    return {"src": [context.src], "dst": [context.dst]}.get(side, [context.src, context.dst])
