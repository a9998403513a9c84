"""Which objects does a text of JSON or YAML hold, and on which lines?

Law: an object is read at a time, those of a list (`items`) one by one, so that a text which breaks in the middle gives
what stood before, a list of any length needs little memory at once, and each object knows its lines. Depth and size are
bounded: what is too deep or too large is broken, never a crash.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.inventory.model import Note, Source
from vxlan_dissect.inventory.sources.yaml_text import YamlError, load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from vxlan_dissect.inventory.model import Fact
    from vxlan_dissect.inventory.sources.base import Line

# Python needs some thirty times the text of an object for its values.
MOST_IN_OBJECT = 16 << 20
_MOST_KEYS = 200  # names of unread keys that are told apart in one text

# A line that begins YAML of a kind that is read: Kubernetes objects, our own file, helm values, a list of mappings.
_YAML_START = re.compile(r"(?:---|(?:- )?[A-Za-z_][\w./-]*:(?: .*)?|%YAML.*)\s*\Z")
_ITEMS = re.compile(r"^items:[ \t]*\r?\n", re.MULTILINE)
_WHITE = re.compile(r"[ \t\r\n]*")
# Of objects: `[1] 4711` is a shell's word about a job, and much prose begins with a bracket.
_JSON_START = re.compile(r"\[\s*[{\]]|\{\s*[\"}]")
_scan: Callable[[str, int], tuple[Any, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]  # not in typeshed


class Element(NamedTuple):
    """An object, and where its text begins and ends."""

    value: dict[str, Any]
    begin: int
    end: int


class Document:
    """The objects of a text. `rest` holds the lines before and after it; `notes` what could not be read.

    `numbers` are the numbers of the text's lines in the file, None where the text is the file from line 1.
    """

    def __init__(self, text: str, file: str, notes: list[Note], numbers: Sequence[int] | None = None) -> None:
        self.text, self.file, self.notes = text, file, notes
        self.rest: list[Line] = []
        self.waiting: list[Any] = []  # what a source keeps until the text ends, and what it then makes of it
        self.at_end: Callable[[], list[Fact]] = list
        self._numbers = numbers
        self._at = self._lines = 0  # how many lines end before an offset, counted from the last one asked for
        self._unread: dict[str, list[int]] = {}  # name of a key -> how often, line of the first

    def source(self, element: Element, value: str | None = None) -> Source:
        """The line on which the element begins, or on which it holds this text as a value."""
        at = element.begin
        if value is not None and self.text.find("\n", element.begin, element.end) >= 0:
            found = self.text.find(f'"{value}"', element.begin, element.end)
            if found < 0 and value:
                found = self.text.find(value, element.begin, element.end)
            at = max(at, found)
        return Source(self.file, self.line(at))

    def line(self, offset: int) -> int:
        """The number of the line, in the file, that an offset in the text lies on."""
        if offset < self._at:
            self._at = self._lines = 0
        self._lines += self.text.count("\n", self._at, offset)
        self._at = offset
        return self._lines + 1 if self._numbers is None else self._numbers[min(self._lines, len(self._numbers) - 1)]

    def note(self, element: Element, why: str, kind: str = "bad-value", value: str | None = None) -> None:
        """Say what could not be read of an element."""
        source = self.source(element, value)
        self.notes.append(Note(source.file, source.line, why, kind))

    def unread(self, element: Element, names: Iterator[str] | Sequence[str]) -> None:
        """Count keys, or kinds of objects, that nobody reads."""
        for name in names:
            counted = self._unread.get(name)
            if counted is not None:
                counted[0] += 1
            elif len(self._unread) < _MOST_KEYS:
                self._unread[name] = [1, self.source(element).line]

    def finish(self) -> None:
        """Turn what was counted into notes, once all elements were read."""
        for name, (count, line) in self._unread.items():
            times = f" ({count} times)" if count > 1 else ""
            self.notes.append(Note(self.file, line, f"not read: {name[:120]}{times}", "unknown-key", count))
        self._unread.clear()

    def begins(self) -> bool:
        """Whether objects begin somewhere in the text."""
        return _start_of(self.text) is not None

    def elements(self) -> Iterator[Element]:
        """The objects in the text, one at a time; those of a list in place of the list."""
        start = _start_of(self.text)
        if start is None:
            self.rest = self._rest(0, len(self.text))
            return
        self.rest = self._rest(0, start)
        if self.text[start] in "[{":
            yield from self._json(start)
        else:
            yield from self._yaml(start)

    def _rest(self, begin: int, end: int) -> list[Line]:
        return [
            (self.line(begin + match.start()), match[0])
            for match in re.finditer(r"[^\n]+", self.text[begin:end])
            if match[0].strip()
        ]

    # JSON

    def _json(self, at: int) -> Iterator[Element]:
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
            self.notes.append(Note(self.file, self.line(broken.at), f"broken JSON: {broken}", "broken"))
        else:
            self.rest += self._rest(after, len(text))

    def _array(self, at: int, kind: str | None) -> Generator[Element, None, int]:
        text = self.text
        at = _skip(text, at + 1)
        while _at(text, at) != "]":
            value, end = self._value(at)
            if isinstance(value, dict):
                if kind is not None:
                    value.setdefault("kind", kind)
                yield Element(value, at, end)
            else:
                self.notes.append(Note(self.file, self.line(at), "an element that is no object", "unknown"))
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
        if not listed:
            yield Element(value, begin, at + 1)
        return at + 1

    def _value(self, at: int) -> tuple[Any, int]:
        try:
            value, end = _scan(self.text, at)
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

    def _yaml(self, start: int) -> Iterator[Element]:
        for begin, end, kind in _yaml_parts(self.text, start):
            if end - begin > MOST_IN_OBJECT:
                why = f"an object of more than {MOST_IN_OBJECT >> 20} MiB is not read"
                self.notes.append(Note(self.file, self.line(begin), why, "skipped"))
                continue
            try:
                values = load(self.text[begin:end])
            except YamlError as error:
                line = self.line(begin) + error.line
                self.notes.append(Note(self.file, line, str(error), "broken"))
                continue
            for value in values:
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, dict):
                        if kind is not None:
                            each.setdefault("kind", kind)
                        yield Element(each, begin, end)
                    elif each is not None:
                        self.notes.append(Note(self.file, self.line(begin), "an element that is no object", "unknown"))


class _BrokenError(ValueError):
    """JSON that ends or breaks at an offset."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


