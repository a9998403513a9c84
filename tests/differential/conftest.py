"""What do the comparisons say at the end of a test run?

Law: a test hands over counts with `counted`; they are added up over all tests, in whatever process they ran, and
printed as one table.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.differential.frames import Frame, distinct_frames
from tests.differential.known import explanation
from tests.wire.built import every_frame
from tests.wire.tunnels import EVERY
from vxlan_dissect.capture.records import ETHERNET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.differential.compare import Comparison, Difference

COUNTS = "differential"
SETS = ("stored", "labs", "corpus")
MADE = "made"
TEXTS = {".md", ".tsv", ".txt", ".yaml", ".json", ".py", ".log"}  # what lies beside captures


def capture_files(request: pytest.FixtureRequest, name: str) -> list[Path]:
    """The files of one of SETS; the test is skipped where they are not on this machine."""
    if name == "stored":
        folders = [request.getfixturevalue("captures_dir")]
    elif name == "corpus":
        folders = [request.getfixturevalue("corpus_dir")]
    else:
        shared = request.getfixturevalue("shared_dir")
        folders = [shared / name for name in ("captures", "captures-versions", "captures-others")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in paths if path.suffix not in TEXTS)


@pytest.fixture(scope="module")
def captures(request: pytest.FixtureRequest) -> list[Frame]:
    """The distinct frames of one of SETS, or those that are MADE by hand."""
    if request.param == MADE:
        return [Frame(data, len(data), ETHERNET, name) for name, data in (EVERY | every_frame()).items()]
    return distinct_frames(capture_files(request, request.param))


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str, dict[str, int]], None]:
    """`counted("tshark", {...})` adds counts of a program to the table."""
    return lambda program, counts: record_property(COUNTS, [program, dict(counts)])


@pytest.fixture
def judged(counted: Callable[[str, dict[str, int]], None]) -> Callable[[str, Comparison], list[Difference]]:
    """`judged("tshark", comparison)` counts all of a comparison and gives the differences that no entry explains."""

    def judge(program: str, result: Comparison) -> list[Difference]:
        found = [(difference, explanation(difference)) for difference in result.differences]
        counts = Counter(frames=result.frames, values=sum(result.fields.values()), differences=len(found))
        counts.update(f"explained: {entry.name}" for _, entry in found if entry is not None)
        counts.update({f"not decoded: {name}": number for name, number in result.hidden.items() if number})
        counts.update({f"column: {name}": number for name, number in result.fields.items()})
        counted(program, counts)
        return [difference for difference, entry in found if entry is None]

    return judge


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts of all tests."""
    programs: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, content in getattr(report, "user_properties", ()):
                if name == COUNTS and report.when == "call":
                    programs.setdefault(content[0], Counter()).update(content[1])
    if not programs:
        return
    terminalreporter.section("compared with other programs")
    for program, counts in sorted(programs.items()):
        plain = {name: number for name, number in counts.items() if ":" not in name}
        terminalreporter.line(f"{program}: " + ", ".join(f"{number:,} {name}" for name, number in plain.items()))
        for kind in ("explained", "not decoded"):
            chosen = {name: number for name, number in counts.items() if name.startswith(f"{kind}: ")}
            for name, number in sorted(chosen.items(), key=lambda item: -item[1]):
                terminalreporter.line(f"  {number:>7,} {name}")
        columns = {name.removeprefix("column: ") for name in counts if name.startswith("column: ")}
        if columns and program == "tshark":
            from tests.differential.layers import COLUMNS

            never = sorted(set(COLUMNS) - {name.rpartition("outer.")[2].rpartition("quoted.")[2] for name in columns})
            terminalreporter.line(f"  columns that no frame had: {', '.join(never) or 'none'}")
