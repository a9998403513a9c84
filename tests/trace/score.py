"""How often does `vxd trace` put the frames of a scenario together as they belong, and how often not?

Law: a scenario is traced with all its captures and the inventory of its healthy network; the oracle judges.

    python -m tests.trace.score [--family F] [--scenario S] [-v] [--update]
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.datapath.labs import ROOT
from tests.diagnose.truth import folder_of, inventory_folder, inventory_of, table
from tests.trace.judge import ISSUES, Verdict, judge
from tests.trace.losses import ends_of
from tests.trace.oracle import journeys
from tests.trace.reading import captures_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vxlan_dissect import Inventory

BASELINE = Path(__file__).with_name("baseline.yaml")
HEAD = """\
# Known shortcomings of `vxd trace` against the oracle, by scenario: how often each issue. What is not named here fails.
# Written by `python -m tests.trace.score --update`; a new line here is a step back and needs a reason.
"""
# Scenarios that the table of truth does not have: healthy, of three captures or more.
BESIDES = ("flannel-60-dns-service-names",)
COLUMNS = ("scenarios", "journeys", "right", "lost", "hits", "provoked", *ISSUES)


def trace(captures: list[Path], inventory: Inventory | None) -> Any:
    """What is judged."""
    from vxlan_dissect.trace import trace as traced

    return traced([str(path) for path in captures], inventory)


def verdict_of(name: str, run: Callable[[list[Path], Inventory | None], Any] = trace) -> Verdict:
    """One scenario with all its captures."""
    folder = folder_of(name)
    assert folder is not None
    truth = table().get(name)
    try:
        told = list(run(captures_in(folder), inventory_of(name)).journeys)
    except Exception as error:  # whatever it is, the other scenarios are judged too
        return crashed(name, error)
    return judge(
        name,
        journeys(folder, inventory_folder(name)),
        told,
        ends_of(name),
        truth.ways if truth else {},
        healthy=truth is None or truth.healthy,
    )


def crashed(name: str, error: Exception) -> Verdict:
    """The verdict of a scenario that cannot be traced."""
    verdict = Verdict(name)
    at = traceback.extract_tb(error.__traceback__)[-1]
    verdict.found["crash"].append(f"{type(error).__name__}: {error} ({Path(at.filename).name}, {at.lineno})")
    return verdict


def family_of(name: str) -> str:
    """Without its number and title."""
    return table()[name].family if name in table() else name.partition("-")[0]


def here(family: str | None = None, *, stored: bool = False) -> list[str]:
    """The scenarios that are on this machine, or those that are stored in the project."""
    names = [name for name in (*table(), *BESIDES) if folder_of(name) is not None]
    if stored:
        names = [name for name in names if (folder_of(name) or ROOT).is_relative_to(ROOT / "captures")]
    return [name for name in names if family in {None, family_of(name)}]


def report(verdicts: Iterable[Verdict]) -> str:
    """A table by family."""
    rows: dict[str, Counter[str]] = {}
    for one in verdicts:
        for family in (family_of(one.name), "all"):
            row = rows.setdefault(family, Counter())
            row.update(scenarios=1, journeys=one.journeys, right=one.right, lost=one.lost, hits=one.hits)
            row.update(provoked=one.provoked, **one.counts)
    order = [*sorted(rows.keys() - {"all"}), *(["all"] if rows else [])]
    lines = ["".join([f"{'family':17}", *(f"{column:>10}" for column in COLUMNS)])]
    lines += ["".join([f"{family:17}", *(f"{rows[family][column]:>10}" for column in COLUMNS)]) for family in order]
    return "\n".join(lines)


@functools.lru_cache(maxsize=1)
def baseline() -> dict[str, dict[str, int]]:
    """Scenario -> issue -> how often it is known."""
    return yaml.safe_load(BASELINE.read_text(encoding="utf-8")) or {} if BASELINE.exists() else {}


def worse(verdict: Verdict) -> list[str]:
    """What is wrong and not known."""
    known = baseline().get(verdict.name, {})
    return [
        f"{issue}: {line}"
        for issue, lines in verdict.found.items()
        if len(lines) > known.get(issue, 0)
        for line in lines
    ]


def better(verdict: Verdict) -> list[str]:
    """What is known and was not found."""
    counts = verdict.counts
    return [
        f"{issue}: {counts.get(issue, 0)} and no longer {known}"
        for issue, known in baseline().get(verdict.name, {}).items()
        if counts.get(issue, 0) < known
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.trace.score")
    parser.add_argument("--family", help="only this family, such as cilium-kpr")
    parser.add_argument("--scenario", action="append", help="only this scenario")
    parser.add_argument("-v", action="store_true", help="say what is wrong")
    parser.add_argument("--update", action="store_true", help="write baseline.yaml anew (all families)")
    asked = parser.parse_args()
    begin, verdicts = time.monotonic(), []
    for name in asked.scenario or here(asked.family):
        verdicts.append(one := verdict_of(name))
        if asked.v and one.counts:
            sys.stdout.write(f"{one.name}: {one.counts}\n")
            sys.stdout.writelines(f"    {issue}: {line}\n" for issue, lines in one.found.items() for line in lines[:4])
    sys.stdout.write(f"{report(verdicts)}\n{time.monotonic() - begin:.0f} s\n")
    if asked.update:
        found = {one.name: one.counts for one in verdicts if one.counts}
        BASELINE.write_text(HEAD + yaml.safe_dump(found, width=118, sort_keys=True), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
