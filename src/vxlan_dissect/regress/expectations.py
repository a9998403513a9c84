"""What should the explanation of a stored capture say?

Law: a file of expectations is read whole or refused with its place: an unknown key, an unknown rule or a path that the
JSON contract does not have is an error, so that a typo cannot pass as an expectation that always holds.

The form, `expect.yaml` beside the captures of a scenario:

    define: {request: &request {kind: icmpv6.echo-request}}   # anchors for what recurs; not read otherwise
    empty: [worker.cilium_host.pcap]             # captures that hold no frame
    captures:
      - capture: worker.pod-cni-7t9p4.eth0.pcap  # relative to this file
        inventory: variants/near-side.txt        # optional; `none` for none; else what lies beside is found
        total: 6                                 # frames in the file
        capture_point: {node: worker, interface: eth0, pod: cni-7t9p4}   # of every frame
        every: {inner.hop_limit: 64}             # paths and values that hold for all frames
        rules: {ndp.solicitation: 2}             # how many frames a rule speaks of
        none: [ndp.unanswered]                   # rules that speak of no frame
        pairs: [[1, 2], [5, 6]]                  # request and reply, each related to the other
        frames:
          - <<: *request
            frame: 2                             # a number, or a list of numbers
            inner.hop_limit: 255
            inner.src.pod: cni-7t9p4             # any other key is a path into the JSON of the frame
            rules:
              - ndp.solicitation
              - {rule: ndp.proxy-advertisement, verdict: by-design, confidence: certain, text: [...], evidence: [...]}
            silent: [ndp.advertisement]          # rules that say nothing of this frame
            related: [{frame: 1, as: request}]
            passes: ["cni-7t9p4:eth0", "worker:eth0"]   # hops in this order, as pod:interface or node:interface
            seen_here: ["worker:eth0"]                  # the hops that this capture shows

A path goes through objects by key and through lists by index from 0 (`hops.0.action`). A value is compared as it is,
or is one of `{contains: text or list of texts}`, `{one_of: [...]}`, `{at_least: n}`, `{length: n}`. The items of `text`
and `evidence` are texts that the statement must contain, of evidence each within one item; those of `lacks` are texts
that it must not contain.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.errors import UsageError
from vxlan_dissect.explain.statements import BROKEN, BY_DESIGN, NORMAL, SUSPICIOUS, UNKNOWN
from vxlan_dissect.inventory.model.base import CONFIDENCES
from vxlan_dissect.regress.contract import fault_of_path

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NO_INVENTORY = "none"
VERDICTS = (NORMAL, BY_DESIGN, SUSPICIOUS, BROKEN, UNKNOWN)
OPERATORS = ("contains", "one_of", "at_least", "length")


class RuleCheck(NamedTuple):
    """A statement that must be there; None and the empty tuple ask nothing."""

    rule: str
    verdict: Any = None
    confidence: Any = None
    text: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class FrameCheck(NamedTuple):
    """What holds for one frame. `values` maps paths to expected values."""

    frame: int
    values: Mapping[str, Any]
    rules: tuple[RuleCheck, ...] = ()
    silent: tuple[str, ...] = ()
    related: tuple[Mapping[str, Any], ...] = ()
    passes: tuple[str, ...] = ()
    seen_here: tuple[str, ...] | None = None


class Expectation(NamedTuple):
    """What holds for one capture. `file` is where it stands, `capture` and `inventory` are paths from there resolved.

    `inventory` is None where the one beside the capture is to be found, NO_INVENTORY where none is to be used.
    """

    file: str
    capture: str
    inventory: str | None
    total: int
    capture_point: Mapping[str, Any]
    every: Mapping[str, Any]
    rules: Mapping[str, int]
    none: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    frames: tuple[FrameCheck, ...]


def load_expectations(path: str | os.PathLike[str], rules: Collection[str] | None = None) -> list[Expectation]:
    """The expectations of one file, in its order, those of the empty captures first.

    `rules` are the names that exist; without it names are not checked. Raises UsageError with the file and the entry
    at fault, OSError where the file cannot be read.
    """
    file = os.fspath(path)
    reader = _Reader(file, rules)
    document = reader.mapping(_yaml(file), "the file", ("define", "empty", "captures"))
    found = [
        Expectation(file, reader.beside(name, "empty"), None, 0, {}, {}, {}, (), (), ())
        for name in reader.texts(document.get("empty", []), "empty")
    ]
    entries = reader.sequence(document.get("captures", []), "captures")
    found += [reader.capture(entry, f"captures[{index}]") for index, entry in enumerate(entries)]
    if not found:
        raise UsageError(f"{file}: it expects nothing")
    return found


def _yaml(file: str) -> Any:
    """The document as plain values; a key given twice is refused, since YAML would silently keep the last."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            # A merge (<<) puts the keys of another mapping here, which stand elsewhere in the file.
            own = [key for key, _ in node.value if node.start_mark.index <= key.start_mark.index < node.end_mark.index]
            for key in own:
                name = str(key.value)
                if name in seen:
                    raise UsageError(f"{file}, line {key.start_mark.line + 1}: the key {name!r} stands twice")
                seen.add(name)
            return super().construct_mapping(node, deep)

    with open(file, encoding="utf-8") as stream:
        try:
            return yaml.load(stream, Loader)  # noqa: S506  (a subclass of the safe loader)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: no YAML: {' '.join(str(error).split())}") from None


