"""Where do the objects of a YAML text begin and end, and what of them need not be parsed?

Law: lines are judged by their indentation alone: a line of a text value, of a list or a mapping is indented deeper than
the key that it belongs to (YAML 1.2, section 6.1). What is left out becomes as many lines of comment, so that all else
keeps its line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A line that begins YAML of a kind that is read: Kubernetes objects, our own file, helm values, a list of mappings.
_YAML_START = re.compile(r"(?:---|(?:- )?[A-Za-z_][\w./-]*:(?: .*)?|%YAML.*)\s*\Z")
_MARKS = re.compile(r"---[ \t]*\r?\n|%YAML|(?:- )?apiVersion:|items:|kind:|inventory:")
_DOCUMENT = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_ITEMS = re.compile(r"^items:[ \t]*\r?\n", re.MULTILINE)
# At the left edge stands a key of one word, a list's dash, a comment, a mark, the end of a bracket, or what is no YAML.
_EDGE = re.compile(r"""^[^\s#%}\]"'?].*""", re.MULTILINE)
_AT_EDGE = re.compile(r"---|\.\.\.+\s*\Z|-(?:\s|\Z)|[^\s:]+:(?:\s|\Z)")
_TOP = re.compile(r"( *)(- )?[A-Za-z]\w*:")

# Blocks that nobody reads, most of the lines of objects of which there are many; none if they have an anchor, which may
# be named elsewhere. The times in a container's state say when a pod ended.
_LONG_KINDS = frozenset(("Pod", "Node", "CiliumEndpoint"))
_KIND = re.compile(r"kind: *[\"']?(\w*)")
_SECTIONS = ("metadata", "spec", "status")
_LEFT_OUT = (
    "managedFields",
    "affinity",
    "conditions",
    "containers",
    "containerStatuses",
    "controllers",
    "ephemeralContainers",
    "images",
    "initContainers",
    "initContainerStatuses",
    "log",
    "policy",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
    "volumesAttached",
    "volumesInUse",
)
_ANCHOR = re.compile(r"(?:^|\s)&\S")


def starts_yaml(text: str, at: int, line: str, *, expected: bool) -> bool:
    """Whether objects begin on a line; without being expected only by a word that Kubernetes has in each of them.

    A colon stands in much prose and in many tables.
    """
    return _YAML_START.match(line) is not None and (expected or _MARKS.match(text, at, at + 4096) is not None)


def end_of_yaml(text: str, start: int) -> int:
    """Where prose follows: the first line at the left edge that can be no part of a mapping or list."""
    for line in _EDGE.finditer(text, start):
        if not _AT_EDGE.match(line[0]):
            return line.start()
    return len(text)


def parts(text: str, start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
    """The documents between two offsets, a list of items in parts: (begin, end, kind of a bare item)."""
    begin = start
    while begin < end:
        mark = _DOCUMENT.search(text, begin + 3, end)
        stop = mark.start() if mark else end
        items = _ITEMS.search(text, begin, stop)
        if items is None:
            yield begin, stop, None
        else:
            yield from _items(text, begin, items.end(), stop)
        begin = stop


def _items(text: str, begin: int, first: int, end: int) -> Iterator[tuple[int, int, str | None]]:
    dash = re.compile(r"( *)- ").match(text, first, end)
    if dash is None:
        return
    after = re.compile(r"^[^\s#-]", re.MULTILINE).search(text, first, end)
    stop = after.start() if after else end
    said = re.compile(r"^kind: *(\w+)List\s*$", re.MULTILINE)
    named = said.search(text, begin, first) or said.search(text, stop, end)
    starts = re.compile(rf"^{dash[1]}- ", re.MULTILINE)
    at = first
    while at < stop:
        following = starts.search(text, at + 1, stop)
        until = following.start() if following else stop
        yield at, until, named[1] if named else None
        at = until


def without_unread(text: str, kind: str | None = None) -> str:
    """The text of one object without the blocks that nobody reads; `kind` is that of a typed list."""
    top = _TOP.match(text)
    if top is None:
        return text
    edge = len(top[1]) + len(top[2] or "")
    kinds = {said[1] for said in _KIND.finditer(text) if said.start() - text.rfind("\n", 0, said.start()) - 1 == edge}
    if not _LONG_KINDS.issuperset(kinds or {kind}):
        return text
    section, block = _patterns(edge)
    kept: list[str] = []
    at = 0
    for found in section.finditer(text):
        kept += text[at : found.start(1)], block.sub(_as_comments, found[1])
        at = found.end()
    return "".join([*kept, text[at:]])


@lru_cache(maxsize=16)
def _patterns(edge: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A section's lines below its key, and a block in it, of an object that begins in column `edge`."""
    deeper = rf"(?: {{{edge + 1}}}.*|[ \t]*)\n"
    begin = rf"(?: {{{edge}}}| {{{edge - 2}}}- )" if edge >= 2 else ""
    section = rf"^{begin}(?:{'|'.join(_SECTIONS)}):[ \t]*\n((?:{deeper})+)"
    inner = edge + 2
    lines = rf"(?: {{{inner + 1}}}.*| {{{inner}}}-(?: .*)?|[ \t]*)\n"
    block = rf"^ {{{inner}}}(?:{'|'.join(_LEFT_OUT)}):[ \t]*\n(?:{lines})*"
    return re.compile(section, re.MULTILINE), re.compile(block, re.MULTILINE)


def _as_comments(block: re.Match[str]) -> str:
    text = block[0]
    kept = "finishedAt:" in text or ("&" in text and _ANCHOR.search(text))
    return text if kept else "#\n" * text.count("\n")
