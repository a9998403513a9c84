"""Is a datagram of many small fragments put together as one of few, and at a cost in proportion?"""

from __future__ import annotations

import random

import pytest

from vxlan_dissect.reassembly.datagram import MAX_BYTES, OVERLAP, PIECE_BYTES, Datagram, Piece, Waiting

CONTENT = bytes(random.Random(1).randbytes(8000))


def pieces(size):
    """CONTENT in fragments of `size` bytes."""
    return [Piece(n, n, at, CONTENT[at : at + size]) for n, at in enumerate(range(0, len(CONTENT), size))]


@pytest.mark.parametrize("seed", range(3))
def test_any_order_gives_the_whole(seed):
    """A thousand fragments in any order, some of them twice."""
    parts = pieces(8) + pieces(8)[::3]
    random.Random(seed).shuffle(parts)
    datagram = Datagram(0)
    assert {datagram.add(part, more=part.end < len(CONTENT)) for part in parts} == {0}
    assert datagram.whole() == CONTENT


@pytest.mark.parametrize("begin", [0, 4, 792, 796, 7980])
def test_one_that_reaches_into_another_is_an_overlap(begin):
    """Wherever it begins, and whatever it agrees with."""
    datagram = Datagram(0)
    for part in pieces(8):
        datagram.add(part, more=part.end < len(CONTENT))
    assert datagram.add(Piece(9999, 9999, begin, CONTENT[begin : begin + 12]), more=True) == OVERLAP


def test_memory_counts_what_python_needs():
    """Fragments of one byte are given up long before their bytes alone are too many."""
    waiting, most = Waiting(), 0
    for number in range(2 * MAX_BYTES // PIECE_BYTES // 1000):
        for place in range(1000):
            waiting.take(number, Piece(0, 0, 8 * place, b"x"), 0, more=True)
        most = max(most, waiting._memory)
    assert MAX_BYTES // 2 < most < MAX_BYTES + 2000 * PIECE_BYTES
