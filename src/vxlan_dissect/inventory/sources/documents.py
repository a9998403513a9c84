"""Which objects does a text of JSON or YAML hold, and on which lines?

Law: an object is read at a time, those of a list (`items`) one by one, so that a text which breaks in the middle gives
what stood before, a list of any length needs little memory at once, and each object knows its lines. Depth and size are
bounded: what is too deep or too large is broken, never a crash.
"""

from __future__ import annotations

import re
from collections import Counter
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.inventory.model import Note, Source
from vxlan_dissect.inventory.sources import yaml_parts
from vxlan_dissect.inventory.sources.yaml_flat import is_flat, load_flat
from vxlan_dissect.inventory.sources.yaml_text import Mapping, YamlError, load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from vxlan_dissect.inventory.model import Fact
    from vxlan_dissect.inventory.sources.base import Line

# Python needs some thirty times the text of an object for its values.
MOST_IN_OBJECT = 16 << 20
_MOST_KEYS = 200  # names of unread keys that are told apart in one text
_MOST_NOTES = 1000  # of one text; the last of them counts the rest

_WHITE = re.compile(r"[ \t\r\n]*")
# Of objects: `[1] 4711` is a shell's word about a job, and much prose begins with a bracket.
_JSON_START = re.compile(r"\[\s*[{\]]|\{\s*[\"}]")


class Element(NamedTuple):
    """An object, and where its text begins and ends."""

    value: dict[str, Any]
    begin: int
    end: int


