"""Are clocks that are apart found to be so, with an error that holds, and clocks that agree left alone?"""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxlan_dissect.trace.clock import Crossings, clocks, corrected

BEGIN = 1_720_770_000_123_456_789
US, MS, S = 1_000, 1_000_000, 1_000_000_000
RESOLUTION = 2 * US  # what the estimate takes for the resolution of time stamps


class Node:
    """A node whose clock shows `offset` ns more than the true time at BEGIN, and gains `ppm` on it."""

    def __init__(self, offset=0, ppm=0.0):
        self.offset, self.ppm = offset, ppm

    def shows(self, true_ns):
        """What its clock shows at true times, in ns since BEGIN."""
        true_ns = np.asarray(true_ns, np.int64)
        return BEGIN + true_ns + self.offset + np.rint(true_ns * self.ppm * 1e-6).astype(np.int64)

    def ahead(self, shown_ns):
        """How far its clock is ahead of the true time when it shows this."""
        since = shown_ns - BEGIN - self.offset
        return self.offset + np.rint(since * (1 - 1 / (1 + self.ppm * 1e-6))).astype(np.int64)


TRUE = Node()


def crossing(src, dst, nodes, sent, delays):
    """Packets sent at true times since BEGIN that take these delays from one node to another."""
    sent = np.asarray(sent, np.int64)
    return Crossings(src, dst, nodes[src].shows(sent), nodes[dst].shows(sent + np.asarray(delays, np.int64)))


def exchange(
    nodes, *, count=30, span=3 * S, least=(50 * US, 50 * US), jitter=(100 * US, 100 * US), seed=0, ends=(0, 1)
):
    """Packets in both directions at random times, with delays of an exponential tail over the least ones."""
    rng = np.random.default_rng(seed)
    return [
        crossing(src, dst, nodes, rng.integers(0, span, count), least[way] + rng.exponential(jitter[way], count))
        for way, (src, dst) in enumerate((ends, ends[::-1]))
    ]


def off_by(node, clock, crossings, place=1):
    """The largest difference of the estimate from the truth at the packets of a node, in ns."""
    shown = np.concatenate([each.received_ns if each.dst == place else each.sent_ns for each in crossings])
    return int(np.abs(shown - corrected(shown, clock) - node.ahead(shown)).max())


