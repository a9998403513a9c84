"""Does `vxd inventory show` list every fact once, with its lines, and nothing that moves a cursor?"""

from __future__ import annotations

import json

import pytest

from vxlan_dissect.cli.main import main
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import FACTS


@pytest.fixture
def session(captures_dir):
    """The stored session of the dual-stack cluster."""
    return captures_dir / "dual-stack-ping6" / "inventory" / "session.txt"


@pytest.fixture
def run(capsys):
    """Run the command in this process: its status, standard output and standard error."""

    def run(*arguments):
        status = main(["inventory", "show", *map(str, arguments)])
        return (status, *capsys.readouterr())

    return run


def test_every_fact_has_one_line(run, session):
    """Under a heading with the count, each fact in a line that ends with where it stands."""
    status, out, _ = run(session)
    inventory = Inventory.load(session)
    lines = [line for line in out.split("\n") if line.startswith("  ")]
    assert status == 0
    assert len(lines) == sum(len(inventory.of(kind)) for kind in FACTS)
    assert f"Interface: {len(inventory.interfaces)}\n" in out
    peer = "lxc237a31216c0f@if18 link/ether a2:79:14:47:80:b3"
    (line,) = [line for line in lines if peer in line]
    number = next(
        n for n, text in enumerate(session.read_text("utf-8").split("\n"), 1) if "a2:79:14:47:80:b3 brd" in text
    )
    assert line == f"  cilium-dual-stack-worker has 19: {peer} [{session}:{number}]"
    assert ", and 1 more lines]" not in out


def test_one_kind(run, session):
    """--kind takes any case and shows that kind alone; an unknown kind is an error that lists what there is."""
    _, out, _ = run(session, "--kind", "service")
    assert out.startswith("Service: ")
    assert "Interface" not in out
    status, out, err = run(session, "--kind", "pods\x1b[2J")
    assert (status, out) == (2, "")
    assert "Interface, Address, Route" in err
    assert "\x1b" not in err


def test_json(run, session):
    """As JSON every kind is a list of objects whose addresses are text."""
    found = json.loads(run(session, "-T", "json")[1])
    assert set(found) == {kind.__name__ for kind in FACTS}
    assert "a2:79:14:47:80:b3" in [interface["mac"] for interface in found["Interface"]]
    assert "fd00:10:244:1::4749" in [address["ip"] for address in found["Address"]]
    assert found["Vtep"] == []


def test_hostile_names(run, tmp_path):
    """Escapes in names come out as printable text."""
    path = tmp_path / "ip-a.txt"
    path.write_text("2: a\x9b2J\u202eb: <UP> mtu 1500 x y\n    link/ether 02:00:00:00:00:02 x\n", encoding="utf-8")
    status, out, _ = run(path)
    assert status == 0
    assert "02:00:00:00:00:02" in out
    assert all(letter.isprintable() or letter == "\n" for letter in out)
