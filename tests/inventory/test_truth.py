"""Is every address of a laboratory found, with its true owner, from what its hosts printed?

`topology.json` beside an inventory is how the laboratory was built. It is the truth to compare with and never read as
inventory.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.inventory import Inventory

ROOT = Path(__file__).resolve().parents[2]
STORED = sorted(path.parent for path in (ROOT / "captures").glob("*/topology.json"))
FAMILIES = "flannel calico-vxlan calico-ipip kindnet-hostgw k3s-v6only proxy-gateway calico-wireguard vxlan-variants"
VERSIONS = ("", "-113", "-113kpr", "-119svc", "-119v6u")


class Truth(NamedTuple):
    """An address of a laboratory: `text`, who has it as (node, pod, interface), and in which role."""

    text: str
    node: str
    pod: str | None
    interface: str
    roles: tuple[str, ...]


def truths(topology):
    """Every address that a topology names, whichever of the two forms it has."""
    for name, node in topology["nodes"].items():
        for interface, link in node.get("links", {}).items():
            roles = ROLES.get(interface, ("node",) if link["addrs"][2:] else ("lxc",))
            for text in (link["mac"], *(address.partition("/")[0] for address in link["addrs"])):
                yield Truth(text, name, None, interface, roles)
        for pod, said in node.get("pods", {}).items():
            own = (said["eth0_mac"], said["ip"], said["ip6"], *(ip.partition("/")[0] for ip in said["link_local"]))
            for text in own:
                yield Truth(text, name, pod, "eth0", ("pod",))
            yield Truth(said["lxc_mac"], name, None, said["lxc"], ("lxc",))
            yield Truth(said["gateway"], name, None, "cilium_host", ("router",))
            yield Truth(said["gateway6"], name, None, "cilium_host", ("router",))
        if "mac" in node:
            for text in (node["mac"], node.get("ip4"), node.get("ip6")):
                if text:
                    yield Truth(text.partition("/")[0], name, None, "eth0", ("node",))
        for key in ("vm4", "vm6"):
            if key in node.get("tunnel", {}):
                interface = {"vm4": "flannel.1", "vm6": "flannel-v6.1"}[key]
                yield Truth(node["tunnel"][key], name, None, interface, ("tunnel",))
        for key, interface in (("vtep4", "vxlan.calico"), ("vtep6", "vxlan-v6.calico")):
            for text in node.get(key, {}).values():
                yield Truth(text, name, None, interface, ("tunnel",))
        if "cni0_mac" in node:
            yield Truth(node["cni0_mac"], name, None, "cni0", ("router",))
    underlay = topology["underlay"]
    for link in underlay.get("links", ()):
        yield Truth(link["address"], underlay["netns"], None, link["ifname"], ("host", "loopback"))
    for pod, said in topology.get("pods", {}).items():
        for text in (said["mac"], said.get("ip4"), said.get("ip6")):
            if text:
                yield Truth(text.partition("/")[0], said["node"], pod, "eth0", ("pod",))
        yield Truth(said["host_mac"], said["node"], None, said["hostif"], ("lxc",))


ROLES = {
    "lo": ("loopback",),
    "cilium_host": ("router",),
    "cilium_net": ("host",),
    "cilium_vxlan": ("tunnel",),
}


def misses(inventory, topology):
    """The truths that the inventory does not tell, and whether it claims something else for certain."""
    known = list(truths(topology))
    holders = Counter(truth.text for truth in set(known))
    for truth in known:
        if ":" in truth.text and truth.text.count(":") == 5 and "::" not in truth.text:
            owners = inventory.owners_of_mac(parse_mac(truth.text))
        else:
            owners = inventory.owners_of_ip(parse_ip(truth.text))
        fitting = [
            owner
            for owner in owners
            if (owner.node, owner.pod, owner.interface) == (truth.node, truth.pod, truth.interface)
            and owner.what in truth.roles
        ]
        # What several have must not be claimed of one; what one has, not of another.
        certain = [owner for owner in owners if owner.confidence == "certain"]
        wrong = certain if holders[truth.text] > 1 else [owner for owner in certain[:1] if owner not in fitting]
        if wrong or not fitting:
            yield truth, owners


def test_the_truth_is_compared(captures_dir):
    """An empty inventory misses every address of a topology, of which there are dozens."""
    topology = json.loads((captures_dir / "cilium-1.16" / "topology.json").read_text(encoding="utf-8"))
    assert len(list(truths(topology))) == len(list(misses(Inventory(), topology))) > 60


def test_the_truth_is_not_read(captures_dir, tmp_path):
    """A topology beside host outputs is noted as no source, by whatever name."""
    text = (captures_dir / "cilium-1.16" / "topology.json").read_text(encoding="utf-8")
    (tmp_path / "topology.json").write_text(text, encoding="utf-8")
    (tmp_path / "lab.txt").write_text(text, encoding="utf-8")
    inventory = Inventory.load(tmp_path)
    assert inventory.facts == ()
    assert [(note.file.rpartition("/")[2], note.kind) for note in inventory.notes] == [
        ("lab.txt", "not-a-source"),
        ("topology.json", "not-a-source"),
    ]


@pytest.mark.parametrize("folder", STORED, ids=lambda folder: folder.name)
def test_stored_captures(folder):
    """Every address of the stored captures' laboratories has its true owner."""
    topology = json.loads((folder / "topology.json").read_text(encoding="utf-8"))
    inventory = Inventory.load(folder / "inventory")
    assert list(misses(inventory, topology)) == []
    assert inventory.conflicts == ()


def test_first_laboratory(shared_dir):
    """Every address of the Cilium 1.16 laboratory has its true owner."""
    topology = json.loads((shared_dir / "captures" / "topology.json").read_text(encoding="utf-8"))
    assert list(misses(Inventory.load(shared_dir / "captures" / "inventory"), topology)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_versions(shared_dir, version):
    """Every address of the three-node laboratory has its true owner, in each version's inventory."""
    folder = shared_dir / "captures-versions"
    topology = json.loads((folder / "topology.json").read_text(encoding="utf-8"))
    assert list(misses(Inventory.load(folder / f"inventory{version}"), topology)) == []


@pytest.mark.parametrize("family", FAMILIES.split())
def test_families(shared_dir, family):
    """Every address of the laboratories of other kinds of network has its true owner."""
    folder = shared_dir / "captures-others"
    topology = json.loads((folder / "topology.json").read_text(encoding="utf-8"))["families"][family]
    assert list(misses(Inventory.load(folder / "inventory" / family), topology)) == []
