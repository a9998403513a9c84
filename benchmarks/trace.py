"""How long does `vxd trace` take for ten captures beside decoding them, and how much memory?

Law: both run as whole processes, in turn, in one session, each round in the other order than the one before; a ratio is
of two runs in the same round. Nothing is asserted. Run `python benchmarks/trace.py [PACKETS]`: it makes ten captures of
so many packets each (make_points.py) and prints a table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from processes import Run, load, run, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).resolve().parent
INVENTORY = HERE.parent / "captures" / "cilium-1.16" / "inventory"
ROUNDS = 3


def nothing(_: Sequence[str]) -> None:
    """Start, and import what the others need."""
    import vxlan_dissect.decode
    import vxlan_dissect.trace  # noqa: F401


def decode(names: Sequence[str]) -> None:
    """All columns of every batch of each capture, one capture after the other."""
    from vxlan_dissect.capture import open_capture
    from vxlan_dissect.decode import iter_packets

    for name in names:
        for _packets in iter_packets(open_capture(name)):
            pass


def trace(names: Sequence[str]) -> None:
    """The overview of a trace, and the first journeys of what was lost."""
    from vxlan_dissect.trace import trace as traced

    told = traced(names, INVENTORY)
    said = told.overview.as_dict()
    lost = [journey.as_dict() for journey, _ in zip(told.lost, range(20), strict=False)]
    print(said["frames"], said["matched"], said["journeys"], said["lost"], said["ambiguous"], len(lost))


def journeys(names: Sequence[str]) -> None:
    """Every journey of a trace, one after the other."""
    from vxlan_dissect.trace import trace as traced

    print(sum(len(journey.sightings) for journey in traced(names, INVENTORY).journeys))


JOBS: dict[str, Callable[[Sequence[str]], None]] = {
    "nothing": nothing,
    "decode": decode,
    "trace": trace,
    "journeys": journeys,
}


def measure(names: Sequence[str], jobs: Sequence[str], rounds: int) -> dict[str, list[Run]]:
    """Each job in each round, after one round that only warms the page cache."""
    taken: dict[str, list[Run]] = {job: [] for job in jobs}
    _run("decode", names)
    for number in range(rounds):
        for job in jobs if number % 2 == 0 else reversed(jobs):
            taken[job].append(_run(job, names))
    return taken


def _run(job: str, names: Sequence[str]) -> Run:
    return run([sys.executable, str(Path(__file__).resolve()), "--job", job, *names])


def table(taken: dict[str, list[Run]], frames: int) -> str:
    """Seconds, ratio to decoding and memory: median, least and greatest of the rounds."""
    lines = [f"{'':10}{'seconds':>9}{'(least, most)':>18}{'to decode':>11}{'peak MB':>9}{'Mframes/s':>11}"]
    for job, runs in taken.items():
        middle, least, most = spread([one.wall for one in runs], ".2f")
        pairs = zip(runs, taken["decode"], strict=True)
        ratio = spread([one.wall / other.wall for one, other in pairs], ".2f")[0]
        peak = spread([one.peak for one in runs], ".0f")[2]
        speed = f"{frames / float(middle) / 1e6:.2f}" if job != "nothing" else ""
        lines.append(f"{job:10}{middle:>9}{f'({least}, {most})':>18}{ratio:>11}{peak:>9}{speed:>11}")
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="How long does a trace take beside decoding?")
    parser.add_argument("packets", nargs="?", default="100000", help="of each of ten captures (100000)")
    parser.add_argument("--folder", type=Path, help="where the captures are or shall be kept: 2 GB for a million")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each runs ({ROUNDS})")
    parser.add_argument("--journeys", action="store_true", help="measure walking through every journey too")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    given, names = parser.parse_known_args()
    if given.job:
        JOBS[given.job]([given.packets, *names])
        return 0
    with tempfile.TemporaryDirectory() as spare:
        folder = given.folder or Path(spare)
        if not list(folder.glob("*.pcap")):
            subprocess.run([sys.executable, str(HERE / "make_points.py"), given.packets, str(folder)], check=True)
        names = sorted(str(path) for path in folder.glob("*.pcap"))
        size = sum(Path(name).stat().st_size for name in names)
        print(f"{len(names)} captures of {given.packets} packets, {size / 1e6:.0f} MB; load {load():.1f}")
        jobs = ["nothing", "decode", "trace", *(["journeys"] if given.journeys else [])]
        print(table(measure(names, jobs, given.rounds), len(names) * int(given.packets)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
