"""Are thousands of captures by others and of our own read to their end, every frame of them?"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import dpkt

from tests.capture.reading import read

if TYPE_CHECKING:
    from pathlib import Path

# Where tshark's count is another, and why ours is right.
DISAGREEMENTS = {
    "output_be/advanced/test102.pcapng": "tshark counts custom blocks as packets",
    "output_le/advanced/test102.pcapng": "tshark counts custom blocks as packets",
    "output_be/difficult/test202.pcapng": "tshark counts custom blocks as packets",
    "output_le/difficult/test202.pcapng": "tshark counts custom blocks as packets",
    "output_be/basic/test017.pcapng": "tshark counts custom blocks as packets",
    "output_le/basic/test017.pcapng": "tshark counts custom blocks as packets",
    "output_be/basic/test018.pcapng": "tshark counts custom blocks as packets",
    "output_le/basic/test018.pcapng": "tshark counts custom blocks as packets",
    "test_data/test006.ntar": "a block of 167 bytes: lengths are multiples of four",
    "Tests/Fuzzers/RegressionTests/regression_samples/crash-exception-cast-constructed-record": "tcpdump finds two too",
    "tests/pcapng-invalid-vers-2.pcapng": "the minor version does not change the layout",
}


def test_own_captures(captures_dir: Path) -> None:
    """Every stored capture is read to its end, and has the frames that dpkt finds in it."""
    sweep(captures_dir)


def test_lab_captures(shared_dir: Path) -> None:
    """So is every capture of the three labs."""
    for name in ("captures", "captures-versions", "captures-others"):
        sweep(shared_dir / name)


def sweep(folder: Path) -> None:
    """Compare each pcap below `folder` with what dpkt reads."""
    paths = sorted(folder.rglob("*.pcap"))
    assert paths
    for path in paths:
        got = read(path)
        assert got.error is None, path
        with path.open("rb") as stream:
            assert got.frames == [bytes(frame) for _, frame in dpkt.pcap.Reader(stream)], path


def test_corpus(corpus_dir: Path) -> None:
    """Captures of other projects raise nothing but CaptureError, and have as many frames as tshark finds."""
    refused = 0
    with (corpus_dir / "manifest.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for row in rows:
        got = read(corpus_dir / row["file"])
        if got.error and "not supported" in got.error.reason and not got.batches:
            refused += 1
        elif row["path"] not in DISAGREEMENTS and not row["malformed"].startswith("unsupported"):  # by tshark
            assert got.count == int(row["packets_tshark"]), (row["file"], got.error)
    assert refused < len(rows) / 100
