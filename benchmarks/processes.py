"""How long does a whole process take, and how much memory does it touch?

Law: nothing is measured but what the kernel says of a finished process, and this module's own process stays small: the
kernel counts its memory to a child until the child has become another program.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Run(NamedTuple):
    """One run: seconds by the clock and of processors, and the most memory resident at once in MB, mapped files too."""

    wall: float
    processor: float
    peak: float


class FailedError(Exception):
    """A program cannot be run, or said that it failed; the message is its last line."""


def run(command: Sequence[str]) -> Run:
    """Run `command` to its end, with its output thrown away. Raises FailedError."""
    begin = time.perf_counter()
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except OSError as error:
        raise FailedError(f"{command[0]}: {error.strerror}") from error
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.read().decode(errors="replace").strip()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise FailedError(said.rpartition("\n")[2] or f"exit status {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def spread(values: Iterable[float], form: str) -> tuple[str, str, str]:
    """Median, least and greatest, each written as `form` says."""
    known = sorted(values)
    return format(statistics.median(known), form), format(known[0], form), format(known[-1], form)


def load() -> float:
    """How many processes wanted a processor in the last minute; a measurement by itself is about 1."""
    return os.getloadavg()[0]
