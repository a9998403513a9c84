"""Are the ten captures of the measurements of a trace what they are said to be?"""

from __future__ import annotations

import subprocess
import sys

import vxlan_dissect as vxd
from vxlan_dissect.trace import trace

PACKETS = 3000
NAMES = {
    f"{node}.{name}.pcap"
    for node, pod, lxc in (("worker", "cni-7t9p4", "lxc237a31216c0f"), ("worker2", "cni-8qgcs", "lxc91c4d60f3ab8"))
    for name in (f"pod-{pod}.eth0", lxc, "cilium_vxlan", "eth0", "any")
}


def test_points(root, tmp_path):
    """Ten captures hold the same packets with right checksums, encapsulated, forwarded, and some lost on the wire."""
    make = root / "benchmarks" / "make_points.py"
    subprocess.run([sys.executable, make, str(PACKETS), tmp_path], check=True)
    captures = sorted(tmp_path.glob("*.pcap"))
    assert {path.name for path in captures} == NAMES
    for path in captures:
        packets = vxd.read(path)
        assert len(packets) == PACKETS
        assert len(packets.where("tcp.checksum.status == 1")) == PACKETS
    told = trace([str(path) for path in captures], root / "captures" / "cilium-1.16" / "inventory")
    assert told.overview.frames == 10 * PACKETS
    # What was sent last had not passed everywhere when the captures were full.
    seen = [len(journey.sightings) for journey in told.journeys]
    assert seen.count(8) > PACKETS * 0.99
    assert seen.count(4) >= 1
    assert told.overview.ambiguous == 0


def test_a_measurement(root):
    """The measurement says how long both took."""
    command = [sys.executable, root / "benchmarks" / "trace.py", "100", "--rounds", "1", "--journeys"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in said.splitlines()[2:]] == ["nothing", "decode", "trace", "journeys"]
