"""Do the measurements run, and do the loops beside vxd read what vxd reads?"""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.decode import read

PACKETS = 300
FIELDS = ("frame.len", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "udp.dstport",
          "outer.vxlan.vni", "icmpv6.type")  # fmt: skip


@pytest.fixture(scope="module")
def folder(root, tmp_path_factory):
    """A folder with a small capture in the place of that of a million packets."""
    path = tmp_path_factory.mktemp("captures")
    make = root / "benchmarks" / "make_captures.py"
    subprocess.run([sys.executable, make, str(PACKETS), path / "1m.pcap"], check=True)
    return path


def bench(root, name, *arguments):
    """A program of benchmarks/ that has run."""
    command = [sys.executable, root / "benchmarks" / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True)


@pytest.mark.parametrize("loop", ["dpkt", "scapy"])
def test_loops_read_what_vxd_reads(root, folder, loop):
    """The fields of the innermost packet, as text, are those of vxd."""
    pytest.importorskip(loop)
    done = bench(root, "loops.py", loop, folder / "1m.pcap")
    packets = read(str(folder / "1m.pcap"))
    assert len(packets) == PACKETS
    for row, (number, _, *cells) in enumerate(csv.reader(done.stdout.splitlines())):
        assert int(number) == row + 1
        values = [packets[row].get(name) for name in FIELDS]
        macs = [format_mac(value) for value in values[1:3]]
        assert cells == [str(values[0]), *macs, *("" if value is None else str(value) for value in values[3:])]


def test_loop_reads_a_part(root, folder):
    """With a number of packets a loop reads so many."""
    assert len(bench(root, "loops.py", "dpkt", folder / "1m.pcap", "7").stdout.splitlines()) == 7


def test_tables(root, folder):
    """A quick run prints a row for each program, and says what it could not run."""
    done = bench(root, "run.py", folder, "--quick", "--rounds", "2", "--only", "dpkt", "--only", "vxd decode")
    assert "2 rounds" in done.stdout
    assert "| vxd decode | 1 M | " in done.stdout
    assert "| dpkt loop | 1 M, from 100,000 | " in done.stdout


def test_page_keeps_its_text(root):
    """What stands before and after the marks of the page stays; old tables go; a page without marks is an error."""
    code = """
import run
page = run.between(f"before\\n{run.MARKS[0]}old\\n{run.MARKS[1]}after\\n", "new")
print(page.replace(run.MARKS[0], "[").replace(run.MARKS[1], "]"), end="")
run.between("before", "new")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=root / "benchmarks", capture_output=True, text=True)
    assert done.stdout == "before\n[\nnew\n\n]after\n"
    assert "ValueError: " in done.stderr


def test_page_has_its_marks(root):
    """The page has a place for the tables."""
    code = "import run; run.between(run.PAGE.read_text(), 'new')"
    subprocess.run([sys.executable, "-c", code], cwd=root / "benchmarks", check=True)
