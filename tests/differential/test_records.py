"""Do Wireshark's readers find the same records in capture files?"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.differential.conftest import SETS, capture_files
from tests.differential.known_records import KNOWN, differences, explanation, table
from tests.differential.records import ours, theirs


@pytest.mark.parametrize("name", SETS)
def test_real_files(request, counted, tmp_path, name):
    """Every record has the same time, lengths and interface, or the difference is a known one."""
    mine = {path: ours(path) for path in capture_files(request, name)}
    others = theirs(mine, tmp_path)
    found = [one for path, walk in mine.items() for one in differences(path, walk, others.get(path))]
    counts = Counter(files=len(mine), records=sum(len(walk.records) for walk in mine.values()), differences=len(found))
    counts.update(f"explained: {entry.name}" for one in found if (entry := explanation(one)) is not None)
    counted("records of files", counts)
    assert counts["records"] > 500
    assert [str(one) for one in found if explanation(one) is None][:20] == []


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Name of each entry -> the differences that its example shows."""
    folder = tmp_path_factory.mktemp("examples")
    paths = {entry.name: folder / f"{number}.cap" for number, entry in enumerate(KNOWN)}
    for entry in KNOWN:
        paths[entry.name].write_bytes(entry.example)
    mine = {path: ours(path) for path in paths.values()}
    others = theirs(mine, folder)
    return {name: list(differences(path, mine[path], others.get(path))) for name, path in paths.items()}


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.name)
def test_the_example_shows_the_difference(examples, entry):
    """An entry whose example is read alike is out of date; delete it."""
    explained = [explanation(one) for one in examples[entry.name]]
    assert entry in explained
    assert None not in explained, list(map(str, examples[entry.name]))


def test_the_page_has_the_list(root):
    """README.md of this folder shows the entries as they are."""
    assert table() in (root / "tests" / "differential" / "README.md").read_text(encoding="utf-8")
