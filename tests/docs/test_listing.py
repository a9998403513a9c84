"""Are the outputs that the pages of listings and packets show what the commands print?"""

from __future__ import annotations

import re
import shlex

import pytest

import vxlan_dissect as vxd
from vxlan_dissect.cli.main import main
from vxlan_dissect.cli.packets import FORMATS, TIMES
from vxlan_dissect.listing.fields import columns_of
from vxlan_dissect.listing.times import Clock


def shown(page):
    """Each command of a page with the lines below it."""
    for block in re.findall(r"(?:^    .*\n)+", page, re.MULTILINE):
        first, *rest = [line[4:] for line in block.splitlines()]
        if first.startswith("$ vxd packets"):
            yield first[2:], rest


def test_commands_print_what_is_shown(root, monkeypatch, capsys):
    """Every output on the page is that of the command above it."""
    monkeypatch.chdir(root)
    found = list(shown((root / "docs" / "listing.md").read_text(encoding="utf-8")))
    assert len(found) >= 2
    for command, lines in found:
        assert main(shlex.split(command)[1:]) == 0
        assert capsys.readouterr().out.splitlines() == lines


def test_the_readme_shows_lines_of_the_page(root):
    """The lines in the README are among those of the page."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^ {8}\d   0\.\d{6} .*$", readme, re.MULTILINE)
    page = (root / "docs" / "listing.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert set(lines) <= set(page)


def test_the_tree_of_a_frame(root):
    """The tree on the page of packets is printed so."""
    page = (root / "docs" / "packets.md").read_text(encoding="utf-8")
    block = re.search(r"^    >>> print\(.*\n((?:    .*\n)+)", page, re.MULTILINE)[1]
    tree = str(vxd.read(str(root / "captures" / "dual-stack-ping6" / "1.cap"))[0].layers["icmpv6"])
    assert [line[4:] for line in block.splitlines()] == tree.splitlines()


@pytest.mark.parametrize("word", [*FORMATS, *TIMES])
def test_every_form_is_named(root, word):
    """Each format and each form of time stands on the page."""
    assert f"`{word}`" in (root / "docs" / "listing.md").read_text(encoding="utf-8").replace("`-T ", "`")


def test_fields_on_the_page_are_fields(root):
    """What the page names after -e can be asked for."""
    page = (root / "docs" / "listing.md").read_text(encoding="utf-8")
    names = set(re.findall(r"-e ([a-z][\w.]+)", page)) | set(re.findall(r"`(_ws\.col\.[\w.]+)`", page))
    assert len(names) > 8
    assert columns_of(sorted(names), Clock("r"))
