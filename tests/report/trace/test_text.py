"""Does a trace read well on a terminal of any width, and say what it leaves out?"""

from __future__ import annotations

import re

import pytest

from tests.report.trace import made
from vxlan_dissect.explain.places import At
from vxlan_dissect.report.layout import Screen, columns_of
from vxlan_dissect.report.trace import phrases, render
from vxlan_dissect.trace.model import Clock, Lost, Point

SCREEN = Screen()
HEADING = ("inventory: inventory (given with -i)",)


def text_of(trace, screen=SCREEN, **options):
    """What is printed."""
    return "".join(render(trace, "text", screen, **options))


def flat(trace, **options):
    """What is printed, with single blanks and no ends of lines."""
    return " ".join(text_of(trace, **options).split())


def test_the_overview():
    """What was captured where and how that is known, the clocks, what the packets amount to, and notes."""
    shown = text_of(made.Made(made.PING, notes=("a note",)), heading=HEADING)
    lines = shown.splitlines()
    assert lines[0] == "8 captures, 24 frames · 2026-11-22 07:20:34.640497 to 07:20:35.458863 UTC"
    assert "   inventory   inventory (given with -i)" in lines
    assert "   taken at    cni-7t9p4 eth0           10 frames  worker.pod-cni-7t9p4.eth0.pcap" in lines
    assert "               worker eth0               6 frames  worker.eth0.pcap (likely: the name of the file)" in lines
    assert "   known by    the name of the file, unless it is said above" in lines
    assert "   packets     4 packets followed; none is seen to be lost" in lines
    assert "   frames      20 are of packets seen at two places or more, 4 of packets seen at one" in lines
    assert "   note        a note" in lines
    assert "worker eth0 → worker2 eth0 3 23 µs 24 µs".split() in [line.split() for line in lines]


@pytest.mark.parametrize(
    ("clock", "said", "moved"),
    [
        (made.AGREES, "worker2 agrees with worker within 6 µs (12 packets that cross in both directions)", False),
        (made.AHEAD, "worker2 is ahead of worker by 80.01 ms, to within 12 µs, and gains 50 ppm", True),
        (made.AHEAD._replace(offset_ns=-80_012_345, drift_ppm=0.0), "worker2 is behind worker by 80.01 ms, to", True),
        (made.AHEAD._replace(drift_ppm=-7.0), "and loses 7 ppm", True),
        (made.UNTOLD, "how far worker3 is from worker cannot be told: no packet was seen on both", False),
    ],
)
def test_clocks(clock, said, moved):
    """An offset has as many digits as its error leaves, and it is said whose times are shown where any was moved."""
    shown = flat(made.Made(made.PING, clocks=(Clock("worker", "worker", 0, 0.0, 0, made.BEGIN, 0, ""), clock)))
    assert said in shown
    assert ("times below are those of worker" in shown) == moved


def test_what_is_said_twice_is_cut():
    """Where clocks agree, or nothing can be told of them, the basis need not say so again."""
    clock = made.AGREES._replace(basis="6 packets in both directions: the clocks agree as far as can be told")
    shown = flat(made.Made(made.PING, clocks=(clock, made.UNTOLD._replace(basis="none crosses: cannot be told"))))
    assert "how far worker3 is from worker cannot be told: none crosses packets" in shown
    assert "worker2 agrees with worker within 6 µs (6 packets in both directions) how far" in shown


def test_times_that_were_set_right():
    """They are in microseconds, whatever is left over; those of a file as it has them, under each other."""
    exact = made.REQUEST.sightings
    moved = made.REQUEST._replace(
        sightings=(*exact[:4], *(one._replace(corrected_ns=one.corrected_ns + 1499) for one in exact[4:]))
    )
    shown = text_of(made.Made([moved]))
    assert "   07:20:34.643168   +24 µs  worker2 eth0             frame 1\n" in shown
    fine = made.REQUEST._replace(
        sightings=(
            exact[0],
            *(one._replace(corrected_ns=one.corrected_ns + 1, time_ns=one.time_ns + 1) for one in exact[1:]),
        )
    )
    shown = text_of(made.Made([fine]))
    assert "   07:20:34.643002              cni-7t9p4 eth0           frame 5\n" in shown
    assert "   07:20:34.643003001    +1 µs  worker lxc237a31216c0f   frame 5\n" in shown


def test_how_a_place_is_known_is_said_once():
    """What most captures have in common stands below; the name of the file, which stands beside, is left out of it."""
    points = [
        point._replace(basis=f"the name of the file, {point.capture}", confidence="likely") for point in made.POINTS
    ]
    points[0] = points[0]._replace(basis="--at", confidence="certain", direction="in")
    shown = text_of(made.Made(made.PING, points=tuple(points)))
    assert "worker.pod-cni-7t9p4.eth0.pcap (incoming only, --at)" in " ".join(shown.split())
    assert shown.count("the name of the file") == 1
    assert "   known by    likely: the name of the file, unless it is said above\n" in shown
    few = tuple(point._replace(basis=f"why {number // 2}") for number, point in enumerate(points))
    assert "known by" not in text_of(made.Made(made.PING, points=few))


