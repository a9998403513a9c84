"""Does `vxd trace` follow packets through stored captures, with the right options, streams and exit status?"""

from __future__ import annotations

import json
import re
import shutil
from importlib import import_module

import pandas as pd
import pytest

from tests.report.trace import made
from tests.report.trace.sequence import checked
from vxlan_dissect.cli.main import main
from vxlan_dissect.report.layout import columns_of

WAY = [
    "cni-7t9p4 eth0", "worker lxc237a31216c0f", "worker cilium_vxlan", "worker eth0", "worker2 eth0",
    "worker2 cilium_vxlan", "worker2 lxc91c4d60f3ab8", "cni-8qgcs eth0",
]  # fmt: skip
HEALTHY, LOSING = "cilium-01-ping6-cross-node", "cilium-35-underlay-loss-1-of-3"


@pytest.fixture(scope="module")
def cilium(captures_dir):
    """Scenarios of Cilium 1.16 with their inventory."""
    return captures_dir / "cilium-1.16"


@pytest.fixture
def run(cilium, capsys, monkeypatch):
    """Run the command on a folder of captures, with more arguments: exit status, output, errors."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(scenario, *arguments):
        status = main(["trace", str(cilium / scenario), "-i", str(cilium / "inventory"), *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def traced(monkeypatch):
    """Put a trace by hand in place of the engine's, and give what it was asked."""
    asked = []

    def trace(captures, inventory=None, **options):
        asked.append((captures, inventory, options))
        return made.Made(made.ALL)

    # The package's own attribute of this name may be the function.
    monkeypatch.setattr(import_module("vxlan_dissect.trace"), "trace", trace)
    return asked


def test_a_ping(run):
    """The overview says places and packets, and the drawing shows each packet on its way."""
    status, out, err = run(HEALTHY)
    assert status == 0
    assert out.startswith("10 captures, 108 frames · 2026-11-22 07:20:34.640497 to 07:20:35.458863 UTC\n")
    assert "packets     14 packets followed; none is seen to be lost\n" in out
    assert re.search(r"worker eth0 +→ worker2 eth0 +3 +23 µs +2\d(\.\d)? µs\n", out)
    assert "seq 1 · 265 µs" in out
    assert re.search(r"\n   ●─+1µs─+●─+24µs─+●═+116µs═+●═+24µs═+●═+0µs═+●─+92µs─+○─+8µs─+▶\n", out)
    assert err.startswith("vxd: ")
    assert "left out, no capture by content or ending: README.md" in err


def test_lost(run):
    """The lost packets alone, the last place that saw them and the first that did not, and why perhaps."""
    status, out, _ = run(LOSING, "--lost")
    assert status == 0
    assert "15 packets followed; 3 lost" in out
    assert "✗ 3 packets from cni-7t9p4 to cni-8qgcs were lost after worker eth0 and before worker2 eth0.\n" in out
    assert "cause       underlay-loss: " in out
    assert len(re.findall(r"^#\d+ .* seq [369] · lost$", out, re.MULTILINE)) == 3
    assert len(re.findall(r"^#\d+ ", out, re.MULTILINE)) == 3


def test_nothing_lost(run):
    """It is said."""
    status, out, _ = run(HEALTHY, "--lost")
    assert status == 0
    assert out.endswith("\nNone of these packets is seen to be lost.\n")


def test_a_filter(run):
    """Packets any frame of which matches, in all their places; the overview is that of all."""
    status, out, _ = run(HEALTHY, "-Y", "icmpv6.type == 128 && icmpv6.echo.sequence_number == 2", "-T", "jsonl")
    (one,) = map(json.loads, out.splitlines())
    assert status == 0
    assert "echo request id 7726 seq 2" in one["summary"]
    assert [" ".join([s["pod"] or s["node"], s["interface"]]) for s in one["sightings"]] == WAY
    assert "No packet matches.\n" in run(HEALTHY, "-Y", "tcp")[1]


def test_a_filter_that_is_none(run):
    """The place of the fault is shown, as in the other commands."""
    status, out, err = run(HEALTHY, "-Y", "icmpv6.typ == 1")
    assert (status, out) == (2, "")
    assert "filter: " in err


@pytest.mark.parametrize(("arguments", "count"), [(["--slow", "2"], 2), (["--slow"], 10), (["--slow", "-n"], 10)])
def test_slow(run, arguments, count):
    """Those that took longest, the slowest first; ten where no number follows."""
    status, out, _ = run(HEALTHY, "-T", "jsonl", *arguments)
    took = [sum(s["delay_ns"] or 0 for s in json.loads(line)["sightings"]) for line in out.splitlines()]
    assert status == 0
    assert len(took) == count
    assert took == sorted(took, reverse=True)
    assert took[0] == 265_000


