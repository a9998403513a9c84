"""Are the stored captures still explained as reviewed?

Every `expect.yaml` below captures/ is run; captures/README.md tells its form and how to add a capture.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vxlan_dissect.regress.stored import expectations_below, verify
from vxlan_dissect.rules import RULES

if TYPE_CHECKING:
    from vxlan_dissect.regress.expectations import Expectation

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
EXPECTATIONS, WITHOUT = expectations_below(CAPTURES, RULES)


def name_of(expectation: Expectation) -> str:
    """The path of the capture below captures/, and the inventory where it is not the one beside."""
    name = Path(expectation.capture).relative_to(CAPTURES).as_posix()
    return f"{name}[{os.path.basename(expectation.inventory)}]" if expectation.inventory else name


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=name_of)
def test_explained_as_reviewed(expectation):
    """The explanation of a stored capture meets every expectation of it."""
    mismatches = verify(expectation)
    assert not mismatches, "\n".join(map(str, mismatches))


def test_every_capture_has_an_expectation():
    """No capture lies in the folder without anyone having said what it shows."""
    assert WITHOUT == []


def test_every_scenario_tells_its_story():
    """A folder with captures has a README that names it and each of its captures."""
    for folder in sorted({Path(e.capture).parent for e in EXPECTATIONS}):
        text = (folder / "README.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {folder.name}\n"), folder
        for expectation in EXPECTATIONS:
            capture = Path(expectation.capture)
            assert capture.parent != folder or capture.name in text, capture
