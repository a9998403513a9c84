"""Do frames that offload cut or merged anew show the packets whose bytes they hold?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from vxlan_dissect.trace.assemble import WHOLE
from vxlan_dissect.trace.fingerprint import mixed
from vxlan_dissect.trace.records import Records
from vxlan_dissect.trace.segments import COPIES, cut_anew

US, MS, S = 1_000, 1_000_000, 1_000_000_000
POD, WIRE, FAR = 1, 2, 3  # slots, in the order of the way
LIMITS = {POD: 64, WIRE: 63, FAR: 62}
FLOW, OTHER = 1000, 2000
LAST = 1 << 32  # numbers of TCP begin anew here


class Frame(NamedTuple):
    """A frame with bytes `begin` up to `end` of a flow at a slot; numbers may be beyond 2³²."""

    slot: int
    begin: int
    end: int
    time: int
    flow: int = FLOW
    flags: int = 0x10
    limit: int | None = None


def records_of(frames):
    """Records of frames; what is of no use here is 0."""
    count = len(frames)
    columns = {}
    for name, kind in zip(Records._fields, _KINDS, strict=True):
        columns[name] = np.zeros(count, dtype=kind)
    columns["time"][:] = [frame.time for frame in frames]
    columns["frame"][:] = np.arange(count) + 1
    columns["tap"][:] = [frame.slot for frame in frames]
    columns["flow"][:] = [frame.flow for frame in frames]
    columns["number"][:] = [frame.begin % LAST for frame in frames]
    columns["length"][:] = [frame.end - frame.begin for frame in frames]
    columns["flags"][:] = [frame.flags for frame in frames]
    columns["hop_limit"][:] = [LIMITS[frame.slot] if frame.limit is None else frame.limit for frame in frames]
    return Records(**columns)


_KINDS = ("i8", "u4", "u2", "i4", "u8", "u8", "u8", "u8", "u4", "u4", "i4", "u1", "u1", "?")


def packets_of(frames):
    """What `match` makes of them: frames of the same bytes are one packet, the second at a slot another."""
    known, turns, found = {}, {}, []
    for frame in frames:
        key = frame.flow, frame.begin, frame.end, frame.flags
        turn = turns[key, frame.slot] = turns.get((key, frame.slot), -1) + 1
        found.append(known.setdefault((key, turn), len(known)))
    return np.array(found, dtype=np.int64)


def cut(*frames, **options):
    """The packets: for each, in the order of the frame that showed it first, {index of frame: bytes, or WHOLE}."""
    records = records_of(frames)
    slots = np.array([frame.slot for frame in frames], dtype=np.int64)
    carried = cut_anew(packets_of(frames), records, records.time, records.flow, slots, **options)
    found = {}
    rows = zip(carried.packet.tolist(), carried.record.tolist(), carried.share.tolist(), strict=True)
    for packet, record, share in sorted(rows, key=lambda row: row[1]):
        assert record not in found.setdefault(packet, {})
        found[packet][record] = share
    return sorted(found.values(), key=min)


def test_a_super_packet_and_its_segments():
    """The frame that a pod handed down whole is one packet, of which each frame on the wire carries a part."""
    frames = [
        Frame(POD, 0, 3000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 2000, 11 * US),
        Frame(WIRE, 2000, 3000, 12 * US), Frame(FAR, 0, 3000, 60 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 3000, 1: 1000, 2: 1000, 3: 1000, 4: 3000}]


def test_merged_across_two_packets():
    """A frame that a receiver's card merged from parts of two packets is a sighting of both."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(POD, 2000, 4000, 50 * US),
        Frame(FAR, 0, 1000, 100 * US), Frame(FAR, 1000, 3000, 110 * US), Frame(FAR, 3000, 4000, 120 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 2000, 2: 1000, 3: 1000}, {1: 2000, 3: 1000, 4: 1000}]


def test_a_lost_segment():
    """A super-packet of which one segment did not come is the same packet, with fewer bytes."""
    frames = [
        Frame(POD, 0, 3000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 2000, 11 * US),
        Frame(WIRE, 2000, 3000, 12 * US), Frame(FAR, 0, 1000, 60 * US), Frame(FAR, 2000, 3000, 62 * US),
    ]  # fmt: skip
    (packet,) = cut(*frames)
    assert sum(packet[index] for index in (1, 2, 3)) == 3000
    assert sum(packet[index] for index in (4, 5)) == 2000


