"""On which line of a JSON text does a value stand?

Law: the array is read element by element, so that a text which breaks in the middle gives what stood before, and each
element knows its lines. Depth and size are bounded: what is too deep or too large is broken JSON, never a crash.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.inventory.model import Note, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.sources.base import Line

# `ip -j` of a thousand interfaces is about one megabyte; Python needs some thirty times the text for the values.
_MOST_TEXT = 16 << 20


class Element(NamedTuple):
    """An object of the array, and where its text begins and ends."""

    value: dict[str, Any]
    begin: int
    end: int


class Array(NamedTuple):
    """The objects of an array, with the means to say on which line a value of one stands."""

    elements: list[Element]
    rest: list[Line]
    text: str
    starts: list[int]
    numbers: list[int]
    file: str

    def source(self, element: Element, value: str | None = None) -> Source:
        """The line on which the element begins, or on which it holds this string."""
        first, last = self._line(element.begin), self._line(element.end - 1)
        if first != last and value is not None:
            at = self.text.find(f'"{value}"', element.begin, element.end)
            if at >= 0:
                first = self._line(at)
        return Source(self.file, self.numbers[first])

    def _line(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1


def looks_like_array(text: str) -> bool:
    """Whether a line of the text begins an array of objects."""
    return any(line.lstrip().startswith("[") for line in text.split("\n")) if "[" in text else False


def read_array(lines: Sequence[Line], file: str, notes: list[Note]) -> Array:
    """Read the first array in these lines; what stands before and after it comes back in `rest`."""
    from json import JSONDecoder

    first = next((at for at, (_, line) in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    inside = lines[first:]
    starts, offset = [], 0
    for _, line in inside:
        starts.append(offset)
        offset += len(line) + 1
    before = [(number, line) for number, line in lines[:first] if line.strip()]
    array = Array([], before, "\n".join(line for _, line in inside), starts, [n for n, _ in inside], file)
    if not inside:
        return array
    if len(array.text) > _MOST_TEXT:
        notes.append(Note(file, inside[0][0], f"JSON of {len(array.text)} characters is not read", "skipped"))
        return array
    decoder = JSONDecoder()
    text, at = array.text, array.text.index("[") + 1
    try:
        at = _skip(text, at)
        while text[at] != "]":
            value, end = decoder.raw_decode(text, at)
            if isinstance(value, dict):
                array.elements.append(Element(value, at, end))
            else:
                notes.append(Note(file, array.numbers[array._line(at)], "an element that is no object", "unknown"))
            at = _skip(text, end)
            if text[at] == ",":
                at = _skip(text, at + 1)
            elif text[at] != "]":
                raise ValueError("neither a comma nor the end of the array")
    except (ValueError, IndexError, RecursionError) as error:
        # JSONDecodeError says where, the others leave `at` at the element that could not be read.
        where = min(getattr(error, "pos", at), len(text) - 1)
        reason = {IndexError: "the text ends inside the array", RecursionError: "too deep"}.get(type(error))
        notes.append(Note(file, array.numbers[array._line(where)], f"broken JSON: {reason or error}", "broken"))
        return array
    last = array._line(at)
    after = [(array.numbers[last], inside[last][1][at + 1 - starts[last] :]), *inside[last + 1 :]]
    array.rest.extend((number, line) for number, line in after if line.strip())
    return array


def text_value(value: object) -> str | None:
    """The value if it is a string, else None: a name that is a number is no name."""
    return value if isinstance(value, str) else None


def number_value(value: object) -> int | None:
    """The value if it is a whole number that fits 63 bits, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
