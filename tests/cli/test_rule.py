"""Does `vxd rule` list the rules and print their pages?"""

from __future__ import annotations

import pytest

from vxlan_dissect import rules
from vxlan_dissect.cli.main import main


def test_without_a_name_the_rules_are_listed(capsys):
    """Each rule has a line with its name and its first sentence."""
    assert main(["rule"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(rules.names())
    assert all(len(line.split()) > 2 for line in lines)


@pytest.mark.parametrize("name", rules.names())
def test_a_name_prints_its_page(capsys, name):
    """The page is the docstring of the rule's module, headings and all."""
    assert main(["rule", name]) == 0
    out = capsys.readouterr().out
    assert out == f"{name}\n\n{rules.describe(name).strip()}\n"
    places = [out.index(heading) for heading in ("Shows", "Why it matters", "How we know", "What to check next")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("ndp.proxy-advertisment", "did you mean ndp.proxy-advertisement?"), ("zzz\x1b", "vxd rule lists them")],
)
def test_an_unknown_rule_is_an_error_with_a_hint(capsys, name, hint):
    """A typing error gets the nearest name."""
    assert main(["rule", name]) == 2
    err = capsys.readouterr().err
    assert hint in err
    assert "\x1b" not in err
