"""Is an inventory whole, does it agree with itself, and what of the input was not read?

Law: a report is a value: counts, contradictions, halves and unread input, each with its file and line; nothing that was
given is missing in it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.inventory.answers.orphans import Orphan, orphans
from vxlan_dissect.inventory.model import FACTS, NOTES, Agent, Collected, Note
from vxlan_dissect.inventory.model.times import format_time

if TYPE_CHECKING:
    from vxlan_dissect.inventory.answers.conflicts import Conflict
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.session.attribution import Attribution


class Check(NamedTuple):
    """What there is to say of an inventory.

    `counts` maps kinds of facts to how many things there are, `files` each file to how many lines of it were of use,
    `unread` the kinds of NOTES to how many lines, keys or files they stand for. `attributions` say whose each output
    is.
    """

    counts: dict[str, int]
    files: dict[str, int]
    collected: tuple[Collected, ...]
    conflicts: tuple[Conflict, ...]
    orphans: tuple[Orphan, ...]
    unread: dict[str, int]
    notes: tuple[Note, ...]
    attributions: tuple[Attribution, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON holds it."""
        return {
            "counts": self.counts,
            "files": self.files,
            "collected": [
                {"time": format_time(fact.time), "scope": fact.scope, "source": str(fact.source)}
                for fact in self.collected
            ],
            "conflicts": [
                {
                    "kind": conflict.kind,
                    "text": conflict.text,
                    "sources": [str(fact.source) for fact in conflict.facts],
                    "believed": None if conflict.winner is None else str(conflict.winner.source),
                    "why": conflict.why,
                }
                for conflict in self.conflicts
            ],
            "orphans": [
                {"kind": orphan.kind, "text": orphan.text, "source": orphan.fact and str(orphan.fact.source)}
                for orphan in self.orphans
            ],
            "unread": self.unread,
            "notes": [note._asdict() for note in self.notes],
            "hosts": [
                {
                    "file": one.file,
                    "lines": [one.line, one.last],
                    "node": one.host.node,
                    "pod": one.host.pod,
                    "how": one.how,
                    "confidence": one.confidence,
                }
                for one in self.attributions
            ],
        }


def check(inventory: Inventory) -> Check:
    """Look at a whole inventory."""
    counts = {names[1]: len(inventory.of(kind)) for kind, names in _NAMES.items()}
    unread = Counter[str]()
    for note in inventory.notes:
        unread[note.kind] += note.count
    return Check(
        {"nodes": len(inventory.node_names()), "pods": len(inventory.pod_names())}
        | {name: count for name, count in counts.items() if count and name not in {"nodes", "pods"}},
        dict(Counter(fact.source.file for fact in inventory.facts)),
        inventory.of(Collected),
        inventory.conflicts,
        orphans(inventory),
        {kind: unread[kind] for kind in NOTES if unread[kind]},
        inventory.notes,
        inventory.attributions,
    )


def counted(count: int, many: str) -> str:
    """How many of what `Check.counts` has: `1 cache entry`."""
    return f"{count} {_ONE.get(many, many) if count == 1 else many}"


def _names(kind: type) -> tuple[str, str]:
    """What one and what several facts of a kind are called: `CacheEntry` as `cache entry` and `cache entries`."""
    if kind is Agent:  # a fact is a line, not an agent
        return "line of an agent's status", "lines of agents' status"
    one = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).strip()
    if one.endswith(("s", "x")):
        return one, f"{one}es"
    return one, f"{one[:-1]}ies" if one.endswith("y") else f"{one}s"


# `Collected` is told by itself.
_NAMES = {kind: _names(kind) for kind in FACTS if kind is not Collected}
_ONE = {many: one for one, many in _NAMES.values()}
