"""Is a loss found wherever on a healthy way it is made?

Law: a stored healthy scenario is taken, and one direction is cut between two of its captured places: the places beyond
no longer show it. The program is told nothing but these captures; the place and the kind of stretch are known.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import ROOT
from vxlan_dissect import Inventory, pipeline

SCENARIOS = (
    "cilium-1.13/cilium113-01-ping6-cross-node",
    "cilium-1.16/cilium-01-ping6-cross-node",
    "cilium-1.16/cilium-02-ping4-cross-node",
    "cilium-1.19/cilium119-01-ping6-cross-node",
    "cilium-1.19-ipv6-underlay/cilium119v6u-01-ping6-cross-node",
    "calico-vxlan/calico-vxlan-01-ping6-cross-node",
    "flannel/flannel-01-ping6-cross-node",
    "kindnet-hostgw/kindnet-hostgw-01-ping6-cross-node",
)
# What happens on a stretch between two kinds of places; elsewhere nothing but the place can be known.
CAUSES = {
    ("nic", "nic"): "underlay-loss",
    ("tunnel", "nic"): "tunnel-entry-missing",
    ("nic", "tunnel"): "tunnel-mismatch",
    ("tunnel", "lxc"): "policy",
    ("lxc", "tunnel"): "policy",
}


class Scenario:
    """The captures of a scenario, the way of its echo requests, and at which step each capture was taken."""

    def __init__(self, folder):
        self.inventory = Inventory.load(str(folder.parent / "inventory"))
        self.files = [path for path in sorted(folder.glob("*.pcap")) if ".any" not in path.name]
        self.explained = {path: pipeline.explain(str(path), self.inventory) for path in self.files}
        requests = [one for frames in self.explained.values() for one in frames if one.kind.endswith("echo-request")]
        self.way = max((one.hops for one in requests), key=len)
        self.names = [self.name(hop.node, hop.interface, hop.owner if hop.role == "pod" else None) for hop in self.way]
        self.steps = {
            path: self.names.index(self.name(place.node, place.interface, place.pod))
            for path, frames in self.explained.items()
            for place in frames.places()
            if self.name(place.node, place.interface, place.pod) in self.names
        }

    @staticmethod
    def name(node, interface, pod):
        """What a place is called here."""
        return f"{pod or node} {interface}"

    def cut(self, folder, after, *, replies):
        """Write the captures as if requests were lost after a step, or replies on their way back before it."""
        for path, frames in self.explained.items():
            step, data = self.steps.get(path), path.read_bytes()
            packets = frames.packets
            begins, sizes = packets.column("frame.offset").values, packets.column("frame.cap_len").values
            kept = [data[:24]]
            for row, one in enumerate(frames):
                request, reply = one.kind.endswith("echo-request"), one.kind.endswith("echo-reply")
                gone = (reply and step <= after) if replies else (reply or (request and step > after))
                if step is None or not gone:
                    kept.append(data[begins[row] - 16 : begins[row] + sizes[row]])
            (folder / path.name).write_bytes(b"".join(kept))
        return [str(folder / path.name) for path in self.files]


@pytest.mark.parametrize("replies", [False, True], ids=["requests", "replies"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_cut(name, replies, tmp_path):
    """Wherever a healthy ping is cut, one finding encloses the cut and names its kind of cause, and is the only one."""
    scenario = Scenario(ROOT / "captures" / name)
    steps = sorted(set(scenario.steps.values()))
    assert len(steps) >= 4
    for after, beyond in pairwise(steps):
        folder = tmp_path / str(after)
        folder.mkdir()
        diagnosis = vxd.diagnose(scenario.cut(folder, after, replies=replies), scenario.inventory)
        wrong = [finding for finding in diagnosis.findings if finding.severity != "info"]
        cut = (beyond, after) if replies else (after, beyond)
        roles = scenario.way[cut[0]].role, scenario.way[cut[1]].role
        assert len(wrong) == 1, (after, [finding.text for finding in wrong])
        (found,) = wrong
        ends = [scenario.names.index(f"{end.pod or end.node} {end.interface}") for end in found.place]
        assert min(ends) <= min(cut) < max(cut) <= max(ends), (after, found.text)
        # With host routing unknown, the host end of a veth need not show what is delivered to the pod.
        hidden = scenario.way[cut[0]].role == "lxc" or scenario.way[cut[1]].role == "lxc"
        assert tuple(ends) == cut or ("cilium" in name and hidden), (after, found.text)
        assert CAUSES.get(roles) in {None, *(cause.cause for cause in found.causes)}, (after, found.text)
