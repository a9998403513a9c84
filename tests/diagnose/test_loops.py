"""Is a packet that goes round in a circle told from one that is seen before and after it is routed?"""

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import ROOT

FOLDER = ROOT / "captures" / "cilium-1.16"
CAPTURE = FOLDER / "cilium-20-unknown-remote-pod" / "worker2.cilium_host.pcap"
ETHERNET, HOP_LIMIT = 14, {4: 8, 6: 7}


def circled(folder, rounds):
    """The capture, each frame repeated with a hop limit that falls by one; IPv4 header checksums are not renewed."""
    packets, data = vxd.read(str(CAPTURE)), CAPTURE.read_bytes()
    pieces = [data[:24]]
    for begin, size in zip(packets.column("frame.offset").values, packets.column("frame.cap_len").values, strict=True):
        record, frame = data[begin - 16 : begin], bytearray(data[begin : begin + size])
        place = ETHERNET + HOP_LIMIT[frame[ETHERNET] >> 4]
        for _ in range(rounds):
            pieces.append(record + bytes(frame))
            frame[place] -= 1
    path = folder / CAPTURE.name
    path.write_bytes(b"".join(pieces))
    return str(path)


@pytest.mark.parametrize(("rounds", "loops"), [(1, False), (2, False), (3, True), (20, True)])
def test_loop(tmp_path, rounds, loops):
    """Three hop limits of one echo at one place are a loop, two are a router's two sides."""
    diagnosis = vxd.diagnose(circled(tmp_path, rounds), str(FOLDER / "inventory"))
    lost = [finding for finding in diagnosis.findings if finding.rule.startswith("loss.")]
    assert lost
    assert {finding.causes[0].cause == "loop" for finding in lost} == {loops}
    if loops:
        assert all(f"passes worker2 cilium_host {rounds} times" in finding.causes[0].why for finding in lost)
