"""How fast is vxd beside tshark, tcpdump, dpkt and scapy, and how much memory does it take?

Law: all run as whole processes, in turn, in one session, each round in the other order than the one before; a ratio is
of two runs in the same turn. Nothing is asserted. Run `python benchmarks/run.py`: it makes the captures that are not
there and puts its tables into docs/performance.md; with --quick or --only it prints them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from processes import FailedError, Run, load, run, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
SMALL = HERE.parent / "captures" / "dual-stack-ping6" / "pod-eth0.pcap"
MARKS = "<!-- benchmarks/run.py writes from here -->\n", "<!-- to here -->\n"
SIZES = {"6": 6, "1 M": 1_000_000, "10 M": 10_000_000}
OFTEN = 5  # turns of what is over in less than a second, for each turn of the rest
FIELDS = (
    "frame.number", "frame.time_epoch", "frame.len", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
    "udp.dstport", "vxlan.vni", "icmpv6.type",
)  # fmt: skip


class Job(NamedTuple):
    """One program on one capture; in its command `{f}` is the capture and `{o}` a file to write.

    With `part` it is given that many packets only, and the time for all is reckoned: that of the small capture, and
    what was above it as often as the part goes into all.
    """

    name: str
    size: str
    command: Sequence[str]
    part: int = 0


class Ratio(NamedTuple):
    """Two jobs, and what the time of the first over that of the second should be."""

    above: tuple[str, str]
    below: tuple[str, str]
    aim: str = ""


RATIOS = (
    Ratio(("vxd decode", "1 M"), ("tcpdump -w", "1 M"), "at most 2"),
    Ratio(("vxd decode", "10 M"), ("tcpdump -w", "10 M"), "at most 2"),
    Ratio(("tshark fields", "1 M"), ("vxd twelve", "1 M"), "at least 60"),
    Ratio(("dpkt loop", "1 M"), ("vxd twelve", "1 M"), "at least 100"),
    Ratio(("scapy loop", "1 M"), ("vxd twelve", "1 M"), "at least 1000"),
    Ratio(("tshark fields", "1 M"), ("vxd all", "1 M")),
    Ratio(("tcpdump -enr", "1 M"), ("vxd twelve", "1 M")),
    Ratio(("tcpdump -enr", "10 M"), ("vxd twelve", "10 M")),
    *(Ratio((name, "10 M"), (name, "1 M"), "about 10") for name in ("vxd decode", "vxd twelve", "vxd all")),
    Ratio(("vxd diagnose", "1 M"), ("vxd decode", "1 M")),
    Ratio(("vxd packets", "6"), ("tshark", "6"), "at most 1"),
    Ratio(("vxd explain", "6"), ("tshark -V", "6"), "at most 1"),
)


def jobs(quick: bool) -> Iterator[Job]:
    """What is run."""
    python, loops = sys.executable, str(HERE / "loops.py")
    vxd = shutil.which("vxd", path=str(Path(python).parent)) or "vxd"
    wanted = [word for field in FIELDS for word in ("-e", field)]
    columns = [f"outer.{word}" if word.startswith("vxlan.") else word for word in wanted]  # of the packet around
    parquet = [vxd, "packets", "{f}", "-T", "parquet", "-o", "{o}"]
    tshark = ["tshark", "-r", "{f}", "-d", "udp.port==8472,vxlan", "-T", "fields", *wanted]
    for size in ("1 M",) if quick else ("1 M", "10 M"):
        yield Job("vxd decode", size, [python, loops, "decode", "{f}"])
        yield Job("tcpdump -w", size, ["tcpdump", "-r", "{f}", "-w", "/dev/null"])
        yield Job("vxd twelve", size, [*parquet, *columns])
        yield Job("tcpdump -enr", size, ["tcpdump", "-enr", "{f}"])
        yield Job("vxd all", size, parquet)
    yield Job("vxd diagnose", "1 M", [vxd, "diagnose", "{f}"])
    part = 100_000 if quick else 0
    yield Job("tshark fields", "1 M", [*tshark, *(["-c", str(part)] if part else [])], part)
    for name, part in (("dpkt", 100_000), ("scapy", 20_000)):
        yield Job(f"{name} loop", "1 M", [python, loops, name, "{f}", str(part)], part)
    yield Job("vxd packets", "6", [vxd, "packets", "{f}"])
    yield Job("tshark", "6", ["tshark", "-r", "{f}"])
    yield Job("vxd explain", "6", [vxd, "explain", "{f}"])
    yield Job("tshark -V", "6", ["tshark", "-V", "-r", "{f}"])


class Session:
    """Runs jobs by turns and keeps what each took."""

    def __init__(self, chosen: Sequence[Job], folder: Path) -> None:
        self.folder = folder
        self.captures = {"6": SMALL, "1 M": folder / "1m.pcap", "10 M": folder / "10m.pcap"}
        self.skipped: list[str] = []
        self.jobs = list(chosen)
        self.taken: dict[tuple[str, str], list[Run]] = {(job.name, job.size): [] for job in chosen}
        self.rounds = 0
        self.loads = [load()]

    def prepare(self) -> None:
        """Try every job, make the captures that are missing, and read all, so that they lie in the page cache."""
        for job in list(self.jobs):
            try:
                self._run(job, SMALL)
            except FailedError as error:
                self._skip(job, error)
        for size in dict.fromkeys(job.size for job in self.jobs):
            path = self.captures[size]
            if not path.exists():
                print(f"making {path}", file=sys.stderr)
                subprocess.run([sys.executable, HERE / "make_captures.py", str(SIZES[size]), path], check=True)
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass

    def round(self) -> None:
        """Every job once, the small ones OFTEN."""
        turns = self.jobs + [job for job in self.jobs if job.size == "6"] * (OFTEN - 1)
        for job in reversed(turns) if self.rounds % 2 else turns:
            if job not in self.jobs:
                continue
            capture = self.captures[job.size]
            try:
                took = self._reckoned(job, capture) if job.part else self._run(job, capture)
            except FailedError as error:
                self._skip(job, error)
            else:
                self.taken[job.name, job.size].append(took)
            self.loads.append(load())
        self.rounds += 1

    def _skip(self, job: Job, error: FailedError) -> None:
        """Go on without the job: a later round would fail too, and the others should not be lost."""
        self.jobs.remove(job)
        del self.taken[job.name, job.size]
        self.skipped.append(f"{job.name}, {job.size}: {error}")
        print(f"not run: {self.skipped[-1]}", file=sys.stderr)

    def _run(self, job: Job, capture: Path) -> Run:
        out = self.folder / "out.parquet"
        try:
            return run([word.format(f=capture, o=out) for word in job.command])
        finally:
            out.unlink(missing_ok=True)

    def _reckoned(self, job: Job, capture: Path) -> Run:
        begin, end = self._run(job, SMALL), self._run(job, capture)
        times = SIZES[job.size] / job.part
        wall, processor = (start + (whole - start) * times for start, whole in zip(begin[:2], end[:2], strict=True))
        return Run(wall, processor, end.peak)


def tables(session: Session) -> str:
    """What was taken, as Markdown."""
    lines = [
        _circumstances(session),
        "",
        "| Program | Packets | Seconds: median | least | greatest | of processors | Packets a second | Peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for job in session.jobs:
        runs = session.taken[job.name, job.size]
        packets = f"{job.size}, from {job.part:,}" if job.part else job.size
        walls = [run.wall for run in runs]
        processor, peak = median(run.processor for run in runs), max(run.peak for run in runs)
        rate = "" if job.size == "6" else f"{SIZES[job.size] / median(walls):,.0f}"
        cells = (job.name, packets, *spread(walls, ".3f"), f"{processor:.3f}", rate, f"{peak:.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"\nNot run: {reason}." for reason in session.skipped]
    lines += ["", "| Time of | over time of | Median | least | greatest | Aim |", "|---|---|--:|--:|--:|---|"]
    for ratio in RATIOS:
        pairs = zip(session.taken.get(ratio.above, ()), session.taken.get(ratio.below, ()), strict=False)
        if values := [above.wall / below.wall for above, below in pairs]:
            names = " | ".join(f"{name}, {size}" for name, size in (ratio.above, ratio.below))
            lines.append(f"| {names} | {' | '.join(spread(values, '.2f'))} | {ratio.aim} |")
    return "\n".join(lines)


def _circumstances(session: Session) -> str:
    """On what, with what, and how much else was running."""
    models = [line.partition(":")[2].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) / 1e6 for line in _read("/proc/meminfo") if line.startswith("MemTotal")), 0)
    made = {session.captures[job.size] for job in session.jobs if job.size != "6"}
    sizes = " and ".join(f"{path.stat().st_size / 1e6:,.0f}" for path in sorted(made)) or "under 1"
    known = [f"{name} {version(name)}" for name in ("vxlan_dissect", "numpy", "pyarrow", "dpkt", "scapy")]
    for program in ("tshark", "tcpdump"):
        if shutil.which(program):
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
            number = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
            known.append(f"{program} {number[0] if number else '?'}")
    return (
        f"{session.rounds} rounds on {os.cpu_count()} processors ({models[0] if models else platform.machine()}), "
        f"{memory:.0f} GB of memory.\nLoad average {session.loads[0]:.2f} before and at most {max(session.loads):.2f} "
        f"after a run; the programs themselves make about 1. Captures of {sizes} MB.\n"
        f"Python {platform.python_version()}, {', '.join(known)}."
    )


def _read(name: str) -> list[str]:
    path = Path(name)
    return path.read_text().splitlines() if path.exists() else []


def between(page: str, text: str) -> str:
    """`page` with `text` between its marks. Raises ValueError where a mark is missing."""
    head, begin, rest = page.partition(MARKS[0])
    _, end, tail = rest.partition(MARKS[1])
    if not end:
        raise ValueError(f"a line {MARKS[0].strip()} and a line {MARKS[1].strip()} are needed")
    return f"{head}{begin}\n{text}\n\n{end}{tail}"


def main() -> int:
    """Measure, and write or print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="where the captures are or shall be kept, 5 GB")
    parser.add_argument("--rounds", type=int, help="how many times each program runs (7; with --quick 2)")
    parser.add_argument("--quick", action="store_true", help="1 M packets only; tshark reads a tenth of them")
    parser.add_argument("--only", action="append", metavar="NAME", help="programs with this in their name; repeatable")
    given = parser.parse_args()
    chosen = [job for job in jobs(given.quick) if not given.only or any(name in job.name for name in given.only)]
    with tempfile.TemporaryDirectory() as spare:
        folder = given.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        session = Session(chosen, folder)
        session.prepare()
        for _ in range(given.rounds or (2 if given.quick else 7)):
            session.round()
            print(f"round {session.rounds} done, load {load():.2f}", file=sys.stderr)
        text = tables(session)
    if given.quick or given.only:
        print(text)
    else:
        PAGE.write_text(between(PAGE.read_text(), text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
