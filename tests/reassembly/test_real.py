"""Do real fragments become the datagrams that tshark makes of them, and does no mutation of them raise?"""

from __future__ import annotations

import random
import subprocess

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import ROOT
from tests.reassembly.pieces import together

STORED = ROOT / "captures" / "cilium-1.19" / "cilium119-49-udp-big-fragments"
POINTS = sorted(STORED.glob("*.pcap"))
MUTANTS = 60


def ours(path):
    """The frames of each datagram that became whole."""
    return vxd.read(str(path)).made_of


def by_tshark(path):
    """The same by tshark, which names the frames of a datagram in the one that completes it."""
    fields = ("frame.number", "ip.fragment", "ipv6.fragment")
    whole = "ip.fragment.count || ipv6.fragment.count"
    command = ["tshark", "-2", "-r", str(path), "-Y", whole, "-T", "fields", "-d", "udp.port==8472,vxlan"]
    for field in fields:
        command += ["-e", field]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for line in lines:
        number, *frames = line.split("\t")
        found[int(number)] = tuple(sorted({int(frame) for field in frames for frame in field.split(",") if frame}))
    return found


@pytest.mark.parametrize("path", [path for path in POINTS if ".any." not in path.name], ids=lambda path: path.name)
def test_stored(path):
    """Both datagrams of the stored scenario are made of three frames each, as tshark has them."""
    assert ours(path) == by_tshark(path) == {3: (1, 2, 3), 6: (4, 5, 6)}


def test_any_interface():
    """A capture on `any` has each datagram once an interface; tshark mixes them, we do not."""
    made_of = ours(STORED / "alpha.any.pcap")
    assert made_of == {row: (row - 6, row - 3, row) for row in (7, 8, 9, 16, 17, 18)}


def test_corpus(corpus_dir):
    """Every file with fragments in the corpus gives the same datagrams; frames that are there twice count once."""
    files = [file for file in corpus_dir.rglob("*frag*") if file.suffix in {".pcap", ".cap", ".pcapng"}]
    assert files
    differ = {}
    for file in files:
        mine, theirs = ours(file), by_tshark(file)
        wrong = [number for number in theirs if not set(mine.get(number, ())) <= set(theirs[number])]
        wrong += sorted(set(mine) ^ set(theirs))
        # Overlapping fragments, which tshark puts together all the same.
        faults = vxd.read(str(file)).column("frame.fragment_fault")
        if wrong and not faults.valid.any():
            differ[file.name] = wrong
    assert differ == {}


@pytest.mark.parametrize("path", POINTS, ids=lambda path: path.name)
def test_mutants(path):
    """Flipped, cut, repeated and shuffled fragments raise nothing, and each row is still one frame."""
    packets, chance = vxd.read(str(path)), random.Random(7)
    frames = [packets.bytes_of(row) for row in range(len(packets))]
    linktype = packets.interfaces[0].linktype
    for _ in range(MUTANTS):
        mutants = [bytearray(frame) for frame in chance.choices(frames, k=2 * len(frames))]
        for mutant in mutants:
            for _ in range(chance.choice((0, 0, 1, 3))):
                mutant[chance.randrange(min(len(mutant), 120))] = chance.randrange(256)
            if chance.random() < 0.2:
                del mutant[chance.randrange(len(mutant)) :]
        lengths = [max(len(mutant), 60) for mutant in mutants]
        found = together([bytes(mutant) for mutant in mutants], linktype=linktype, original=lengths)
        assert len(found) == len(mutants)
        assert len(vxd.explain(found)) == len([one.summary for one in vxd.explain(found)])
        for name in ("udp.checksum.status", "dns.id"):
            assert len(found.derived(name).valid) == len(mutants)
