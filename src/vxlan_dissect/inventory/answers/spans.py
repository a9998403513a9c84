"""At which time was a fact so?

Law: a fact without times holds always; `since` is the first moment and `until` the first after it. Of facts that bear
times, those that hold at the moment asked for are the answer; where none does, all are, and none of them is certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from vxlan_dissect.inventory.model.times import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable

_Timed = TypeVar("_Timed")


def holds(fact: object, at: int) -> bool:
    """Whether a fact was so at a moment, in ns since 1970."""
    since, until = getattr(fact, "since", None), getattr(fact, "until", None)
    return (since is None or since <= at) and (until is None or at < until)


def holding(facts: Iterable[_Timed], at: int | None) -> list[_Timed]:
    """The facts that hold at a moment; all of them where it is None or none does."""
    known = list(facts)
    return known if at is None else [fact for fact in known if holds(fact, at)] or known


def outside(fact: object, at: int | None) -> str | None:
    """In words, how a fact's time misses a moment; None where it does not."""
    if at is None or holds(fact, at):
        return None
    since, until = getattr(fact, "since", None), getattr(fact, "until", None)
    if since is not None and at < since:
        return f"known to be so only from {format_time(since)} on: the inventory may be younger than the capture"
    return f"known to be so only until {format_time(until or 0)}: the inventory may be older than the capture"


def boundaries(facts: Iterable[object]) -> tuple[int, ...]:
    """The moments at which some fact begins or ends, sorted."""
    times = {time for fact in facts for time in (getattr(fact, "since", None), getattr(fact, "until", None))}
    return tuple(sorted(time for time in times if time is not None))
