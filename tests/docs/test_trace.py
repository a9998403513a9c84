"""Does the page on traces show what the command prints, and name what its JSON has?"""

from __future__ import annotations

import json
import re
import shlex

import pytest

from vxlan_dissect.cli.main import main
from vxlan_dissect.explain.statements import CAUSES
from vxlan_dissect.trace.model import CHANGES


def test_the_page_shows_what_is_printed(root, monkeypatch, capsys):
    """Each command with lines below it prints them in this order; … stands for what is left out."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "100")
    page = (root / "docs" / "trace.md").read_text(encoding="utf-8")
    found = re.findall(r"^( +)\$ vxd (trace .*)\n((?:\1.*\n)+)", page, re.MULTILINE)
    assert found
    for margin, command, block in found:
        assert main(shlex.split(command)) == 0
        rest = capsys.readouterr().out
        for part in block.replace(f"\n{margin}", "\n").removeprefix(margin).split("…\n"):
            assert part in rest
            rest = rest[rest.index(part) + len(part) :]


@pytest.mark.parametrize(
    "scenario", ["cilium-1.16/cilium-35-underlay-loss-1-of-3", "flannel/flannel-01-ping6-cross-node"]
)
def test_every_json_key_is_described(root, captures_dir, capsys, scenario):
    """Every key of the object, at every depth, stands in the section on traces of docs/json.md."""
    page = (root / "docs" / "json.md").read_text(encoding="utf-8").partition("## JSON of `vxd trace`")[2]
    named = set(re.findall(r"`([\w-]+)`", page)) | set(re.findall(r'"([\w-]+)"', page))
    keys = set()

    def gather(pairs):
        keys.update(key for key, _ in pairs)
        return dict(pairs)

    assert main(["trace", str(captures_dir / scenario), "-T", "json"]) == 0
    json.loads(capsys.readouterr().out, object_pairs_hook=gather)
    assert "sightings" in keys
    assert sorted(keys - named) == []
    assert sorted(set(CHANGES) - named) == []
    assert set(CAUSES) <= named | set(re.findall(r"`([\w-]+)`", (root / "docs" / "json.md").read_text()))