def test_captures_without_place_or_frames():
    """One that is nowhere known, and one of all interfaces, are told as such; one without frames has no time."""
    points = (
        Point("1.cap", At(None, None), None, "nothing says it", "possible", 0, None, None),
        Point("2.cap", At("worker", None), "out", "the name of the file", "likely", 1, made.BEGIN, made.BEGIN),
        Point("3.cap", At(None, "eth0"), None, "the name of the file", "certain", 2, made.BEGIN, made.BEGIN),
    )
    shown = flat(made.Made((), points=points, clocks=(), delays=()))
    assert "an unknown place" in shown
    assert "eth0 of an unknown node 2 frames 3.cap (the name of the file)" in shown
    assert "0 frames 1.cap (possible: nothing says it)" in shown
    assert "worker, all interfaces 1 frame 2.cap (outgoing only, likely: the name of the file)" in shown
    assert text_of(made.Made((), points=points[:1], clocks=(), delays=())).startswith("1 capture, 4 frames\n")


def test_a_loss():
    """Packets of one loss stand together: between which places, why perhaps, which packets, what is not seen."""
    shown = flat(made.Made((*made.PING, made.LOST, made.LOST._replace(id=9))))
    for part in (
        "6 packets followed; 2 lost",
        "✗ 2 packets from cni-7t9p4 to cni-8qgcs were lost after worker eth0 and before worker2 eth0.",
        "cause underlay-loss: worker eth0 has sent it and worker2 eth0 was captured then (likely)",
        "or capture-loss: worker2.eth0.pcap may lack frames (possible)",
        "packets #5, #9, from 07:20:35.043542 on",
        "scope What lies between the nodes was not captured.",
    ):
        assert part in shown


def test_losses_at_two_places_are_two():
    """Those of which more packets were lost come first."""
    other = made.LOST._replace(id=6, lost=Lost(made.VXLAN, None, ()))
    shown = flat(made.Made((other, made.LOST, made.LOST._replace(id=9))))
    assert shown.index("2 packets from") < shown.index("1 packet from")
    assert "was lost after worker cilium_vxlan, and no captured place lies further on. cause nothing speaks" in shown


def test_many_losses_are_cut():
    """What is not shown is counted, and it is said how to see it."""
    lost = [made.LOST._replace(id=n, lost=Lost(At("n", f"eth{n}"), None, ())) for n in range(1, 31)]
    shown = text_of(made.Made(lost))
    assert shown.count("✗ 1 packet") == 12
    assert "18 further lost packets; --lost tells each." in shown
    many = [made.LOST._replace(id=n) for n in range(1, 31)]
    assert "#7, #8 and 22 more" in text_of(made.Made(many))


def test_a_journey():
    """Each place in order, with time, time since the one before, what changed, and the frame to look at."""
    shown = text_of(made.Made([made.REQUEST]))
    assert shown.endswith(
        """\
#3  2026-11-22 07:20:34.643002  cni-7t9p4 → cni-8qgcs: ICMPv6 echo request id 7726 seq 1 · 265 µs
   07:20:34.643002           cni-7t9p4 eth0           frame 5
   07:20:34.643003    +1 µs  worker lxc237a31216c0f   frame 5
   07:20:34.643027   +24 µs  worker cilium_vxlan      frame 1
   07:20:34.643143  +116 µs  worker eth0              into VXLAN, VNI 10398 · frame 1
   07:20:34.643167   +24 µs  worker2 eth0             frame 1
   07:20:34.643167    +0 µs  worker2 cilium_vxlan     out of VXLAN, VNI 10398 · frame 1
   07:20:34.643259   +92 µs  worker2 lxc91c4d60f3ab8  MACs now de:40:65:1b:fa:92 →
                                                      b6:61:48:ae:63:f5; hop limit 64 → 63 · frame 1
   07:20:34.643267    +8 µs  cni-8qgcs eth0           frame 1
"""
    )


def test_the_journey_of_a_lost_packet():
    """It ends with where it was lost and why perhaps; what the captures cannot show stands above once."""
    shown = text_of(made.Made([made.LOST]))
    assert "seq 2 · lost\n" in shown
    assert "   ✗       lost after worker eth0 and before worker2 eth0\n   cause   underlay-loss: " in shown
    assert "   or      capture-loss: " in shown
    assert shown.count("What lies between the nodes was not captured.") == 1


