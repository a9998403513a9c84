"""Which kind of network made these packets, by the names of devices and by what a tunnel header shows?"""

from __future__ import annotations

import json

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import ROOT, families, scenarios
from tests.explain.made import (
    FAR_IP,
    LXC,
    POD,
    POD_IP,
    POD_IP4,
    answer,
    ask,
    echo,
    hosts,
    interface,
    macs,
    packets,
    tunnelled,
)
from vxlan_dissect import Inventory
from vxlan_dissect.datapath.recognise import TunnelHeader, recognise
from vxlan_dissect.inventory.model import Host

CILIUM = ("cilium", "cilium-kpr", "ownbpf", "cilium113", "cilium113kpr", "cilium119", "cilium119v6u", "cilium119svc")
# Cilium over IPv4: pkg/defaults, bpf/lib/encap.h; the MAC is that of a pod.
HEADER = TunnelHeader(8472, 10398, True, 0x4E5B5745633B, False)
NODE = Host("node")


def network(capture, inventory=None, **more):
    """The network as an explanation tells it."""
    notes = vxd.explain(capture, inventory if inventory is not None else Inventory(), **more).notes
    (told,) = [note for note in notes if note.startswith("network: ")]
    return told.removeprefix("network: ")


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("cilium_host", "Cilium"),
        ("cilium_vxlan", "Cilium"),
        ("lxc237a31216c0f", "Cilium"),
        ("flannel.1", "flannel"),
        ("flannel-v6.1", "flannel"),
        ("flannel.4096", "flannel"),
        ("vxlan.calico", "Calico"),
        ("cali3b7a90e1c24", "Calico"),
        ("eth0", "Linux"),
        ("vxlan0", "Linux"),
        ("veth1234", "Linux"),
        ("docker0", "Linux"),
    ],
)
def test_by_device_name(device, name):
    """Each project gives its devices a name of its own; that is certain, and the answer cites the line."""
    found = recognise(hosts(interface(NODE, device)), ())
    assert found.profile.name == name
    assert found.confidence == ("possible" if name == "Linux" else "certain")
    assert (device in found.why and "node.txt:1" in found.why) == (name != "Linux")


def test_device_name_before_header():
    """A tunnel header that looks like Cilium's does not overrule devices of flannel."""
    assert recognise(hosts(interface(NODE, "flannel.1"), interface(NODE, "cni0")), [HEADER]).profile.name == "flannel"


def test_canal():
    """flannel's tunnel with Calico's veths has no bridge: the host ends route themselves."""
    profile = recognise(hosts(interface(NODE, "flannel.1"), interface(NODE, "cali3b7a90e1c24")), ()).profile
    assert (profile.name, profile.bridge, profile.falls_local) == ("flannel", None, 1)
    bridged = recognise(hosts(interface(NODE, "flannel.1"), interface(NODE, "cni0")), ()).profile
    assert (bridged.bridge, bridged.falls_local) == ("cni0", 0)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        pytest.param(HEADER, "Cilium", id="Cilium over IPv4"),
        pytest.param(HEADER._replace(checksum_zero=None), "Cilium", id="Cilium over IPv6"),
        pytest.param(HEADER._replace(vni=6), "Cilium", id="remote-node"),
        pytest.param(HEADER._replace(vni=2), "Cilium", id="world"),
        pytest.param(HEADER._replace(vni=0x1289E), "Cilium", id="identity of another cluster"),
        pytest.param(HEADER._replace(vni=1), "flannel", id="flannel's VNI"),
        pytest.param(HEADER._replace(vni=1, checksum_zero=False), "flannel", id="flannel"),
        pytest.param(HEADER._replace(vni=100), "Linux", id="no identity"),
        pytest.param(HEADER._replace(vni=104), "Cilium", id="the identity of CoreDNS"),
        pytest.param(TunnelHeader(4789, 4096, False, 0x667BD8E8721B, False), "Calico", id="Calico"),
        pytest.param(TunnelHeader(4789, 4096, False, 0x4E5B5745633B, False), "Linux", id="VNI alone is not Calico"),
        pytest.param(TunnelHeader(4789, 4097, False, 0x02420A000105, False), "Linux", id="Swarm"),
        pytest.param(HEADER._replace(port=4789), "Linux", id="another port"),
        pytest.param(HEADER._replace(port=51999, vni=5150), "Linux", id="no known port"),
        pytest.param(HEADER._replace(checksum_zero=False), "Linux", id="a checksum over IPv4"),
        pytest.param(HEADER._replace(vni=0), "Linux", id="VNI 0"),
        pytest.param(HEADER._replace(to_destination=True), "bridged VXLAN", id="to the destination's own MAC"),
        pytest.param(HEADER._replace(vni=1, to_destination=True), "bridged VXLAN", id="bridged with VNI 1"),
    ],
)
def test_by_header(header, name):
    """Without names the header tells, and then it is never certain."""
    found = recognise(Inventory(), [header])
    assert found.profile.name == name
    assert found.confidence == ("possible" if name == "Linux" else "likely")


