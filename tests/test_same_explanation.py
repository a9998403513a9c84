"""Do the same frames have the same explanation, whatever file they come in?

Law: the JSON of every frame is compared as a whole. A rewritten file keeps the stem of its name, since that may tell
the capture point; only `capture`, the name itself, may differ, and with it the name in the basis of the point. Standard
input has no name that could tell its place, so there the place is given with --at, in what it is compared with too.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import vxlan_dissect as vxd
from tests.explain.rewrite import FORMATS, frames_of
from vxlan_dissect import Inventory, pipeline

CAPTURES = {
    "request and reply in VXLAN": "dual-stack-ping6/1.cap",
    "six frames of a pod": "dual-stack-ping6/pod-eth0.pcap",
    "all interfaces (SLL2)": "cilium-1.16/cilium-01-ping6-cross-node/worker.any.pcap",
    "cut at 96 bytes": "cilium-1.16/cilium-44-snaplen-96/worker2.eth0.pcap",
    "over IPv6": "cilium-1.19-ipv6-underlay/cilium119v6u-01-ping6-cross-node/alpha.ens5.pcap",
}
# SLL2 files need a node only: the index tells the interface.
PLACES = {
    "dual-stack-ping6/1.cap": "cilium-dual-stack-worker:eth0",
    "dual-stack-ping6/pod-eth0.pcap": "cni-7t9p4:eth0",
    "cilium-1.16/cilium-01-ping6-cross-node/worker.any.pcap": "worker:any",
}


def inventory_of(path):
    """The inventory that lies beside a capture."""
    own = path.parent / "inventory"
    return own if own.is_dir() else path.parent.parent / "inventory"


def plain(frames, name):
    """The JSON of each frame without `capture`; the name of the file is called NAME wherever it is cited."""
    lines = [json.loads(json.dumps(one.as_dict()).replace(name, "NAME")) for one in frames]
    return [{key: value for key, value in line.items() if key != "capture"} for line in lines]


def explained(path, **more):
    """The JSON of each frame of a capture with the inventory that is at `more`."""
    return plain(vxd.explain(str(path), **more), path.name)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("capture", CAPTURES.values(), ids=CAPTURES)
def test_other_formats(captures_dir, tmp_path, capture, form):
    """Byte order, resolution, pcapng and compression change nothing in any frame."""
    source = captures_dir / capture
    inventory = Inventory.load(inventory_of(source))
    frames, linktype = frames_of(source)
    copy = tmp_path / (source.stem + (".pcapng" if "pcapng" in form else source.suffix))
    copy.write_bytes(FORMATS[form](frames, linktype))
    wanted = explained(source, inventory=inventory)
    assert len(wanted) == len(frames) > 0
    assert explained(copy, inventory=inventory) == wanted


@pytest.mark.parametrize("form", FORMATS)
def test_ending_of_the_name_does_not_matter(captures_dir, tmp_path, form):
    """A capture is known by its content: one named as text or as compressed is explained as any other."""
    source = captures_dir / "dual-stack-ping6/1.cap"
    inventory = Inventory.load(inventory_of(source))
    for ending in (".txt", ".gz", ".cap"):
        copy = tmp_path / (source.stem + ending)
        copy.write_bytes(FORMATS[form](*frames_of(source)))
        assert explained(copy, inventory=inventory) == explained(source, inventory=inventory)


@pytest.mark.parametrize("form", ["pcap-micro-little", "pcapng-nano-big", "pcap-gzip", "pcapng-zstd"])
@pytest.mark.parametrize("capture", PLACES)
def test_standard_input(captures_dir, tmp_path, capture, form):
    """`vxd explain - < file` and `cat file | vxd explain -` say what `vxd explain file` does."""
    source, at = captures_dir / capture, PLACES[capture]
    hosts = inventory_of(source)
    wanted = explained(source, inventory=Inventory.load(hosts), at=at)
    copy = tmp_path / "copy"
    copy.write_bytes(FORMATS[form](*frames_of(source)))
    command = [sys.executable, "-m", "vxlan_dissect", "explain", "-", "-i", str(hosts), "--at", at, "-T", "jsonl"]
    with copy.open("rb") as redirected:
        first = subprocess.run(command, stdin=redirected, capture_output=True, timeout=60, check=True)
    piped = subprocess.run(command, input=copy.read_bytes(), capture_output=True, timeout=60, check=True)
    for done in (first, piped):
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert {line.pop("capture") for line in lines} == {"-"}
        assert lines == wanted


@pytest.mark.parametrize("capture", PLACES)
def test_frames_that_come_one_by_one(captures_dir, capture):
    """An answer that comes alone says what it says in the whole; questions cannot, their answer is still to come."""
    source, at = captures_dir / capture, PLACES[capture]
    inventory = Inventory.load(inventory_of(source))
    packets = vxd.read(str(source))
    engine = pipeline._Engine(inventory, at, names=True)
    alone = [
        one
        for row in range(len(packets))
        for one in pipeline.Explanations(packets.take(np.array([row], dtype=np.intp)), engine)
    ]
    whole = list(vxd.explain(packets, inventory, at=at))
    assert [one.frame for one in alone] == [one.frame for one in whole]
    answers = [row for row, one in enumerate(whole) if one.related and one.related[0].relation == "request"]
    assert answers
    for row in answers:
        assert alone[row].related == whole[row].related
        assert alone[row].as_dict()["inner"] == whole[row].as_dict()["inner"]
        assert (alone[row].capture_point, alone[row].hops) == (whole[row].capture_point, whole[row].hops)


@pytest.mark.parametrize("device", ["worker.cilium_vxlan", "worker.eth0", "worker2.lxc91c4d60f3ab8"])
def test_place_of_frames_that_come_one_by_one(captures_dir, device):
    """What the first frame of a stream suggests about the place is not held against what the later ones show."""
    source = captures_dir / "cilium-1.16" / "cilium-01-ping6-cross-node" / f"{device}.pcap"
    inventory = Inventory.load(inventory_of(source))
    packets = vxd.read(str(source))
    packets.name = "-"
    engine = pipeline._Engine(inventory, None, names=True)
    for row in range(len(packets)):
        (last,) = pipeline.Explanations(packets.take(np.array([row], dtype=np.intp)), engine)
    whole = vxd.explain(packets, inventory)[-1]
    assert last.capture_point == whole.capture_point
