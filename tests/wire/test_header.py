"""Are headers gathered from the right bytes, and from no others?"""

from __future__ import annotations

import numpy as np
import pytest

from vxlan_dissect.gather import gather
from vxlan_dissect.wire.header import IP_LEN, MAC, Work, mac_value

PAIR = np.dtype([("a", "u1"), ("b", ">u2")])


def offsets(*values):
    """Offsets as the gather wants them."""
    return np.array(values, dtype=np.int64)


def test_gather_reads_overlapping_structs_at_any_offset():
    """Structs need no alignment, may overlap and may come in any order."""
    buffer = np.arange(6, dtype=np.uint8)
    structs = gather(buffer, offsets(3, 0, 1), PAIR)
    assert structs["a"].tolist() == [3, 0, 1]
    assert structs["b"].tolist() == [0x0405, 0x0102, 0x0203]


@pytest.mark.parametrize("offset", [-1, -3, 4, 100])
def test_gather_refuses_what_does_not_fit(offset):
    """Neither before the buffer, where numpy would wrap, nor past its end."""
    with pytest.raises(IndexError):
        gather(np.zeros(6, dtype=np.uint8), offsets(0, offset), PAIR)


def test_gather_of_nothing_needs_no_buffer():
    """No offsets give no structs, also where the buffer is shorter than one struct."""
    structs = gather(np.zeros(0, dtype=np.uint8), offsets(), PAIR)
    assert structs.shape == (0,)
    assert structs.dtype == PAIR


def test_gather_of_a_buffer_shorter_than_the_struct_is_refused():
    """A buffer of two bytes holds no struct of three."""
    with pytest.raises(IndexError):
        gather(np.zeros(2, dtype=np.uint8), offsets(0), PAIR)


def test_mac_value_is_the_six_bytes_in_order():
    """The first byte on the wire is the highest of the 48 bits."""
    halves = np.frombuffer(bytes.fromhex("a279144780b3ffffffffffff"), dtype=MAC)
    assert mac_value(halves).tolist() == [0xA279144780B3, 0xFFFFFFFFFFFF]


def test_a_length_only_ever_shortens_a_packet():
    """An inner length beyond the outer end leaves end and limit as they were; so does one that is not known."""
    work = Work(np.arange(3), offsets(0, 0, 0), offsets(100, 100, 100), np.zeros(3, dtype=np.uint8), 0)
    shorter = work.until(offsets(60, 140, 0), IP_LEN, np.array([True, True, False]))
    assert shorter.ends.tolist() == [60, 100, 100]
    assert shorter.limits.tolist() == [IP_LEN, 0, 0]


def test_pick_keeps_level_and_guess():
    """A part of the frames is still at the same place of the walk."""
    work = Work(np.arange(3), offsets(5, 6, 7), offsets(9, 9, 9), np.ones(3, dtype=np.uint8), 2, guessed=True)
    picked = work.pick(np.array([False, True, True]))
    assert (picked.rows.tolist(), picked.offsets.tolist(), picked.level, picked.guessed) == ([1, 2], [6, 7], 2, True)
