"""Where does a fact stand, and whose is it?

Law: every fact has a Source; one that was inferred has the frames it follows from, and no line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Fact = TypeVar("_Fact", bound=type)

# How sure something is, the surest first, and the place of each.
CONFIDENCES = ("certain", "likely", "possible")
RANK = {confidence: rank for rank, confidence in enumerate(CONFIDENCES)}

# For each kind of fact: the fields that make two facts speak of one thing, and those that must then agree.
KEYS: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {}


def keyed(same: str, checked: str = "") -> Callable[[_Fact], _Fact]:
    """Enter a kind of fact in KEYS; the names of fields are parted by blanks."""

    def enter(kind: _Fact) -> _Fact:
        KEYS[kind] = tuple(same.split()), tuple(checked.split())
        return kind

    return enter


class Source(NamedTuple):
    """Where a fact stands: `file` as the user named it (relative paths stay relative), `line` from 1.

    `line` is 0 where a file has no lines. `frames` holds the numbers of the frames (some, where they are many) that a
    fact was inferred from, `confidence` how sure that is. `why` says in words how it follows, or where an inventory
    file has it from.
    """

    file: str
    line: int
    frames: tuple[int, ...] = ()
    why: str | None = None
    confidence: str = "certain"

    @property
    def inferred(self) -> bool:
        """Whether frames of a capture, not a line of a file, say so."""
        return bool(self.frames)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.frames:
            many = "s" if len(self.frames) > 1 else ""
            return f"{place}: inferred from frame{many} {', '.join(map(str, self.frames))}"
        return f"{place} ({self.why})" if self.why else place


class Host(NamedTuple):
    """One network namespace that answered: a node (`pod` None), a pod (`pod` set, `node` where known), or neither.

    `node` is the node's name; `pod` the pod's bare name. A host of which only a name is known, such as an
    administrator's machine, is a Host with `node` set to that name.
    """

    node: str | None
    pod: str | None = None

    @property
    def name(self) -> str:
        """What a reader calls it: the pod if it is one, else the node, else `?`."""
        return self.pod or self.node or "?"


class Note(NamedTuple):
    """What was not read, and why: `kind` is one of NOTES, `line` from 1 or None where the whole file is meant.

    `count` is how many lines or keys it stands for.
    """

    file: str
    line: int | None
    why: str
    kind: str
    count: int = 1  # type: ignore[assignment]  # hides tuple.count, which nobody asks of a note

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f':{self.line}'}: {self.why}"


# Why something was not read: a line or word that no grammar knows, a key of an object that nobody reads, lines of a
# known grammar that say nothing which is kept, a value that is none, lines between the outputs of a session, a file
# that says nothing of hosts, a file or link left out (size, depth, outside the folder, unreadable), JSON or YAML that
# ends or breaks. `host` says that an output speaks against the host that it is taken for.
NOTES = ("unknown", "unknown-key", "passed-over", "bad-value", "prose", "not-a-source", "skipped", "broken", "host")
