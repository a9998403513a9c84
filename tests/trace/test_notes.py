"""Is what limits the answers of a trace said, and nothing where nothing does?"""

from __future__ import annotations

from vxlan_dissect.explain.places import At
from vxlan_dissect.trace.model import Point
from vxlan_dissect.trace.notes import notes

S = 1_000_000_000
HERE, POD = At("worker", "eth0"), At(None, "eth0", "client")


def point(name, at=HERE, begin=0, end=10 * S):
    """A capture of a place from begin to end."""
    return Point(name, at, None, "", "certain", 0 if begin is None else 1, begin, end)


def told(*points):
    """All notes."""
    return list(notes(points))


def test_nothing_to_say():
    """Captures of known places that share time need no note; nor do no captures, an empty one, or a pod's."""
    assert told(point("a"), point("b", begin=9 * S, end=20 * S)) == []
    assert told() == []
    assert told(point("a"), point("b", begin=None, end=None)) == []
    assert told(point("a", POD)) == []


def test_one_unknown_place():
    """A capture of which nobody knows the node is named, with what to do."""
    (note,) = told(point("a"), point("b", At(None, "eth0")))
    assert note.startswith("it is not known on which node b was taken")
    assert "--at FILE=NODE:IFACE" in note


def test_many_unknown_places():
    """Of many captures of unknown places some are named and the rest counted, each capture once."""
    nowhere = At(None, None)
    (note,) = told(*(point(name, nowhere) for name in "aabcdef"))
    assert "node a, b, c, d and 2 more were taken" in note


def test_captures_of_different_times():
    """Captures of which some begin a minute and more after all others ended are told with the time between."""
    (note,) = told(point("a", end=5 * S), point("b", begin=100 * S, end=109 * S), point("c", end=20 * S))
    assert note.startswith("b begins 1.33 min after c and all before it end")


def test_captures_of_one_time():
    """Captures that see their few frames at different moments are of one time, also where a third spans both."""
    assert told(point("a", end=5 * S), point("b", begin=8 * S, end=9 * S)) == []
    assert told(point("a", end=5 * S), point("b", begin=100 * S, end=109 * S), point("c", end=90 * S)) == []


def test_interfaces_of_one_capture():
    """The points of one capture have one time, and none is before another."""
    assert told(point("a"), point("a", At("worker", "lxc1"))) == []
