"""Does `vxd who` answer, and say by its status whether it could?"""

from __future__ import annotations

import pytest

from tests.cli import stand_ins
from vxlan_dissect.cli.main import main


@pytest.fixture(autouse=True)
def _inventory(monkeypatch):
    stand_ins.install(monkeypatch)


@pytest.mark.parametrize(
    ("addresses", "status", "out"),
    [
        (["fd00::1"], 0, "fd00::1\n  cni-7t9p4 \\x1b[31meth0\n"),
        (["fd00::2"], 1, "fd00::2\n  nothing is known\n"),
        (["fd00::2", "fd00::1"], 1, "fd00::2\n  nothing is known\nfd00::1\n  cni-7t9p4 \\x1b[31meth0\n"),
    ],
)
def test_answers_are_safe_lines_and_the_status_tells_the_unknown(capsys, addresses, status, out):
    """Every address is answered in turn; one that nobody has makes the status 1."""
    assert main(["who", *addresses, "-i", "inventory"]) == status
    assert capsys.readouterr().out == out


def test_what_is_no_address_is_an_error(capsys):
    """Nonsense ends with status 2 and a line on standard error."""
    assert main(["who", "nonsense", "-i", "inventory"]) == 2
    assert capsys.readouterr().err == "vxd: not an address: nonsense\n"


def test_an_inventory_must_be_named(capsys):
    """Without -i there is nothing to ask."""
    assert main(["who", "fd00::1"]) == 2
    assert "--inventory" in capsys.readouterr().err
