"""In what do our reading and another program's of the same frames differ?

Law: layers are compared by name and place from the outside in, up to the first that `wire.HEADERS` does not know;
columns at every level, in the layers that both have. What stands behind an unknown layer is counted, not compared.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.differential.layers import COLUMNS, fitting, joined, known_part, levels_of, split_quote
from tests.differential.reading import OF_FRAME, readings
from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.differential.frames import Frame
    from tests.differential.layers import Layer, Values
    from tests.differential.reading import Reading
    from vxlan_dissect.packets import Packets

DERIVED = {field.name for field in schema.DERIVED_FIELDS}  # of the levels that have columns, no others
OURS_ONLY = {"data.len"}  # of no header: others show it where no program of theirs reads the bytes

Found = tuple[str, str, object, object]  # level, what, mine, theirs


class Difference(NamedTuple):
    """One thing in which a frame is read differently.

    `what`: a column, `layers`, `offsets` or `tunnels`. `level`: of a column, `outer.`, `quoted.`, nothing for the
    innermost packet, `level 0.` and so on for those further out. `mine`, `theirs`: None where one has nothing.
    `reading`, `answer`: all that each has of the frame.
    """

    frame: Frame
    level: str
    what: str
    mine: object
    theirs: object
    reading: Reading
    answer: Sequence[Layer]

    def __str__(self) -> str:
        mine, theirs = "/".join(self.reading.layers), "/".join(layer.name for layer in self.answer)
        what = f"{self.level}{self.what} {self.mine!r}, they {self.theirs!r}"
        return f"{self.frame.source}: {what} ({mine}, they {theirs})"


class Comparison:
    """What came of a comparison.

    `fields`: values compared, by column with its level. `unknown`: frames by the first layer that we do not know;
    `hidden`: those of them in which a header that we do know stands behind it. `kept`: where one level has several
    values of a column, how often ours is the first or the last.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.fields: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.hidden: Counter[str] = Counter()
        self.kept: Counter[tuple[str, str]] = Counter()
        self.differences: list[Difference] = []

    def wavering(self) -> list[str]:
        """Columns of which we keep sometimes the first and sometimes the last of several values."""
        return [
            name for name, which in self.kept if which == "first" and self.kept[name, "last"] * self.kept[name, which]
        ]


def compare(
    frames: Sequence[Frame],
    packets: Packets,
    answers: Iterable[list[Layer]],
    *,
    complete: bool = True,
    placed: bool = True,
) -> Comparison:
    """Compare our packets of frames with another program's answers, one a frame.

    A program that is not `complete` may know fewer headers and columns than we do: what it has must be so. Where the
    bytes are of several frames, headers are not `placed`.
    """
    result = Comparison()
    for frame, reading, answer in zip(frames, readings(packets), answers, strict=True):
        result.frames += 1
        for found in _differences(result, frame, reading, answer, complete=complete, placed=placed and complete):
            result.differences.append(Difference(frame, *found, reading, answer))
    return result


def _differences(
    result: Comparison, frame: Frame, reading: Reading, answer: list[Layer], *, complete: bool, placed: bool
) -> Iterator[Found]:
    layers, rest = known_part(answer)
    layers, quote = split_quote(layers)
    names = tuple(layer.name for layer in layers)
    if rest:
        result.unknown[rest[0].name] += 1
        result.hidden[rest[0].name] += any(known_part([layer])[0] for layer in rest)
    alike = [mine == theirs for mine, theirs in zip(reading.layers, names, strict=False)]
    common = alike.index(False) if False in alike else len(alike)
    same = reading.layers == names
    # Others show a header that is cut up to the cut; we show none.
    whole = same or (reading.damaged and common == len(reading.layers)) or (not complete and common == len(names))
    if not whole:
        yield "", "layers", reading.layers, names
    offsets = tuple(layer.offset for layer in layers[:common])
    if placed and reading.offsets[:common] != offsets:
        yield "", "offsets", reading.offsets[:common], offsets
    levels = levels_of(layers[:common])
    partial = reading.damaged or not same or not complete
    if not partial and reading.tunnels != len(levels) - 1:
        yield "", "tunnels", reading.tunnels, len(levels) - 1
    if rest and rest[0].name == "data" and not partial:
        levels[-1].append(rest[0])
    for depth, level in enumerate(levels):
        prefix = {0: "", 1: schema.OUTER}.get(reading.tunnels - depth, f"level {depth}.")
        theirs = joined(level)
        if prefix.startswith("level"):
            mine = reading.levels.get(depth, {})
            theirs = {name: values for name, values in theirs.items() if name not in DERIVED}
        else:
            mine = reading.shown.get(prefix, {})
        if depth == 0:
            mine = reading.shown.get("frame", {}) | mine
        yield from _columns(result, prefix, mine, theirs, partial=partial)
    if common == len(layers):
        whole_quote = fitting(levels_of(quote)[0], [*layers, *quote], len(frame.data))
        mine = reading.shown.get(schema.QUOTED, {})
        yield from _columns(result, schema.QUOTED, mine, joined(whole_quote), partial=partial)


def _columns(
    result: Comparison, level: str, mine: Values, theirs: dict[str, list[Any]], *, partial: bool
) -> Iterator[Found]:
    """Differences in one level; of a reading that is `partial`, only what both have is compared."""
    for name, values in theirs.items():
        prefix = "" if name in OF_FRAME else level
        result.fields[prefix + name] += 1
        own = mine.get(name)
        first, last = (tuple(values),) * 2 if isinstance(own, tuple) else (values[0], values[-1])
        if own in {first, last}:
            result.kept[name, "first" if own == first else "last"] += first != last
        elif not (partial and name not in mine):
            yield prefix, name, own, last
    if not partial:
        for name in mine.keys() & COLUMNS.keys() - theirs.keys() - OURS_ONLY:
            yield "" if name in OF_FRAME else level, name, mine[name], None
