"""Are frames of one content put together into packets, and repeated packets told apart or said to be in doubt?"""

from __future__ import annotations

import numpy as np
import pytest

from vxlan_dissect.trace import match as module
from vxlan_dissect.trace.match import APART_NS, AT_ONCE_NS, COPIED_NS, CROWD, match

US, MS, S = 1_000, 1_000_000, 1_000_000_000
FIRST, SECOND, THIRD = 1, 2, 3  # slots


def told(*frames, flooded=None, **options):
    """The packets, as sets of the indices of frames, and those of them in doubt.

    A frame is (print, slot, time), and its body where a fourth stands; all have one if none is given.
    """
    prints = np.array([frame[0] for frame in frames], dtype=np.uint64)
    slots = np.array([frame[1] for frame in frames], dtype=np.int64)
    times = np.array([frame[2] for frame in frames], dtype=np.int64)
    bodies = np.array([frame[3] if len(frame) > 3 else 7 for frame in frames], dtype=np.uint64)
    copies = None if flooded is None else np.array(flooded, dtype=bool)
    found = match(prints, bodies, slots, times, copies, **options)
    groups = {}
    for index, packet in enumerate(found.packet.tolist()):
        groups.setdefault(packet, set()).add(index)
    assert sorted(groups) == list(range(len(groups))), "packets are numbered without gaps"
    return sorted(groups.values(), key=min), [groups[packet] for packet in found.doubtful.tolist()]


def at(slot, *times, content=5):
    """Frames of one content that one slot saw at these times."""
    return [(content, slot, time) for time in times]


def test_one_content_is_one_packet():
    """Frames of equal content at several places are one packet, those of another content another one."""
    frames = [
        *at(FIRST, 0),
        *at(SECOND, 30 * US),
        *at(THIRD, 90 * US),
        *at(FIRST, 10, content=6),
        *at(THIRD, 9, content=6),
    ]
    assert told(*frames) == ([{0, 1, 2}, {3, 4}], [])


def test_nothing():
    """No frames are no packets."""
    assert told() == ([], [])


def test_one_frame():
    """One frame is one packet, without doubt."""
    assert told((5, FIRST, 0)) == ([{0}], [])


def test_the_order_of_frames_does_not_matter():
    """Captures may be read in any order."""
    frames = [*at(THIRD, 90 * US, 90 * US + S), *at(FIRST, 0, S), *at(SECOND, S + 40 * US, 40 * US)]
    assert told(*frames) == ([{0, 2, 5}, {1, 3, 4}], [])


def test_repeated_packets_keep_their_order():
    """Where every place saw a packet equally often, the first of each place belong together, however close they are."""
    frames = [*at(FIRST, 0, 10 * US, 20 * US), *at(SECOND, 15 * US, 25 * US, 35 * US)]
    assert told(*frames) == ([{0, 3}, {1, 4}, {2, 5}], [])


def test_a_pause_parts_repeated_packets():
    """A packet that comes again after longer than any packet needs is another, though no place saw both."""
    assert told(*at(FIRST, 0), *at(SECOND, APART_NS + 1)) == ([{0}, {1}], [])
    assert told(*at(FIRST, 0), *at(SECOND, APART_NS)) == ([{0, 1}], [])


def test_unknown_clocks_have_no_pauses():
    """While clocks are not known, times apart do not part a packet."""
    assert told(*at(FIRST, 0), *at(SECOND, 80 * S), apart_ns=None) == ([{0, 1}], [])


def test_clocks_in_doubt_make_the_pause_longer():
    """As far as clocks may be off, times do not part a packet."""
    assert told(*at(FIRST, 0), *at(SECOND, APART_NS + MS), slack_ns=2 * MS) == ([{0, 1}], [])
    assert told(*at(FIRST, 0), *at(SECOND, APART_NS + 3 * MS), slack_ns=2 * MS) == ([{0}, {1}], [])


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_one_of_three_equal_ones_is_lost(gone):
    """Of three equal packets the one that did not come further is told by time, and without doubt."""
    sent = [0, 200 * MS, 400 * MS]
    came = [time + 60 * US for number, time in enumerate(sent) if number != gone]
    frames = [*at(FIRST, *sent), *at(SECOND, *came)]
    packets, doubtful = told(*frames)
    left = [number for number in range(3) if number != gone]
    assert packets == sorted([{gone}, *({number, 3 + place} for place, number in enumerate(left))], key=min)
    assert doubtful == []


