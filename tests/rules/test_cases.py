"""Do the rules say what their case pages want, and keep silent where they should?"""

import re
from pathlib import Path

import pytest
import yaml

import vxlan_dissect as vxd
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.rules import RULES

FOLDER = Path(__file__).parent / "cases"
ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(FOLDER.glob("*.*.md"))
CASE = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(?P<kind>capture|stored|inventory|expect)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
KEYS = {"frame", "verdict", "confidence", "text", "evidence", "silent", "not_text"}


def _cases():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        starts = list(CASE.finditer(text))
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            blocks = dict(BLOCK.findall(text[start.end() : end.start() if end else None]))
            yield page.name.removesuffix(".md"), start["title"], blocks


CASES = list(_cases())


@pytest.mark.parametrize(("rule", "blocks"), [pytest.param(r, b, id=f"{r}: {t}") for r, t, b in CASES])
def test_case(rule, blocks, tmp_path):
    """A rule says of each frame what its page wants."""
    capture = ROOT / blocks["stored"].strip() if "stored" in blocks else tmp_path / "case.txt"
    if "capture" in blocks:
        capture.write_text(blocks["capture"], encoding="utf-8")
    if not capture.exists():
        pytest.skip(f"{capture.name}: the captures beside the project are not here")
    inventory = None if "stored" in blocks else Inventory()
    if "inventory" in blocks:
        said = tmp_path / "hosts.txt"
        shared = blocks["inventory"].strip()
        text = (FOLDER / shared[1:]).read_text(encoding="utf-8") if shared.startswith("@") else blocks["inventory"]
        said.write_text(text, encoding="utf-8")
        inventory = Inventory.load(str(said))
    frames = {frame.frame: frame.as_dict() for frame in vxd.explain(str(capture), inventory)}
    wanted = yaml.safe_load(blocks["expect"])
    assert wanted
    for want in wanted:
        assert set(want) <= KEYS
        found = [said for said in frames[want["frame"]]["statements"] if said["rule"] == rule]
        if want.get("silent"):
            assert found == [], want
            continue
        assert len(found) == 1, (want, frames[want["frame"]]["statements"])
        _check(want, found[0])


def _check(want, said):
    for key in ("verdict", "confidence"):
        if key in want:
            assert said[key] == want[key], said
    for piece in want.get("text", ()):
        assert piece in said["text"]
    for piece in want.get("not_text", ()):
        assert piece not in said["text"]
    evidence = " | ".join(str(value) for item in said["evidence"] for value in item.values())
    for piece in want.get("evidence", ()):
        assert piece in evidence


def test_every_rule_has_a_page():
    """Each rule has a page of cases, and no page is about a rule that does not exist."""
    assert {page.name.removesuffix(".md") for page in PAGES} == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_speaks_and_is_silent(rule):
    """Each rule has a case in which it speaks and one in which it does not."""
    wanted = [want for name, _, blocks in CASES if name == rule for want in yaml.safe_load(blocks["expect"])]
    assert any(not want.get("silent") for want in wanted)
    assert any(want.get("silent") for want in wanted)