def test_what_is_not_certain():
    """Doubt stands before the places, and Hubble's verdict with how it was joined after them."""
    shown = flat(made.Made([made.DOUBTFUL]))
    told = shown[shown.index("#6 2026") :]
    assert "66 µs so far ? which frames belong to it cannot be told for certain: 3 datagrams of the same" in told
    assert "hubble DROPPED, Policy denied, at from-endpoint on worker (same ports, 5 µs apart; flows.jsonl:12)" in told
    assert "of 1 it is not certain which frames belong to them" in shown


def test_changes_in_words():
    """Translation, TTL for IPv4, cut up and put together, missing bytes, several frames, and other captures."""
    seen = made.SERVICE.sightings
    more = seen[2]._replace(frames=(9, 10), lacking=2, also=(("a.pcap", 1), ("b.pcap", 2)))
    shown = flat(made.Made([made.SERVICE._replace(sightings=(*seen[:2], more)), made.TURNED]))
    for part in (
        "source 10.244.1.233 → 172.18.0.4; source port 45336 → 61001; source MAC now 02:42:ac:12:00:04; TTL 64 → 63;",
        "2 bytes did not come by here · frames 9-10, also a.pcap 1, also b.pcap 2",
        "cut into 12 segments",
        "put together from 12 segments",
    ):
        assert part in shown
    assert "hop limit" not in shown.replace("○ hop limit changed", "")


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ((), "frame 4"), ((4,), "frame 4"), ((1, 2, 4), "frames 1-2, 4"), ((1, 2, 3, 7, 8), "frames 1-3, 7-8"),
        ((1, 3, 5, 7, 9), "frames 1, 3, 5, 7 and more, 5 in all"),
    ],
)  # fmt: skip
def test_frames_of_one_sighting(frames, said):
    """Fragments and segments are told in runs."""
    assert phrases.frames(made.REPLY.sightings[0]._replace(frame=4, frames=frames)) == said


def test_a_capture_is_named_where_its_place_is_that_of_another():
    """A frame number alone would not tell which file to open."""
    points = (*made.POINTS, made.POINTS[0]._replace(capture="other.pcap"))
    shown = text_of(made.Made([made.REQUEST], points=points))
    assert "frame 5 of worker.pod-cni-7t9p4.eth0.pcap\n" in shown
    assert "worker lxc237a31216c0f   frame 5\n" in shown


def test_single_packets_stand_only_where_asked_for_or_few():
    """Few are told and drawn, more are drawn, many are counted; asked for, all are told and the first drawn."""
    ping = [made.REQUEST._replace(id=n) for n in range(1, 61)]
    few, some, many = (text_of(made.Made(ping[:count])) for count in (4, 20, 60))
    drawn, told = re.compile(r"^   1 +2 ", re.MULTILINE), re.compile(r"^#\d", re.MULTILINE)
    assert [len(told.findall(shown)) for shown in (few, some, many)] == [4, 0, 0]
    assert [len(drawn.findall(shown)) for shown in (few, some, many)] == [1, 1, 0]
    assert "--lost, --slow and -Y EXPR tell single ones of the 60 packets, -T jsonl all of them." in many
    asked = text_of(made.Made(ping), told=True)
    assert len(told.findall(asked)) == 60
    assert "The first 40 packets are drawn." in asked


def test_nothing_was_chosen():
    """A filter that fits no packet, and no lost packet among those chosen, are told apart."""
    assert text_of(made.Made(()), told=True).endswith("\nNo packet matches.\n")
    assert text_of(made.Made(made.PING), journeys=(), told=True).endswith(
        "\nNone of these packets is seen to be lost.\n"
    )


def test_a_filter_is_counted():
    """Of all packets those that a filter chose; nothing where it chose all."""
    for chosen, said in ((made.ALL[:5], "5 packets, 1 of them lost"), (made.PING, "4 packets, none of them lost")):
        trace = made.Made(chosen)
        assert "matching" not in flat(trace)
        trace.overview = trace.overview._replace(journeys=9)
        assert f"matching {said}" in flat(trace)


def test_chosen_packets_alone_are_told():
    """The overview is that of all."""
    shown = text_of(made.Made(made.ALL), journeys=[made.REPLY], told=True)
    assert "8 packets followed" in shown
    assert re.findall(r"^#(\d+) ", shown, re.MULTILINE) == ["4"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", [60, 72, 80, 95, 100, 120, 200])
def test_no_line_is_wider_than_the_screen(width, encoding):
    """Whatever there is to say, in any encoding."""
    trace = made.Made(made.ALL, clocks=(made.AHEAD, made.UNTOLD), notes=("a note " * 20,))
    shown = text_of(trace, Screen(width, False, encoding), heading=HEADING, told=True)
    assert [line for line in shown.splitlines() if columns_of(line) > width or line != line.rstrip()] == []
    assert shown.isascii() == (encoding == "ascii")


def test_colour_changes_no_text():
    """Without its codes the coloured text is the plain one."""
    trace = made.Made(made.ALL)
    coloured = text_of(trace, Screen(colour=True), told=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text_of(trace, told=True)
