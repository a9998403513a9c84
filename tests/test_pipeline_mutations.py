"""Does a damaged frame go through the whole pipeline without harm, to itself and to the frames around it?

Law: mutations are made from stored frames with a fixed seed. What a mutated frame says is not known, but it must be one
explanation that keeps what all keep, and no exception.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

import vxlan_dissect as vxd
from tests.checks import faults
from tests.datapath.labs import ROOT
from tests.wire.real import frames_of, write_pcap
from vxlan_dissect import Inventory, pipeline
from vxlan_dissect.rules import RULES

COUNT = 2000
SETS = ("dual-stack-ping6", "cilium-1.16", "cilium-1.19-ipv6-underlay", "flannel", "calico-vxlan", "vxlan-variants")
# Where lengths and types stand in a tunnel packet over IPv4 and its inner frame: worth more than any other byte.
TELLING = (12, 13, 14, 16, 17, 20, 22, 23, 34, 36, 37, 38, 42, 46, 49, 62, 63, 64, 68, 70, 71, 104, 112, 128)


def flipped(data, rng):
    """Some bytes replaced."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def forged(data, rng):
    """A length, a type or a version replaced."""
    changed = bytearray(data)
    for place in rng.sample(TELLING, 2):
        if place < len(changed):
            changed[place] = rng.choice((0, 1, 0x45, 0x60, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(changed)


def cut(data, rng):
    """The end missing."""
    return data[: rng.randrange(len(data) + 1)]


def crossed(data, rng):
    """A piece of the frame moved to another place of it."""
    if len(data) < 8:
        return data
    start, target = rng.randrange(len(data)), rng.randrange(len(data))
    return (data[:target] + data[start : start + rng.randrange(64)] + data[target:])[: len(data) + 32]


def mutated(seed):
    """Link type -> mutated frames."""
    rng = random.Random(seed)
    paths = [path for name in SETS for path in sorted((ROOT / "captures" / name).rglob("*.*cap"))]
    pools = {linktype: pool for linktype, pool in frames_of(rng.sample(paths, 60)).items() if pool}
    found = {}
    for linktype, pool in pools.items():
        for _ in range(COUNT // len(pools)):
            frame = rng.choice(pool)
            data = rng.choice((flipped, forged, cut, crossed))(frame.data, rng)
            found.setdefault(linktype, []).append(frame._replace(data=data, original=max(frame.original, len(data))))
    return found


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    """A capture of mutated frames for each link type."""
    folder = tmp_path_factory.mktemp("mutated")
    paths = []
    for linktype, frames in mutated(20240712).items():
        write_pcap(folder / f"worker.any.{linktype}.pcap", linktype, frames)
        paths.append(folder / f"worker.any.{linktype}.pcap")
    return paths


@pytest.mark.parametrize("known", ["cilium-1.16", "flannel", "calico-vxlan", None])
def test_mutations(captures, known):
    """Each mutated frame is explained, whatever network the inventory is of, and keeps what all explanations keep."""
    inventory = Inventory() if known is None else Inventory.load(ROOT / "captures" / known / "inventory")
    total, wrong = 0, []
    for path in captures:
        result = vxd.explain(str(path), inventory)
        assert result.problem is None
        for one in result:
            total += 1
            wrong += [f"{path.name}:{one.frame}: {fault}" for fault in faults(one, RULES)]
    assert total >= COUNT - len(captures)
    assert (wrong[:5], len(wrong)) == ([], 0)


def test_mutations_without_names(captures):
    """The same with names left out, and as a table."""
    inventory = Inventory.load(ROOT / "captures" / "cilium-1.16" / "inventory")
    for path in captures:
        result = vxd.explain(str(path), inventory, names=False)
        assert len(result.to_pandas()) >= len(result)


def test_mutations_one_by_one(captures):
    """What a mutated frame teaches does no harm to those that come after it, batch by batch."""
    inventory = Inventory.load(ROOT / "captures" / "cilium-1.16" / "inventory")
    for path in captures:
        packets, engine = vxd.read(str(path)), pipeline._Engine(inventory, "worker:any", names=True)
        for start in range(0, len(packets), 7):
            rows = np.arange(start, min(start + 7, len(packets)), dtype=np.intp)
            assert len(list(pipeline.Explanations(packets.take(rows), engine))) == len(rows)


def test_filters_on_mutations(captures):
    """Filters on names of the join and of fields split mutated frames in two, with none in both or neither."""
    for path in captures:
        packets = vxd.read(str(path))
        everything = set(packets.column("frame.number").values.tolist())
        for where in ("pod", "rule", "ipv6.src", "outer.src.node", "vxlan.vni > 100", "kind == icmpv6*"):
            picked = {one.frame for one in vxd.explain(packets, Inventory(), where=where)}
            others = {one.frame for one in vxd.explain(packets, Inventory(), where=f"!({where})")}
            assert picked | others == everything
            assert not picked & others


def test_good_frames_among_bad_ones(captures):
    """The article's request and reply are the same pair between a thousand mutated frames as alone."""
    article = frames_of([ROOT / "captures" / "dual-stack-ping6" / "1.cap"])[1]
    bad = mutated(7)[1]
    mixed = [*bad[:500], article[0], *bad[500:505], article[1], *bad[505:1000]]
    path = captures[0].parent / "mixed.pcap"
    write_pcap(path, 1, mixed)
    inventory = Inventory.load(ROOT / "captures" / "dual-stack-ping6" / "inventory")
    result = vxd.explain(str(path), inventory, at="cilium-dual-stack-worker:eth0")
    alone = vxd.explain(str(ROOT / "captures" / "dual-stack-ping6" / "1.cap"), inventory)
    for row, one in ((500, alone[0]), (506, alone[1])):
        # Who has an address is the inventory's word; what was only learned may be contradicted by the frames around.
        assert (result[row].src.ip_owner, result[row].dst.ip_owner) == (one.src.ip_owner, one.dst.ip_owner)
        assert (result[row].kind, result[row].layers, result[row].outer.vni) == (one.kind, one.layers, one.outer.vni)
        assert [hop.action for hop in result[row].hops] == [hop.action for hop in one.hops]
    assert [item.frame for item in result[506].related] == [501]
