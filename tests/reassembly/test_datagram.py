"""Which fragments make up a whole datagram, and which can never do so?"""

from __future__ import annotations

from itertools import permutations
from time import perf_counter

import pytest

from vxlan_dissect.reassembly import datagram as limits
from vxlan_dissect.reassembly.datagram import (
    COPIES_NS,
    OVERLAP,
    PATIENCE_NS,
    TOO_LONG,
    TWO_ENDS,
    Datagram,
    Piece,
    Waiting,
)

A, B, C = (letter * 8 for letter in (b"a", b"b", b"c"))


def piece(begin, data, *, more=True, frame=1):
    """A fragment of one frame."""
    return Piece(frame, begin, data, more, (frame,))


def fault(*pieces):
    """The code of what is wrong once all have come."""
    one = Datagram(0)
    return [one.add(each) for each in pieces][-1]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_any_order(order):
    """Three fragments make a datagram in whatever order they come, and not before the last of them."""
    pieces = [piece(0, A), piece(8, B), piece(16, b"end", more=False)]
    one = Datagram(0)
    before = []
    for place in order:
        before.append(one.whole())
        assert one.add(pieces[place]) == 0
    assert before == [None, None, None]
    assert one.whole() == A + B + b"end"


def test_copies_count_once():
    """A fragment that comes again unchanged is noted as a copy, and changes nothing."""
    one = Datagram(0)
    for frame, each in enumerate((piece(0, A), piece(0, A), piece(8, B, more=False), piece(8, B, more=False)), 1):
        assert one.add(each._replace(frame=frame)) == 0
    assert (one.whole(), len(one.pieces), one.copies) == (A + B, 2, [(2, 0), (4, 8)])


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        pytest.param([piece(0, A), piece(0, B)], OVERLAP, id="other bytes at the same place"),
        pytest.param([piece(0, A + B), piece(8, C)], OVERLAP, id="over the end of an earlier one"),
        pytest.param([piece(8, C), piece(0, A + B)], OVERLAP, id="over the begin of a later one"),
        pytest.param([piece(0, A + B + C), piece(8, B)], OVERLAP, id="within another one, though the bytes agree"),
        pytest.param([piece(8, B), piece(0, A + B + C)], OVERLAP, id="around another one"),
        pytest.param([piece(0, A), piece(0, A + B)], OVERLAP, id="longer at the same place"),
        pytest.param([piece(8, B, more=False), piece(16, C, more=False)], TWO_ENDS, id="two last ones"),
        pytest.param([piece(16, C, more=False), piece(8, B, more=False)], TWO_ENDS, id="two last ones, turned round"),
        pytest.param([piece(8, B, more=False), piece(16, C)], TWO_ENDS, id="beyond the end"),
        pytest.param([piece(16, C), piece(8, B, more=False)], TWO_ENDS, id="an end before what is there"),
        pytest.param([piece(8, B, more=False), piece(8, B)], TWO_ENDS, id="the last one goes on"),
        pytest.param([piece(8, B), piece(8, B, more=False)], TWO_ENDS, id="one becomes the last"),
        pytest.param([piece(65528, A, more=False)], TOO_LONG, id="65536 bytes"),
        pytest.param([piece(65528, A[:7], more=False)], 0, id="65535 bytes"),
        pytest.param([piece(0, A), piece(8, B), piece(16, C, more=False)], 0, id="side by side"),
    ],
)
def test_what_is_wrong(pieces, code):
    """Each contradiction has its code, whichever of the fragments comes first."""
    assert fault(*pieces) == code


def test_nothing_after_a_fault():
    """A datagram that was given up stays so: what comes later cannot make it whole."""
    waiting = Waiting()
    codes = [
        waiting.take("k", each, time).fault
        for time, each in enumerate((piece(0, A), piece(0, B), piece(0, A), piece(8, B, more=False)))
    ]
    assert codes == [0, OVERLAP, OVERLAP, OVERLAP]
    assert waiting.take("k", piece(0, A), PATIENCE_NS + 1).fault == 0


