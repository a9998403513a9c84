"""What does a row of a kubectl table hold?

Law: where blanks are kept, a row is cut where the titles begin, since a cell may be empty or hold blanks; kubectl pads
each column (cli-runtime, pkg/printers/tabwriter.go). Where runs of blanks were lost it is cut into words: then only
RESTARTS holds blanks, `3 (4m12s ago)`, and what stands in brackets belongs to the word before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.sources.base import Line, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Titles of two words, in the order in which the words stand.
_TWO_WORDS = frozenset(
    (
        ("NOMINATED", "NODE"),
        ("READINESS", "GATES"),
        ("SECURITY", "IDENTITY"),
        ("ENDPOINT", "STATE"),
        ("ENDPOINT", "ID"),
        ("IDENTITY", "ID"),
        ("INGRESS", "ENFORCEMENT"),
        ("EGRESS", "ENFORCEMENT"),
        ("VISIBILITY", "POLICY"),
    )
)
_TITLE = re.compile(r"[A-Z][A-Z0-9()/-]*")
_COLUMN = re.compile(r"\S+(?: \S+)*")


def header(words: list[str]) -> list[str]:
    """The column titles, those of two words joined."""
    titles: list[str] = []
    for word in words:
        if titles and (titles[-1], word) in _TWO_WORDS:
            titles[-1] += " " + word
        else:
            titles.append(word)
    return titles


def rows(lines: Sequence[Line], needed: frozenset[str], rest: list[Line]) -> Iterator[tuple[int, str, dict[str, str]]]:
    """The rows under each header that has the `needed` titles, as (number, line, cells); all else goes to `rest`.

    Whether a row is one of the table is for the caller to say: prose may follow at once. A header of another table ends
    the one before.
    """
    titles: list[str] = []
    starts: list[int] = []
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        if words[0] in {"NAME", "NAMESPACE"} and all(_TITLE.fullmatch(word) for word in words):
            titles = header(words)
            starts = [match.start() for match in _COLUMN.finditer(line)]
            if not needed.issubset(titles):
                titles = []
                rest.append((number, line))
        elif titles and len(words) > 1:
            cells = _columns(line, starts) if len(starts) == len(titles) else None
            yield number, line, dict(zip(titles, cells or _cells(words), strict=False))
        else:
            rest.append((number, line))


def _columns(line: str, starts: list[int]) -> list[str] | None:
    """The cells that begin where the titles do; None where a word stands across the edge of a column."""
    if any(0 < start < len(line) and not line[start - 1].isspace() for start in starts):
        return None
    ends = [*starts[1:], len(line)]
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _cells(words: list[str]) -> Iterator[str]:
    cell = ""
    open_bracket = False
    for word in words:
        if cell and (open_bracket or word.startswith("(")):
            cell += " " + word
            open_bracket = not word.endswith(")")
            continue
        if cell:
            yield cell
        cell = word
    if cell:
        yield cell


def known(cell: str | None) -> str | None:
    """The cell, or None where it is empty or kubectl writes that there is nothing."""
    return None if not cell or (cell.startswith("<") and cell.endswith(">")) else cell


def pairs_of(cell: str | None) -> tuple[str, ...]:
    """The `key=value` of a LABELS or SELECTOR cell."""
    return tuple(part for part in (known(cell) or "").split(",") if "=" in part)


def bare_name(cell: str) -> str:
    """`pod/cni-7t9p4`, as lists of several kinds have it, without its kind."""
    return cell.rpartition("/")[2]
