"""Does a trace of all captures of a scenario say which way each packet took, and which was lost?

Law: the oracle is the truth, computed from raw frames and the labs' own tables. Known shortcomings stand in
baseline.yaml by scenario; more than these fail, and fewer ask for an update, so that none comes back unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.trace.score import BESIDES, better, family_of, here, report, verdict_of, worse

if TYPE_CHECKING:
    from tests.trace.judge import Verdict

STORED = here(stored=True)
BESIDE = sorted({family_of(name) for name in here()})
judged: dict[str, Verdict] = {}


def check(names: list[str]) -> list[str]:
    """Judge scenarios: what is worse or better than the baseline."""
    found = []
    for name in names:
        judged[name] = verdict = verdict_of(name)
        found += [f"{name}: {line}" for line in worse(verdict)]
        found += [f"{name}: {line}; run `python -m tests.trace.score --update`" for line in better(verdict)]
    print(report(judged[name] for name in names))
    return found


@pytest.mark.parametrize("name", STORED)
def test_stored_scenarios(name):
    """Packets matched, order, changes and losses of a stored scenario are the truth, but for what is known."""
    assert check([name]) == []


@pytest.mark.parametrize("family", BESIDE)
def test_scenarios_beside_the_project(shared_dir, family):
    """Packets matched, order, changes and losses of a family's scenarios are the truth, but for what is known."""
    assert check([name for name in here(family) if name not in STORED]) == []


def test_every_scenario_is_judged(shared_dir):
    """Every scenario folder beside the project is one that is judged."""
    folders = {path.parent.name for path in shared_dir.glob("captures*/*/scenario.json")}
    assert folders - set(here()) == set()
    assert set(BESIDES) <= set(here())


def test_the_table():
    """The table of what this process has judged so far; `python -m tests.trace.score` prints the whole one."""
    print(report(judged.values()))
    assert all(verdict.right <= verdict.journeys for verdict in judged.values())
