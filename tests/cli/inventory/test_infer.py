"""Does `vxd inventory infer` write a file that people can name things in and that is read again?"""

from __future__ import annotations

from tests.datapath.labs import ROOT
from vxlan_dissect import Inventory
from vxlan_dissect.addresses import parse_mac

CAPTURE = ROOT / "captures" / "cilium-1.16" / "cilium-01-ping6-cross-node" / "worker.eth0.pcap"


def test_named_by_hand(vxd, tmp_path):
    """A pod renamed in the file is called so by `vxd who`, and the file keeps the frames of each line."""
    file = tmp_path / "lab.inventory.yaml"
    done = vxd("inventory", "infer", CAPTURE, "-o", file)
    assert done.returncode == 0
    assert "network: Cilium (likely: UDP port 8472" in done.stderr
    text = file.read_text(encoding="utf-8")
    assert "worker.eth0.pcap: inferred from frame" in text
    file.write_text(text.replace('pod: "fd00:10:244:1::4749"', "pod: web-0"), encoding="utf-8")
    (owner,) = Inventory.load(file).owners_of_mac(parse_mac("4e:5b:57:45:63:3b"))
    assert (owner.pod, owner.node, owner.what) == ("web-0", "172.18.0.4", "pod")
    assert "pod web-0" in vxd("who", "a2:79:14:47:80:b3", "-i", file).stdout


def test_a_capture_that_cannot_be_read(vxd, tmp_path):
    """A file that is no capture is an error, and nothing is written."""
    done = vxd("inventory", "infer", tmp_path / "missing.cap", "-o", tmp_path / "out.yaml")
    assert done.returncode == 2
    assert not (tmp_path / "out.yaml").exists()