def test_a_place_that_saw_more_is_the_base():
    """A packet that only a later place saw, since the first capture missed it, is one of its own."""
    frames = [*at(FIRST, 0, 400 * MS), *at(SECOND, 60 * US, 200 * MS, 400 * MS + 60 * US)]
    assert told(*frames) == ([{0, 2}, {1, 4}, {3}], [])


@pytest.mark.parametrize("between", [20 * US, 50 * US])
def test_two_that_are_too_close_are_in_doubt(between):
    """Which of two packets came further is said to be open where both fit about as well."""
    frames = [*at(FIRST, 0, between), *at(SECOND, between // 2 + US)]
    packets, doubtful = told(*frames)
    assert sorted(map(len, packets)) == [1, 2]
    assert doubtful == [next(packet for packet in packets if len(packet) == 2)]


@pytest.mark.parametrize("way", [15 * US, 75 * US])
def test_one_sent_shortly_before_and_one_shortly_after_are_in_doubt(way):
    """The nearest may not have been sent yet: which of the two was seen is not guessed away."""
    frames = [*at(FIRST, 0, way + 5 * US), *at(SECOND, way)]
    _, doubts = told(*frames)
    assert len(doubts) == 1
    assert told(*at(FIRST, 0, 300 * MS), *at(SECOND, 15 * US))[1] == []


def test_clocks_in_doubt_make_packets_doubtful():
    """What sound clocks tell apart is open with clocks that may be off by as much as the packets are apart."""
    frames = [*at(FIRST, 0, 10 * MS), *at(SECOND, 60 * US)]
    assert told(*frames) == ([{0, 2}, {1}], [])
    assert len(told(*frames, slack_ns=20 * MS)[1]) == 1


def test_doubt_is_of_one_packet_alone():
    """Other packets, of the same content at other times and of other content, are not in doubt."""
    close = [*at(FIRST, 0, 20 * US), *at(SECOND, 11 * US)]
    sure = [*at(FIRST, 10 * S, 10 * S + 300 * MS), *at(SECOND, 10 * S + 60 * US)]
    other = [*at(FIRST, 0, content=6), *at(SECOND, 15 * US, content=6)]
    packets, doubtful = told(*close, *sure, *other)
    assert len(doubtful) == 1
    assert doubtful[0] <= {0, 1, 2}
    assert {3, 5} in packets
    assert {4} in packets
    assert {6, 7} in packets


def test_far_from_all_is_another_packet():
    """A frame that is near to none of the packets elsewhere is not given to the nearest of them."""
    frames = [*at(FIRST, 0, 200 * MS, 500 * MS), *at(SECOND, 60 * US, 500 * MS + 2 * AT_ONCE_NS)]
    assert told(*frames) == ([{0, 3}, {1}, {2}, {4}], [])


def test_two_near_one_are_two():
    """Of two frames of one place that are nearest to the same packet, the one that is not close is another packet."""
    frames = [*at(FIRST, 0, 500 * MS, 900 * MS), *at(SECOND, 60 * US, 5 * MS)]
    assert told(*frames) == ([{0, 3}, {1}, {2}, {4}], [])


def test_the_payload_tells_packets_apart():
    """Packets of one print whose payload differs are told apart without regard to order, where every place has it."""
    frames = [(5, FIRST, 0, 11), (5, FIRST, 5 * US, 12), (5, SECOND, 30 * US, 12), (5, SECOND, 31 * US, 11)]
    assert told(*frames) == ([{0, 3}, {1, 2}], [])


def test_a_payload_that_one_place_lacks_does_not_count():
    """Where one place has cut the payload off, order tells."""
    frames = [(5, FIRST, 0, 11), (5, FIRST, 5 * US, 12), (5, SECOND, 30 * US, 0), (5, SECOND, 31 * US, 0)]
    assert told(*frames) == ([{0, 2}, {1, 3}], [])


def test_a_payload_is_not_asked_where_no_place_saw_two():
    """Frames of one print that every place saw once are one packet, though a card wrote the payload anew."""
    assert told((5, FIRST, 0, 11), (5, SECOND, 30 * US, 12)) == ([{0, 1}], [])


def test_copies_of_a_bridge_are_one_packet():
    """What a bridge copies to where it came from is the same packet, and the rest of its way too."""
    frames = [*at(FIRST, 0, 40 * US), *at(SECOND, 10 * US), *at(THIRD, 50 * US)]
    assert told(*frames, flooded=[True] * 4) == ([{0, 1, 2, 3}], [])


def test_no_copy_without_a_flood():
    """Frames of a kind that no bridge floods are two packets, however soon the second comes."""
    frames = [*at(FIRST, 0, 40 * US), *at(SECOND, 10 * US, 50 * US)]
    assert told(*frames, flooded=[False] * 4) == ([{0, 2}, {1, 3}], [])


def test_no_copy_after_a_moment():
    """A second frame after more than a moment is another packet, of which both go their way."""
    frames = [*at(FIRST, 0, COPIED_NS), *at(SECOND, 10 * US, COPIED_NS + 10 * US)]
    assert told(*frames, flooded=[True] * 4) == ([{0, 2}, {1, 3}], [])


def test_no_copy_with_another_payload():
    """Two floods of one print within a moment are two packets where their payload differs."""
    frames = [(5, FIRST, 0, 11), (5, FIRST, 40 * US, 12), (5, SECOND, 10 * US, 11), (5, SECOND, 50 * US, 12)]
    assert told(*frames, flooded=[True] * 4) == ([{0, 2}, {1, 3}], [])


def test_copies_of_repeated_packets():
    """Of packets that come each second, each with its copy, the copies belong to their own."""
    frames = [*at(FIRST, 0, 40 * US, S, S + 40 * US), *at(SECOND, 10 * US, S + 10 * US)]
    assert told(*frames, flooded=[True] * 6) == ([{0, 1, 4}, {2, 3, 5}], [])


def test_a_crowd_is_told_by_order(monkeypatch):
    """Beyond a number of frames of one print, order alone is asked, and all of them are in doubt."""
    frames = [*at(FIRST, 0, 200 * MS, 400 * MS), *at(SECOND, 200 * MS + 60 * US, 400 * MS + 60 * US)]
    assert told(*frames) == ([{0}, {1, 3}, {2, 4}], [])
    monkeypatch.setattr(module, "CROWD", 4)
    packets, doubtful = told(*frames)
    assert packets == [{0, 3}, {1, 4}, {2}]
    assert sorted(doubtful, key=min) == packets


def test_a_crowd_that_every_place_saw_is_sure(monkeypatch):
    """However many frames of one print there are, places that saw equally many leave no doubt."""
    monkeypatch.setattr(module, "CROWD", 4)
    frames = [*at(FIRST, 0, MS, 2 * MS), *at(SECOND, 60 * US, MS + 60 * US, 2 * MS + 60 * US)]
    assert told(*frames) == ([{0, 3}, {1, 4}, {2, 5}], [])


def test_a_real_crowd():
    """Ten thousand equal packets of which one is lost are gone through in reasonable memory, and doubt is said."""
    assert CROWD >= 10_000
    sent = np.arange(CROWD) * US
    frames = [*at(FIRST, *sent.tolist()), *at(SECOND, *(sent[1:] + 3 * US).tolist())]
    packets, doubtful = told(*frames)
    assert len(packets) == CROWD
    assert len(doubtful) == CROWD


@pytest.mark.parametrize("slot", [1 << 20, 1 << 40])
def test_slots_are_any_numbers(slot):
    """Slots of many turns, whose numbers are large, are told from each other as small ones are."""
    frames = [*at(slot, 0, 200 * MS), *at(slot + 1, 60 * US, 200 * MS + 60 * US)]
    assert told(*frames) == ([{0, 2}, {1, 3}], [])
