"""Is a TCP stream counted by bytes, and what is sent again counted once?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.explain.made import packets
from vxlan_dissect.losses.columns import counted
from vxlan_dissect.losses.model import Tally
from vxlan_dissect.losses.segments import add_segments

ACK, PSH, SYN, RST = 0x10, 0x08, 0x02, 0x04


def tally_of(*batches):
    """What is counted of segments, each (sequence number, length, flags), batch after batch."""
    tally = Tally(context=None)
    for segments in batches:
        rows = [
            {"tcp.seq_raw": sequence % 2**32, "tcp.len": length, "tcp.flags": flags}
            for sequence, length, flags in segments
        ]
        made = packets(*rows)
        sizes = np.array([length + 40 for _, length, _ in segments], dtype=np.int64)
        add_segments(tally, counted(made, np.arange(len(rows)), "x.pcap")._replace(sizes=sizes))
    return tally


def test_a_stream_in_order():
    """Segments that follow each other repeat nothing."""
    tally = tally_of([(100, 50, ACK), (150, 50, ACK), (200, 10, ACK | PSH)])
    assert (tally.payload, tally.repeated) == (110, 0)


def test_a_retransmission():
    """A segment that comes twice is repeated once, with its size."""
    tally = tally_of([(100, 50, ACK), (150, 50, ACK), (100, 50, ACK)])
    assert (tally.payload, tally.repeated, tally.largest_repeated) == (150, 50, 90)
    assert tally.repeats == [("x.pcap", 3)]


def test_a_retransmission_in_a_later_batch():
    """What an earlier batch had is remembered."""
    assert tally_of([(100, 50, ACK)], [(100, 50, ACK), (150, 5, ACK)]).repeated == 50


@pytest.mark.parametrize("start", [2**32 - 60, 2**32 - 1, 2**31 - 10])
def test_around_the_end_of_the_numbers(start):
    """Sequence numbers go on at zero (RFC 9293 section 3.4)."""
    tally = tally_of([(start, 50, ACK), (start + 50, 50, ACK), (start + 50, 50, ACK)])
    assert (tally.payload, tally.repeated) == (150, 50)


def test_a_part_is_sent_again():
    """Offload merges segments, so that a retransmission may hold old and new bytes."""
    assert tally_of([(100, 50, ACK), (120, 60, ACK)]).repeated == 30


def test_a_keepalive_repeats_nothing():
    """A keepalive has the last byte again (RFC 9293 section 3.8.4)."""
    assert tally_of([(100, 50, ACK), (149, 1, ACK)]).repeated == 0


def test_a_huge_gap():
    """A number far ahead is new, whatever lies between."""
    assert tally_of([(100, 50, ACK), (100 + 2**30, 50, ACK)]).repeated == 0


def test_flags():
    """SYN and RST are counted; an ACK of its own says that the peer was heard, a SYN does not."""
    opened = tally_of([(5, 0, SYN), (5, 0, SYN)])
    assert (opened.openings, opened.reached, opened.refusals) == (2, False, 0)
    assert tally_of([(5, 0, SYN), (6, 0, ACK)]).reached
    assert tally_of([(0, 0, RST | ACK)]).refusals == 1
