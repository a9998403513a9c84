"""Are names and MACs that follow from a rule those that the programs make?"""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.inventory.facts import NODE, at, device
from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.merging import derive
from vxlan_dissect.inventory.model import Host, Node, Vtep

CONTAINER = "5d1c" * 16


def digest(tool, text):
    """What sha256sum or sha1sum prints."""
    done = subprocess.run([tool], input=text, capture_output=True, text=True, check=True)
    return done.stdout.partition(" ")[0]


def test_lxc_names():
    """Twelve digits of SHA-256: of the id and the interface since v1.15, of the id alone before."""
    newer = "lxc" + digest("sha256sum", f"{CONTAINER}:eth0")[:12]
    older = "lxc" + digest("sha256sum", CONTAINER)[:12]
    assert derive.lxc_names(CONTAINER) == (newer, older)
    assert derive.lxc_names(f"{CONTAINER}:eth0") == (newer, older)
    assert len(newer) == 15  # IFNAMSIZ is 16 with the final zero
    assert derive.lxc_names(f"{CONTAINER}:net1")[0] == "lxc" + digest("sha256sum", f"{CONTAINER}:net1")[:12]


def test_calico_vtep_macs(shared_dir):
    """0x66 and five bytes of SHA-1 of the node's name, as the nodes of the laboratory have."""
    text = (shared_dir / "captures-others" / "topology.json").read_text(encoding="utf-8")
    nodes = json.loads(text)["families"]["calico-vxlan"]["nodes"]
    for name, node in nodes.items():
        assert format_mac(derive.calico_vtep_mac(name, 4)) == node["vtep4"]["mac"]
        assert format_mac(derive.calico_vtep_mac(name, 6)) == node["vtep6"]["mac"]
    assert f"{derive.calico_vtep_mac('n', 4):012x}" == "66" + digest("sha1sum", "n")[:10]


def test_vteps_where_calico_is_shown():
    """Of nodes whose device no line shows, for the IP versions of which a device is shown somewhere."""
    other = Node("node-8", at(2))
    shown = device(NODE, "vxlan.calico", 1, mac=7)
    (vtep,) = derive.vteps([shown, other])
    assert vtep == Vtep(
        "node-8",
        derive.calico_vtep_mac("node-8", 4),
        "vxlan.calico",
        at(1),
        computed="0x66 and SHA-1 of the node's name",
    )
    assert vtep.words.endswith("(0x66 and SHA-1 of the node's name)")
    (owner,) = Inventory([shown, other]).owners_of_mac(vtep.mac)
    assert (owner.node, owner.interface, owner.confidence) == ("node-8", "vxlan.calico", "likely")


def test_no_vtep_where_all_devices_are_shown():
    """A node of another cluster that lists all its devices has no device of Calico; a pod's list says nothing of it."""
    shown, there = device(NODE, "vxlan.calico", 1, mac=7), Host("node-8")
    loopback, pod = device(there, "lo", 2), device(Host("node-8", "web-1"), "lo", 3)
    assert derive.vteps([shown, Node("node-8", at(4)), loopback]) == []
    assert len(derive.vteps([shown, Node("node-8", at(4)), pod])) == 1
    without_mac = device(there, "vxlan.calico", 5)
    assert [vtep.node for vtep in derive.vteps([shown, loopback, without_mac])] == ["node-8"]


@pytest.mark.parametrize(
    "facts",
    [
        [Node("node-8", at(1))],
        [device(NODE, "cali1", 1), Node("node-8", at(2))],  # Calico, but of its tunnels nothing is known
        [device(NODE, "vxlan.calico", 1, mac=7), Vtep("node-8", 9, "vxlan.calico", at(2))],
    ],
)
def test_no_vteps(facts):
    """Without a VXLAN device of Calico on a node, or where the MAC is known, nothing is computed."""
    assert derive.vteps(facts) == []


def test_names_that_are_no_text():
    """A lone surrogate in a name, which JSON can hold, is hashed as it is."""
    assert derive.calico_vtep_mac("\ud800", 4) >> 40 == 0x66
    assert derive.lxc_names("\ud800")[0].startswith("lxc")
