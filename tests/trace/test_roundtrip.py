"""Is the order of nodes found where no model knows the way, and left open where nothing tells it?"""

from __future__ import annotations

import pytest
from scapy.layers.inet6 import ICMPv6EchoReply

import vxlan_dissect as vxd
from tests.capture.writers import START, Frame, write_pcap
from tests.trace.made import SIX, SIX_B, A, B, ping6, tcp, udp

MS = 1_000_000
AT = {"near.pcap": "near:eth0", "far.pcap": "far:eth0"}


def echoes():
    """Three questions and their answers: what is sent, by whom, and when it passes the nearer and the farther node."""
    for number in range(1, 4):
        begin = number * 100 * MS
        yield begin, begin + 200_000, ping6(number)
        yield begin + 900_000, begin + 700_000, ping6(number, kind=ICMPv6EchoReply, src=SIX_B, dst=SIX)


def opening():
    """A connection that is opened."""
    yield 0, 200_000, tcp(flags="S", payload=b"")
    yield 900_000, 700_000, tcp(B, A, 80, 40000, flags="SA", seq=5, ack=1001, payload=b"")


def both(passages, ahead=0):
    """The captures of two nodes, the clock of the second `ahead` by so many ns."""
    passages = list(passages)
    near = sorted(((near, frame) for near, _, frame in passages), key=lambda each: each[0])
    far = sorted(((far + ahead, frame) for _, far, frame in passages), key=lambda each: each[0])
    return {"near.pcap": near, "far.pcap": far}


def traced(folder, captures):
    """The trace of captures by file name, each of (ns, frame), of which the nodes alone are known."""
    folder.mkdir(exist_ok=True)
    for name, frames in captures.items():
        (folder / name).write_bytes(write_pcap([Frame(bytes(frame), START + time) for time, frame in frames]))
    return vxd.trace([folder / name for name in captures], at=AT)


@pytest.mark.parametrize("ahead", [0, 80 * MS, -80 * MS])
@pytest.mark.parametrize("passages", [echoes, opening])
def test_longer_wait_is_nearer(tmp_path, passages, ahead):
    """Without an inventory requests go from the node that waits longer to the other, and clocks are set by that."""
    found = traced(tmp_path, both(passages(), ahead))
    firsts = [journey.sightings[0].at.node for journey in found.journeys]
    assert firsts == ["near", "far"] * (len(firsts) // 2)
    offsets = {clock.node: clock.offset_ns for clock in found.clocks}
    assert abs(offsets["far"] - offsets["near"] - ahead) <= MS
    assert all(one.delay_ns is None or one.delay_ns >= 0 for journey in found.journeys for one in journey.sightings)


def test_no_answer_tells_nothing(tmp_path):
    """Where nothing is answered no order is claimed: the clocks cannot be told."""
    asked = [(near, far, udp(bytes([number]) * 40)) for number, (near, far, _) in enumerate(echoes(), 1)]
    found = traced(tmp_path, both(asked, 80 * MS))
    assert [clock.packets for clock in found.clocks] == [0, 0]
    assert all("cannot be told" in clock.basis for clock in found.clocks if clock.node != clock.reference)


def test_what_is_not_judged_is_said(tmp_path):
    """A packet that ends where others of its ends went on is not called lost without a way, and a note says so."""
    captures = both(echoes())
    whole = traced(tmp_path / "whole", captures)
    assert not whole.overview.notes
    captures["far.pcap"] = [each for each in captures["far.pcap"] if each[0] // (100 * MS) != 2]
    found = traced(tmp_path / "part", captures)
    assert found.overview.lost == 0
    assert any("1 packet ended where others" in note and "inventory" in note for note in found.overview.notes)