def looks_like_document(text: str) -> bool:
    """Whether the text is JSON or YAML from its first line on: of objects, since a plain text may be YAML as well."""
    start = _start_of(text)
    return start is not None and not text[:start].strip()


def _start_of(text: str) -> int | None:
    """Where the first line stands that begins an array, an object or YAML; None where there is none."""
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at : min(end, at + 4096)]
        begins = line.lstrip()
        if begins[:1] in ("[", "{") and _JSON_START.match(text, at + len(line) - len(begins)):
            return at + len(line) - len(begins)
        if _YAML_START.match(line) and _is_yaml(text, at):
            return at
        at = end + 1
    return None


def _is_yaml(text: str, at: int) -> bool:
    """Whether mappings or a list of them begin here: a colon stands in much prose and in many tables."""
    head = text[at : at + 4096]
    return re.match(r"---[ \t]*\r?\n|%YAML|(?:- )?apiVersion:|items:|kind:", head) is not None


def _yaml_parts(text: str, start: int) -> Iterator[tuple[int, int, str | None]]:
    """The documents of a text, a list of items in parts: (begin, end, kind of a bare item)."""
    begin = start
    while begin < len(text):
        mark = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE).search(text, begin + 3)
        end = mark.start() if mark else len(text)
        items = _ITEMS.search(text, begin, end)
        if items is None:
            yield begin, end, None
        else:
            yield from _items(text, begin, items.end(), end)
        begin = end


def _items(text: str, begin: int, first: int, end: int) -> Iterator[tuple[int, int, str | None]]:
    dash = re.compile(r"( *)- ").match(text, first, end)
    if dash is None:
        return
    after = re.compile(r"^[^\s#-]", re.MULTILINE).search(text, first, end)
    stop = after.start() if after else end
    said = re.compile(r"^kind: *(\w+)List\s*$", re.MULTILINE)
    named = said.search(text, begin, first) or said.search(text, stop, end)
    starts = [match.start() for match in re.compile(rf"^{dash[1]}- ", re.MULTILINE).finditer(text, first, stop)]
    for at, following in zip(starts, [*starts[1:], stop], strict=True):
        yield at, following, named[1] if named else None


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
