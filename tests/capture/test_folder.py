"""Does a folder stand for the captures in it, and is what is left out named?"""

from __future__ import annotations

import gzip
import os

import pytest

from vxlan_dissect.capture.folder import captures_in, meant, once
from vxlan_dissect.errors import CaptureError

PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000000004000100000000")[:24]
PCAPNG = bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000")


def test_content_and_ending(tmp_path):
    """The first bytes count whatever the name is, and an ending counts also for a file that is empty or broken."""
    files = {
        "worker.eth0.pcap": PCAP, "dump": PCAPNG, "old.gz": gzip.compress(PCAP), "empty.pcap": b"",
        "broken.CAP.gz": b"no", "scenario.json": b"{}", "notes.gz": gzip.compress(b"text"), "lab.inventory.pcap": PCAP,
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "inventory").mkdir()
    (tmp_path / "more.pcap").mkdir()
    found = captures_in(str(tmp_path))
    taken = ["broken.CAP.gz", "dump", "empty.pcap", "old.gz", "worker.eth0.pcap"]
    assert found.captures == tuple(str(tmp_path / name) for name in taken)
    assert found.left_out == ("notes.gz", "scenario.json")
    assert str(found) == f"{tmp_path}: left out, no capture by content or ending: notes.gz, scenario.json"


def test_a_pipe_is_not_opened(tmp_path):
    """A named pipe would wait for its writer, so it is no capture of a folder."""
    os.mkfifo(tmp_path / "live.pcap")
    (tmp_path / "1.pcap").write_bytes(PCAP)
    assert captures_in(str(tmp_path)).captures == (str(tmp_path / "1.pcap"),)


def test_much_is_left_out(tmp_path):
    """Of many files that are left out the first are named, and the others counted."""
    (tmp_path / "1.pcap").write_bytes(PCAP)
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("x")
    assert str(captures_in(str(tmp_path))).endswith("0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 4 more")


def test_nothing_in_it(tmp_path):
    """A folder without a capture is an error, also where folders in it may have some."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "1.pcap").write_bytes(PCAP)
    with pytest.raises(CaptureError, match="there is no capture in this folder"):
        captures_in(str(tmp_path))
    with pytest.raises(CaptureError, match="No such file"):
        captures_in(str(tmp_path / "none"))


def test_files_mean_themselves(tmp_path):
    """A file, standard input and what is not there are taken as they are named."""
    for name in (str(tmp_path / "none.pcap"), "-"):
        assert meant(name).captures == (name,)
        assert str(meant(name)) == ""


def test_a_file_counts_once(tmp_path):
    """Two ways to one file are one capture, under the name that comes first."""
    (tmp_path / "1.pcap").write_bytes(PCAP)
    name = str(tmp_path / "1.pcap")
    assert once([name, "-", str(tmp_path / "." / "1.pcap"), f"{tmp_path}/./1.pcap"]) == [name, "-"]
