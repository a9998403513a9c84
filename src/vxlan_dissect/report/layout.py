"""How does text get into the width of a terminal?

Law: no line is wider than the screen; a word (an address, a name) is broken only where the whole screen is narrower
than it. Text is cleaned here, before the colour codes, so that no escape sequence but our own can leave.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, TextIO

from vxlan_dissect.report.neutral import LIMIT, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NARROWEST, WIDEST, UNKNOWN_WIDTH = 60, 400, 100
# A text that gets less room than this beside its label stands below it, a step to the right.
_ROOM, _STEP = 26, 2
PLAIN, BOLD, DIM, GREEN, YELLOW, RED, CYAN = "", "1", "2", "32", "33", "1;31", "36"

# Text and its colour.
Piece = tuple[str, str]


class Screen(NamedTuple):
    """What text is laid out for: columns, whether colour codes may be used, and the encoding that must hold it."""

    width: int = UNKNOWN_WIDTH
    colour: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of(cls, stream: TextIO, colour: str = "auto") -> Screen:
        """The screen behind a stream; `colour` is `auto` (a terminal, and NO_COLOR is not set), `always` or `never`."""
        try:
            terminal = stream.isatty()
        except ValueError:  # closed
            terminal = False
        wanted = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        return cls(
            _columns(stream),
            colour == "always" or (colour == "auto" and wanted),
            "utf-8" if encoding == "utf8" else encoding,
        )

    def clean(self, text: str, limit: int = LIMIT) -> str:
        """Text safe for this screen."""
        return clean(text, limit, self.encoding)

    def words(self, text: str, colour: str = PLAIN) -> list[Piece]:
        """Text cleaned and cut into words, which are what stays together on a line."""
        return [(word, colour) for word in self.clean(text).split(" ") if word]

    def together(self, text: str, colour: str = PLAIN) -> Piece:
        """Text cleaned, spaces and all, as one word."""
        return self.clean(text), colour

    def lines(
        self, indent: int, words: Iterable[Piece], *, label: Iterable[Piece] = (), hang: int = 0, room: int = _ROOM
    ) -> list[str]:
        """Words in lines that begin at column `indent` after `label`; later lines begin at `hang` or under the first.

        A label so wide, or a hang so deep, that less than `room` or no room for a word is left gets the words below it.
        """
        label = [(self.clean(text), colour) for text, colour in label]
        sized = [(columns_of(text), text, colour) for text, colour in words]
        longest = max((size for size, _, _ in sized), default=0)
        room = max(longest, min(sum(size + 1 for size, _, _ in sized) - 1, room))
        start = indent + sum(columns_of(text) for text, _ in label)
        hang = hang or start
        below = bool(label) and start + room > self.width
        if below or hang + room > self.width:
            hang = min(hang, indent + _STEP)
        result = []
        line = [(" " * indent, PLAIN), *label]
        if below:
            if start > self.width:
                result = self.lines(indent, [(text.strip(), colour) for text, colour in label if text.strip()])
            else:
                result.append(self._painted(line))
            line, start = [(" " * hang, PLAIN)], hang
        at = start
        for whole, text, colour in sized:
            for size, part in _parts(whole, text, self.width - hang):
                if at > start and at + 1 + size > self.width:
                    result.append(self._painted(line))
                    line, start, at = [(" " * hang, PLAIN)], hang, hang
                if at > start:
                    line.append((" ", colour if line[-1][1] == colour else PLAIN))
                    at += 1
                line.append((part, colour))
                at += size
        if sized or not result:
            result.append(self._painted(line))
        return result

    def _painted(self, line: list[Piece]) -> str:
        """One line, a code around each run of one colour, no blanks at its end."""
        if not self.colour:
            return "".join([text for text, _ in line]).rstrip()
        runs: list[list[str]] = [["", PLAIN]]
        for text, colour in line:
            if colour == runs[-1][1]:
                runs[-1][0] += text
            else:
                runs.append([text, colour])
        while runs and not runs[-1][0].rstrip():
            runs.pop()
        if runs:
            runs[-1][0] = runs[-1][0].rstrip()
        return "".join([f"\x1b[{colour}m{text}\x1b[0m" if colour else text for text, colour in runs])


def columns_of(text: str) -> int:
    """Columns that cleaned text takes on a terminal: East Asian wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(c) in {"Mn", "Me"} else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, columns: int) -> str:
    """Text with spaces up to `columns`."""
    return text + " " * (columns - columns_of(text))


def _parts(size: int, text: str, room: int) -> Iterator[tuple[int, str]]:
    """A word as it is or, where it is wider than the room, parts that fit, each after its width."""
    if size <= room:
        yield size, text
        return
    begin = used = 0
    for position, character in enumerate(text):
        columns = columns_of(character)
        if used + columns > room:
            yield used, text[begin:position]
            begin, used = position, 0
        used += columns
    yield used, text[begin:]


def _columns(stream: TextIO) -> int:
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal():
        columns = int(wanted)
    else:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = UNKNOWN_WIDTH
    return max(NARROWEST, min(columns, WIDEST))
