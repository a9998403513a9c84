"""Does `vxd topology` show what inventories and captures say, and end as it should?"""

from __future__ import annotations

import json

import pytest

from vxlan_dissect.cli.main import main
from vxlan_dissect.report.topology import FORMATS

TREE = """\
node cilium-dual-stack-worker
├─ cilium_host (router of the pods) 32:ed:4d:67:b2:e1 ifindex 3 mtu 1500 10.244.1.154/32
│     fc00:f853:ccd:e793::4/128
└─ pod cni-7t9p4
   └─ eth0 4e:5b:57:45:63:3b ifindex 18 mtu 1500 10.244.1.233/32 fd00:10:244:1::4749/128
      ├─ veth pair with lxc237a31216c0f a2:79:14:47:80:b3 ifindex 19 mtu 1500
"""


@pytest.fixture
def article(captures_dir):
    """The folder of the article's capture, with its inventory."""
    return captures_dir / "dual-stack-ping6"


@pytest.fixture(autouse=True)
def _columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


def test_tree_of_an_inventory(capsys, article):
    """The article's inventory gives the article's network."""
    assert main(["topology", "-i", str(article / "inventory")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(TREE)
    assert err == ""


def test_beside_the_capture(capsys, article):
    """Without -i the inventory beside a capture is used, and its hosts are not told again by what frames show."""
    assert main(["topology", "-i", str(article / "inventory")]) == 0
    given = capsys.readouterr().out
    assert main(["topology", str(article / "1.cap")]) == 0
    out, err = capsys.readouterr()
    assert err.endswith("inventory (found beside the capture)\n")
    assert out == given


def test_several_captures(capsys, tmp_path, article):
    """What one capture has shown is not shown again for the next."""
    for name in ("1.cap", "2.cap"):
        (tmp_path / name).write_bytes((article / "1.cap").read_bytes())
    assert main(["topology", str(tmp_path / "1.cap")]) == 0
    one = capsys.readouterr().out
    assert main(["topology", str(tmp_path / "1.cap"), str(tmp_path / "2.cap")]) == 0
    assert capsys.readouterr().out == one


def test_frames_alone(capsys, tmp_path, article):
    """A capture alone shows its nodes, the tunnel between them and a pod on each, nothing as certain."""
    capture = tmp_path / "1.cap"
    capture.write_bytes((article / "1.cap").read_bytes())
    assert main(["topology", str(capture), "-T", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {node["confidence"] for node in found["nodes"]} <= {"likely", "possible"}
    labels = {
        kind: sorted(node["label"] for node in found["nodes"] if node["kind"] == kind) for kind in ("node", "pod")
    }
    assert labels == {
        "node": ["node 172.18.0.3", "node 172.18.0.4"],
        "pod": ["pod fd00:10:244:1::4749", "pod fd00:10:244:2::9461"],
    }
    tunnels = [edge for edge in found["edges"] if edge["kind"] == "tunnels-to"]
    assert [(edge["from"], edge["to"]) for edge in tunnels] == [
        ("node/node%20172.18.0.3", "node/node%20172.18.0.4"),
        ("node/node%20172.18.0.4", "node/node%20172.18.0.3"),
    ]
    assert main(["topology", str(capture)]) == 0
    tree = capsys.readouterr().out
    assert tree.startswith("node 172.18.0.3 (likely: ")
    assert "tunnels to node 172.18.0.4 (likely: both are tunnel endpoints in " in tree.replace("\n│     ", " ")


def test_a_cut_capture(capsys, tmp_path, article):
    """A capture that ends in a record is used as far as it goes, and the status tells."""
    capture = tmp_path / "cut.cap"
    capture.write_bytes((article / "1.cap").read_bytes()[:-10])
    assert main(["topology", str(capture)]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("node 172.18.0.3")
    assert "cut.cap" in err


@pytest.mark.parametrize("shape", FORMATS)
def test_formats_go_to_a_file(capsys, tmp_path, article, shape):
    """-T chooses the format, -o the file; standard output stays empty."""
    path = tmp_path / "out"
    assert main(["topology", "-i", str(article / "inventory"), "-T", shape, "-o", str(path)]) == 0
    assert capsys.readouterr().out == ""
    start = {"tree": "node ", "dot": "digraph ", "graphml": "<?xml ", "mermaid": "flowchart ", "json": "{"}[shape]
    assert path.read_text(encoding="utf-8").startswith(start)


def test_one_node(capsys, article):
    """--node leaves the other nodes' pods out; a node that is not there is an error that names those that are."""
    given = ["topology", "-i", str(article / "inventory"), "--node"]
    assert main([*given, "cilium-dual-stack-worker2", "-T", "json"]) == 0
    pods = [node["label"] for node in json.loads(capsys.readouterr().out)["nodes"] if node["kind"] == "pod"]
    assert pods == ["cni-8qgcs"]
    assert main([*given, "worker"]) == 2
    assert "no node 'worker'; there are cilium-dual-stack-worker" in capsys.readouterr().err


def test_without_names(capsys, article):
    """-n calls hosts by their addresses."""
    assert main(["topology", "-n", "-i", str(article / "inventory")]) == 0
    out = capsys.readouterr().out
    assert "pod 10.244.1.233\n" in out
    assert "cni-7t9p4" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name an inventory with -i, or a capture"),
        (["-i", "no/such/folder"], "no/such/folder"),
        (["no-such.cap"], "no-such.cap"),
        (["-T", "yaml", "-i", "."], "'yaml' is not one of"),
    ],
)
def test_errors(capsys, monkeypatch, tmp_path, arguments, said):
    """What cannot be read or understood is one line on standard error, and status 2."""
    monkeypatch.chdir(tmp_path)
    assert main(["topology", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith("vxd: ")) == ("", True)
    assert said in err
