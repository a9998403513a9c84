"""Does `vxd explain` on a capture of six frames take longer than `tshark -V`?

Law: both run as whole processes, in turn, many times, in one session; medians and the ratio of each pair are shown, and
nothing is asserted. Run `python benchmarks/six_frames.py [ROUNDS]` with `vxd` and `tshark` on the PATH; vxd should be
installed as README says (bytecode compiled), since a first run compiles its modules.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

CAPTURE = Path(__file__).parent.parent / "captures" / "dual-stack-ping6" / "pod-eth0.pcap"
ROUNDS = 21


def seconds(command: list[str]) -> float:
    """Wall-clock time of one run of a whole process."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Measure and print."""
    vxd = shutil.which("vxd", path=str(Path(sys.executable).parent)) or shutil.which("vxd")
    tshark = shutil.which("tshark")
    if vxd is None or tshark is None:
        print("needs vxd and tshark on the PATH", file=sys.stderr)
        return 2
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    commands = {"vxd explain": [vxd, "explain", str(CAPTURE)], "tshark -V": [tshark, "-V", "-r", str(CAPTURE)]}
    for command in commands.values():
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command))
    for name, taken in times.items():
        low, middle, high = min(taken), statistics.median(taken), max(taken)
        print(f"{name:<12} {low * 1000:5.0f} {middle * 1000:5.0f} {high * 1000:5.0f} ms (min, median, max of {rounds})")
    ratios = [ours / theirs for ours, theirs in zip(*times.values(), strict=True)]
    print(f"{'ratio':<12} {min(ratios):5.2f} {statistics.median(ratios):5.2f} {max(ratios):5.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
