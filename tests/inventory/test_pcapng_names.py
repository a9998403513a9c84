"""Are the names that a capture file holds part of the inventory, and nothing of its packets?"""

from __future__ import annotations

import struct

import pytest

import vxlan_dissect as vxd
from tests.capture.test_names import resolution
from tests.capture.writers import Frame, enhanced, interface, section
from tests.inventory.archives import tarred
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Name, Node, Pod, Source

# As ptcpdump's internal/writer/pcapng.go writes it.
PTCPDUMP = (
    "PID: 42\nCmd: /usr/bin/curl\nArgs: curl web\nContainerName: c\nContainerId: 4f1c\nContainerImage: x\n"
    'ContainerLabels: {}\nPodName: web-1\nPodNamespace: shop\nPodUID: 9\nPodLabels: {"app":"web"}\nPodAnnotations: {}'
)
START = section("<") + interface("<", (2, b"eth0"))


def of(path, kind):
    """The facts of one kind in a file."""
    return [fact for fact in Inventory.load(path).facts if isinstance(fact, kind)]


def test_names_of_addresses(tmp_path):
    """A name resolution block gives names; the packets beside it give nothing."""
    blocks = resolution("<", (1, bytes([10, 0, 0, 1]) + b"web.shop\0"), (3, bytes(5) + b"\2lxc\0"))
    path = tmp_path / "1.pcapng"
    path.write_bytes(START + enhanced(Frame(b"\1" * 60), "<") + blocks)
    assert [(fact.ip, fact.mac, fact.name) for fact in of(path, Name)] == [
        (parse_ip("10.0.0.1"), None, "web.shop"),
        (None, 2, "lxc"),
    ]
    inventory = Inventory.load(path)
    assert (list(inventory.notes), inventory.hosts()) == ([], ())


def test_pods_of_ptcpdump(tmp_path):
    """A packet's comment names the pod of its process, once for all packets; its address it does not tell."""
    path = tmp_path / "1.pcapng"
    path.write_bytes(START + b"".join(enhanced(Frame(b"a", comment=PTCPDUMP), "<") for _ in range(3)))
    (pod,) = of(path, Pod)
    assert (pod.name, pod.namespace, pod.labels, pod.ips) == ("web-1", "shop", ("app=web",), ())


def test_pods_of_netobserv(tmp_path):
    """NetObserv describes an interface for each packet by its ends (writeEnrichedData)."""
    ends = (
        (b"Pod: web-1 -> Service: db", b"Deployment: web Namespace: shop -> Service: db Namespace: data"),
        (b"Node: worker -> Pod: db-1", b"Node: worker Namespace: n/a -> StatefulSet: db Namespace: data"),
        (b"Unknown kubernetes resource", b""),
    )
    blocks = b"".join(
        interface("<", (2, name), (3, described)) + enhanced(Frame(b"a", interface=number), "<")
        for number, (name, described) in enumerate(ends)
    )
    path = tmp_path / "worker.pcapng"
    path.write_bytes(section("<", (1, b"worker"), (4, b"netobserv-cli")) + blocks)
    assert {(pod.name, pod.namespace) for pod in of(path, Pod)} == {("web-1", "shop"), ("db-1", "data")}
    assert [node.name for node in of(path, Node)] == ["worker"]


def test_captures_without_names(tmp_path):
    """A capture that names nobody is no source; one that breaks off gives what stood before."""
    path = tmp_path / "1.pcapng"
    path.write_bytes(START + enhanced(Frame(b"a"), "<"))
    with pytest.raises(InventoryError, match="a capture without names"):
        Inventory.load(path)
    path.write_bytes(START + resolution("<", (1, bytes([10, 0, 0, 1]) + b"web\0")) + b"\6\0\0\0\x40\0\0\0")
    inventory = Inventory.load(path)
    assert [fact.name for fact in inventory.facts if isinstance(fact, Name)] == ["web"]
    assert [note.kind for note in inventory.notes] == ["broken"]


def test_a_capture_in_an_archive(tmp_path):
    """A capture that lies in an archive names addresses too."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(tarred({"a/1.pcapng": START + resolution("<", (1, bytes([10, 0, 0, 1]) + b"web\0"))}))
    assert [fact.name for fact in of(path, Name)] == ["web"]


def test_names_of_the_capture_that_is_explained(tmp_path):
    """What a name resolution block calls an address, the explanation calls it too; a given name comes first."""
    ethernet = bytes(12) + b"\x08\x00"
    udp = struct.pack("!HHHH", 5000, 5001, 8, 0)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + bytes([10, 0, 0, 1]) + bytes([10, 0, 0, 2])
    path = tmp_path / "named.pcapng"
    data = ethernet + ip + udp
    names = resolution("<", (1, bytes([10, 0, 0, 1]) + b"db.example\0"))
    path.write_bytes(START + names + enhanced(Frame(data), "<"))
    (frame,) = vxd.explain(path)
    assert frame.summary.startswith("db.example → 10.0.0.2")
    given = Inventory([Pod("db-0", Source("f", 1), ips=(parse_ip("10.0.0.1"),))])
    (frame,) = vxd.explain(path, given)
    assert frame.summary.startswith("db-0 → 10.0.0.2")
