"""Are kinds and hops of every frame those of the scenario that it was captured in?

Law: the table is the truth (truth/README.md). What the program has otherwise is counted by scenario in baseline.yaml,
or fails.
"""

from __future__ import annotations

import pytest

from tests.diagnose.baseline import baseline
from tests.diagnose.frames import mistakes
from tests.diagnose.truth import HERE, captures_of, folder_of, table
from vxlan_dissect.explain.statements import CAUSES

STORED = [name for name in table() if (folder_of(name) or HERE).is_relative_to(HERE.parents[2] / "captures")]
BESIDE = sorted({truth.family for truth in table().values()})


@pytest.mark.parametrize("name", STORED)
def test_frames_of_stored_scenarios(name):
    """Kinds and hops of a stored scenario are those of the table, except for the mistakes that are known."""
    found = list(mistakes(table()[name]))
    assert len(found) <= baseline("frames").get(name, 0), found


@pytest.mark.parametrize("family", BESIDE)
def test_frames_of_scenarios_beside_the_project(shared_dir, family):
    """Kinds and hops of a family's scenarios are those of the table, except for the mistakes that are known."""
    known, new = baseline("frames"), {}
    for name, truth in table().items():
        if truth.family == family:
            found = list(mistakes(truth))
            if len(found) > known.get(name, 0):
                new[name] = found
    assert new == {}


def test_the_table_speaks_of_every_scenario(shared_dir):
    """Every scenario folder has an entry, and every entry of a set that is here has its folder."""
    folders = {path.parent.name for path in shared_dir.glob("captures*/*/scenario.json")}
    assert folders == table().keys()


def test_every_cause_and_point_is_real():
    """Causes are those of the contract, and what is lost lies on its way between two points next to each other."""
    for truth in table().values():
        for loss in truth.losses:
            assert {*loss.causes, *truth.side} <= set(CAUSES), truth.name
            way = loss.way.reply if loss.reply else loss.way.hops
            assert loss.last in way, truth.name
            for point in loss.missing:
                assert way.index(point) > way.index(loss.last), truth.name


@pytest.mark.parametrize("name", STORED)
def test_points_that_can_know_were_captured(name):
    """Where one point alone can tell, there is a capture of it."""
    assert table()[name].known <= captures_of(name).keys()
