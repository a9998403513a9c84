"""How do a million damaged frames fare?

`python tests/hostile/mutate.py [--frames N] [--seed S]` prints the figures of docs/reliability.md.

Law: the frames come from the stored captures, from those beside the repository where there are any, and from those made
by hand; each gets one to five faults. Every batch is decoded and held against `invariants`; parts of it go through what
costs more. The seed and the number of a batch make it again. The first fault ends the run with its batch.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import vxlan_dissect as vxd  # noqa: E402
from tests.hostile.invariants import POISONS, decode_between, same, same_derived, same_places, sound  # noqa: E402
from tests.hostile.mutations import mutated  # noqa: E402
from tests.wire.every import BY_LINKTYPE  # noqa: E402
from tests.wire.real import Frame, frames_of, write_pcap  # noqa: E402
from vxlan_dissect.capture import open_capture  # noqa: E402
from vxlan_dissect.decode import iter_packets  # noqa: E402
from vxlan_dissect.errors import CaptureError  # noqa: E402
from vxlan_dissect.packets import Packets  # noqa: E402

BATCH = 4096
RULES = ((), ("udp.port==4789,geneve", "udp.port==6081,vxlan", "ip.proto==47,mpls"), ("udp.port==0-65535,vxlan",))
ALONE, DERIVED, EXPLAINED = 8, 512, 128  # frames of a batch that are decoded alone, derived and explained
SECONDS = 60  # no batch may take longer


def pools():
    """Link type -> frames to damage: real ones, and as often one made by hand."""
    found = {linktype: [Frame(data, len(data), name) for name, data in frames.items()]
             for linktype, frames in BY_LINKTYPE.items()}  # fmt: skip
    folders = [ROOT / "captures", Path(os.environ.get("VXD_CORPUS", ROOT.parent / "shared" / "corpus"))]
    real = {}
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with contextlib.suppress(CaptureError):
            for linktype, frames in frames_of([path]).items():
                real.setdefault(linktype, []).extend(frame for frame in frames if frame.data)
    return {linktype: [real.get(linktype) or made, made] for linktype, made in found.items()}


def check(linktype, frames, number, folder):
    """All checks of one batch; gives how many frames were damaged and how many put together."""
    rules = RULES[number % len(RULES)]
    poisons = list(POISONS.values())
    first = decode_between(frames, linktype, poisons[number % len(poisons)], rules)
    other = decode_between(frames, linktype, poisons[(number + 1) % len(poisons)], rules)
    assert len(first) == len(frames)
    sound(first)
    same(first, other)
    for row in range(0, len(frames), len(frames) // ALONE + 1):
        alone = decode_between(frames[row : row + 1], linktype, b"", rules)
        assert alone[0].protocols == first[row].protocols
        for name in (first.columns.keys() | alone.columns.keys()) - {"frame.number", "frame.offset", "frame.layers"}:
            assert name == "frame.time_epoch" or alone[0].get(name) == first[row].get(name), (row, name)
    part = slice(0, DERIVED)
    same_derived(first[part], other[part])
    same_places(first[part], other[part])
    path = folder / "mutated.pcap"
    write_pcap(path, linktype, frames)
    whole = Packets.concat(list(iter_packets(open_capture(str(path)), decode_as=rules)))
    sound(whole[[row for row in range(len(frames)) if not whole.column("frame.fragments").valid[row]]])
    write_pcap(path, linktype, frames[:EXPLAINED])
    if number % 8 == 0:
        explained = list(vxd.explain(str(path), decode_as=rules))
        assert len(explained) == min(len(frames), EXPLAINED)
        assert all(one.as_dict() for one in explained)
    return int(first.column("damage.layer").valid.sum()), int(whole.column("frame.fragments").valid.sum())


def main():
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20240712)
    asked = parser.parse_args()
    sources = pools()
    kinds = sorted(sources)
    counts, slowest, done, begin = Counter(), 0.0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        number = 0
        while done < asked.frames:
            source = random.Random(f"{asked.seed} {number}")
            # Ethernet is where the headers are: every second batch.
            linktype = 1 if number % 2 else kinds[number // 2 % len(kinds)]
            frames = [mutated(source.choice(source.choice(sources[linktype])), source) for _ in range(BATCH)]
            started = time.monotonic()
            try:
                damaged, together = check(linktype, frames, number, Path(folder))
            except BaseException:
                print(f"seed {asked.seed}, batch {number}, link type {linktype}", file=sys.stderr)
                raise
            spent = time.monotonic() - started
            assert spent < SECONDS, f"batch {number} took {spent:.0f} s"
            slowest = max(slowest, spent)
            counts.update(damaged=damaged, together=together)
            counts[f"link type {linktype}"] += len(frames)
            done += len(frames)
            number += 1
    print(f"seed {asked.seed}: {done} frames in {number} batches, {time.monotonic() - begin:.0f} s")
    print(f"slowest batch {slowest:.1f} s", *(f"{name} {count}" for name, count in sorted(counts.items())), sep=", ")


if __name__ == "__main__":
    main()
