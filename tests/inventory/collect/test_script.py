"""Does the shell script gather what `vxd inventory collect` gathers, in any shell?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.inventory.collect import standin
from tests.inventory.collect.test_live import AGENT, FORBIDDEN, LO
from vxlan_dissect.inventory.collect.folder import Folder
from vxlan_dissect.inventory.collect.live import Collection, Options
from vxlan_dissect.inventory.collect.script import script
from vxlan_dissect.inventory.model.times import parse_time

SHELLS = {"dash": ["dash"], "busybox": ["busybox", "sh"], "bash": ["bash", "--posix"]}


@pytest.fixture(params=SHELLS)
def shell(request):
    """The words that start a shell."""
    words = SHELLS[request.param]
    if shutil.which(words[0]) is None:
        pytest.skip(f"needs {words[0]}")
    return words


@pytest.fixture
def gather(tmp_path):
    """Run the cluster's script against a stand-in: gives the finished process; the folder is `tmp_path / "out"`."""

    def gather(kubectl, shell=("sh",), **settings):
        (tmp_path / "collect.sh").write_text(script("vxd test", host=False), encoding="utf-8")
        return subprocess.run(
            [*shell, tmp_path / "collect.sh", "out"],
            cwd=tmp_path,
            env=os.environ | {"KUBECTL": kubectl.save(), "TIMEOUT": "20"} | settings,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return gather


def contents(folder):
    """The files of a collection and what stands in them, without the record."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name != "collected.json"}


def record(folder):
    """What was run."""
    return json.loads((folder / "collected.json").read_text(encoding="utf-8"))["collected"]


def test_it_leaves_the_same_folder(captures_dir, tmp_path, gather, shell):
    """Every file of a collection, with its content, comes from the script too, and in its archive."""
    kubectl = standin.laboratory(tmp_path / "bin", captures_dir / "cilium-1.16" / "inventory", ["worker"])
    kubectl.table["-n kube-system get configmap cilium-config -o json"] = {"out": '{"kind": "ConfigMap"}\n'}
    Collection(Folder(str(tmp_path / "own"), force=False), Options((kubectl.save(),)), lambda *_: None).collect()
    done = gather(kubectl, shell)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "out") == contents(tmp_path / "own")
    assert "kubectl-get-configmap-cilium-config-o-json.json" in contents(tmp_path / "own")
    assert (tmp_path / "out.tar").exists()
    subprocess.run(["tar", "-xf", "out.tar", "--one-top-level=unpacked"], cwd=tmp_path, check=True)
    assert contents(tmp_path / "unpacked" / "out") == contents(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bin",
        "collect.sh",
        "out",
        "out.tar",
        "own",
        "unpacked",
    ]


def test_it_leaves_the_same_record(kubectl, tmp_path, gather, shell):
    """Each command stands in the record with file, result and time, whatever characters its reason has."""
    kubectl.pods(AGENT)
    kubectl.table["pods"]["kube-system/cilium-x"] = {
        "ip -j -d address": LO,
        "ip -j route": {"err": 'a "bad"\\ \x1b[31mday\u202e\ncommand terminated with exit code 2\n', "status": 2},
    }
    done = gather(kubectl, shell)
    assert done.returncode == 1
    said = record(tmp_path / "out")
    assert (said["format"], said["tool"], said["context"]) == (1, "vxd test (script)", "lab")
    assert parse_time(said["started"]) <= parse_time(said["ended"])
    assert {one["file"] for one in said["commands"] if one["file"]} == set(contents(tmp_path / "out"))
    (route,) = [one for one in said["commands"] if one["command"][-2:] == ["-j", "route"]]
    assert route["command"][1:] == "exec -n kube-system cilium-x -c cilium-agent -- ip -j route".split()
    assert (route["file"], route["status"]) == (None, "failed")
    assert route["why"] == 'exit status 2: a "bad"\\  [31mday'
    assert "\x1b" not in done.stderr
    assert 'missing: worker/ip-j-route.json: exit status 2: a "bad"\\  [31mday\n' in done.stderr
    (rule,) = [one for one in said["commands"] if one["command"][-2:] == ["-j", "rule"]]
    assert (rule["status"], rule["why"]) == ("absent", "no such program")


@pytest.fixture
def kubectl(tmp_path):
    """A stand-in that knows an empty cluster."""
    return standin.write(tmp_path / "bin")


def test_a_hostile_name_is_no_word_of_a_command(kubectl, tmp_path, gather):
    """What cannot be a name in Kubernetes is named as such, never run, and no file gets it."""
    good = ("default", "web", "worker", False, "cilium-agent")
    names = ["../../x", "-n", "--kubeconfig=x", "a/b", "A", ".x", "*", "$(id)", "x" * 254]
    kubectl.pods(good, *[(*good[:at], name, *good[at + 1 :]) for at in (0, 1, 2) for name in names])
    kubectl.table["pods"] = {"default/web": {"ip -j -d address": LO}}
    kubectl.table["get nodes -o name"] = {"out": "node/worker\n" + "".join(f"node/{name}\n" for name in names)}
    done = gather(kubectl)
    assert done.stderr.count(": not a name that Kubernetes allows\n") == 4 * len(names)
    inside = {tuple(words[1:6]) for words in kubectl.asked() if words[0] == "exec"}
    assert inside == {("-n", "default", "web", "-c", "cilium-agent")}
    assert {words[1] for words in kubectl.asked() if words[0] == "-n"} == {"default"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "collect.sh", "out", "out.tar"]
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["worker"]


def test_failures_are_named(kubectl, tmp_path, gather, shell):
    """A refusal is a failure, an image without `ip` is not, and both are named."""
    kubectl.pods(AGENT, ("blue", "web", "worker", False, "app"), ("green", "web", "worker", False, "app,proxy"))
    kubectl.table["pods"] |= {
        "kube-system/cilium-x": {"ip -j -d address": LO},
        "blue/web": {"*": FORBIDDEN},
        "green/web": {},
    }
    done = gather(kubectl, shell)
    assert done.returncode == 1
    assert f"missing: blue/web: ip address: exit status 1: {FORBIDDEN['err']}" in done.stderr
    assert "not there: green/web: ip address: no container has ip\n" in done.stderr
    assert "not there: kubectl-get-ciliumnodes-o-json.json: " in done.stderr
    assert [path.name for path in (tmp_path / "out" / "worker").iterdir()] == ["ip-j-d-address.json"]


def test_settings_narrow_it(kubectl, tmp_path, gather):
    """Nodes, namespaces and whether pods are asked come from the environment."""
    rows = [(space, "web", node, False, "app") for space in ("blue", "green") for node in ("one", "two")]
    kubectl.pods(*rows)
    kubectl.table["pods"] = {f"{row[0]}/web": {"ip -j -d address": LO} for row in rows}
    gather(kubectl, NODES="one three", NAMESPACES="blue")
    assert [str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("ip-*")] == [
        "one/pod-web@blue/ip-j-d-address.json"
    ]
    shutil.rmtree(tmp_path / "out")
    gather(kubectl, PODS="no")
    assert not list((tmp_path / "out").rglob("ip-*"))


def test_what_hangs_is_ended(kubectl, tmp_path, gather, shell):
    """A command has its time where there is a `timeout`."""
    kubectl.table["get services -A -o json"] = {"seconds": 60}
    done = gather(kubectl, shell, TIMEOUT="1")
    assert "missing: kubectl-get-services-A-o-json.json: exit status " in done.stderr
    assert done.returncode == 1


def test_nothing_at_all_is_status_2(kubectl, tmp_path, gather):
    """Without a kubectl there is nothing to pack; a folder that holds something is not touched."""
    done = gather(kubectl, KUBECTL="/nowhere/kubectl")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "nothing could be collected")
    done = gather(kubectl)
    assert (done.returncode, done.stderr) == (2, "out: not empty\n")


@pytest.mark.parametrize("host", [False, True])
def test_the_linter_of_shells_is_content(tmp_path, host):
    """The scripts have no faults that shellcheck knows, where it is installed."""
    if shutil.which("shellcheck") is None:
        pytest.skip("needs shellcheck")
    (tmp_path / "collect.sh").write_text(script("vxd", host=host), encoding="utf-8")
    done = subprocess.run(
        ["shellcheck", "-S", "warning", "-s", "sh", tmp_path / "collect.sh"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="needs iproute2")
@pytest.mark.parametrize("host", [False, True])
def test_every_marker_is_filled(host):
    """No word of the template is left."""
    import re

    assert re.findall(r"@[A-Z_]+@", script("vxd", host=host)) == []
