"""Is every known difference still one?"""

from __future__ import annotations

import pytest

from tests.differential.compare import compare
from tests.differential.frames import Frame, decode_frames
from tests.differential.known import BOTH, KNOWN, TSHARK, WE, explanation, table
from tests.differential.tshark import dissect


@pytest.fixture(scope="module")
def differences(tmp_path_factory):
    """Name of each entry -> the differences that its example shows."""
    frames = [Frame(entry.example, len(entry.example), entry.linktype, entry.name) for entry in KNOWN]
    result = compare(frames, decode_frames(frames), dissect(tmp_path_factory.mktemp("tshark"), frames))
    return {entry.name: [one for one in result.differences if one.frame.source == entry.name] for entry in KNOWN}


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.name)
def test_the_example_shows_the_difference_and_no_other(differences, entry):
    """An entry whose example is read alike is out of date; delete it."""
    assert {explanation(one) for one in differences[entry.name]} == {entry}


def test_entries_are_complete():
    """Each has a name of its own, a reason, and someone who is right by a source."""
    assert len({entry.name for entry in KNOWN}) == len(KNOWN)
    assert all(entry.why.endswith(".") and entry.source and entry.right in {WE, TSHARK, BOTH} for entry in KNOWN)


def test_the_page_has_the_list(root):
    """README.md of this folder shows the entries as they are."""
    assert table() in (root / "tests" / "differential" / "README.md").read_text(encoding="utf-8")