class _Reader:
    """Turns the values of one file into expectations; every method takes the place of its value for the error."""

    def __init__(self, file: str, rules: Collection[str] | None) -> None:
        self.file, self.known = file, rules

    def fail(self, place: str, reason: str) -> UsageError:
        return UsageError(f"{self.file}, {place}: {reason}")

    def mapping(self, value: Any, place: str, keys: Collection[str] = ()) -> dict[str, Any]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self.fail(place, f"a mapping is needed, not {value!r}")
        if keys and (unknown := [key for key in value if key not in keys]):
            raise self.fail(place, f"unknown key {unknown[0]!r}; known are {', '.join(keys)}")
        return value

    def sequence(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.fail(place, f"a list is needed, not {value!r}")
        return value

    def texts(self, value: Any, place: str) -> tuple[str, ...]:
        items = self.sequence(value, place)
        if not all(isinstance(item, str) for item in items):
            raise self.fail(place, f"a list of texts is needed, not {value!r}")
        return tuple(items)

    def number(self, value: Any, place: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(place, f"a number is needed, not {value!r}")
        return value

    def beside(self, name: Any, place: str) -> str:
        if not isinstance(name, str) or not name:
            raise self.fail(place, f"the name of a file is needed, not {name!r}")
        return os.path.join(os.path.dirname(self.file), name)

    def rule(self, name: Any, place: str) -> str:
        if not isinstance(name, str) or (self.known is not None and name not in self.known):
            raise self.fail(place, f"there is no rule {name!r}")
        return name

    def values(self, value: Any, place: str, prefix: str = "") -> dict[str, Any]:
        """Paths and expected values, each path one that the contract has."""
        paths = {prefix + path: expected for path, expected in self.mapping(value, place).items()}
        for path, expected in paths.items():
            if fault := fault_of_path(path):
                raise self.fail(place, fault)
            if isinstance(expected, dict):
                self.operator(expected, f"{place}.{path}")
        return paths

    def operator(self, value: dict[Any, Any], place: str) -> None:
        """Refuses what `check.matches` could not compare with."""
        name, operand = next(iter(value.items())) if len(value) == 1 else (None, None)
        if name not in OPERATORS:
            raise self.fail(place, f"a value or one of {', '.join(OPERATORS)} is needed")
        if name == "one_of":
            self.sequence(operand, f"{place}.one_of")
        elif name == "contains":
            self.texts(operand if isinstance(operand, list) else [operand], f"{place}.contains")
        else:
            self.number(operand, f"{place}.{name}")

    def capture(self, value: Any, place: str) -> Expectation:
        keys = ("capture", "inventory", "total", "capture_point", "every", "rules", "none", "pairs", "frames")
        entry = self.mapping(value, place, keys)
        place = f"{place} ({entry.get('capture')})"
        inventory = entry.get("inventory")
        if inventory not in (None, NO_INVENTORY):
            inventory = self.beside(inventory, f"{place}.inventory")
        counts = self.mapping(entry.get("rules", {}), f"{place}.rules")
        checks: list[FrameCheck] = []
        for index, check in enumerate(self.sequence(entry.get("frames", []), f"{place}.frames")):
            checks += self.frame(check, f"{place}.frames[{index}]")
        return Expectation(
            file=self.file,
            capture=self.beside(entry.get("capture"), f"{place}.capture"),
            inventory=inventory,
            total=self.number(entry.get("total"), f"{place}.total"),
            capture_point=self.values(entry.get("capture_point", {}), f"{place}.capture_point", "capture_point."),
            every=self.values(entry.get("every", {}), f"{place}.every"),
            rules={
                self.rule(name, f"{place}.rules"): self.number(number, f"{place}.rules.{name}")
                for name, number in counts.items()
            },
            none=tuple(self.rule(name, f"{place}.none") for name in self.texts(entry.get("none", []), f"{place}.none")),
            pairs=tuple(self.pair(pair, f"{place}.pairs") for pair in self.sequence(entry.get("pairs", []), place)),
            frames=tuple(checks),
        )

    def pair(self, value: Any, place: str) -> tuple[int, int]:
        numbers = [self.number(number, place) for number in self.sequence(value, place)]
        if len(numbers) != 2:
            raise self.fail(place, f"a request and a reply are needed, not {value!r}")
        return numbers[0], numbers[1]

    def frame(self, value: Any, place: str) -> list[FrameCheck]:
        entry = dict(self.mapping(value, place))
        numbers = entry.pop("frame", None)
        numbers = numbers if isinstance(numbers, list) and numbers else [numbers]
        place = f"{place} (frame {', '.join(map(str, numbers))})"
        rules = self.sequence(entry.pop("rules", []), f"{place}.rules")
        silent = self.texts(entry.pop("silent", []), f"{place}.silent")
        related = self.sequence(entry.pop("related", []), f"{place}.related")
        passes = self.texts(entry.pop("passes", []), f"{place}.passes")
        here = entry.pop("seen_here", None)
        check = FrameCheck(
            0,
            self.values(entry, place),
            tuple(self.statement(rule, f"{place}.rules") for rule in rules),
            tuple(self.rule(name, f"{place}.silent") for name in silent),
            tuple(self.mapping(item, f"{place}.related", ("frame", "as", "after_ns")) for item in related),
            passes,
            None if here is None else self.texts(here, f"{place}.seen_here"),
        )
        return [check._replace(frame=self.number(number, f"{place}.frame")) for number in numbers]

    def statement(self, value: Any, place: str) -> RuleCheck:
        if isinstance(value, str):
            return RuleCheck(self.rule(value, place))
        entry = self.mapping(value, place, RuleCheck._fields)
        check = RuleCheck(
            self.rule(entry.get("rule"), place),
            entry.get("verdict"),
            entry.get("confidence"),
            self.texts(entry.get("text", []), f"{place}.text"),
            self.texts(entry.get("evidence", []), f"{place}.evidence"),
            self.texts(entry.get("lacks", []), f"{place}.lacks"),
        )
        for name, found, known in (
            ("verdict", check.verdict, VERDICTS),
            ("confidence", check.confidence, CONFIDENCES),
        ):
            if isinstance(found, dict):
                self.operator(found, f"{place}.{name}")
            choices = found.get("one_of", [None]) if isinstance(found, dict) else [found]
            if found is not None and not all(choice in known for choice in choices):
                raise self.fail(place, f"there is no {name} {found!r}")
        return check