def test_slow_before_a_file(cilium, capsys):
    """What is no number is told so, with what to do."""
    assert main(["trace", "--slow", str(cilium / HEALTHY)]) == 2
    assert "is no number; name one, as --slow 10, or put --slow last" in capsys.readouterr().err
    assert main(["trace", str(cilium / HEALTHY), "--slow", "0"]) == 2


@pytest.mark.parametrize("scenario", [HEALTHY, LOSING])
def test_json(run, scenario):
    """One object with the keys of the contract; `jsonl` gives its journeys, one a line."""
    status, out, _ = run(scenario, "-T", "json")
    said = json.loads(out)
    assert status == 0
    assert list(said) == ["points", "clocks", "overview", "journeys"]
    assert len(said["points"]) == 10
    assert {"capture", "node", "interface", "direction", "basis"} <= said["points"][0].keys()
    assert all({"node", "offset_ns", "drift_ppm", "error_ns"} <= one.keys() for one in said["clocks"])
    assert [json.loads(line) for line in run(scenario, "-T", "jsonl")[1].splitlines()] == said["journeys"]
    for one in said["journeys"]:
        assert {"id", "summary", "flow", "sightings", "ambiguous", "lost"} <= one.keys()
        for seen in one["sightings"]:
            assert {"capture", "frame", "time", "node", "interface", "delay_ns", "changes"} <= seen.keys()
        if one["lost"]:
            assert one["lost"]["after"] == {"node": "worker", "interface": "eth0", "pod": None}
            assert one["lost"]["before"] == {"node": "worker2", "interface": "eth0", "pod": None}
            assert {"cause", "why", "confidence"} == one["lost"]["causes"][0].keys()
    assert sum(one["lost"] is not None for one in said["journeys"]) == said["overview"]["lost"]


def test_mermaid(run):
    """A sequence diagram of the chosen packets, which Mermaid reads."""
    status, out, _ = run(LOSING, "--lost", "-T", "mermaid")
    said = checked(out)
    assert status == 0
    assert [arrow for arrow in said.arrows if not arrow[2]] == [("p4", "p5", False)] * 3


def test_no_names(run):
    """Addresses only."""
    out = run(HEALTHY, "-n", "-Y", "icmpv6.type == 128")[1]
    assert "fd00:10:244:1::4749 → fd00:10:244:2::9461: ICMPv6 echo request id 7726 seq 1" in " ".join(out.split())
    assert "inventory" not in out


def test_output(run, cilium, tmp_path, capsys):
    """A file is written as standard output is, and none that is read."""
    out = run(HEALTHY, "-T", "json")[1]
    assert run(HEALTHY, "-T", "json", "-o", tmp_path / "1.json")[1] == ""
    assert (tmp_path / "1.json").read_text() == out
    name = tmp_path / "worker.eth0.pcap"
    shutil.copy(cilium / HEALTHY / name.name, name)
    assert main(["trace", str(name), "-o", str(name)]) == 2
    assert "is read and may not be written over" in capsys.readouterr().err
    assert name.read_bytes() == (cilium / HEALTHY / name.name).read_bytes()