class Document:
    """The objects of a text. `rest` holds the lines around them; `notes` what could not be read.

    `numbers` are the numbers of the text's lines in the file, None where the text is the file from line 1. Where
    objects are `expected`, any mapping is one, else only what Kubernetes or a program printed.
    """

    def __init__(
        self,
        text: str,
        file: str,
        notes: list[Note],
        numbers: Sequence[int] | None = None,
        *,
        expected: bool = False,
    ) -> None:
        self.text, self.file, self.notes = text, file, notes
        self.rest: list[Line] = []
        self._expected = expected
        self.waiting: list[Any] = []  # what a source keeps until the text ends, and what it then makes of it
        self.at_end: Callable[[], list[Fact]] = list
        self._numbers = numbers
        self._at = self._lines = 0  # how many lines end before an offset, counted from the last one asked for
        self._begin = self._lines_before = 0  # the same for the object that is being read
        self._unread: dict[str, list[int]] = {}  # name of a key -> how often, line of the first
        self._twice: str | None = None  # a key that stands twice in one of the mappings read last
        decoder = JSONDecoder(object_pairs_hook=self._mapping)
        self._scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once  # type: ignore[attr-defined]  # untyped

    def source(self, element: Element, value: str | None = None, at: tuple[object, str] | None = None) -> Source:
        """The line on which the element begins, or on which it holds this text as a value.

        `at` is one of its mappings and a key in that: then the line is the key's, or the first below it with the value.
        """
        return Source(self.file, self.line(self._offset(element, value, at)))

    def _offset(self, element: Element, value: str | None, at: tuple[object, str] | None) -> int:
        begin = element.begin
        if at is not None and isinstance(at[0], Mapping) and at[1] in at[0].lines:
            begin = self._line_after(begin, at[0].lines[at[1]])
        elif at is not None:
            begin = max(begin, self.text.find(f'"{at[1]}":', begin, element.end))
        if value and self.text.find("\n", element.begin, element.end) >= 0:
            found = self._found(value, begin, element.end)
            begin = max(begin, found if found >= 0 else self._found(value, element.begin, element.end))
        return begin

    def _line_after(self, begin: int, count: int) -> int:
        """Where the line begins that is so many lines after the one on which an offset lies."""
        for _ in range(count):
            begin = self.text.find("\n", begin) + 1
        return begin

    def _found(self, value: str, begin: int, end: int) -> int:
        """Where a value stands by itself, or at least as a part of another; -1 where it does not."""
        found = self.text.find(f'"{value}"', begin, end)
        if found < 0:
            alone = re.compile(rf"(?<![\w.:/-]){re.escape(value)}(?![\w.:/-])").search(self.text, begin, end)
            found = alone.start() if alone else self.text.find(value, begin, end)
        return found

    def line(self, offset: int) -> int:
        """The number of the line, in the file, that an offset in the text lies on."""
        if offset < self._at:
            near = self._begin <= offset
            self._at, self._lines = (self._begin, self._lines_before) if near else (0, 0)
        self._lines += self.text.count("\n", self._at, offset)
        self._at = offset
        return self._lines + 1 if self._numbers is None else self._numbers[min(self._lines, len(self._numbers) - 1)]

    def note(self, element: Element, why: str, kind: str = "bad-value", value: str | None = None) -> None:
        """Say what could not be read of an element."""
        self._note(self._offset(element, value, None), why, kind)

    def note_at(self, line: int, why: str, kind: str = "bad-value") -> None:
        """Say what could not be read on a line."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(Note(self.file, line, why, kind))
        else:
            self.notes[-1] = self.notes[-1]._replace(count=self.notes[-1].count + 1)

    def _note(self, at: int, why: str, kind: str) -> None:
        # The line is worth looking up only if it will be kept.
        self.note_at(self.line(at) if len(self.notes) < _MOST_NOTES else 0, why, kind)

    def unread(self, element: Element, names: Iterable[str], holder: object = None, prefix: str = "") -> None:
        """Count keys of one of the element's mappings, or kinds of objects, that nobody reads."""
        for name in names:
            full = prefix + name
            counted = self._unread.get(full)
            if counted is not None:
                counted[0] += 1
            elif len(self._unread) < _MOST_KEYS:
                word = name.rpartition(".")[2] if holder is None else None
                self._unread[full] = [1, self.source(element, word, None if holder is None else (holder, name)).line]

    def finish(self) -> None:
        """Turn what was counted into notes, once all elements were read."""
        for name, (count, line) in self._unread.items():
            times = f" ({count} times)" if count > 1 else ""
            self.notes.append(Note(self.file, line, f"not read: {name[:120]}{times}", "unknown-key", count))
        self._unread.clear()

    def begins(self) -> bool:
        """Whether objects begin somewhere in the text."""
        return _start_of(self.text, 0, expected=self._expected) is not None

    def elements(self) -> Iterator[Element]:
        """The objects in the text, one at a time; those of a list in place of the list."""
        at = 0
        while (start := _start_of(self.text, at, expected=self._expected)) is not None:
            self._leave(at, start)
            json = self.text[start] in "[{"
            at = yield from self._within(self._json(start) if json else self._yaml(start))
        self._leave(at, len(self.text))

    def _within(self, elements: Generator[Element, None, int]) -> Generator[Element, None, int]:
        """The same elements; lines are counted from where each of them begins."""
        while True:
            try:
                element = next(elements)
            except StopIteration as done:
                return int(done.value)
            self.line(element.begin)
            self._begin, self._lines_before = self._at, self._lines
            yield element

    def _leave(self, begin: int, end: int) -> None:
        """Keep lines that are no part of any object."""
        for match in re.compile(r"[^\n]+").finditer(self.text, begin, end):
            if match[0].strip():
                self.rest.append((self.line(match.start()), match[0]))

    # JSON

    def _json(self, at: int) -> Generator[Element, None, int]:
        """The elements of arrays and objects that follow each other; returns where they end."""
        text = self.text
        try:
            while at < len(text) and text[at] in "[{":
                if text[at] == "[":
                    at = yield from self._array(at, None)
                else:
                    at = yield from self._object(at)
                after = at
                at = _skip(text, at)
        except _BrokenError as broken:
            self._note(broken.at, f"broken JSON: {broken}", "broken")
            return len(text)
        return after

    def _mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A mapping in which the first of equal keys counts.

        iproute2 prints `dst` twice for a route that encapsulates: its prefix, then the tunnel's (iproute_lwtunnel.c).
        """
        value = dict(reversed(pairs))
        if len(value) == len(pairs):
            return dict(pairs)
        if "encap" not in value:
            self._twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        return {key: value[key] for key, _ in pairs}

    def _single(self, at: int) -> bool:
        """Whether all keys of the value at an offset stand once in their mappings; says so if not."""
        key, self._twice = self._twice, None
        if key is not None:
            self._note(at, f"broken JSON: the key {key[:80]!r} stands twice", "broken")
        return key is None

    def _array(self, at: int, kind: str | None) -> Generator[Element, None, int]:
        text = self.text
        at = _skip(text, at + 1)
        while _at(text, at) != "]":
            value, end = self._value(at)
            if not isinstance(value, dict):
                self._note(at, "an element that is no object", "unknown")
            elif self._single(at):
                if kind is not None:
                    value.setdefault("kind", kind)
                yield Element(value, at, end)
            at = _skip(text, end)
            if _at(text, at) == ",":
                at = _skip(text, at + 1)
            elif _at(text, at) != "]":
                raise _BrokenError("neither a comma nor the end of the array", at)
        return at + 1

    def _object(self, begin: int) -> Generator[Element, None, int]:
        """An object, or the elements of its `items`: the list itself is not kept."""
        text, value, listed = self.text, dict[str, Any](), False
        at = _skip(text, begin + 1)
        while _at(text, at) != "}":
            key, end = self._value(at)
            at = _skip(text, end)
            if not isinstance(key, str) or _at(text, at) != ":":
                raise _BrokenError("no key and colon where an object has one", at)
            at = _skip(text, at + 1)
            if key in value:
                self._twice = key
            if key == "items" and _at(text, at) == "[":
                listed = True
                at = yield from self._array(at, _kind_of_items(value))
            else:
                value[key], at = self._value(at)
            at = _skip(text, at)
            if _at(text, at) == ",":
                at = _skip(text, at + 1)
            elif _at(text, at) != "}":
                raise _BrokenError("neither a comma nor the end of the object", at)
        if self._single(begin) and not listed:
            yield Element(value, begin, at + 1)
        return at + 1

    def _value(self, at: int) -> tuple[Any, int]:
        try:
            value, end = self._scan(self.text, at)
        except JSONDecodeError as error:
            raise _BrokenError(error.msg, min(error.pos, len(self.text) - 1)) from None
        except StopIteration as error:  # where a value should stand and none does
            raise _BrokenError("no value", min(int(error.value), len(self.text) - 1)) from None
        except (RecursionError, ValueError) as error:
            raise _BrokenError("too deep" if isinstance(error, RecursionError) else str(error)[:80], at) from None
        if end - at > MOST_IN_OBJECT:
            raise _BrokenError(f"an object of more than {MOST_IN_OBJECT >> 20} MiB", at)
        return value, end

    # YAML

    def _yaml(self, start: int) -> Generator[Element, None, int]:
        """The elements of documents that follow each other; returns where they end."""
        stop = yaml_parts.end_of_yaml(self.text, start)
        for begin, end, kind in yaml_parts.parts(self.text, start, stop):
            if end - begin > MOST_IN_OBJECT:
                why = f"an object of more than {MOST_IN_OBJECT >> 20} MiB is not read"
                self._note(begin, why, "skipped")
                continue
            try:
                part = self.text[begin:end]
                values = [load_flat(part)] if is_flat(part) else load(yaml_parts.without_unread(part, kind))
            except YamlError as error:
                self._note(self._line_after(begin, error.line), str(error), "broken")
                continue
            for value in values:
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, dict):
                        if kind is not None:
                            each.setdefault("kind", kind)
                        yield Element(each, begin, end)
                    elif each is not None:
                        self._note(begin, "an element that is no object", "unknown")
        return stop


class _BrokenError(ValueError):
    """JSON that ends or breaks at an offset."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


