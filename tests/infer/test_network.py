"""Is the kind of network told by its packets, with reasons, and never for certain?"""

from __future__ import annotations

import pytest

from tests.datapath.labs import ROOT, families, scenarios
from tests.explain.made import FAR, FAR_IP, FAR_NODE_IP, LXC, NODE_IP, POD, POD_IP, echo, macs, tunnelled
from tests.infer.asking import inferred
from vxlan_dissect.infer import read

EXPECTED = {"cilium": "Cilium", "ownbpf": "Cilium", "flannel": "flannel", "k3s": "flannel", "calico": "Calico"}
FALLEN = {"ipv6.hlim": 63}


def test_cilium_by_its_identities():
    """One conversation with two VNIs is Cilium's, and the reason names both."""
    found = inferred(
        tunnelled(echo() | macs(POD, LXC)),
        tunnelled(echo(FAR_IP, POD_IP, reply=True) | macs(FAR, LXC), FAR_NODE_IP, NODE_IP, vni=41072),
    )
    assert (found.network.name, found.network.confidence) == ("Cilium", "likely")
    assert any("10398" in reason.why and "41072" in reason.why for reason in found.network.reasons)


@pytest.mark.parametrize(
    ("port", "vni", "inner", "name"),
    [
        (8472, 1, echo() | FALLEN | macs("e6:ee:e7:61:5e:f3", "16:ca:e7:50:07:20"), "flannel"),
        (4789, 4096, echo() | FALLEN | macs("66:7b:d8:e8:72:1b", "66:f3:b5:0c:3c:e3"), "Calico"),
        (4789, 4097, {"eth.src": "02:42:0a:00:01:03", "arp.opcode": 1, "arp.src.proto_ipv4": "10.0.1.3",
                      "arp.dst.proto_ipv4": "10.0.1.4", "eth.dst": "ff:ff:ff:ff:ff:ff"}, "Docker Swarm"),
    ],
)  # fmt: skip
def test_by_defaults(port, vni, inner, name):
    """flannel, Calico and Swarm are told by port, VNI and inner MACs together."""
    found = inferred(tunnelled(inner, vni=vni, **{"outer.udp.dstport": port, "outer.udp.checksum": 0x1A2B}))
    assert found.network.name == name


@pytest.mark.parametrize(
    ("vni", "more", "name"),
    [
        (0, {"eth.dst": "aa:bb:cc:dd:ee:ff"}, "Antrea"),
        (3, {"outer.geneve.option.class": 0x0102}, "OVN-Kubernetes"),
        (9, {"outer.geneve.option.class": 0x014B}, "Cilium"),
    ],
)
def test_geneve(vni, more, name):
    """In Geneve a MAC or the class of an option tells Antrea, OVN and Cilium apart."""
    frame = tunnelled(echo() | FALLEN | macs("0a:58:0a:f4:00:05", "0a:58:0a:f4:01:07"))
    del frame["outer.vxlan.vni"], frame["outer.vxlan.recognised_by"]
    assert inferred(frame | {"outer.udp.dstport": 6081, "outer.geneve.vni": vni} | more).network.name == name


def test_signs_of_two_networks():
    """Where signs of one strength name two networks, the answer is possible and keeps the reasons of both."""
    found = inferred(
        tunnelled(
            echo() | FALLEN | macs("66:7b:d8:e8:72:1b", "66:f3:b5:0c:3c:e3"), vni=4096, **{"outer.udp.dstport": 4789}
        ),
        tunnelled(echo() | FALLEN | macs("e6:ee:e7:61:5e:f3", "16:ca:e7:50:07:20"), vni=1),
    )
    assert found.network.confidence == "possible"
    assert {reason.name for reason in found.network.reasons} == {"Calico", "flannel"}


def test_nothing_names_it():
    """Without a sign it is unknown."""
    found = inferred(echo() | macs(POD, LXC))
    assert (found.network.name, found.network.reasons) == ("unknown", ())


@pytest.mark.parametrize("family", families())
def test_networks_of_the_labs(shared_dir, family):
    """Every capture of a lab that carries tunnel packets is recognised as its network, or as none."""
    expected = next((name for start, name in EXPECTED.items() if family.startswith(start)), None)
    told = {
        read(str(path)).network[:2] for folder, _ in scenarios(shared_dir, family) for path in folder.glob("*.pcap")
    }
    likely = {name for name, confidence in told if confidence == "likely"}
    assert likely <= ({expected} if expected else {"bridged VXLAN"})
    assert "certain" not in {confidence for _, confidence in told}


def test_a_stored_capture():
    """The capture of the first issue is Cilium's by its packets alone."""
    found = read(str(ROOT / "captures" / "cilium-1.16" / "cilium-01-ping6-cross-node" / "worker.eth0.pcap"))
    assert (found.network.name, found.network.confidence) == ("Cilium", "likely")
