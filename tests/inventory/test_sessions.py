"""Are sessions as people paste them read line by line, each output with its host?

Each session of `data/sessions` has beside it what a reader finds in it: for each line the host and the fact in words.
The outputs are those of the laboratories in `captures`, whose topology is known; the prose is ours.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.inventory.facts import loaded
from vxlan_dissect.addresses import parse_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.merging.merge import host_of
from vxlan_dissect.inventory.model import Address, Interface, Name, Node, Pod
from vxlan_dissect.inventory.model import linux as model

SESSIONS = Path(__file__).parent / "data" / "sessions"
NAMES = sorted(path.stem for path in SESSIONS.glob("*.txt"))
# Cilium's own commands in them are read too, and tested where they are read.
KINDS = (Node, Pod, Name, *(kind for kind in vars(model).values() if getattr(kind, "__module__", "") == model.__name__))


def told(fact):
    """A fact as the file beside a session has it: line, host, kind, words."""
    host = host_of(fact)
    whose = "-" if host is None else "/".join(name or "?" for name in host) if host.pod else host.name
    return f"{fact.source.line} {whose} {type(fact).__name__}: {fact.words}"


@pytest.mark.parametrize("name", NAMES)
def test_session_beside_its_facts(name):
    """Every fact stands on its line with its host, nothing is found beside, and nothing in it is unknown."""
    expected = json.loads((SESSIONS / f"{name}.json").read_text(encoding="utf-8"))
    inventory = Inventory.load(SESSIONS / f"{name}.txt")
    assert [told(fact) for fact in inventory.facts if type(fact) in KINDS] == expected["facts"]
    found = [f"{place.line}-{place.last} {place.host.name} {place.how}" for place in inventory.attributions]
    assert [place for place in found if place in expected["attributions"]] == expected["attributions"]
    notes = [f"{note.line} {note.kind}" for note in inventory.notes if note.kind in {"host", "unknown", "bad-value"}]
    assert notes == expected["notes"]


@pytest.mark.parametrize("name", NAMES)
def test_session_without_its_indentation(name):
    """A web page that lost indentation and runs of blanks takes away no interface, address or host."""
    text = (SESSIONS / f"{name}.txt").read_text(encoding="utf-8")
    if name == "k3s-wrapped":  # whose width is lost then, and with it what was broken
        return
    whole = Inventory.load(SESSIONS / f"{name}.txt")
    flat = "\n".join(re.sub("[ \t]+", " ", line).strip() for line in text.split("\n"))
    kinds = (Interface, Address)
    again = loaded({"session.txt": flat})
    assert [told(fact) for fact in again.facts if isinstance(fact, kinds)] == [
        told(fact) for fact in whole.facts if isinstance(fact, kinds)
    ]


def test_outputs_of_the_article_as_files(shared_dir, tmp_path):
    """The article's outputs as files of their own, named after their commands, answer its questions too."""
    lines = (shared_dir / "seed.txt").read_text(encoding="utf-8").split("\n")
    parts = {
        "pod-cni-7t9p4/ip-a-l.txt": (220, 233),
        "pod-cni-7t9p4/ip-r-s.txt": (328, 329),
        "pod-cni-7t9p4/ip-6-r-s.txt": (358, 361),
        "pod-cni-7t9p4/ip-6-n-s.txt": (363, 363),
        "kubectl-get-pods-owide.txt": (337, 339),
        "kubectl-get-svc.txt": (246, 249),
        "cilium-dual-stack-worker/ip-a-l.txt": (341, 353),
    }
    for name, (first, last) in parts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join(lines[first - 1 : last]) + "\n", encoding="utf-8")
    inventory = Inventory.load(tmp_path)
    assert [note for note in inventory.notes if note.kind == "unknown"] == []
    assert "host end of the veth pair of pod cni-7t9p4" in str(inventory.who("a2:79:14:47:80:b3"))
    gateway = str(inventory.who("fd00:10:244:1::22f1"))
    assert "gateway of the pods of that node (likely" in gateway
    assert "no interface in the inventory has it" in gateway
    assert "service cni" in str(inventory.who("fd00:10:96::f38d"))


def test_outputs_of_the_article_in_one_folder(shared_dir, tmp_path):
    """Files that no folder gives a host are the pod's whose address they hold."""
    lines = (shared_dir / "seed.txt").read_text(encoding="utf-8").split("\n")
    for name, (first, last) in {"a.txt": (220, 233), "pods.txt": (337, 339)}.items():
        (tmp_path / name).write_text("\n".join(lines[first - 1 : last]) + "\n", encoding="utf-8")
    inventory = Inventory.load(tmp_path / "a.txt", tmp_path / "pods.txt")
    assert {host_of(fact).name for fact in inventory.of(Address)} == {"cni-7t9p4"}
    assert [(place.how, place.confidence) for place in inventory.attributions] == [("content", "likely")]


def test_netkit():
    """A netkit pair is joined by its indexes as a veth pair is, and its host end is the pod's."""
    up = "<BROADCAST,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000"
    text = f"""root@worker:~# ip -d link
14: lxcb0d7d3a5f1e2@if7: {up}
    link/ether 02:00:00:00:00:0e brd ff:ff:ff:ff:ff:ff link-netnsid 2 promiscuity 0 minmtu 68 maxmtu 65535
    netkit mode l2 type primary policy forward peer policy blackhole scrub default addrgenmode eui64
root@worker:~# kubectl exec web-1 -- ip -d link
7: eth0@if14: {up}
    link/ether 02:00:00:00:00:07 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0 minmtu 68 maxmtu 65535
    netkit mode l2 type peer policy blackhole peer policy forward addrgenmode eui64
root@worker:~# kubectl get pods -o wide
web-1 1/1 Running 0 5d 10.0.0.1 worker <none> <none>
"""
    inventory = loaded({"session.txt": text})
    assert {fact.kind for fact in inventory.interfaces} == {"netkit"}
    (owner,) = inventory.owners_of_mac(parse_mac("02:00:00:00:00:0e"))
    assert (owner.what, owner.serves, owner.node, owner.confidence) == ("lxc", "web-1", "worker", "certain")
