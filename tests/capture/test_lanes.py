"""Do lanes find the same records as the walk one after the other, and nothing else?"""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from tests.capture.reading import read
from tests.capture.writers import START, Frame, pcap_header, write_pcap, write_pcapng
from vxlan_dissect.capture import lanes, pcap, pcapng


def frames(count: int, seed: int = 1) -> list[Frame]:
    """Frames of all sizes, some of which hold what looks like records."""
    chance = random.Random(seed)
    decoy = write_pcap([bytes(60), bytes(60)])[24:] + write_pcapng([bytes(60)])[-96:]
    made = []
    for number in range(count):
        body = chance.randbytes(chance.choice([20, 60, 200, 1400]))
        made.append(Frame(decoy * 3 if number % 5 == 0 else body, START + number * 1000))
    return made


@pytest.fixture
def short_lanes(monkeypatch):
    """Lanes so short that a small capture has many; they are counted."""
    for name, value in {"SPAN": 1 << 18, "LANE": 1 << 12, "LOOK": 2048, "FEWEST": 4, "PATIENCE": 1 << 30}.items():
        monkeypatch.setattr(lanes, name, value)
    found = []
    original = lanes.walk

    def walk(data, position, layout):
        places, after, steps = original(data, position, layout)
        found.append(len(places))
        return places, after, steps

    monkeypatch.setattr(lanes, "walk", walk)
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
def test_same_records(short_lanes, write, order):
    """Every record, in order, whatever the frames hold."""
    made = frames(3000)
    got = read(write(made, order=order))
    assert got.error is None
    assert got.frames == [frame.data for frame in made]
    assert sum(short_lanes) > 2000


@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
@pytest.mark.parametrize("seed", range(8))
def test_damage_in_the_middle(monkeypatch, write, seed):
    """A broken length anywhere: the same records and the same error as one after the other."""
    data = bytearray(write(frames(600, seed)))
    chance = random.Random(seed)
    place = chance.randrange(1000, len(data) - 8)
    data[place : place + 4] = struct.pack("<I", chance.choice([0, 1, 0xFFFFFFFF, 0x00FFFFFF, 70]))
    monkeypatch.setattr(lanes, "FEWEST", 1 << 30)
    slow = read(bytes(data))
    for name, value in {"SPAN": 1 << 18, "LANE": 1 << 12, "FEWEST": 4, "PATIENCE": 1 << 30}.items():
        monkeypatch.setattr(lanes, name, value)
    fast = read(bytes(data))
    assert fast.frames == slow.frames
    assert str(fast.error) == str(slow.error)


def test_decoys_only(short_lanes):
    """A file whose frames are all made of records: lanes that start inside a frame are not believed."""
    inside = write_pcap([bytes(40)] * 30)[24:]
    made = [Frame(inside, START + number) for number in range(800)]
    assert read(write_pcap(made)).frames == [inside] * 800


def test_small_captures_need_no_lanes():
    """Below FEWEST lanes nothing is guessed."""
    data = np.frombuffer(write_pcap([bytes(60)] * 50), dtype=np.uint8)
    form = pcap._Format("<", 1000, None)
    assert len(lanes.walk(data, 24, pcap._layout(data, 24, form))[0]) == 0
    assert pcapng._layout("<").header == 32
    assert len(pcap_header()) == 24
