"""Is the way of packets drawn right, on any screen?"""

from __future__ import annotations

import pytest

from tests.report.trace import made
from vxlan_dissect.explain.places import At
from vxlan_dissect.report.layout import Screen, columns_of
from vxlan_dissect.report.trace.ladder import ladders, order_of
from vxlan_dissect.trace.model import Change, Lost

DRAWN = """\
   worker ─────────────────────────────────            worker2 ────────────────────────────────
   1            2            3            4            5            6            7            8
07:20:34.643002 #3 cni-7t9p4 → cni-8qgcs: ICMPv6 echo request id 7726 seq 1 · 265 µs          │
   ●────1µs─────●────24µs────●═══116µs════●════24µs════●════0µs═════●────92µs────○────8µs─────▶
07:20:34.643341 #4 cni-8qgcs → cni-7t9p4: ICMPv6 echo reply id 7726 seq 1 · 110 µs            │
   ◀────3µs─────○────45µs────●════0µs═════●════14µs════●════34µs════●────13µs────●────1µs─────●
07:20:35.043542 #5 cni-7t9p4 → cni-8qgcs: ICMPv6 echo request id 7726 seq 2 · lost            │
   ●────16µs────●────37µs────●════36µs════●─────✗      │            │            │            │
   │            │            │            │            │            │            │            │
   1 cni-7t9p4 eth0            4 worker eth0               7 worker2 lxc91c4d60f3ab8
   2 worker lxc237a31216c0f    5 worker2 eth0              8 cni-8qgcs eth0
   3 worker cilium_vxlan       6 worker2 cilium_vxlan
   ══ in a tunnel, ○ hop limit changed, ✗ lost"""


def drawn(journeys, width=100, encoding="utf-8", *, colour=False):
    """The lines of the drawing."""
    return list(ladders(journeys, Screen(width, colour, encoding)))


def test_a_ping_and_a_loss():
    """Request to the right, reply to the left, a cross between the place that saw it and the one that did not."""
    assert "\n".join(drawn([made.REQUEST, made.REPLY, made.LOST])) == DRAWN


def test_the_signs_of_a_poor_terminal():
    """Each sign has one in ASCII, of the same width."""
    shown = "\n".join(drawn([made.REQUEST, made.REPLY, made.LOST], 100, "ascii"))
    assert shown.isascii()
    lines, others = shown.splitlines(), DRAWN.splitlines()
    assert lines[3] == (
        "   *----1us-----*----24us----*===116us====*====24us====*====0us=====*----92us----o----8us----->"
    )
    assert lines[7].startswith("   *----16us----*----37us----*====36us====*-----x      |")
    assert [len(line) for line in lines[:2] + lines[9:11]] == [len(line) for line in others[:2] + others[9:11]]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", [60, 61, 72, 80, 99, 100, 101, 140])
@pytest.mark.parametrize("one", made.ALL, ids=lambda one: f"#{one.id}")
def test_it_fits(one, width, encoding):
    """No packet makes a line that is too wide, alone or with all others."""
    for journeys in ([one], made.ALL):
        assert max(map(columns_of, drawn(journeys, width, encoding))) <= width


def test_the_order_of_places():
    """Requests set it, replies go back through it; places between others are put there."""
    assert order_of([made.REPLY]) == [*made.WAY][::-1]
    assert order_of([made.REPLY, made.REQUEST]) == [*made.WAY]  # of ways as long the earlier counts
    short = made.REQUEST._replace(sightings=tuple(s for s in made.REQUEST.sightings if s.at != made.VXLAN))
    other = made.REPLY._replace(sightings=tuple(s for s in made.REPLY.sightings if s.at != made.NIC2))
    assert order_of([short, other]) == [*made.WAY]


def test_the_place_not_reached_has_a_column():
    """Where a lost packet should have come by."""
    assert order_of([made.LOST]) == [made.POD, made.LXC, made.VXLAN, made.NIC, made.NIC2]


def test_a_loss_without_a_place_further_on():
    """The cross stands right behind the last place, also at the edge of the drawing and on the way back."""
    last = made.REQUEST._replace(lost=Lost(made.POD2, None, ()), arrived=False)
    assert drawn([last])[3].endswith("──●─✗")
    back = made.REPLY._replace(lost=Lost(made.POD, None, ()), arrived=False)
    assert drawn([made.REQUEST, back])[5].startswith(" ✗─●")


def test_a_packet_that_turns_round():
    """Each of its directions has a line, the arrow at the end of the last."""
    lines = drawn([made.TURNED])
    arrows = [line for line in lines if "µs──" in line or "ms──" in line]
    assert len(arrows) == 2
    assert "▶" not in arrows[0]
    assert "◇◀" in arrows[1]
    assert "◇ cut up or put together" in lines[-1]


def test_signs_are_explained_where_used():
    """Translated, cut, doubtful; a drawing without any has no legend but its places."""
    assert "◆ address, port or identifier translated" in drawn([made.SERVICE])[-1]
    assert drawn([made.DOUBTFUL])[-1].strip() == "? not certain"
    assert drawn([made.ADVERTISEMENT])[-1] == "   1 worker lxc237a31216c0f   2 cni-7t9p4 eth0"


def test_one_place_is_no_way():
    """A packet that was seen at one place alone is not drawn."""
    assert drawn([made.REQUEST._replace(sightings=made.REQUEST.sightings[:1])]) == []
    assert drawn([]) == []


def test_too_many_places():
    """Where all together are too many, each pair of ends has a drawing; where one way is too long, that is said."""
    far = tuple(At("far", f"eth{n}") for n in range(12))
    seen = made.sightings(range(12), [(at, 1, ()) for at in far])
    other = made.journey(9, "a → b", made.echo("a", "b"), seen)
    lines = drawn([made.REQUEST, other])
    assert len([line for line in lines if line.startswith("   1 ") and " 2 " in line and "eth" not in line]) == 2
    long = tuple(At("far", f"eth{n}") for n in range(60))
    longest = made.journey(9, "a → b", made.echo("a", "b"), made.sightings(range(60), [(at, 1, ()) for at in long]))
    assert drawn([longest]) == ["The 60 places of these packets are too many to draw in 100 columns."]


def test_a_time_without_room_is_left_out():
    """It is never put where it would mean another step."""
    places = [At("n", f"eth{n}") for n in range(20)]
    seen = made.sightings([n * 12345 for n in range(20)], [(at, 1, ()) for at in places])
    arrow = drawn([made.journey(9, "a → b", made.echo("a", "b"), seen)])[3]
    assert arrow == "   " + "●───" * 19 + "▶"


def test_tunnels():
    """A packet that was in a tunnel before the first capture, or changes its tunnel, has double lines."""
    inner = made.REQUEST._replace(sightings=made.REQUEST.sightings[3:])
    first = inner.sightings[0]._replace(changes=())
    assert drawn([inner._replace(sightings=(first, *inner.sightings[1:]))])[3].count("═") > 10
    changed = made.sightings((0, 5), ((made.NIC, 1, ()), (made.NIC2, 1, (Change("tunnel", "VNI 1", "VNI 2"),))))
    assert "═" in drawn([inner._replace(sightings=changed)])[3]


def test_colour_changes_no_text():
    """A lost packet is red."""
    import re

    coloured = drawn([made.LOST], colour=True)
    assert any(line.count("\x1b[1;31m") for line in coloured)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == drawn([made.LOST])
