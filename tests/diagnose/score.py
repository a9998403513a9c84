"""How often does `vxd diagnose` say the right thing of a scenario, and how often a wrong one?

Law: a verdict is about what a reader would be told. Right is the cause class at its place; modest is to say less
without saying anything wrong; false is a wrong place, a wrong cause said with more than `possible`, or anything above
`info` on a healthy network. Notices make no claim where there is a fault.

    python -m tests.diagnose.score [--family F] [--points all|alone] [--every N] [-v] [--update]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import vxlan_dissect as vxd
from tests.diagnose.baseline import baseline, write
from tests.diagnose.frames import mistakes
from tests.diagnose.places import encloses, exact
from tests.diagnose.truth import captures_of, folder_of, inventory_of, table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.diagnose.truth import Truth
    from vxlan_dissect import Inventory

CLAIMS = ("warning", "error")
QUIET = ("info",)
HIT, MODEST, MISS = "hit", "modest", "miss"
OBSERVED = "seen at"  # a wrong claim whose cause is right: its place is only where a sign of it was captured
Diagnose = Callable[["list[Path]", "Inventory | None"], list[dict[str, Any]]]


@dataclass
class Verdict:
    """What is to be said of one run. `false` are the wrong claims; `among`: the right cause was not the first."""

    name: str
    outcome: str
    false: list[str] = field(default_factory=list)
    exact: bool = False
    among: bool = False
    unplaced: bool = False


def diagnose(captures: list[Path], inventory: Inventory | None) -> list[dict[str, Any]]:
    """The findings of `vxd diagnose -T json`."""
    found: list[dict[str, Any]] = vxd.diagnose([str(path) for path in captures], inventory).as_dict()["findings"]
    return found


def judge(truth: Truth, findings: list[dict[str, Any]], name: str, *, knowable: bool = True) -> Verdict:
    """What findings are worth; where the truth is not `knowable` from the captures, silence is modest."""
    if truth.healthy:
        return Verdict(name, HIT, [told(one) for one in findings if one["severity"] not in QUIET])
    claims = [one for one in findings if one["severity"] in CLAIMS]
    verdict = Verdict(name, MODEST, [why for one in claims if (why := wrong(truth, one))])
    right = [(one, loss) for one in claims for loss in truth.losses if is_right(one, loss)]
    if right:
        verdict.outcome = HIT
        verdict.exact = any(exact(one["place"], loss) for one, loss in right)
        verdict.among = all(cause_of(one) not in loss.causes for one, loss in right)
    elif knowable:
        verdict.outcome = MISS
        every = {cause for loss in truth.losses for cause in loss.causes}
        verdict.unplaced = any(cause_of(one) in every for one in claims)
    return verdict


def is_right(finding: dict[str, Any], loss: Any) -> bool:
    """Whether a finding names a cause of this loss, first or later, at a place that holds it."""
    named = {cause["cause"] for cause in finding["causes"]}
    return bool(named & set(loss.causes)) and finding["place"] is not None and encloses(finding["place"], loss)


def wrong(truth: Truth, finding: dict[str, Any]) -> str | None:
    """Why a finding misleads, None where it does not."""
    every = {cause for loss in truth.losses for cause in loss.causes}
    first = cause_of(finding)
    if first in truth.side:
        return None
    place = finding["place"]
    if place is not None and not any(encloses(place, loss) for loss in truth.losses):
        return f"{OBSERVED if first in every and 'between' not in place else 'place'}: {told(finding)}"
    if first is not None and first not in every | truth.side and finding["confidence"] != "possible":
        return f"cause: {told(finding)}"
    return None


def cause_of(finding: dict[str, Any]) -> str | None:
    """The first cause of a finding."""
    return finding["causes"][0]["cause"] if finding["causes"] else None


def told(finding: dict[str, Any]) -> str:
    """A finding in one line."""
    place = finding["place"]
    ends = [] if place is None else place.get("between", [place])
    where = " .. ".join(f"{end['node']}:{end.get('pod') or ''}:{end['interface']}" for end in ends) or "no place"
    causes = ",".join(cause["cause"] for cause in finding["causes"])
    return f"{finding['rule']} {finding['severity']}/{finding['confidence']} [{causes}] {where}: {finding['text']}"


def together(names: list[str], run: Diagnose = diagnose) -> Iterator[Verdict]:
    """Each scenario with all its points."""
    for name in names:
        yield judge(table()[name], run([*captures_of(name).values()], inventory_of(name)), name)


def alone(names: list[str], every: int = 1, run: Diagnose = diagnose) -> Iterator[Verdict]:
    """Each point by itself: those that can know, the ends of what is lost, and of the others one in `every`."""
    count = 0
    for name in names:
        truth = table()[name]
        ends = {point for loss in truth.losses for point in (loss.last, *loss.missing)}
        for point, path in captures_of(name).items():
            count += 1
            if point in truth.known | ends or count % every == 0:
                findings = run([path], inventory_of(name))
                yield judge(truth, findings, f"{name}@{point}", knowable=point in truth.known)


def report(verdicts: list[Verdict]) -> str:
    """A table by family. `exact` are the hits whose place is no wider than the loss."""
    columns = ("healthy", "faults", HIT, MODEST, MISS, "exact", "false", OBSERVED)
    by_family: dict[str, Counter[str]] = {}
    for one in verdicts:
        truth = table()[one.name.partition("@")[0]]
        for row in (truth.family, "all"):
            count = by_family.setdefault(row, Counter())
            count["healthy" if truth.healthy else "faults"] += 1
            count["false"] += len(one.false)
            count[OBSERVED] += sum(why.startswith(OBSERVED) for why in one.false)
            if not truth.healthy:
                count[one.outcome] += 1
                count["exact"] += one.exact
    order = [*sorted(by_family.keys() - {"all"}), *(["all"] if by_family else [])]
    rows = [("family", *columns), *((row, *(str(by_family[row][column]) for column in columns)) for row in order)]
    return "\n".join(f"{row[0]:17}" + "".join(f"{cell:>8}" for cell in row[1:]) for row in rows)


def worse(verdicts: list[Verdict], part: str) -> list[str]:
    """Misses and wrong claims that the baseline does not name."""
    known = baseline(part)
    misses, false = known.get("misses") or [], known.get("false") or {}
    found = [f"{one.name}: {one.outcome}" for one in verdicts if one.outcome == MISS and one.name not in misses]
    for one in verdicts:
        if len(one.false) > false.get(one.name, 0):
            found += [f"{one.name}: {why}" for why in one.false]
    return found


def summary(verdicts: list[Verdict]) -> dict[str, Any]:
    """Verdicts as the baseline keeps them."""
    return {
        "misses": sorted(one.name for one in verdicts if one.outcome == MISS),
        "false": {one.name: len(one.false) for one in verdicts if one.false},
    }


def here(family: str | None = None) -> list[str]:
    """The scenarios that are on this machine."""
    return [name for name, truth in table().items() if family in {None, truth.family} and folder_of(name) is not None]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.diagnose.score")
    parser.add_argument("--family", help="only this family, such as cilium-kpr")
    parser.add_argument("--scenario", action="append", help="only this scenario")
    parser.add_argument("--points", choices=("all", "alone"), help="all points together, or each alone; else both")
    parser.add_argument("--every", type=int, default=1, help="of points that need not know, judge one in N")
    parser.add_argument("-v", action="store_true", help="name every miss and every wrong claim")
    parser.add_argument("--update", action="store_true", help="write baseline.yaml anew (with --every 1, all families)")
    parser.add_argument("--variants", action="store_true", help="judge renamed scenarios, and those without inventory")
    asked = parser.parse_args()
    names = asked.scenario or here(asked.family)
    if asked.variants:
        return _variants(names, update=asked.update)
    parts = {}
    for part, judged in (("all", together), ("alone", lambda names: alone(names, asked.every))):
        if asked.points in {None, part}:
            verdicts = list(judged(names))
            parts[part] = summary(verdicts)
            title = {"all": "all points together", "alone": "one point alone"}[part]
            sys.stdout.write(f"\n{title}\n{report(verdicts)}\n")
            for one in verdicts if asked.v else []:
                if one.outcome == MISS or one.false:
                    note = ", right cause but no right place" if one.unplaced else ""
                    sys.stdout.write(f"{one.name}: {one.outcome}{note}\n")
                    sys.stdout.writelines(f"    {why}\n" for why in one.false)
    if asked.update:
        counts = {name: len(list(mistakes(table()[name]))) for name in names}
        write(parts | {"frames": {name: count for name, count in counts.items() if count}})
    return 0


def _variants(names: list[str], *, update: bool) -> int:
    from tests.diagnose.variants import differences, misnamed, overclaims

    parts = {}
    for part, find in (("renamed", differences), ("overclaims", overclaims), ("misnamed", misnamed)):
        found = list(find(names))
        parts[part] = sorted({one.partition(":")[0] for one in found if not one.startswith(" ")})
        sys.stdout.write(f"\n{part}: {len(parts[part])} of {len(names)} scenarios\n")
        sys.stdout.writelines(f"{one}\n" for one in found)
    if update:
        write({"variants": parts})
    return 0


if __name__ == "__main__":
    sys.exit(main())