def looks_like_document(text: str, *, expected: bool = False) -> bool:
    """Whether the text is JSON or YAML from its first line on: of objects, since a plain text may be YAML as well.

    Where it is `expected`, any mapping is one. Comments may stand before it.
    """
    start = _start_of(text, 0, expected=expected)
    return start is not None and all(line[:1] in ("", "#") for line in map(str.strip, text[:start].split("\n")))


def _start_of(text: str, at: int, *, expected: bool = False) -> int | None:
    """Where the first line from `at` on stands that begins an array, an object or YAML; None where there is none."""
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at : min(end, at + 4096)]
        begins = line.lstrip()
        if begins[:1] in ("[", "{") and _JSON_START.match(text, at + len(line) - len(begins)):
            return at + len(line) - len(begins)
        if yaml_parts.starts_yaml(text, at, line, expected=expected):
            return at
        at = end + 1
    return None


def _kind_of_items(head: dict[str, Any]) -> str | None:
    """`PodList` says what its items are, `List` leaves it to them."""
    kind = head.get("kind")
    return kind[:-4] if isinstance(kind, str) and kind.endswith("List") and kind != "List" else None


def _skip(text: str, at: int) -> int:
    match = _WHITE.match(text, at)
    return match.end() if match else at


def _at(text: str, at: int) -> str:
    if at >= len(text):
        raise _BrokenError("the text ends inside", len(text) - 1)
    return text[at]


def text_value(value: object) -> str | None:
    """The value if it is a string, else None: a name that is a number is no name."""
    return value if isinstance(value, str) else None


def number_value(value: object) -> int | None:
    """The value if it is a whole number that fits 63 bits, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; what is no list has none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The strings of a list; what is no list has none."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
