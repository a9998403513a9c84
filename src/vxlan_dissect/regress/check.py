"""Where does an explanation differ from what is expected?

Law: it works on the plain values of the JSON contract and reports every difference, each with its file, frame, path
and both values.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vxlan_dissect.regress.expectations import Expectation, FrameCheck, RuleCheck

    Explained = Mapping[str, Any]


class _Absent:
    """What a path finds where nothing is, not even null."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


class Mismatch(NamedTuple):
    """One difference. `frame` is None where it concerns the whole capture; `path` may be a rule or a check's name."""

    capture: str
    frame: int | None
    path: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        place = self.capture if self.frame is None else f"{self.capture}, frame {self.frame}"
        return f"{place}: {self.path}: expected {self.expected!r}, found {self.found!r}"


def check(explanations: Iterable[Explained], expectation: Expectation) -> list[Mismatch]:
    """Every difference between the explanations of a capture, as `as_dict` gives them, and what is expected of it."""
    explained = list(explanations)
    return [
        Mismatch(expectation.capture, frame, path, expected, found)
        for frame, path, expected, found in _differences(explained, expectation)
    ]


Difference = tuple[int | None, str, Any, Any]


def _differences(explained: Sequence[Explained], expectation: Expectation) -> Iterator[Difference]:
    if len(explained) != expectation.total:
        yield None, "total", expectation.total, len(explained)
    for rule, number in expectation.rules.items():
        found = sum(rule in _rules(item) for item in explained)
        if found != number:
            yield None, f"frames with {rule}", number, found
    for rule in expectation.none:
        if frames := [item["frame"] for item in explained if rule in _rules(item)]:
            yield None, f"frames with {rule}", 0, frames
    for item in explained:
        for values in (expectation.capture_point, expectation.every):
            yield from _values(item, values)
    by_number = {item["frame"]: item for item in explained}
    for request, reply in expectation.pairs:
        for one, other, role in ((request, reply, "reply"), (reply, request, "request")):
            yield from _related(one, {"frame": other, "as": role}, by_number.get(one, {}).get("related", ()))
    for frame_check in expectation.frames:
        frame = by_number.get(frame_check.frame)
        if frame is None:
            yield frame_check.frame, "frame", "an explanation", ABSENT
        else:
            yield from _frame(frame, frame_check)


def _frame(item: Explained, expected: FrameCheck) -> Iterator[Difference]:
    frame = item["frame"]
    yield from _values(item, expected.values)
    for rule in expected.rules:
        yield from _rule(item, rule)
    for name in expected.silent:
        if name in _rules(item):
            yield frame, name, "silence", next(found["text"] for found in item["statements"] if found["rule"] == name)
    for related in expected.related:
        yield from _related(frame, related, item["related"])
    places = [_place(hop) for hop in item["hops"]]
    rest = iter(places)
    if not all(place in rest for place in expected.passes):
        yield frame, "passes", list(expected.passes), places
    if expected.seen_here is not None:
        here = [_place(hop) for hop in item["hops"] if hop["seen"] == "here"]
        if here != list(expected.seen_here):
            yield frame, "seen_here", list(expected.seen_here), here


def _related(frame: int, expected: Explained, related: Sequence[Explained]) -> Iterator[Difference]:
    if not any(all(found.get(key) == value for key, value in expected.items()) for found in related):
        yield frame, "related", expected, related


def _rule(item: Explained, expected: RuleCheck) -> Iterator[Difference]:
    frame = item["frame"]
    said = [statement for statement in item["statements"] if statement["rule"] == expected.rule]
    if not said:
        yield frame, expected.rule, "a statement", sorted(_rules(item))
        return
    [statement, *_] = said
    for key in ("verdict", "confidence"):
        wanted = getattr(expected, key)
        if wanted is not None and not matches(wanted, statement[key]):
            yield frame, f"{expected.rule}.{key}", wanted, statement[key]
    for text in expected.text:
        if text not in statement["text"]:
            yield frame, f"{expected.rule}.text", text, statement["text"]
    for text in expected.lacks:
        if text in statement["text"]:
            yield frame, f"{expected.rule}.lacks", text, statement["text"]
    evidence = [json.dumps(part, ensure_ascii=False) for part in statement["evidence"]]
    for text in expected.evidence:
        if not any(text in part for part in evidence):
            yield frame, f"{expected.rule}.evidence", text, statement["evidence"]


def _values(item: Explained, values: Mapping[str, Any]) -> Iterator[Difference]:
    for path, expected in values.items():
        found = value_at(item, path)
        if not matches(expected, found):
            yield item["frame"], path, expected, found


def value_at(item: Explained, path: str) -> Any:
    """The value at a dotted path, None where something on the way is null, ABSENT where it has no such part."""
    value: Any = item
    steps = path.split(".")
    for index, step in enumerate(steps):
        if value is None:
            return None
        if isinstance(value, list):
            position = int(step)
            value = value[position] if position < len(value) else ABSENT
        else:
            rest = ".".join(steps[index:])  # a hop's predictions are keyed by column names, which have dots
            if rest in value:
                return value[rest]
            value = value.get(step, ABSENT)
        if value is ABSENT:
            return ABSENT
    return value


def matches(expected: Any, found: Any) -> bool:
    """Whether a found value is the expected one, or satisfies the expected operator."""
    if not isinstance(expected, dict):
        return type(expected) is type(found) and bool(expected == found)
    [(operator, operand)] = expected.items()
    match operator:
        case "one_of":
            return any(matches(choice, found) for choice in operand)
        case "contains":
            wanted = operand if isinstance(operand, list) else [operand]
            return isinstance(found, str | list) and all(part in found for part in wanted)
        case "at_least":
            return isinstance(found, int) and bool(found >= operand)
        case "length":
            return isinstance(found, str | list | dict) and len(found) == operand
        case _:
            raise ValueError(f"unknown operator {operator!r}")


def _rules(item: Explained) -> set[str]:
    return {statement["rule"] for statement in item["statements"]}


def _place(hop: Mapping[str, Any]) -> str:
    """`owner:interface`; the owner is the pod for a pod's own interface, else the node."""
    owner = hop["owner"] if hop["role"] == "pod" else hop["node"]
    return f"{owner}:{hop['interface']}"
