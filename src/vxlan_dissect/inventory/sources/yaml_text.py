"""Which values does a YAML text hold?

Law: values are built from libyaml's events by a loop: nesting is bounded (the library's own composer recurses in C and
dies of a deep text), nothing is merged (`<<`), nothing is constructed but mappings, lists, strings, whole numbers,
booleans and null, and an alias is the very value that it names, so that a bomb of aliases costs nothing.
"""

from __future__ import annotations

from typing import Any

DEEPEST = 64
MOST_EVENTS = 20_000_000
_MOST_ALIASES = 10_000

# YAML 1.1 as go-yaml writes it: what would be read as one of these is quoted where it is a string.
_PLAIN = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class YamlError(ValueError):
    """A text that is no YAML, or too deep or large a one; `line` counts from 0 within the text."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


class Mapping(dict[str, Any]):
    """A mapping that knows on which line, from 0 within the text, each of its keys stands."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


def load(text: str) -> list[Any]:
    """The documents of a text. Raises YamlError; a key that stands twice in a mapping is an error too."""
    import yaml

    documents: list[Any] = []
    try:
        for event in _built(yaml.parse(text, yaml.CSafeLoader), documents):
            del event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(f"broken YAML: {error.problem or error.context}", mark.line if mark else 0) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise YamlError(f"broken YAML: {str(error).splitlines()[0]}", 0) from None
    return documents


def _built(events: Any, documents: list[Any]) -> Any:
    """Hang the values of the events into `documents`; yields once an event, so that the caller drives the parser."""
    import yaml

    anchors: dict[str, Any] = {}
    aliases = count = 0
    stack: list[Any] = []  # the open mappings and lists
    keys: list[Any] = []  # for each: the key that waits for its value (mappings), else _NONE
    for event in events:
        kind = type(event)
        count += 1
        if count > MOST_EVENTS:
            raise YamlError("too large", event.start_mark.line)
        if kind is yaml.ScalarEvent:
            value: Any = _scalar(event)
        elif kind is yaml.MappingStartEvent:
            value = Mapping()
        elif kind is yaml.SequenceStartEvent:
            value = []
        elif kind is yaml.AliasEvent:
            aliases += 1
            if aliases > _MOST_ALIASES or event.anchor not in anchors:
                raise YamlError("an alias of nothing, or too many of them", event.start_mark.line)
            value = anchors[event.anchor]
        elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            stack.pop()
            keys.pop()
            continue
        else:
            if kind is yaml.DocumentEndEvent:
                anchors.clear()
            continue
        if kind is not yaml.AliasEvent and event.anchor is not None:
            anchors[event.anchor] = value
        if not stack:
            documents.append(value)
        elif type(stack[-1]) is list:
            stack[-1].append(value)
        elif keys[-1] is _NONE:
            name = value if isinstance(value, str) else str(event.value) if kind is yaml.ScalarEvent else None
            if name is None:
                raise YamlError("a key that is no text", event.start_mark.line)
            if name in stack[-1]:
                raise YamlError(f"the key {name[:80]!r} stands twice", event.start_mark.line)
            keys[-1] = name
            stack[-1].lines[name] = event.start_mark.line
        else:
            stack[-1][keys[-1]] = value
            keys[-1] = _NONE
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if len(stack) >= DEEPEST:
                raise YamlError(f"more than {DEEPEST} levels deep", event.start_mark.line)
            stack.append(value)
            keys.append(_NONE)
        yield


class _None:
    """No key waits."""


_NONE = _None()


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style or not event.implicit[0]:  # quoted, a block, or with a tag: text
        return text
    return _plain(text)


def plain_value(text: str) -> Any:
    """The value of a scalar on one line, quotes taken off."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return _plain(text)


def _plain(text: str) -> Any:
    if text in _PLAIN:
        return _PLAIN[text]
    digits = text[1:] if text[:1] == "-" else text
    # `0123` is octal in YAML 1.1 and decimal in 1.2: it stays text.
    if digits.isascii() and digits.isdigit() and len(digits) < 20 and (digits[0] != "0" or digits == "0"):
        return int(text)
    return text
