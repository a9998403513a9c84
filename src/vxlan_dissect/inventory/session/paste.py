"""What did web pages, mail and terminals do to the lines of a pasted session, and what stood there before?

Law: only what cannot be part of an output is taken away: marks of quotes, entities of HTML, blanks of other widths,
full-width punctuation, numbers that count all lines. A broken line is joined only where a terminal's width broke it,
a part of it fits no grammar, and the joined line fits one. Lines keep their numbers.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vxlan_dissect.inventory.sources.base import Line, Parsed

# Blanks of other widths; marks without width; punctuation as Chinese input methods write it; the dash that editors
# make of `--`, and their quotes. CommonMark and HTML leave these as they are.
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\r"),
        **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},
        "\u2013": "--",
        "\u2014": "--",
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
    }
)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_QUOTE = re.compile(r"(?: {0,3}> ?){1,8}")
_FENCE = re.compile(r"\s*(?:(?:```|~~~)[\w+-]{0,20}|</?(?:pre|code|details)[^<>]{0,80}>)\s*\Z")
_NUMBER = re.compile(r"\s{0,8}(\d{1,6})(?:[.:|)]\s?|\s{1,4}|\t)")
_NARROWEST = 60
_FEWEST_NUMBERED = 4
# A line that a terminal broke again and again: `cilium status` of a large cluster at 80 columns.
_MOST_PIECES = 40


def cleaned(lines: Sequence[Line]) -> list[Line]:
    """The lines without what a paste brought in; those that hold nothing else are left out."""
    quoted = sum(line.lstrip()[:1] == ">" for _, line in lines) > 1
    found: list[Line] = []
    for number, line in lines:
        text = line
        if not text.isascii() or "\r" in text:
            text = text.translate(_CHARACTERS)
        if "&" in text:
            text = _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)
        if quoted and text.lstrip()[:1] == ">":
            text = _QUOTE.sub("", text, count=1)
        if text and not _FENCE.match(text[:120]):
            found.append((number, text))
    return _without_numbers(found)


def _without_numbers(lines: list[Line]) -> list[Line]:
    """Runs of lines that are counted (`3. root@a:~# ip a`) without their numbers; a page counts each listing anew."""
    found = list(lines)
    begin = 0
    while begin < len(lines):
        matches = list(_counted(lines, begin))
        if len(matches) >= _FEWEST_NUMBERED:
            for at, match in enumerate(matches, begin):
                number, line = lines[at]
                found[at] = number, line[match.end() :]
        begin += max(len(matches), 1)
    return found


def _counted(lines: list[Line], begin: int) -> Iterator[re.Match[str]]:
    """The numbers of the lines from here on, as long as each is one more than the last."""
    expected = None
    for _, line in islice(lines, begin, None):
        match = _NUMBER.match(line)
        if match is None or (expected is not None and int(match[1]) != expected):
            return
        expected = int(match[1]) + 1
        yield match


def parsed_with_joins(lines: Sequence[Line], parse: Callable[[Sequence[Line]], Parsed]) -> Parsed:
    """What `parse` makes of the lines, those that a terminal's width broke joined where that fits better."""
    parsed = parse(lines)
    left = {number for number, _ in parsed.rest}
    width = _width(lines) if left else None
    if width is None:
        return parsed
    joined = _joined(lines, width, left)
    if len(joined) == len(lines):
        return parsed
    again = parse(joined)
    return again if len(again.rest) < len(parsed.rest) else parsed


def _width(lines: Sequence[Line]) -> int | None:
    """The width at which a terminal broke the lines: none is longer, and it is 80 or several have it."""
    longest = max((len(line) for _, line in lines), default=0)
    times = sum(len(line) == longest for _, line in lines)
    return longest if longest >= _NARROWEST and (longest == 80 or times > 1) else None


def _joined(lines: Sequence[Line], width: int, left: set[int]) -> list[Line]:
    found: list[Line] = []
    open_line = False
    pieces = 0
    for number, line in lines:
        goes_on = open_line and line.isascii() and pieces < _MOST_PIECES and (number in left or found[-1][0] in left)
        if goes_on:
            first, text = found[-1]
            found[-1] = (first, text + line)
            pieces += 1
        else:
            found.append((number, line))
            pieces = 0
        open_line = len(line) == width
    return found
