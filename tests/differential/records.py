"""Which records do Wireshark's readers find in capture files?

Law: the readers are those of tshark, asked for many files at once, since each start of tshark takes longer than reading
a small file: `mergecap` joins pcap files, whose records tshark then lists; every other file goes through `sharkd`,
which reads one file after the other. `capinfos` says first which files are readable, and whether to their end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from vxlan_dissect.capture import open_capture
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

AT_ONCE = 400  # files that are open together
FIELDS = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_name")
PCAP = {b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"}
SECOND = 1_000_000_000


class Record(NamedTuple):
    """What a file says of a frame: `time` in ns since 1970, None where there is none, and the interface's name."""

    time: int | None
    original: int
    captured: int
    interface: str | None


class Walk(NamedTuple):
    """The records of a file in order, and what ended the reading early, empty where nothing did."""

    records: list[Record]
    problem: str


def ours(path: Path) -> Walk:
    """What we read."""
    records: list[Record] = []
    try:
        for batch in open_capture(str(path)):
            timed = [True] * len(batch) if batch.timed is None else batch.timed.tolist()
            # What Wireshark calls a name is the description where there is no name.
            names = [
                batch.interfaces[index].name or batch.interfaces[index].description
                for index in batch.interfaces_of.tolist()
            ]
            columns = (batch.times.tolist(), timed, batch.original.tolist(), batch.captured.tolist(), names)
            records += [Record(time if dated else None, *rest) for time, dated, *rest in zip(*columns, strict=True)]
    except CaptureError as error:
        return Walk(records, error.reason)
    return Walk(records, "")


def theirs(mine: dict[Path, Walk], folder: Path) -> dict[Path, Walk]:
    """What Wireshark's readers read of each file of `mine`, which we have read; a file that they refuse is left out.

    Joining keeps no time or length that cannot be: a file that comes out differently from ours is asked for again.
    """
    counts, broken = _counts(list(mine))
    readable = [path for path in mine if path in counts]
    plain = [path for path in readable if path not in broken and _head(path) in PCAP]
    found = {}
    for start in range(0, len(plain), AT_ONCE):
        found |= _merged(plain[start : start + AT_ONCE], counts, folder / "merged.pcapng")
    rest = [path for path in readable if path not in found or found[path].records != mine[path].records]
    return found | {path: Walk(records, broken.get(path, "")) for path, records in _one_by_one(rest)}


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4)


def _run(program: str, *arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program}, which is not on this machine")
    environment = os.environ | {"LC_ALL": "C"}
    command = [found, *map(str, arguments)]
    return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)


def _counts(paths: Sequence[Path]) -> tuple[dict[Path, int], dict[Path, str]]:
    """How many records each readable file has, and what ended the reading of some early."""
    done = _run("capinfos", "-T", "-M", "-r", "-c", *paths)
    by_name = {str(path): path for path in paths}
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    broken = {}
    for line in done.stderr.splitlines():
        name = line.rpartition('from "')[2].rstrip('".')
        if "An error occurred after reading" in line and name in by_name:
            broken[by_name[name]] = line
    return {by_name[name]: int(count) for name, count in rows if count != "n/a"}, broken


def _merged(paths: Sequence[Path], counts: dict[Path, int], into: Path) -> dict[Path, Walk]:
    """The records of pcap files, joined in order; nothing where they cannot be joined."""
    if _run("mergecap", "-a", "-I", "none", "-F", "pcapng", "-w", into, *paths).returncode:
        return {}
    chosen = [argument for field in FIELDS for argument in ("-e", field)]
    listed = _run("tshark", "-n", "-r", into, "-T", "fields", *chosen).stdout.splitlines()
    if len(listed) != sum(counts[path] for path in paths):
        return {}
    lines = iter(listed)
    return {path: Walk([_record(next(lines).split("\t")) for _ in range(counts[path])], "") for path in paths}


def _one_by_one(paths: Sequence[Path]) -> Iterator[tuple[Path, list[Record]]]:
    """The records of files of any kind."""
    columns = {f"column{place}": f"{field}:1" for place, field in enumerate(FIELDS)}
    requests = []
    for number, path in enumerate(paths, 1):
        for step, (method, parameters) in enumerate((("load", {"file": str(path)}), ("frames", columns))):
            request = {"jsonrpc": "2.0", "id": 2 * number + step, "method": method, "params": parameters}
            requests.append(json.dumps(request))
    answers = {}
    for line in _run("sharkd", "-", text="\n".join(requests) + "\n").stdout.splitlines():
        answer = json.loads(line)
        answers[answer["id"]] = answer
    for number, path in enumerate(paths, 1):
        if "error" not in answers.get(2 * number, {}):
            yield path, [_record(row["c"]) for row in answers[2 * number + 1]["result"]]


def _record(cells: Sequence[str]) -> Record:
    """A record from its fields as text."""
    time, original, captured, interface = cells
    seconds, _, fraction = time.partition(".")
    sign = -1 if seconds.startswith("-") else 1
    nanoseconds = int(seconds) * SECOND + sign * int(fraction) if time else None
    return Record(nanoseconds, int(original), int(captured), interface if interface not in {"", "unknown"} else None)
