"""Does the command show real captures as its parts promise?

Law: here nothing stands in for anything; what the rules say of the captures is tested with the rules, how it reaches
the user is tested here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vxlan_dissect.cli.main import main
from vxlan_dissect.report.layout import columns_of

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "captures" / "dual-stack-ping6"
# One capture point of every scenario is enough here; the regression suite runs them all.
FOLDERS = sorted({path.parent for path in (ROOT / "captures").rglob("*.pcap")})
POINTS = [min(folder.glob("*.pcap")) for folder in FOLDERS]
HEADER, RECORD = 24, 16 + 168  # of 1.cap: file header, then its first record with the bytes of the frame


def run(capsys, *arguments):
    """Exit status, standard output and standard error of `vxd explain`."""
    status = main(["explain", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("path", POINTS, ids=lambda path: path.parent.name)
def test_every_scenario_fits_the_terminal(capsys, monkeypatch, path, width):
    """Each stored scenario is shown without an error, within the width, in printable characters."""
    monkeypatch.setenv("COLUMNS", str(width))
    status, out, _ = run(capsys, path)
    assert status == 0
    lines = out.split("\n")
    assert max(map(columns_of, lines)) <= width
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("path", POINTS, ids=lambda path: path.parent.name)
def test_every_scenario_works_without_names(capsys, path):
    """With -n each frame is still an object of the contract."""
    status, out, _ = run(capsys, path, "-n", "-T", "jsonl")
    assert status == 0
    for line in out.splitlines():
        assert {"frame", "summary", "outer", "inner", "hops", "statements"} <= json.loads(line).keys()


def test_the_article_is_told_by_name(capsys, monkeypatch):
    """Pods, nodes, the lxc interface, the VNI and the place of the capture all stand in the text."""
    monkeypatch.setenv("COLUMNS", "160")
    _, out, _ = run(capsys, ARTICLE / "1.cap")
    for part in (
        "cni-7t9p4 → cni-8qgcs", "cilium-dual-stack-worker", "cilium-dual-stack-worker2", "lxc237a31216c0f",
        "VNI 10398 is the security identity", "(captured here)", "encapsulate", "decapsulate",
        "(found beside the capture)",
    ):  # fmt: skip
        assert part in out


def test_a_filter_and_a_count_pick_frames(capsys):
    """-Y leaves the replies, -c the first of them."""
    _, out, err = run(capsys, ARTICLE / "pod-eth0.pcap", "-Y", "icmpv6.type == 136", "-c", "1", "-T", "jsonl")
    assert [json.loads(line)["frame"] for line in out.splitlines()] == [2]
    assert "1 frame explained" in err


def test_a_filter_that_matches_nothing_is_done(capsys):
    """No frame, no failure."""
    status, out, _ = run(capsys, ARTICLE / "1.cap", "-Y", "arp", "-T", "jsonl")
    assert (status, out) == (0, "")


def test_a_cut_capture_gives_what_came_before_the_cut(capsys, tmp_path):
    """One whole record and half of the next: one frame, then the place of the cut, status 2."""
    whole = (ARTICLE / "1.cap").read_bytes()
    (tmp_path / "cut.cap").write_bytes(whole[: HEADER + RECORD + 90])
    status, out, err = run(capsys, tmp_path / "cut.cap", "-T", "jsonl")
    assert (status, len(out.splitlines())) == (2, 1)
    assert f"cut.cap, frame 2, offset {HEADER + RECORD}: " in err


@pytest.mark.parametrize(
    "arguments",
    [["no-such.pcap"], ["."], ["1.cap", "-i", "no-such"], ["1.cap", "-Y", "ip.src =="], ["1.cap", "--at", "x"]],
)
def test_what_cannot_be_used_is_a_line_and_status_two(vxd, arguments):
    """Missing files, folders, filters and places: no traceback, no output, status 2."""
    done = vxd("explain", *arguments, cwd=ARTICLE, env={"PYTHONPATH": str(ROOT / "src")})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("vxd: ")
    assert "Traceback" not in done.stderr


def test_a_frame_is_shown_before_the_next_one_is_written():
    """`tcpdump -U -w - | vxd explain -`: what has come is on the screen while the capture goes on."""
    whole = (ARTICLE / "1.cap").read_bytes()
    command = [sys.executable, "-m", "vxlan_dissect", "explain", "-", "-T", "jsonl"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    process.stdin.write(whole[: HEADER + RECORD])
    process.stdin.flush()
    first = json.loads(process.stdout.readline())
    rest, _ = process.communicate(whole[HEADER + RECORD :], timeout=60)
    assert first["frame"] == 1
    assert [json.loads(line)["frame"] for line in rest.splitlines()] == [2]
    assert process.returncode == 0


def test_the_owner_of_an_address_is_told(vxd):
    """`vxd who` names the interface and the line; an address that nobody knows gives status 1."""
    done = vxd("who", "a2:79:14:47:80:b3", "-i", ARTICLE / "inventory")
    assert done.returncode == 0
    assert "lxc237a31216c0f" in done.stdout
    assert "session.txt:" in done.stdout
    assert vxd("who", "192.0.2.77", "-i", ARTICLE / "inventory").returncode == 1
    assert vxd("who", "a2:79", "-i", ARTICLE / "inventory").returncode == 2
