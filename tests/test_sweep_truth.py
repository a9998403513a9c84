"""Are names, identities and tunnel ends in every explanation those of the ground truth?

Law: the truth is topology.json beside each set of stored captures, which the program never reads.
"""

from __future__ import annotations

import json

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import ROOT
from vxlan_dissect import Inventory
from vxlan_dissect.addresses import parse_ip, parse_mac, parse_prefix

SETS = sorted(path.parent.name for path in (ROOT / "captures").glob("*/topology.json"))


class Truth:
    """Who has which address in one set: pods by address with node and identity, their MACs, and nodes by address."""

    def __init__(self, folder):
        told = json.loads((folder / "topology.json").read_text(encoding="utf-8"))
        self.pods, self.nodes, self.macs = {}, {}, {}
        for node, about in told["nodes"].items():
            for key in ("node_ip", "node_ip6", "ip4", "ip6"):
                if key in about:
                    self.nodes[parse_prefix(about[key]).ip] = node
            for pod, own in (about.get("pods") or {}).items():
                self._pod(pod, node, (own["ip"], own["ip6"]), own["eth0_mac"], own["identity"])
                self.macs[parse_mac(own["lxc_mac"])] = (node, None, own["lxc"])
        for pod, own in (told.get("pods") or {}).items():
            self._pod(pod, own["node"], (own["ip4"], own["ip6"]), own["mac"], None)

    def _pod(self, pod, node, ips, mac, identity):
        self.pods |= {parse_prefix(ip).ip: (pod, node, identity) for ip in ips}
        self.macs[parse_mac(mac)] = (node, pod, "eth0")


def wrong_names(one, truth):
    """What an explanation says of an end that the truth has otherwise."""
    for end in (one.src, one.dst):
        pod, node, identity = truth.pods.get(end.ip, (None, truth.nodes.get(end.ip), None))
        if pod is not None and end.as_dict()["pod"] != pod:
            yield f"{end.ip} is {pod}'s, not {end.as_dict()['pod']}'s"
        if node is not None and end.as_dict()["node"] != node:
            yield f"{end.ip} is on {node}, not {end.as_dict()['node']}"
        holder = truth.macs.get(end.mac)
        said = end.mac_owner and (end.mac_owner.node, end.mac_owner.pod, end.mac_owner.interface)
        if holder is not None and said not in {None, (None, None, None), holder}:
            yield f"{end.mac:012x} is {holder}, not {said}"
        if end is one.src and identity is not None and end.identity not in {None, identity}:
            yield f"identity of {pod} is {identity}, not {end.identity}"
    for end in (one.outer.src, one.outer.dst) if one.outer else ():
        if end.ip in truth.nodes and end.as_dict(outer=True)["node"] != truth.nodes[end.ip]:
            yield f"tunnel end {end.ip} is {truth.nodes[end.ip]}, not {end.as_dict(outer=True)['node']}"


@pytest.mark.parametrize("name", SETS)
def test_names(name):
    """With its inventory every pod, node, MAC and identity of a set is called what it is."""
    folder = ROOT / "captures" / name
    truth, inventory = Truth(folder), Inventory.load(folder / "inventory")
    wrong = [
        f"{path.parent.name}/{path.name}:{one.frame}: {fault}"
        for path in sorted(folder.glob("*/*.pcap*"))
        for one in vxd.explain(str(path), inventory)
        for fault in wrong_names(one, truth)
    ]
    assert truth.pods
    assert (wrong[:5], len(wrong)) == ([], 0)


@pytest.mark.parametrize("name", SETS)
def test_nothing_is_named_without_an_inventory(name):
    """Without an inventory no pod and no node has a name, and what is said of MACs is at most likely."""
    for path in sorted((ROOT / "captures" / name).glob("*/*.pcap*")):
        for one in vxd.explain(str(path), Inventory()):
            ends = [one.src, one.dst, *((one.outer.src, one.outer.dst) if one.outer else ())]
            owners = [owner for end in ends for owner in (end.ip_owner, end.mac_owner) if owner is not None]
            assert {(owner.pod, owner.node) for owner in owners} <= {(None, None)}
            assert "certain" not in {owner.confidence for owner in owners if owner.what != "group"}


@pytest.mark.parametrize("name", [name for name in SETS if name.startswith("cilium")])
def test_roles_of_inner_macs(name):
    """Without an inventory Cilium's inner MACs still have their roles: the sender's own and its host end's."""
    truth = Truth(ROOT / "captures" / name)
    for path in sorted((ROOT / "captures" / name).glob("*/*.pcap*")):
        for one in vxd.explain(str(path), Inventory()):
            if one.outer is None or one.outer.vni in {None, 1, 2, 6}:
                continue
            for end, role in ((one.src, "pod"), (one.dst, "lxc")):
                if end.mac in truth.macs:
                    assert end.mac_owner.what == role, (path.name, one.frame)


def test_addresses_of_the_truth_are_read():
    """The tables hold what the topology says, as far as one pod and one node of it show."""
    truth = Truth(ROOT / "captures" / "cilium-1.16")
    assert truth.pods[parse_ip("fd00:10:244:1::4749")] == ("cni-7t9p4", "worker", 10398)
    assert truth.nodes[parse_ip("172.18.0.3")] == "worker2"
    assert truth.macs[parse_mac("a2:79:14:47:80:b3")] == ("worker", None, "lxc237a31216c0f")
