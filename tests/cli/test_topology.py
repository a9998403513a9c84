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
    """Without -i the inventory beside a capture is used, and standard error says so."""
    assert main(["topology", str(article / "1.cap")]) == 0
    assert capsys.readouterr().err.endswith("inventory (found beside the capture)\n")


def test_captures_beside_one_inventory(capsys, article):
    """Several captures with one inventory beside them are one line on standard error."""
    assert main(["topology", str(article / "1.cap"), str(article / "pod-eth0.pcap")]) == 0
    err = capsys.readouterr().err
    assert err.count("found beside the capture") == 1
    assert "1.cap and 1 more: inventory " in err


def test_frames_add_to_the_inventory(capsys, article):
    """What frames let infer is in the same graph, as likely, under the names that the inventory gives."""
    assert main(["topology", str(article / "1.cap")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("node cilium-dual-stack-worker\n")
    assert "├─ nic 02:42:ac:12:00:04 172.18.0.4/32 (likely:" in out
    assert "veth pair with host end de:40:65:1b:fa:92\n" in out
    # The second node has no address in the inventory; its pod tells which it is.
    assert "node 172.18.0.3" not in out


def test_frames_alone(capsys, tmp_path, article):
    """A capture alone gives its nodes, and the pods behind them with the host ends of their veths."""
    capture = tmp_path / "1.cap"
    capture.write_bytes((article / "1.cap").read_bytes())
    assert main(["topology", str(capture)]) == 0
    out = capsys.readouterr().out
    assert "node 172.18.0.4 (likely: tunnel packets come from it)" in out
    assert "└─ pod fd00:10:244:1::4749" in out
    assert "veth pair with host end a2:79:14:47:80:b3" in out


def test_a_cut_capture(capsys, tmp_path, article):
    """A capture that ends in a record is used as far as it goes, and the status tells."""
    capture = tmp_path / "cut.cap"
    capture.write_bytes((article / "1.cap").read_bytes()[:-10])
    assert main(["topology", str(capture)]) == 2
    out, err = capsys.readouterr()
    assert "node 172.18.0.4" in out
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