def test_sent_again():
    """A segment that came after it was sent again belongs to the second copy, and what came before to the first."""
    frames = [
        Frame(POD, 0, 3000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 3000, 11 * US),
        Frame(POD, 1000, 2000, 200 * MS), Frame(WIRE, 1000, 2000, 200 * MS + 10 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 3000, 1: 1000, 2: 2000}, {3: 1000, 4: 1000}]


def test_sent_again_whole():
    """The whole super-packet sent again has its own segments, of which the first one lacked all."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(POD, 0, 2000, 200 * MS),
        Frame(WIRE, 0, 1000, 200 * MS + 10 * US), Frame(WIRE, 1000, 2000, 200 * MS + 11 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 2000}, {1: 2000, 2: 1000, 3: 1000}]


def test_a_stamp_that_is_a_little_early():
    """A place behind that stamped its frame a moment before the first one shows it, and no older copy."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 2000, 11 * US),
        Frame(POD, 0, 2000, 200 * MS), Frame(WIRE, 0, 1000, 200 * MS - 2 * US),
        Frame(WIRE, 1000, 2000, 200 * MS + 3 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 2000, 1: 1000, 2: 1000}, {3: 2000, 4: 1000, 5: 1000}]


def test_clocks_in_doubt():
    """As far as clocks may be off, a frame may be stamped before the copy that it belongs to."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(FAR, 0, 1000, 10 * US), Frame(FAR, 1000, 2000, 11 * US),
        Frame(POD, 0, 2000, 200 * MS), Frame(FAR, 0, 1000, 199 * MS), Frame(FAR, 1000, 2000, 199 * MS + 1 * US),
    ]  # fmt: skip
    assert cut(*frames, slack_ns=2 * MS) == [{0: 2000, 1: 1000, 2: 1000}, {3: 2000, 4: 1000, 5: 1000}]
    assert cut(*frames)[1] == {3: 2000}


@pytest.mark.parametrize("start", [LAST - 3000, LAST - 2500, LAST - 1, LAST, (1 << 31) - 1500])
def test_numbers_begin_anew(start):
    """Bytes before and after 2³² stand on one line, also where the end lies inside a frame."""
    frames = [
        Frame(POD, start, start + 3000, 0), Frame(WIRE, start, start + 1500, 10 * US),
        Frame(WIRE, start + 1500, start + 3000, 11 * US),
        Frame(POD, start + 3000, start + 6000, 50 * US), Frame(WIRE, start + 3000, start + 4500, 60 * US),
        Frame(WIRE, start + 4500, start + 6000, 61 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 3000, 1: 1500, 2: 1500}, {3: 3000, 4: 1500, 5: 1500}]


def test_a_flow_that_goes_round():
    """Bytes of the same numbers one round later are other bytes."""
    step = 1 << 30
    frames = []
    for turn in range(6):
        begin, time = turn * step, turn * S
        frames += [
            Frame(POD, begin, begin + 2000, time), Frame(WIRE, begin, begin + 1000, time + 10 * US),
            Frame(WIRE, begin + 1000, begin + 2000, time + 11 * US),
        ]  # fmt: skip
    assert cut(*frames) == [{3 * turn: 2000, 3 * turn + 1: 1000, 3 * turn + 2: 1000} for turn in range(6)]


def test_cut_alike_is_left_alone():
    """A flow whose frames are the same everywhere, or are not seen somewhere, keeps its packets, whole."""
    frames = [
        Frame(POD, 0, 1000, 0), Frame(POD, 1000, 2000, 5 * US), Frame(WIRE, 0, 1000, 10 * US),
        Frame(FAR, 0, 1000, 60 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: WHOLE, 2: WHOLE, 3: WHOLE}, {1: WHOLE}]


def test_other_flows_are_left_alone():
    """Beside a flow that is cut anew, one of the same numbers that is not keeps its packets."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 2000, 11 * US),
        Frame(POD, 0, 1000, 0, OTHER), Frame(WIRE, 0, 1000, 10 * US, OTHER), Frame(POD, 1000, 1500, 20 * US, OTHER),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 2000, 1: 1000, 2: 1000}, {3: WHOLE, 4: WHOLE}, {5: WHOLE}]


