"""Are situations counted once, with few frame numbers, and is a flood of them bounded?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.explain.made import FAR_IP, LXC, POD, POD_IP, echo, macs, packets
from vxlan_dissect import schema
from vxlan_dissect.infer import infer
from vxlan_dissect.infer import sightings as module
from vxlan_dissect.infer.sightings import MAX_FRAMES, MAX_SIGHTINGS, Sightings
from vxlan_dissect.packets import CaptureInterface, Column, Packets


def flood(rows, *, hop=64, tunnel=False):
    """Frames of which no two share an address, as arrays."""
    chance, columns = np.random.default_rng(3), {}

    def put(name, values):
        dtype = np.dtype(schema.KINDS[schema.field_of(name).kind])
        columns[name] = Column(np.broadcast_to(values, rows).astype(dtype), np.ones(rows, dtype=bool))

    put("frame.number", np.arange(1, rows + 1))
    put("frame.tunnels", int(tunnel))
    put("ip.ttl", hop)
    for level in ("", "outer.") if tunnel else ("",):
        for side in ("src", "dst"):
            put(f"{level}eth.{side}", chance.integers(0, 2**40, rows) & 0xFEFFFFFFFF | 0x020000000000)
            put(f"{level}ip.{side}", 10 << 24 | chance.integers(0, 2**24, rows))
    if tunnel:
        put("outer.vxlan.vni", chance.integers(1, 2**24, rows))
    return Packets("flood.pcap", rows, columns, interfaces=(CaptureInterface(1),))


def test_frames_of_one_situation():
    """Frames that differ in nothing that teaches are one sighting with the first numbers, one a batch."""
    sightings = Sightings()
    for first in range(1, 11, 2):
        sightings.learn(packets(*[echo(seq=seq) | macs(POD, LXC) for seq in (1, 2)], first=first))
    (one,) = sightings
    assert (one.count, one.frames) == (10, (1, 3, 5))
    assert len(one.frames) == MAX_FRAMES


def test_columns_that_come_later():
    """A batch with other columns adds its sightings; none is lost or doubled by that."""
    sightings = Sightings()
    sightings.learn(packets(echo() | macs(POD, LXC)))
    sightings.learn(packets(echo() | macs(POD, LXC), echo("10.244.1.9", "10.244.2.9"), first=2))
    assert sum(one.count for one in sightings) == 3
    assert {str(one.src) for one in sightings} == {POD_IP, "10.244.1.9"}


@pytest.mark.parametrize("tunnel", [False, True])
def test_a_flood_is_bounded(tunnel, monkeypatch):
    """Made-up addresses fill no more than the room for them, and the frames left out are counted."""
    monkeypatch.setattr(module, "MAX_SIGHTINGS", 500)
    found = infer([flood(2000, tunnel=tunnel)])
    assert found.left_out == 1500
    assert len(found.roles) <= 500 * 8
    assert MAX_SIGHTINGS < 1 << 15


def test_known_situations_still_count_when_full(monkeypatch):
    """Once the room is full, frames of known situations go on to be counted as these."""
    monkeypatch.setattr(module, "MAX_SIGHTINGS", 1)
    sightings = Sightings()
    for first in (1, 2, 3):
        sightings.learn(packets(echo(), echo(FAR_IP, POD_IP), first=first))
    (one,) = sightings
    assert (one.count, sightings.left_out) == (3, 3)


def test_the_outermost_mac_of_a_cooked_capture():
    """The one MAC that a cooked capture has is of the tunnel packet, not of what is inside."""
    sightings = Sightings()
    outer = {"frame.tunnels": 1, "outer.ip.src": "172.18.0.4", "outer.ip.dst": "172.18.0.3", "sll.src.mac": POD}
    sightings.learn(packets(echo() | outer))
    (one,) = sightings
    assert one.source_mac is None
    assert one.outer.source_mac == 0x4E5B5745633B