def delays(found, crossings):
    """The delays of all packets by clocks that were set right."""
    return np.concatenate(
        [corrected(each.received_ns, found[each.dst]) - corrected(each.sent_ns, found[each.src]) for each in crossings]
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ppm", [0.0, 50.0, -50.0])
@pytest.mark.parametrize("offset", [80 * MS, -80 * MS, 3 * S, -3 * S])
def test_offset(offset, ppm, seed):
    """Some tens of packets of three seconds tell an offset within a millisecond, and no delay comes out negative."""
    nodes = TRUE, Node(offset, ppm)
    crossings = exchange(nodes, seed=seed)
    found = clocks(["a", "b"], crossings)
    assert found[0] == (*found[0][:1], "a", 0, 0.0, 0, 0, 0, "the reference")
    assert off_by(nodes[1], found[1], crossings) < MS
    assert off_by(nodes[1], found[1], crossings) <= found[1].error_ns
    assert delays(found, crossings).min() >= 0


@pytest.mark.parametrize("seed", range(20))
def test_clocks_that_agree(seed):
    """Nothing is corrected where all packets bear the times as they are."""
    crossings = exchange((TRUE, TRUE), seed=seed, jitter=(1 * MS, 20 * US))
    found = clocks(["a", "b"], crossings)
    assert found[1].offset_ns == found[1].drift_ppm == 0
    assert found[1].error_ns >= 50 * US
    assert found[1].basis == "60 packets in both directions: the clocks agree as far as can be told"
    for each in crossings:
        assert corrected(each.received_ns, found[1]) is each.received_ns


def test_an_offset_within_the_delay_is_left_alone():
    """An offset of 30 µs cannot be told where no packet takes less than 50."""
    nodes = TRUE, Node(30 * US)
    crossings = exchange(nodes)
    found = clocks(["a", "b"], crossings)[1]
    assert found.offset_ns == 0
    assert found.error_ns >= 30 * US


@pytest.mark.parametrize(
    ("span", "count", "near"),
    [
        pytest.param(3 * S, 40, 5, id="3s"),
        pytest.param(60 * S, 100, 1, id="1m"),
        pytest.param(3600 * S, 500, 0.1, id="1h"),
    ],
)
def test_drift(span, count, near):
    """Fifty parts in a million are found where delays are short against what they amount to."""
    nodes = TRUE, Node(0, 50.0)
    for seed in range(5):
        crossings = exchange(
            nodes, span=span, count=count, least=(10 * US, 10 * US), jitter=(30 * US, 30 * US), seed=seed
        )
        found = clocks(["a", "b"], crossings)
        assert found[1].drift_ppm == pytest.approx(50, abs=near)
        assert off_by(nodes[1], found[1], crossings) <= found[1].error_ns + US
        assert delays(found, crossings).min() >= 0


def test_drift_that_little_hides():
    """Packets that never take less than a millisecond, but always little more, show a drift of 300 µs."""
    nodes = TRUE, Node(0, 5.0)
    crossings = exchange(nodes, span=60 * S, count=1000, least=(MS,) * 2, jitter=(50 * US,) * 2)
    found = clocks(["a", "b"], crossings)[1]
    assert found.drift_ppm == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize("seed", range(30))
def test_no_drift_by_chance(seed):
    """Jitter alone makes no drift, however few packets there are."""
    for count in (1, 2, 3, 8, 10, 30):
        crossings = exchange((TRUE, Node(80 * MS)), count=count, span=10 * S, jitter=(MS,) * 2, seed=seed)
        assert clocks(["a", "b"], crossings)[1].drift_ppm == 0


def test_growing_delay_is_no_drift():
    """A queue that fills up in one direction raises the delays of that one alone."""
    sent = np.arange(0, 10 * S, 100 * MS)
    crossings = [
        crossing(0, 1, (TRUE, TRUE), sent, 100 * US + sent // 1000),
        crossing(1, 0, (TRUE, TRUE), sent, np.full(sent.size, 100 * US)),
    ]
    assert clocks(["a", "b"], crossings)[1].drift_ppm == 0


@pytest.mark.parametrize("seed", range(5))
def test_unequal_delays(seed):
    """Where one way is longer by 4 ms the offset is wrong by half of that, and the error says so."""
    nodes = TRUE, Node(80 * MS, 50.0)
    crossings = exchange(nodes, count=100, span=60 * S, least=(100 * US, 4100 * US), jitter=(MS, 20 * US), seed=seed)
    found = clocks(["a", "b"], crossings)
    assert 1.9 * MS < off_by(nodes[1], found[1], crossings) <= found[1].error_ns < 3 * MS
    assert delays(found, crossings).min() >= 0


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("offset", [0, 80 * MS, -3 * S])
def test_few_packets(count, offset):
    """One to three packets each way, as of a single ping, tell an offset as well."""
    sent = np.arange(count) * S
    nodes = TRUE, Node(offset, 20.0)
    crossings = [
        crossing(0, 1, nodes, sent, np.full(count, 150 * US)),
        crossing(1, 0, nodes, sent + 200 * US, np.full(count, 100 * US)),
    ]
    found = clocks(["a", "b"], crossings)
    assert off_by(nodes[1], found[1], crossings) <= min(found[1].error_ns, 300 * US)
    assert delays(found, crossings).min() >= 0
    assert found[1].packets == 2 * count


@pytest.mark.parametrize("ppm", [0.0, 50.0])
@pytest.mark.parametrize("seed", range(10))
def test_strays(seed, ppm):
    """A few packets that were matched with a wrong one do not matter, and are counted."""
    nodes = TRUE, Node(80 * MS, ppm)
    right = exchange(nodes, count=50, span=10 * S, seed=seed)
    wrong = np.zeros(50, np.int64)
    wrong[[3, 20, 41]] = 250 * MS, 2 * S, 700 * MS
    there, back = (each._replace(received_ns=each.received_ns - wrong) for each in right)
    found = clocks(["a", "b"], [there, back])
    assert "6 of which fit no line and were left out" in found[1].basis
    assert found[1].packets == 94
    assert off_by(nodes[1], found[1], right) <= found[1].error_ns < MS
    assert delays(found, right).min() >= -RESOLUTION


def test_a_late_packet_is_no_stray():
    """Packets that a queue held up for seconds are nothing odd."""
    right = exchange((TRUE, Node(80 * MS)))
    late = right[0]._replace(received_ns=right[0].received_ns + np.arange(30) * 100 * MS)
    assert "left out" not in clocks(["a", "b"], [late, right[1]])[1].basis


def test_clock_that_was_set():
    """A clock that jumps by a second amid the capture fits no line, and the error covers the jump."""
    before, after = (exchange((TRUE, Node(offset)), seed=offset) for offset in (0, S))
    found = clocks(["a", "b"], [*before, *after])[1]
    assert "contradict" in found.basis
    assert found.error_ns >= S - MS


def test_two_packets_that_contradict_each_other():
    """With one packet each way, of which one is matched wrongly, nothing tells which."""
    times = np.array([BEGIN]), np.array([BEGIN - 5 * MS])
    found = clocks(["a", "b"], [Crossings(0, 1, *times), Crossings(1, 0, *times)])[1]
    assert (found.offset_ns, found.error_ns, found.packets) == (0, 5 * MS, 0)
    assert found.basis.startswith("2 packets in both directions, which contradict one another")


@pytest.mark.parametrize("ways", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("offset", "least", "shift"),
    [
        pytest.param(0, 15 * MS, 0, id="borne"),
        pytest.param(-2 * US, 1 * US, 0, id="cut"),
        pytest.param(-80 * MS, 50 * US, -80 * MS + 50 * US, id="negative"),
        pytest.param(80 * MS, 50 * US, 80 * MS + 50 * US, id="long"),
    ],
)
def test_one_direction(ways, offset, least, shift):
    """Packets of one direction bound the offset only: they are borne as they are or the least delay becomes 0."""
    nodes = (TRUE, Node(offset)) if ways == (0, 1) else (Node(offset), TRUE)
    there = crossing(0, 1, nodes, np.arange(20) * 100 * MS, least + np.arange(20) * 10 * US)
    there = there._replace(src=ways[0], dst=ways[1]) if ways == (0, 1) else crossing(1, 0, nodes, np.arange(20), least)
    found = clocks(["a", "b"], [there])
    assert found[1].offset_ns == (shift if ways == (0, 1) else -shift)
    assert found[1].error_ns is None
    assert "in one direction only" in found[1].basis
    assert delays(found, [there]).min() == (0 if shift else least + offset)


def test_strays_in_one_direction():
    """One packet that arrives seconds before it was sent does not move a clock."""
    there = crossing(0, 1, (TRUE, TRUE), np.arange(20) * 100 * MS, np.full(20, MS))
    there.received_ns[7] -= 5 * S
    found = clocks(["a", "b"], [there])[1]
    assert (found.offset_ns, found.packets) == (0, 19)


def test_nothing():
    """Without packets between them nothing is known of the clocks, and nothing is changed."""
    empty = np.empty(0, np.int64)
    found = clocks(["a", "b"], [Crossings(0, 1, empty, empty), Crossings(0, 0, np.array([1]), np.array([5]))])
    assert [(each.node, each.reference, each.offset_ns) for each in found] == [("a", "a", 0), ("b", "a", 0)]
    assert [each.error_ns for each in found] == [0, None]
    assert "cannot be told" in found[1].basis
    assert clocks([], []) == []


def test_chain():
    """A node that exchanges packets with a neighbour of the reference alone is set right by way of that one."""
    nodes = Node(-200 * MS, 30.0), TRUE, Node(3 * S, -50.0)
    crossings = [
        *exchange(nodes, span=60 * S, count=60, ends=(0, 1)),
        *exchange(nodes, span=60 * S, count=50, ends=(2, 1), seed=1),
        *exchange(nodes, span=60 * S, count=40, ends=(1, 2), seed=2),
    ]
    found = clocks(["a", "b", "c"], crossings)
    assert [each.reference for each in found] == ["b", "b", "b"]
    for place in (0, 2):
        own = [each for each in crossings if place in each[:2]]
        assert off_by(nodes[place], found[place], own, place) <= found[place].error_ns < MS
    assert delays(found, crossings).min() >= 0
    away = exchange(nodes, span=60 * S, count=500, ends=(0, 1)) + exchange(nodes, span=60 * S, count=50, ends=(2, 1))
    found = clocks(["a", "b", "c"], [*away[2:], *(each for each in away[:2])])
    ends = found[0].error_ns, found[2].error_ns
    assert found[1].reference == "b"
    assert all(ends)


def test_errors_add_up():
    """The shorter chain is left for a surer one, and its errors add up."""
    nodes = Node(), Node(3 * S), Node(-80 * MS)
    crossings = [
        *exchange(nodes, ends=(0, 1), count=100),
        *exchange(nodes, ends=(0, 2), count=40, least=(20 * MS,) * 2),
        *exchange(nodes, ends=(1, 2), count=40),
    ]
    found = clocks(["a", "b", "c"], crossings)
    assert "; by way of b" in found[2].basis
    assert found[2].error_ns > found[1].error_ns
    assert off_by(nodes[2], found[2], crossings[-2:-1], 2) <= found[2].error_ns < MS


def test_unknown_links_make_unknown_chains():
    """Behind packets of one direction, and where no packet comes from the reference, an offset has no error."""
    nodes = Node(), Node(), Node(3 * S), Node(), Node(80 * MS)
    crossings = [
        crossing(0, 1, nodes, np.arange(200), np.full(200, MS)),
        *exchange(nodes, ends=(1, 2), count=20),
        *exchange(nodes, ends=(3, 4), count=10),
    ]
    found = clocks(list("abcde"), crossings)
    assert found[0].reference == "b"
    assert [each.error_ns is None for each in found] == [True, False, False, True, True]
    assert found[2].offset_ns == pytest.approx(3 * S, abs=MS)
    assert found[4].offset_ns == pytest.approx(80 * MS, abs=MS)
    assert found[3].basis == "no packet crosses between it and the reference: cannot be told"
    assert found[4].basis.endswith("; against d")


def test_no_ns_is_lost():
    """Times of today do not fit into a float64; their differences come out to the nanosecond."""
    times = np.array([BEGIN, BEGIN + 1, BEGIN + 3600 * S + 1])
    clock = clocks(["a"], [])[0]._replace(offset_ns=7, drift_ppm=50.0, at_ns=BEGIN)
    assert (corrected(times, clock) - BEGIN + 7).tolist() == [0, 1, 3600 * S + 1 - 180 * MS]


def test_absurd_times():
    """Times at the ends of an int64 and nodes that do not exist are neither errors nor warnings."""
    ends = np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max, 0, BEGIN])
    crossings = [
        Crossings(0, 1, ends, ends[::-1].copy()),
        Crossings(1, 0, ends, ends),
        Crossings(1, 2, ends, ends + 1),
        Crossings(-1, 7, ends, ends),
    ]
    for clock in clocks(["a", "b", "c"], crossings):
        assert corrected(ends, clock).shape == (4,)


