"""What does a row of a kubectl table hold?

Law: a row is cut into words, which works for aligned columns and for text whose runs of blanks were lost. Only
RESTARTS holds blanks, `3 (4m12s ago)`, and what stands in brackets belongs to the word before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.sources.base import Line, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TWO_WORDS = {("NOMINATED", "NODE"): "NOMINATED NODE", ("READINESS", "GATES"): "READINESS GATES"}


def header(words: list[str]) -> list[str]:
    """The column titles, those of two words joined."""
    titles: list[str] = []
    for word in words:
        pair = _TWO_WORDS.get((titles[-1], word)) if titles else None
        if pair:
            titles[-1] = pair
        else:
            titles.append(word)
    return titles


def rows(lines: Sequence[Line], needed: frozenset[str], rest: list[Line]) -> Iterator[tuple[int, str, dict[str, str]]]:
    """The rows under each header that has the `needed` titles, as (number, line, cells); all else goes to `rest`.

    Whether a row is one of the table is for the caller to say: prose may follow at once.
    """
    titles: list[str] = []
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        if words[0] in {"NAME", "NAMESPACE"} and needed.issubset(words):
            titles = header(words)
        elif titles and len(words) > 1:
            yield number, line, dict(zip(titles, _cells(words), strict=False))
        else:
            rest.append((number, line))


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
    """The cell, or None where kubectl writes that there is nothing."""
    return None if cell is None or (cell.startswith("<") and cell.endswith(">")) else cell


def bare_name(cell: str) -> str:
    """`pod/cni-7t9p4`, as lists of several kinds have it, without its kind."""
    return cell.rpartition("/")[2]