def test_macs_turned_round():
    """Two inner MACs that take turns as sender and receiver are those of two stations, not of a pod and its veth."""
    there = HEADER._replace(inner_destination_mac=0xA279144780B3)
    back = there._replace(vni=26513, inner_source_mac=0xA279144780B3, inner_destination_mac=0x4E5B5745633B)
    assert recognise(Inventory(), [there]).profile.name == "Cilium"
    assert recognise(Inventory(), [there, back]).profile.name == "Linux"
    itself = there._replace(vni=6, inner_source_mac=0xA279144780B3)  # node traffic of v1.19
    assert recognise(Inventory(), [there, itself]).profile.name == "Cilium"


def test_nothing_to_go_by():
    """Neither device nor tunnel: plain Linux, about which nothing special is claimed."""
    found = recognise(Inventory(), ())
    assert (found.profile.name, found.confidence) == ("Linux", "possible")
    assert (found.profile.vni, found.profile.sender_macs) == ("unknown", False)


def test_first_telling_header_decides():
    """Headers that say nothing do not hide one that does."""
    assert recognise(Inventory(), [HEADER._replace(vni=0), HEADER]).profile.name == "Cilium"


BRIDGED = [
    tunnelled(ask("10.9.0.2", "10.9.0.1"), vni=5000),
    tunnelled(answer("10.9.0.2", "10.9.0.1", mac=LXC), vni=5000),
    tunnelled(echo("10.9.0.1", "10.9.0.2", **macs(POD, LXC)), vni=5000),
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (0, 1), (1, 0, 2)])
def test_arp_in_the_tunnel(order):
    """Who resolves an address through the tunnel is bridged: in Cilium pods ask their own node (bpf/lib/arp.h)."""
    assert not network(packets(*(BRIDGED[k] for k in order))).startswith("Cilium")


def test_learned_over_batches():
    """The network is recognised once a batch shows a tunnel, and then stays."""
    rows = [echo(POD_IP, FAR_IP, **macs(POD, LXC)), tunnelled(echo(**macs(POD, LXC))), echo(POD_IP4, "10.244.2.245")]
    assert network(packets(rows[0])).startswith("Linux")
    assert network(packets(*rows)).startswith("Cilium (likely: UDP port 8472")


def tunnels(path):
    """Whether a capture holds a tunnel packet with a VXLAN header."""
    frames = vxd.read(str(path))
    return any("vxlan" in frames.layer_paths[code] for code in set(frames.column("frame.layers").values.tolist()))


def test_stored_captures_of_others():
    """No stored capture of another network is called Cilium, with its inventory or without one."""
    wrong = []
    for name in ("calico-vxlan", "flannel", "kindnet-hostgw", "proxy-gateway", "vxlan-variants"):
        inventory = Inventory.load(ROOT / "captures" / name / "inventory")
        for path in sorted((ROOT / "captures" / name).glob("*/*.pcap*")):
            frames = vxd.read(str(path))
            wrong += [str(path) for known in (inventory, Inventory()) if network(frames, known).startswith("Cilium")]
    assert wrong == []


def test_stored_captures_of_cilium():
    """Every stored capture of Cilium is recognised with its inventory, and by a tunnel header alone."""
    wrong = []
    folders = [
        ROOT / "captures" / name for name in ("cilium-1.13", "cilium-1.16", "cilium-1.19", "cilium-1.19-ipv6-underlay")
    ]
    for folder in folders:
        inventory = Inventory.load(folder / "inventory")
        for path in sorted(folder.glob("*/*.pcap*")):
            frames = vxd.read(str(path))
            wrong += [str(path)] * (not network(frames, inventory).startswith("Cilium (certain"))
            wrong += [str(path)] * (tunnels(path) and not network(frames).startswith("Cilium (likely"))
    assert wrong == []


@pytest.mark.parametrize("family", families())
def test_captures_beside_the_project(shared_dir, family):
    """Cilium is recognised by its tunnel header alone, and no other network is ever taken for it."""
    wrong = []
    for folder, inventory in scenarios(shared_dir, family):
        for path in sorted(folder.glob("*.pcap*")):
            frames = vxd.read(str(path))
            told = (network(frames, inventory).startswith("Cilium"), network(frames).startswith("Cilium"))
            expected = (True, tunnels(path)) if family in CILIUM else (False, False)
            wrong += [f"{folder.name}/{path.name}"] * (told != expected)
    assert wrong == []


def test_every_variant_has_its_inventory(shared_dir):
    """The table of families is that of the topologies, so that no variant is left out of these sweeps."""
    truth = json.loads((shared_dir / "captures-versions" / "topology.json").read_text(encoding="utf-8"))
    assert set(truth["cilium"]) <= set(families())
    assert all((shared_dir / "captures-versions" / told["inventory"]).is_dir() for told in truth["cilium"].values())
    folders = [
        path for name in ("captures", "captures-versions", "captures-others") for path in (shared_dir / name).iterdir()
    ]
    named = {path.name for path in folders if (path / "scenario.json").exists()}
    assert named == {folder.name for family in families() for folder, _ in scenarios(shared_dir, family)}