def test_a_million_packets():
    """A million packets with strays among them take about a second."""
    nodes = TRUE, Node(80 * MS, 50.0)
    there, back = exchange(nodes, count=500_000, span=60 * S)
    strayed = there._replace(received_ns=there.received_ns - (np.arange(500_000) % 50 == 0) * S)
    begin = perf_counter()
    found = clocks(["a", "b"], [strayed, back])
    assert perf_counter() - begin < 5  # on a machine that does other things as well
    assert off_by(nodes[1], found[1], [there, back]) < 10 * US


@given(
    offset=st.integers(-5 * S, 5 * S),
    ppm=st.sampled_from([0.0, 0.0, 50.0, -50.0, 300.0, -900.0]) | st.floats(-1000, 1000),
    span=st.integers(1, 100 * S),
    there=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 50 * MS)), min_size=1, max_size=12),
    back=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 50 * MS)), min_size=1, max_size=12),
)
def test_the_truth_lies_within_the_error(offset, ppm, span, there, back):
    """Whatever the packets are, the offset is within its error, and no delay is negative beyond the resolution."""
    nodes = TRUE, Node(offset, ppm * 0.999)
    crossings = [
        crossing(src, dst, nodes, [int(when * span) for when, _ in packets], [delay for _, delay in packets])
        for src, dst, packets in ((0, 1, there), (1, 0, back))
    ]
    found = clocks(["a", "b"], crossings)
    assert off_by(nodes[1], found[1], crossings) <= found[1].error_ns + RESOLUTION
    assert delays(found, crossings).min() >= -RESOLUTION
    assert abs(found[1].drift_ppm) <= 1000
    assert found[1].packets == len(there) + len(back)
