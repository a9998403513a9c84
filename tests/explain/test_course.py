"""What do several frames of a capture show together: circles, and two ways of one conversation?"""

from __future__ import annotations

import pytest

from tests.explain.made import FAR_IP, FAR_NODE_IP, NODE_IP, POD_IP, echo, packets, tunnelled
from vxlan_dissect.explain.course import LOOPS, OTHER_WAY, course_of


def seen(*limits, **more):
    """One packet, once for each hop limit."""
    return [echo(**{"ipv6.hlim": limit}, **more) for limit in limits]


def bits(*rows, bit=LOOPS):
    """Whether each frame has the bit."""
    return [bool(one & bit) for one in course_of(packets(*rows)).tolist()]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        pytest.param(seen(63, 62, 61), [True] * 3, id="three passes, each lower"),
        pytest.param(seen(63, 62), [False] * 2, id="in and out of a router"),
        pytest.param(seen(63, 63, 63), [False] * 3, id="repeated unchanged"),
        pytest.param(seen(1, 2, 3), [False] * 3, id="rising, as a traceroute without other signs"),
        pytest.param(seen(63, 62, 61, 64), [False] * 4, id="sent anew in between"),
        pytest.param([*seen(63), *seen(62, seq=2), *seen(61, seq=3)], [False] * 3, id="three packets"),
        pytest.param([*seen(63, 62, 61), *seen(60, seq=2)], [True] * 3 + [False], id="another packet beside"),
    ],
)
def test_circles(rows, wanted):
    """A packet goes in circles where it passes one interface three times, the hop limit falling each time."""
    assert bits(*rows) == wanted


def test_other_interfaces_do_not_count():
    """Cooked captures show a packet once an interface, which is its way and no circle."""
    rows = [row | {"sll.ifindex": index, "sll.pkttype": 0} for index, row in enumerate(seen(63, 62, 61), 3)]
    assert bits(*rows) == [False] * 3


def test_two_ways():
    """Replies are marked where requests are in a tunnel and they are not, at one interface."""
    there, back = tunnelled(echo()), echo(FAR_IP, POD_IP, reply=True)
    assert bits(there, back, bit=OTHER_WAY) == [False, True]
    assert bits(there, tunnelled(back, FAR_NODE_IP, NODE_IP), bit=OTHER_WAY) == [False, False]
    assert bits(echo(), back, bit=OTHER_WAY) == [False, False]


def test_both_forms_at_one_interface_are_no_second_way():
    """Where one direction is seen in both forms, nothing is said of its way."""
    there, back = tunnelled(echo()), echo(FAR_IP, POD_IP, reply=True)
    assert bits(there, echo(), back, bit=OTHER_WAY) == [False] * 3


def test_no_frames():
    """A capture without frames has no course."""
    assert course_of(packets()).shape == (0,)
