"""Is a capture point that only the frames tell the true one?

Law: the truth is the name of the stored file, which is hidden here. What is called likely must be right; what is called
possible may be another interface that sees the same frames.
"""

from __future__ import annotations

import pytest

from vxlan_dissect import Inventory, read
from vxlan_dissect.explain.names import Names
from vxlan_dissect.explain.point import Points

SETS = [
    "calico-vxlan", "cilium-1.13", "cilium-1.16", "cilium-1.19", "cilium-1.19-ipv6-underlay", "flannel",
    "kindnet-hostgw", "proxy-gateway", "vxlan-variants",
]  # fmt: skip


def anonymous(folder):
    """Each capture of a set with frames: its true node and device, its packets under another name, its inventory."""
    inventory = Inventory.load(folder / "inventory")
    for path in sorted(folder.glob("*/*.pcap")):
        node = next((name for name in inventory.node_names() if path.name.startswith(f"{name}.")), None)
        packets = read(str(path))
        packets.name = "capture.pcap"
        if node is not None and len(packets):
            yield path, node, path.name.removesuffix(".pcap").removeprefix(f"{node}."), packets, inventory


@pytest.mark.parametrize("name", SETS)
def test_one_interface(captures_dir, name):
    """No point that is `likely` is wrong."""
    wrong = []
    for path, node, device, packets, inventory in anonymous(captures_dir / name):
        if device.startswith("any"):
            continue
        pod, dot, _ = device.removeprefix("pod-").rpartition(".")
        truth = (node, "eth0", pod) if dot and device.startswith("pod-") else (node, device, None)
        found = Points(packets, Names(inventory)).of(packets[0])
        if found is not None and found.confidence != "possible" and (found.node, found.interface, found.pod) != truth:
            wrong.append(f"{path.parent.name}/{path.name}: {(found.node, found.interface, found.pod)}")
    assert wrong == []


@pytest.mark.parametrize("name", SETS)
def test_all_interfaces(captures_dir, name):
    """The node of a cooked capture of all interfaces is the true one or open."""
    wrong = {}
    for path, node, device, packets, inventory in anonymous(captures_dir / name):
        if not device.startswith("any"):
            continue
        points = Points(packets, Names(inventory))
        said = {found.node for packet in packets if (found := points.of(packet)) is not None}
        if said - {node, None}:
            wrong[f"{path.parent.name}/{path.name}"] = said
    assert wrong == {}