@pytest.mark.parametrize(("after", "whole"), [(PATIENCE_NS, True), (PATIENCE_NS + 1, False), (-PATIENCE_NS - 1, False)])
def test_patience(after, whole):
    """A fragment a minute after the first, or before it in a capture out of order, belongs to another datagram."""
    waiting = Waiting()
    waiting.take("k", piece(0, A), 0)
    assert (waiting.take("k", piece(8, B, more=False), after).whole() is not None) == whole


def test_patience_does_not_depend_on_the_oldest():
    """A datagram is stale by its own time, even if an older entry has a time in the far future."""
    waiting = Waiting()
    waiting.take("future", piece(0, A), 10 * PATIENCE_NS)
    waiting.take("k", piece(0, A), 0)
    assert waiting.take("k", piece(8, B, more=False), 2 * PATIENCE_NS).whole() is None


def closed(after, data):
    """A fragment at place 0 that comes some time after its datagram became whole."""
    waiting = Waiting()
    waiting.take("k", piece(0, A), 0)
    waiting.take("k", piece(8, B, more=False, frame=2), 5)
    waiting.close("k", 2, 5)
    return waiting.take("k", piece(0, data, frame=3), 5 + after)


def test_copy_of_what_is_whole():
    """Soon after a datagram became whole the same fragment is its copy; another or a late one begins a new datagram."""
    assert closed(COPIES_NS, A).whole_in == 2
    assert [(one.whole_in, list(one.pieces)) for one in (closed(COPIES_NS + 1, A), closed(1, C))] == [(0, [0])] * 2


def test_number_of_datagrams(monkeypatch):
    """Beyond the limit the oldest datagram is given up."""
    monkeypatch.setattr(limits, "MAX_DATAGRAMS", 2)
    waiting = Waiting()
    for key in "abcd":
        waiting.take(key, piece(0, A), 0)
    assert waiting.take("d", piece(8, B, more=False), 0).whole() == A + B
    assert waiting.take("a", piece(8, B, more=False), 0).whole() is None


@pytest.mark.parametrize("copies", [False, True])
def test_bytes_are_bounded(monkeypatch, copies):
    """Objects count as well as data: neither tiny fragments nor copies of one can fill the memory."""
    monkeypatch.setattr(limits, "MAX_BYTES", 100 * limits.PIECE_BYTES)
    waiting = Waiting()
    most = 0
    for number in range(1000):
        one = waiting.take(number // 50, piece(0 if copies else number % 50 * 8, A), 0)
        most = max(most, waiting._cost)
        assert one.cost <= waiting._cost
    assert 50 * limits.PIECE_BYTES < most <= limits.MAX_BYTES + limits.PIECE_BYTES * 2 + 8


def test_cost_is_counted_back():
    """What is given up, closed or at fault frees what it took."""
    waiting = Waiting()
    waiting.take("a", piece(0, A * 100), 0)
    held = waiting._cost
    waiting.take("b", piece(0, A), 0)
    waiting.take("b", piece(0, B), 0)
    waiting.take("c", piece(0, A * 100, more=False), 0)
    waiting.close("c", 1, 0)
    waiting.take("d", piece(0, A), 3 * PATIENCE_NS)
    assert held == 800 + 2 * limits.PIECE_BYTES
    assert waiting._cost == 8 + 2 * limits.PIECE_BYTES


@pytest.mark.parametrize("backwards", [False, True])
def test_most_fragments(backwards):
    """A datagram of 8,191 fragments of 8 bytes is whole within a second, in either order."""
    begins = range(0, 8191 * 8, 8)
    one, start = Datagram(0), perf_counter()
    for begin in reversed(begins) if backwards else begins:
        assert one.add(piece(begin, A, more=begin != begins[-1])) == 0
    assert one.whole() == A * 8191
    assert perf_counter() - start < 20  # a hang, on a busy machine; all with all would take minutes
