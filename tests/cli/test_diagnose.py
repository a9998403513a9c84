"""Does `vxd diagnose` say what is wrong, with the right words, keys and exit status?"""

from __future__ import annotations

import json
import shutil

import pytest

from vxlan_dissect.cli.main import main
from vxlan_dissect.explain.statements import CAUSES, SEVERITIES
from vxlan_dissect.rules import names

FINDING = {
    "rule", "severity", "verdict", "confidence", "text", "next", "scope", "count", "frames", "place", "causes",
    "evidence",
}  # fmt: skip


@pytest.fixture(scope="module")
def cilium(captures_dir):
    """Scenarios of Cilium 1.16 with their inventory."""
    return captures_dir / "cilium-1.16"


@pytest.fixture
def run(cilium, capsys):
    """Run the command on all captures of a scenario, with more arguments: exit status, output, errors."""

    def run(scenario, *arguments):
        captures = sorted(map(str, (cilium / scenario).glob("*.pcap")))
        status = main(["diagnose", *captures, "-i", str(cilium / "inventory"), *arguments])
        return status, *capsys.readouterr()

    return run


def test_nothing_wrong(run):
    """A ping that works: it is said in a sentence, with what was checked."""
    status, out, _ = run("cilium-01-ping6-cross-node", "--fail-on", "notice")
    assert status == 0
    assert "Nothing wrong was found." in out
    assert "checked" in out
    assert "worker2 cilium_vxlan" in out


def test_something_wrong(run):
    """A policy that drops: an error with cause, what to check next, and what cannot be known."""
    status, out, _ = run("cilium-29-policy-deny-ingress")
    assert status == 0
    assert "Nothing wrong" not in out
    for word in ("✗ error", "policy", "check next", "scope", "evidence"):
        assert word in out


@pytest.mark.parametrize(("severity", "status"), [("info", 1), ("warning", 1), ("error", 1)])
def test_fail_on(run, severity, status):
    """A script learns by the exit status whether something as grave was found."""
    assert run("cilium-29-policy-deny-ingress", "--fail-on", severity)[0] == status


def test_fail_on_what_is_not_there(run):
    """What is worth knowing and no fault does not fail a script that asks for faults."""
    assert run("cilium-01-ping6-cross-node", "--fail-on", "notice")[0] == 0
    assert run("cilium-01-ping6-cross-node", "--fail-on", "info")[0] == 1


@pytest.mark.parametrize("scenario", ["cilium-29-policy-deny-ingress", "cilium-35-underlay-loss-1-of-3"])
def test_json(run, scenario):
    """One object with the keys of the contract, the gravest finding first."""
    status, out, _ = run(scenario, "-T", "json")
    said = json.loads(out)
    assert status == 0
    assert {"captures", "checked", "findings"} <= said.keys()
    assert said["captures"][0] == "worker.any.pcap"
    assert said["findings"]
    ranks = [SEVERITIES.index(one["severity"]) for one in said["findings"]]
    assert ranks == sorted(ranks, reverse=True)
    for one in said["findings"]:
        assert one.keys() == FINDING
        assert one["rule"] in names()
        assert one["count"] >= 1
        assert {cause["cause"] for cause in one["causes"]} <= set(CAUSES)
        assert all(name in said["captures"] and number > 0 for name, number in one["frames"])
        assert one["place"] is None or {"node", "interface"} <= one["place"].keys() or len(one["place"]["between"]) == 2


def test_a_file_that_is_not_there(run):
    """The others are diagnosed, and the exit status says that one could not be read."""
    status, out, err = run("cilium-29-policy-deny-ingress", "no-such.pcap")
    assert status == 2
    assert "no-such.pcap" in err
    assert "policy" in out


def test_a_file_that_ends_early(cilium, tmp_path, capsys):
    """What is before the cut is diagnosed, where it ends is said, and the exit status tells."""
    whole = (cilium / "cilium-01-ping6-cross-node" / "worker.eth0.pcap").read_bytes()
    (tmp_path / "worker.eth0.pcap").write_bytes(whole[:-20])
    status = main(["diagnose", str(tmp_path / "worker.eth0.pcap"), "-i", str(cilium / "inventory"), "-T", "json"])
    out, err = capsys.readouterr()
    assert status == 2
    assert "worker.eth0.pcap" in err
    assert "capture.truncated-file" in [one["rule"] for one in json.loads(out)["findings"]]


def test_the_same_file_twice(cilium, capsys):
    """A file that is named twice is read once: nothing of it was sent again."""
    name = str(cilium / "cilium-08-tcp6-short" / "worker.eth0.pcap")
    outputs = []
    for captures in ([name], [name, name], [name, name.replace("/cilium-08", "/./cilium-08")]):
        assert main(["diagnose", *captures, "-i", str(cilium / "inventory"), "-T", "json"]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] == outputs[2]


def test_two_files_of_one_name(cilium, tmp_path, capsys):
    """Files of different folders are two captures, also where they are called the same."""
    name = cilium / "cilium-08-tcp6-short" / "worker.eth0.pcap"
    shutil.copy(name, tmp_path / name.name)
    arguments = [str(name), str(tmp_path / name.name), "-i", str(cilium / "inventory"), "-T", "json"]
    assert main(["diagnose", *arguments]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(set(said["captures"])) == 2
    assert [one for one in said["findings"] if one["severity"] != "info"] == []


def test_a_folder(cilium, capsys):
    """A folder stands for the captures in it; what is left out is said, and output is that of the files."""
    folder = cilium / "cilium-08-tcp6-short"
    outputs = []
    for captures in (sorted(map(str, folder.glob("*.pcap"))), [str(folder)]):
        assert main(["diagnose", *captures, "-i", str(cilium / "inventory"), "-T", "json"]) == 0
        outputs.append(capsys.readouterr())
    assert outputs[0].out == outputs[1].out
    assert outputs[0].err == ""
    assert outputs[1].err.startswith(f"vxd: {folder}: left out, no capture by content or ending: ")


def test_a_folder_without_captures(cilium, tmp_path, capsys):
    """It is said, the others are diagnosed, and the exit status tells."""
    name = str(cilium / "cilium-08-tcp6-short" / "worker.eth0.pcap")
    assert main(["diagnose", str(tmp_path), name, "-i", str(cilium / "inventory")]) == 2
    out, err = capsys.readouterr()
    assert "Nothing wrong was found." in out
    assert "there is no capture in this folder" in err
