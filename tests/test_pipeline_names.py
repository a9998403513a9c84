"""With names left out, is really no name shown, and nothing said that only names could tell?"""

from __future__ import annotations

import json
import re

import pytest

import vxlan_dissect as vxd
from vxlan_dissect import Inventory

SETS = ["cilium-1.16", "cilium-1.19", "flannel", "calico-vxlan", "kindnet-hostgw", "proxy-gateway", "vxlan-variants"]
# The host ends of veths, which are named at random, so that no other text holds them.
HOST_END = re.compile(r"(?:lxc|cali|veth|vp|tap)[0-9a-z]{4,}")
COMMON = {"probe"}  # a pod whose name is also a word of the sentences


def names_of(inventory):
    """What must not be seen: nodes, pods and devices that are named at random."""
    devices = {one.name for one in inventory.interfaces if HOST_END.fullmatch(one.name)}
    return ({*inventory.node_names(), *inventory.pod_names()} | devices) - COMMON


def captures(folder):
    """The captures of one set, one scenario's points at a time."""
    return sorted(folder.glob("*/*.pcap*"))


@pytest.mark.parametrize("name", SETS)
def test_no_name_is_shown(captures_dir, name):
    """No value of the JSON, and no note, holds the name of a node, a pod or the host end of a veth."""
    inventory = Inventory.load(captures_dir / name / "inventory")
    wanted = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(names_of(inventory))))})(?![\w-])")
    shown = {}
    for path in captures(captures_dir / name):
        packets = vxd.read(str(path))
        packets.name = "capture.pcap"  # the user named the file; what it is called is no name that was looked up
        result = vxd.explain(packets, inventory, names=False)
        texts = [json.dumps(one.as_dict()) for one in result] + result.notes
        for text in texts:
            if found := wanted.search(text):
                shown.setdefault(text[max(found.start() - 60, 0) : found.end() + 30], f"{path.parent.name}/{path.name}")
    assert list(shown.items())[:3] == []


@pytest.mark.parametrize("name", SETS)
def test_no_owner_is_given(captures_dir, name):
    """No end of a packet, no end of a tunnel and no hop belongs to anyone."""
    inventory = Inventory.load(captures_dir / name / "inventory")
    for path in captures(captures_dir / name):
        for one in vxd.explain(str(path), inventory, names=False):
            ends = [one.src, one.dst, *([one.outer.src, one.outer.dst] if one.outer else [])]
            owners = [owner for end in ends for owner in (end.ip_owner, end.mac_owner) if owner is not None]
            assert {(owner.node, owner.pod, owner.interface) for owner in owners} <= {(None, None, None)}
            assert {hop.node for hop in one.hops} <= {None}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("names", [True, False], ids=["no inventory", "no names"])
def test_nothing_is_denied_that_was_not_looked_up(captures_dir, name, names):
    """Where no inventory is asked, nothing says of an address that no interface has it."""
    inventory = Inventory() if names else Inventory.load(captures_dir / name / "inventory")
    for path in captures(captures_dir / name):
        for one in vxd.explain(str(path), inventory, names=names):
            for said in one.as_dict()["statements"]:
                texts = [said["text"], *(item.get("fact", "") for item in said["evidence"])]
                assert not [text for text in texts if "no interface" in text], (path.name, one.frame)


def test_addresses_stay(captures_dir):
    """Addresses, numbers, kinds and exchanges are what they are with names."""
    source = str(captures_dir / "dual-stack-ping6" / "1.cap")
    for bare, named in zip(vxd.explain(source, names=False), vxd.explain(source), strict=True):
        assert (bare.src.ip, bare.src.mac, bare.dst.ip, bare.dst.mac) == (
            named.src.ip, named.src.mac, named.dst.ip, named.dst.mac,
        )  # fmt: skip
        assert (bare.kind, bare.related, bare.layers, bare.time) == (
            named.kind,
            named.related,
            named.layers,
            named.time,
        )
        assert str(bare.src.ip) in bare.summary


def test_on_the_command_line(captures_dir, vxd):
    """`vxd explain -n` shows no name of the article's pods and host ends, on neither output."""
    done = vxd("explain", captures_dir / "dual-stack-ping6" / "1.cap", "-n", "-T", "jsonl")
    assert done.returncode == 0
    for name in ("cni-7t9p4", "cni-8qgcs", "lxc237a31216c0f", "cilium-dual-stack-worker"):
        assert name not in done.stdout
        assert name not in done.stderr