def test_frames_without_payload_are_left_alone():
    """Acknowledgements, and what is no TCP, are never bytes of a super-packet."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 2000, 11 * US),
        Frame(POD, 500, 500, 12 * US), Frame(WIRE, 500, 500, 15 * US), Frame(POD, 0, 900, 0, flags=0),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 2000, 1: 1000, 2: 1000}, {3: WHOLE, 4: WHOLE}, {5: WHOLE}]


def test_bytes_that_the_first_place_lacks():
    """What the first place did not capture is a packet as the next place showed it."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(WIRE, 0, 1000, 10 * US), Frame(WIRE, 1000, 2000, 11 * US),
        Frame(WIRE, 2000, 3000, 30 * US), Frame(FAR, 0, 2000, 60 * US), Frame(FAR, 2000, 3000, 70 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 2000, 1: 1000, 2: 1000, 4: 2000}, {3: 1000, 5: 1000}]


def test_the_first_place_is_that_of_the_highest_hop_limit():
    """Which place is the first tells the hop limit, though a clock says otherwise."""
    frames = [
        Frame(WIRE, 0, 1000, 0), Frame(WIRE, 1000, 2000, 1 * US), Frame(POD, 0, 2000, 3 * US),
        Frame(FAR, 0, 1000, 60 * US), Frame(FAR, 1000, 2000, 61 * US),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 1000, 1: 1000, 2: 2000, 3: 1000, 4: 1000}]


def test_without_hops_time_tells_the_first_place():
    """On one segment of the network the place that showed a byte first is the first."""
    frames = [
        Frame(WIRE, 0, 1000, 10 * US, limit=64), Frame(WIRE, 1000, 2000, 11 * US, limit=64),
        Frame(POD, 0, 2000, 0, limit=64),
    ]  # fmt: skip
    assert cut(*frames) == [{0: 1000, 1: 1000, 2: 2000}]


def test_the_last_copies():
    """Bytes sent more often than copies are told apart still are sightings of one copy each."""
    frames = []
    for turn in range(COPIES + 4):
        time = turn * S
        frames += [
            Frame(POD, 0, 2000, time),
            Frame(WIRE, 0, 1000, time + 10 * US),
            Frame(WIRE, 1000, 2000, time + 11 * US),
        ]
    packets = cut(*frames)
    assert packets[:COPIES] == [
        {3 * turn: 2000, 3 * turn + 1: 1000, 3 * turn + 2: 1000} for turn in range(COPIES - 1)
    ] + [
        {3 * (COPIES - 1): 2000} | {3 * turn + part: 1000 for turn in range(COPIES - 1, COPIES + 4) for part in (1, 2)}
    ]
    assert packets[COPIES:] == [{3 * turn: 2000} for turn in range(COPIES, COPIES + 4)]


def test_translated_flows_are_one():
    """A flow that goes on under other addresses is given by its first number, and its frames are told together."""
    frames = [
        Frame(POD, 0, 2000, 0), Frame(WIRE, 0, 1000, 10 * US, OTHER), Frame(WIRE, 1000, 2000, 11 * US, OTHER),
    ]  # fmt: skip
    records = records_of(frames)
    slots = np.array([frame.slot for frame in frames], dtype=np.int64)
    one = np.full(3, FLOW, dtype=np.uint64)
    carried = cut_anew(packets_of(frames), records, records.time, one, slots)
    assert set(carried.packet.tolist()) == {int(carried.packet[0])}
    apart = cut_anew(packets_of(frames), records, records.time, records.flow, slots)
    assert len(set(apart.packet.tolist())) == 3


def test_nothing():
    """No frames are no packets."""
    assert cut() == []


def test_numbers_of_slots_are_far_apart():
    """The numbers that stand for places differ, or places could not be told by their sum."""
    assert len(set((mixed(np.arange(10_000)) & np.uint64(0xFFFFFFFFFF)).tolist())) == 10_000
