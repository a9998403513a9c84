"""Does a converted inventory say the same as what it was converted from, to the reader and to the rules?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from vxlan_dissect.cli.main import main
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import FACTS, Node, Pod

# Captures of several kinds of networks and capture points; the inventory is the folder beside or above each.
CAPTURES = (
    "dual-stack-ping6/1.cap",
    "cilium-1.16/cilium-01-ping6-cross-node/worker.any.pcap",
    "cilium-1.13/cilium113-05-ping6-router",
    "flannel/flannel-01-ping6-cross-node",
    "proxy-gateway/proxy-gateway-25-two-gateways-answer",
)


def inventory_beside(capture):
    """The inventory folder beside a capture, or above its folder."""
    own = capture.parent / "inventory"
    return own if own.is_dir() else capture.parent.parent / "inventory"


def without_sources(value):
    """What an explanation says, but for where the inventory has it from."""
    if isinstance(value, dict):
        return {key: without_sources(each) for key, each in value.items() if key not in {"evidence", "basis"}}
    return [without_sources(each) for each in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("name", CAPTURES)
def test_the_same_explanation(captures_dir, tmp_path, name):
    """Frames get the same names, hops and statements with the folder and with the file that is written of it."""
    given = captures_dir / name
    captures = sorted(given.glob("*.pcap")) if given.is_dir() else [given]
    folder, file = inventory_beside(captures[0]), tmp_path / "lab.inventory.yaml"
    assert main(["inventory", "convert", str(folder), "-o", str(file)]) == 0
    before, after = Inventory.load(folder), Inventory.load(file)
    named = 0
    for capture in captures:
        one, other = ([each.as_dict() for each in vxd.explain(str(capture), given)] for given in (before, after))
        assert without_sources(one) == without_sources(other)
        named += sum(each["inner"]["src"]["pod"] is not None for each in one)
    assert named


def test_the_same_facts_and_contradictions(captures_dir, tmp_path):
    """Each kind has as many facts, and every line keeps the file and line that it is from."""
    folder, file = captures_dir / "flannel" / "inventory", tmp_path / "lab.inventory.yaml"
    main(["inventory", "convert", str(folder), "-o", str(file)])
    before, after = Inventory.load(folder), Inventory.load(file)
    for kind in FACTS:
        if kind not in {Node, Pod}:  # the file has an entry for each that has interfaces
            assert len(after.of(kind)) == len(before.of(kind)), kind
    assert (after.node_names(), after.pod_names()) == (before.node_names(), before.pod_names())
    interface = next(each for each in after.interfaces if each.name == "flannel.1")
    assert interface.source.file == str(file)
    assert str(folder) in interface.source.why
    assert (after.conflicts, after.notes) == ((), ())


def test_what_was_not_read_is_told(captures_dir, tmp_path, capsys):
    """Lines that are not carried over are counted on standard error; the file itself goes to standard output."""
    assert main(["inventory", "convert", str(captures_dir / "dual-stack-ping6" / "inventory")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("# An inventory: ")
    assert "\ninventory: 1\n" in out
    assert "3 lines, keys or files were not read: `vxd inventory check` names them" in err
    whole = tmp_path / "ip-a.txt"
    whole.write_text("2: eth0: <UP> mtu 1500 x y\n    link/ether 02:00:00:00:00:02 x\n", encoding="utf-8")
    assert main(["inventory", "convert", str(whole)]) == 0
    assert capsys.readouterr().err == ""


def test_what_cannot_be_read_writes_nothing(tmp_path):
    """A missing path is status 2, and the file that is there stays as it is."""
    file = tmp_path / "lab.inventory.yaml"
    file.write_text("mine\n", encoding="utf-8")
    assert main(["inventory", "convert", str(tmp_path / "missing"), "-o", str(file)]) == 2
    assert file.read_text(encoding="utf-8") == "mine\n"