def test_tables(traced, cilium, tmp_path, capsys):
    """Parquet is a folder of three tables, whose paths are said."""
    folder = tmp_path / "tables"
    assert main(["trace", str(cilium / HEALTHY), "-T", "parquet", "-o", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    for name in ("sightings", "hops", "losses"):
        assert f"vxd: {folder / name}.parquet written\n" in err
        assert len(pd.read_parquet(folder / f"{name}.parquet"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-T", "parquet"], "name a folder for them with -o"),
        (["-T", "parquet", "-o", "-"], "name a folder for them with -o"),
        (["-T", "parquet", "-o", "t", "--lost"], "no --lost, no --slow"),
        (["--lost", "--slow", "3"], "give one of them"),
        (["--at", "worker:eth0"], "is not FILE=NODE:IFACE, such as 1.cap=worker:eth0"),
        (["--at", "1.cap="], "is not FILE=NODE:IFACE"),
        (["--at", "1.cap=a:b", "--at", "1.cap=a:c"], "two places for 1.cap: a:b and a:c"),
        (["--at", "nothing.cap=a:b"], "no capture is called nothing.cap"),
        (["-d", "udp.port"], "udp.port"),
        (["-T", "html"], "is not one of"),
    ],
)
def test_what_cannot_be_meant(run, arguments, said):
    """It is one line on standard error that says what is wrong, and nothing else is written."""
    status, out, err = run(HEALTHY, *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_without_captures(capsys):
    """The usage is said."""
    assert main(["trace"]) == 2
    assert "Missing argument" in capsys.readouterr().err


def test_what_is_asked_of_the_library(traced, cilium, capsys):
    """Every option arrives; the name of a file may have a sign of equality in it."""
    folder = str(cilium / HEALTHY)
    given = ["-Y", "ip", "-d", "udp.port==51999,vxlan", "-n", "--hubble", "flows.jsonl", "--at", "a=b.cap=n:eth0"]
    assert main(["trace", folder, *given]) == 0
    assert main(["trace", folder, "-i", str(cilium / "inventory")]) == 0
    (captures, inventory, options), (_, other, _) = traced
    assert len(captures) == 10
    assert inventory is None
    assert other.who("worker")
    assert options == {
        "at": {"a=b.cap": "n:eth0"}, "where": "ip", "decode_as": ("udp.port==51999,vxlan",), "names": False,
        "hubble": "flows.jsonl",
    }  # fmt: skip


def test_places_as_the_user_says(cilium, tmp_path, capsys):
    """Files whose names tell nothing are where they are said to be."""
    arguments = []
    for name, file, place in (
        ("a.pcap", "worker.eth0.pcap", "worker:eth0"), ("b.pcap", "worker2.eth0.pcap", "worker2:eth0"),
    ):  # fmt: skip
        shutil.copy(cilium / LOSING / file, tmp_path / name)
        arguments += ["--at", f"{name}={place}"]
    status = main(["trace", str(tmp_path), "-i", str(cilium / "inventory"), *arguments, "-T", "json"])
    said = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [(one["node"], one["interface"]) for one in said["points"]] == [("worker", "eth0"), ("worker2", "eth0")]
    assert {one["basis"] for one in said["points"]} == {"given by the user"}
    assert {tuple(one["lost"]["after"].values()) for one in said["journeys"] if one["lost"]} == {
        ("worker", "eth0", None)
    }


def test_a_file_that_is_not_there(run):
    """The others are traced, and the exit status says that one could not be read."""
    status, out, err = run(HEALTHY, "no-such.pcap", "--at", "no-such.pcap=worker:eth9")
    assert status == 2
    assert "vxd: no-such.pcap: No such file" in err
    assert "14 packets followed" in out


def test_files_that_end_early(cilium, tmp_path, capsys):
    """What is before the cut is traced, where it ends is said, and the exit status tells."""
    for file, kept in (("worker.eth0.pcap", -20), ("worker2.eth0.pcap", 0), ("worker.cilium_vxlan.pcap", 40)):
        whole = (cilium / HEALTHY / file).read_bytes()
        (tmp_path / file).write_bytes(whole[: kept or None])
    status = main(["trace", str(tmp_path), "-i", str(cilium / "inventory"), "-T", "json"])
    out, err = capsys.readouterr()
    assert status == 2
    assert re.search(r"vxd: \S+/worker\.eth0\.pcap, frame 6, offset \d+: ", err)
    assert re.search(r"vxd: \S+/worker\.cilium_vxlan\.pcap, frame 1, offset 24: ", err)
    assert json.loads(out)["overview"]["matched"] == 10


def test_nothing_can_be_read(tmp_path, capsys):
    """Each file is said, and nothing else."""
    (tmp_path / "1.pcap").write_bytes(b"")
    assert main(["trace", str(tmp_path), "2.pcap"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("vxd: ") == 2


def test_a_folder_without_captures(cilium, tmp_path, capsys):
    """It is said, the others are traced, and the exit status tells."""
    status = main(["trace", str(tmp_path), str(cilium / HEALTHY), "-i", str(cilium / "inventory")])
    out, err = capsys.readouterr()
    assert status == 2
    assert "14 packets followed" in out
    assert "there is no capture in this folder" in err


def test_files_are_a_folder(run, cilium, capsys):
    """A folder stands for its captures, and a file that is named twice is read once."""
    files = sorted(map(str, (cilium / HEALTHY).glob("*.pcap")))
    assert main(["trace", *files, files[0], "-i", str(cilium / "inventory")]) == 0
    assert capsys.readouterr().out == run(HEALTHY)[1]


STORED = (
    "calico-vxlan/*", "cilium-1.13/*", "cilium-1.16/*", "cilium-1.19/*", "cilium-1.19-ipv6-underlay/*", "flannel/*",
    "kindnet-hostgw/*", "proxy-gateway/*", "vxlan-variants/*",
)  # fmt: skip


@pytest.mark.parametrize("pattern", STORED)
@pytest.mark.parametrize("width", [80, 100])
def test_every_stored_capture_fits_its_screen(captures_dir, capsys, monkeypatch, pattern, width):
    """Each scenario is traced, told and drawn in the width of the terminal, and Mermaid reads its diagram."""
    monkeypatch.setenv("COLUMNS", str(width))
    scenarios = [path for path in sorted(captures_dir.glob(pattern)) if [*path.glob("*.pcap*")]]
    assert scenarios
    for scenario in scenarios:
        arguments = ["trace", str(scenario), "-i", str(scenario.parent / "inventory"), "-Y", "frame"]
        assert main(arguments) == 0, scenario
        out = capsys.readouterr().out
        assert [line for line in out.splitlines() if columns_of(line) > width] == [], scenario
        assert main([*arguments, "-T", "mermaid"]) == 0
        checked(capsys.readouterr().out)
