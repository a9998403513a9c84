"""Is a trace of captures whose names tell nothing still true, if more modest?"""

from __future__ import annotations

import shutil

import pytest

from tests.diagnose.truth import inventory_of, table
from tests.trace.parts import captures_of
from tests.trace.score import here, trace

NAMES = [name for name in here(stored=True) if name in table()]


@pytest.mark.parametrize("name", [name for name in NAMES if table()[name].healthy])
def test_healthy_captures_of_any_name(tmp_path, name):
    """Of a healthy network nothing is lost, whatever its captures are called, and the packets are the same."""
    every = captures_of(name)
    renamed = [tmp_path / f"c{number}{path.suffix}" for number, path in enumerate(every)]
    for path, copy in zip(every, renamed, strict=True):
        shutil.copyfile(path, copy)
    found, known = trace(renamed, inventory_of(name)), trace(every, inventory_of(name))
    assert found.overview.lost == 0
    assert len(found.journeys) == len(known.journeys)
    assert found.overview.frames == known.overview.frames
