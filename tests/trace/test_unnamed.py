"""Is an interface that a capture tells by its index alone known by what it shows, and never mistaken for another?"""

from __future__ import annotations

import numpy as np
import pytest

from vxlan_dissect.explain.places import At
from vxlan_dissect.trace.reading import Read, Tap
from vxlan_dissect.trace.records import Records
from vxlan_dissect.trace.unnamed import SAME_NS, named

US = 1_000
ETH0, VXLAN, OTHER = At("worker", "eth0"), At("worker", "vxlan.calico"), At("worker2", "vxlan.calico")
OPEN, OPEN2, NAMED = At("worker", "interface 6"), At("worker", "interface 7"), At("worker", "cali1")
_KINDS = ("i8", "u4", "u2", "i4", "u8", "u8", "u8", "u8", "u4", "u4", "i4", "u1", "u1", "?")


class Looks:
    """What `named` asks of looks."""

    def __init__(self, places, cooked):
        self.places, self.cooked = list(dict.fromkeys(places)), np.array(cooked, dtype=bool)
        self.place_of_tap = np.array([self.places.index(place) for place in places])

    def is_unnamed(self, place):
        """Whether only its number is known."""
        return self.places[place].interface.startswith("interface ")

    def node_of(self, place):
        """Its node."""
        return self.places[place].node


def told(*taps):
    """The places of taps after naming; each is (capture, place, frames), a frame (packet, µs, hop limit, tunnelled)."""
    frames = [(number, *frame) for number, (_, _, frames) in enumerate(taps) for frame in frames]
    columns = {name: np.zeros(len(frames), dtype=kind) for name, kind in zip(Records._fields, _KINDS, strict=True)}
    columns["tap"][:] = [frame[0] for frame in frames]
    columns["time"][:] = [frame[2] * US for frame in frames]
    columns["hop_limit"][:] = [frame[3] if len(frame) > 3 else 64 for frame in frames]
    columns["tunnelled"][:] = [len(frame) > 4 and frame[4] for frame in frames]
    captures = [capture for capture, _, _ in taps]
    cooked = [captures.count(capture) > 1 for capture in captures]
    all_taps = [
        Tap(capture, None, number if many else None)
        for number, (capture, many) in enumerate(zip(captures, cooked, strict=True))
    ]
    looks = Looks([place for _, place, _ in taps], cooked)
    counts = [len(each) for _, _, each in taps]
    read = Read([], all_taps, counts, Records(**columns), np.ones(len(frames), dtype=bool), [])
    named(read, looks, np.array([frame[1] for frame in frames], dtype=np.int64))
    return [looks.places[place] for place in looks.place_of_tap]


def test_the_capture_of_the_same_moments():
    """The interface is that of the capture which shows the same packets at the same moments."""
    frames = [(1, 0), (2, 1000), (3, 2000)]
    later = [(packet, time + 200) for packet, time in frames]
    found = told((0, OPEN, frames), (0, NAMED, later), (1, ETH0, later), (2, VXLAN, frames))
    assert found == [VXLAN, NAMED, ETH0, VXLAN]


@pytest.mark.parametrize(("late", "place"), [(SAME_NS // US - 1, VXLAN), (SAME_NS // US, OPEN)])
def test_other_moments_are_another_interface(late, place):
    """What shows the same packets later is another interface."""
    found = told((0, OPEN, [(1, 0), (2, 900)]), (0, NAMED, [(9, 0)]), (2, VXLAN, [(1, late), (2, 900 + late)]))
    assert found[0] == place


def test_another_node_is_another_interface():
    """An interface of another node is never taken, whatever its clock says."""
    assert told((0, OPEN, [(1, 0)]), (0, NAMED, [(9, 0)]), (1, OTHER, [(1, 0)]))[0] == OPEN


def test_another_form_is_another_interface():
    """Where the hop limit differs, or one shows the packet in a tunnel, it was forwarded in between."""
    assert told((0, OPEN, [(1, 0, 64, True)]), (0, NAMED, [(9, 0)]), (1, VXLAN, [(1, 0, 64)]))[0] == OPEN
    assert told((0, OPEN, [(1, 0, 64, True)]), (0, NAMED, [(9, 0)]), (1, VXLAN, [(1, 0, 64, True)]))[0] == VXLAN
    assert told((0, OPEN, [(1, 0, 64)]), (0, NAMED, [(9, 0)]), (1, VXLAN, [(1, 0, 63)]))[0] == OPEN


@pytest.mark.parametrize(("shared", "place"), [(1, OPEN), (2, OPEN), (3, VXLAN)])
def test_most_frames_must_agree(shared, place):
    """Half of the frames are not enough, more than half are."""
    mine = [(number, 1000 * number) for number in range(4)]
    assert told((0, OPEN, mine), (0, NAMED, [(9, 0)]), (1, VXLAN, mine[:shared]))[0] == place


def test_a_name_that_another_index_has_is_not_taken():
    """An interface which another index of the capture stands for is not this one too."""
    frames = [(1, 0), (2, 1000)]
    found = told((0, OPEN, frames), (0, VXLAN, frames), (1, VXLAN, frames))
    assert found[0] == OPEN


def test_two_of_no_name():
    """Each of two interfaces without a name is that which shows its own packets."""
    one, two = [(1, 0), (2, 1000)], [(3, 0), (4, 1000)]
    found = told((0, OPEN, one), (0, OPEN2, two), (1, VXLAN, two), (2, ETH0, one))
    assert found == [ETH0, VXLAN, VXLAN, ETH0]


def test_captures_of_all_interfaces_name_nobody():
    """What another capture of all interfaces shows is no name."""
    frames = [(1, 0), (2, 1000)]
    assert told((0, OPEN, frames), (0, ETH0, []), (1, NAMED, frames), (1, VXLAN, frames))[0] == OPEN


def test_named_ones_stay():
    """An interface that is known is not renamed after one that shows the same."""
    assert told((0, ETH0, [(1, 0)]), (1, VXLAN, [(1, 0)])) == [ETH0, VXLAN]


def test_a_capture_without_frames():
    """An empty capture of the node is no candidate and no error."""
    assert told((0, OPEN, [(1, 0)]), (0, NAMED, [(9, 0)]), (1, VXLAN, []))[0] == OPEN
