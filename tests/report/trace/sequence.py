"""What does Mermaid read in a sequence diagram?

Law: the few kinds of lines that a trace is drawn with, as Mermaid's grammar has them, and nothing else. A text is what
is left after its entities; what Mermaid would read as more than text is refused.
"""

from __future__ import annotations

import re
from typing import NamedTuple

TEXT = r"(?P<text>.*)"
PARTICIPANT = re.compile(rf"  participant (?P<id>p\d+) as {TEXT}")
NOTE = re.compile(rf"  Note over (?P<ids>p\d+(,p\d+)?): {TEXT}")
ARROW = re.compile(rf"  (?P<src>p\d+)(?P<arrow>->>|-x)(?P<dst>p\d+): {TEXT}")
# A text ends at a bare `;` or `#`, `%%` is a comment, `{` may be a directive, `<` HTML, `end` closes a block.
REFUSED = re.compile(r"[;#<>{}%&`\"'\\\[\]$*~|^]|\bend\b|style|classDef|[^\x20-\x7e→µ·]", re.IGNORECASE)


class Said(NamedTuple):
    """What a diagram says: arrows (from, to, whether it arrives) and all texts."""

    arrows: list[tuple[str, str, bool]]
    texts: list[str]


def checked(diagram: str) -> Said:
    """What is read. Raises AssertionError for a line that Mermaid would not read as it was meant."""
    first, *lines = diagram.rstrip("\n").split("\n")
    assert first == "sequenceDiagram"
    said, known = Said([], []), []
    for line in lines:
        found = PARTICIPANT.fullmatch(line) or NOTE.fullmatch(line) or ARROW.fullmatch(line)
        assert found, line
        for part in found["text"].split("<br/>"):
            bare = re.sub(r"#\d+;", "", part)
            assert not REFUSED.search(bare), part
            said.texts.append(re.sub(r"#(\d+);", lambda code: chr(int(code[1])), part))
        if found.re is PARTICIPANT:
            assert not said.arrows
            assert found["id"] not in known
            known.append(found["id"])
            continue
        ids = found["ids"].split(",") if found.re is NOTE else [found["src"], found["dst"]]
        assert set(ids) <= set(known), line
        if found.re is ARROW:
            said.arrows.append((found["src"], found["dst"], found["arrow"] == "->>"))
    return said
