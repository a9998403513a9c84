"""Does `vxd inventory collect` show what it runs, name what is missing, and end as it should?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.inventory.collect import standin
from tests.inventory.collect.test_live import AGENT, LO
from vxlan_dissect.cli.main import main


@pytest.fixture
def kubectl(tmp_path):
    """A stand-in for a cluster with one node, whose agent answers."""
    kubectl = standin.write(tmp_path / "bin")
    kubectl.pods(AGENT)
    kubectl.table["pods"]["kube-system/cilium-x"] = {
        "ip -j -d address": LO,
        "cilium-dbg status": {"out": "Cilium: Ok 1.16.19\n"},
    }
    return kubectl


@pytest.fixture
def collect(kubectl, tmp_path, capsys):
    """Run the command against the stand-in: gives the status and the lines on standard error."""

    def collect(*options):
        out = ["-o", str(tmp_path / "out")] if "-o" not in options else []
        status = main(["inventory", "collect", *out, "--kubectl", kubectl.save(), *options])
        said = capsys.readouterr()
        assert said.out == ""
        return status, said.err.splitlines()

    return collect


def test_each_command_is_shown_before_what_is_missing(collect, kubectl, tmp_path):
    """What runs, then what is not there, then where the files are; status 0 as nothing failed."""
    status, lines = collect("--context", "lab two", "--kubeconfig", "x.conf")
    shown = [line for line in lines if line.startswith(f"vxd: {kubectl.path} ")]
    assert status == 0
    assert shown[0].startswith(f"vxd: {kubectl.path} '--context=lab two' --kubeconfig=x.conf get pods -A ")
    assert len(shown) == len(kubectl.asked())
    assert all(words[:2] == ["--context=lab two", "--kubeconfig=x.conf"] for words in kubectl.asked())
    record = json.loads((tmp_path / "out" / "collected.json").read_text(encoding="utf-8"))
    assert record["collected"]["context"] == "lab two"
    rest = lines[len(shown) :]
    assert "vxd: not there: kubectl get ciliumnodes -o json: cluster" in rest
    assert rest[-1] == f"vxd: {tmp_path / 'out'}: 9 files"
    assert all(line.startswith("vxd: not there: ") for line in rest[:-1])


def test_a_failure_is_status_1_and_safe_to_read(collect, kubectl):
    """The reason is shown with its escapes made visible; the rest was collected."""
    kubectl.table["get nodes -o json"] = {"err": "\x1b]0;owned\x07 no \u202e way\n", "status": 1}
    status, lines = collect("-q")
    assert status == 1
    assert lines[0] == (
        "vxd: missing: cluster: kubectl get nodes -o json: exit status 1: \\x1b]0;owned\\x07 no \\u202e way"
    )
    assert not [line for line in lines if str(kubectl.path) in line and "files" not in line]


def test_many_failures_are_counted(collect, kubectl):
    """A hundred pods that cannot be entered do not fill the screen, and those without `ip` take one line."""
    rows = [("default", f"web-{number}", "worker", False, "app") for number in range(60)]
    kubectl.pods(AGENT, *rows, ("default", "db", "worker", False, "app"))
    kubectl.table["pods"] |= {f"default/{row[1]}": {"*": {"err": "refused", "status": 1}} for row in rows[:-1]}
    kubectl.table["pods"] |= {"default/db": {}, "default/web-59": {}}
    status, lines = collect("-q")
    assert status == 1
    assert sum(line.startswith("vxd: missing: pod default/web-") for line in lines) == 50
    assert "vxd: missing: 9 more, see collected.json" in lines
    assert "vxd: not there: ip address: pod default/db, pod default/web-59" in lines


def test_nothing_is_status_2(collect, kubectl, tmp_path, capsys):
    """No answer at all, no kubectl, a folder that is taken or names that cannot be: unusable."""
    for words in list(kubectl.table):
        if words != "pods":
            kubectl.table[words] = {"err": "Unable to connect to the server: dial tcp: no route\n", "status": 1}
    status, lines = collect("-q")
    assert (status, lines[-1]) == (2, f"vxd: {tmp_path / 'out'}: nothing could be collected")
    reason = "exit status 1: Unable to connect to the server: dial tcp: no route"
    assert f"vxd: missing: cluster: kubectl get nodes -o name: {reason}" in lines
    assert collect() == (2, [f"vxd: {tmp_path / 'out'}: not empty (--force adds to it and replaces files)"])
    file = str(tmp_path / "bin" / "kubectl")
    assert collect("-o", file) == (2, [f"vxd: {file}: not a folder"])
    for option, value in (("--node", "../x"), ("--namespace", "-A")):
        status, lines = collect(option, value)
        assert (status, len(lines)) == (2, 1)
        assert f"{value!r} is no name that Kubernetes allows" in lines[0]
    for command, reason in (
        ("/no/kubectl get", "/no/kubectl: no such program"),
        ("'", "--kubectl ': No closing"),
        ("", ""),
    ):
        assert main(["inventory", "collect", "-o", str(tmp_path / "new"), "--kubectl", command]) == 2
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_force_adds_to_a_folder(collect, tmp_path):
    """What is there stays, what is collected again is replaced."""
    assert collect("-q")[0] == 0
    (tmp_path / "out" / "own.txt").write_text("mine", encoding="utf-8")
    assert collect("-q", "--force")[0] == 0
    assert (tmp_path / "out" / "own.txt").read_text(encoding="utf-8") == "mine"


def test_a_dry_run_shows_all_and_runs_nothing(kubectl, tmp_path, capsys):
    """Every command that a collection runs stands in the dry run, with its file; no folder is made."""
    out = str(tmp_path / "out")
    assert main(["inventory", "collect", "-o", out, "--dry-run", "--kubectl", kubectl.save(), "--context", "c"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "bin" / "asked.txt").exists()
    assert not [line for line in lines if " debug " in line or " delete " in line]
    assert main(["inventory", "collect", "-q", "-o", out, "--kubectl", kubectl.save(), "--context", "c"]) == 0
    record = json.loads((tmp_path / "out" / "collected.json").read_text(encoding="utf-8"))["collected"]
    shown = {line.partition(" > ")[0].replace("'", "") for line in lines}
    for one in record["commands"]:
        words = " ".join(one["command"])
        for name, place in (("kube-system", "NAMESPACE"), ("cilium-x", "POD"), ("-c cilium-agent", "-c CONTAINER")):
            words = words.replace(name, place)
        assert words in shown
        if one["file"]:
            file = one["file"].replace("worker", "NODE")
            assert any(line.endswith(f" > {file}") for line in lines)


def test_a_dry_run_says_what_is_not_read_only(capsys):
    """The pod that a debug image needs is shown, with the command that takes it away."""
    assert main(["inventory", "collect", "--dry-run", "--debug-image", "busybox", "--no-pods"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("# NOT read-only")]
    assert lines[at + 1].startswith("kubectl debug node/NODE ")
    assert lines[at + 2].startswith("kubectl delete pod node-debugger-NODE-XXXXX ")
    assert not [line for line in lines if "pod-POD" in line]


def test_an_interrupt_leaves_a_record_and_no_process(kubectl, tmp_path):
    """Control-C ends what runs at once, with status 130 and what was collected until then."""
    kubectl.table["get services -A -o json"] = {"seconds": 3600}
    command = [sys.executable, "-m", "vxlan_dissect", "inventory", "collect", "--kubectl", kubectl.save()]
    process = subprocess.Popen([*command, "-o", str(tmp_path / "out")], stderr=subprocess.PIPE, text=True)
    while "get services -A -o json" not in process.stderr.readline():
        pass
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    record = json.loads((tmp_path / "out" / "collected.json").read_text(encoding="utf-8"))["collected"]
    (services,) = [one for one in record["commands"] if one["command"][-4:] == ["services", "-A", "-o", "json"]]
    assert (services["status"], services["why"]) == ("failed", "interrupted")
    assert [one for one in record["commands"] if one["status"] == "ok"]
    found = subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(kubectl.path) not in found
    assert not list((tmp_path / "out").rglob(".*"))


def test_an_interrupt_takes_the_debugging_pod_away(kubectl, tmp_path):
    """Control-C while a debugging pod is asked still deletes the pod."""
    kubectl.table["pods"] = {"default/node-debugger-worker-x7x2p": {"*": {"seconds": 3600}}}
    kubectl.table["debug node/worker -n default --image=i --profile=netadmin -- sleep 3600"] = {
        "out": "Creating debugging pod node-debugger-worker-x7x2p with container debugger on node worker.\n"
    }
    delete = "delete pod node-debugger-worker-x7x2p -n default --wait=false"
    kubectl.table[delete] = {"out": "deleted\n"}
    kubectl.pods(("default", "web", "worker", False, "app"))
    command = [sys.executable, "-m", "vxlan_dissect", "inventory", "collect", "--kubectl", kubectl.save(), "--no-pods"]
    options = ["--debug-image", "i", "-o", str(tmp_path / "out")]
    process = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    while "-c debugger -- ip -j -d address" not in process.stderr.readline():
        pass
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert delete.split() in kubectl.asked()
    record = json.loads((tmp_path / "out" / "collected.json").read_text(encoding="utf-8"))["collected"]
    assert [one["status"] for one in record["commands"] if "delete" in one["command"]] == ["ok"]


def test_on_a_terminal_the_progress_stands_before_each_command(kubectl, tmp_path):
    """How many hosts are done of how many, once it is known."""
    import pty

    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "vxlan_dissect", "inventory", "collect", "--kubectl", kubectl.save(), "-j", "1"]
    process = subprocess.Popen([*command, "-o", str(tmp_path / "out")], stderr=follower)
    os.close(follower)
    said = b""
    while True:
        try:
            data = os.read(leader, 65536)
        except OSError:  # the terminal is closed with the last process that has it
            break
        if not data:
            break
        said += data
    os.close(leader)
    assert process.wait(30) == 0
    steps = [line for line in said.decode().splitlines() if "kubectl" in line and "bin/kubectl" in line]
    # Thirteen kinds of objects, one ConfigMap, one node.
    assert steps[3].startswith("vxd: [0/15] ")
    assert steps[-1].startswith("vxd: [14/15] ")
    assert not steps[0].startswith("vxd: [")
