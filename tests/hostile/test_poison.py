"""Does a frame ever say what stands before or behind it in the buffer?

Law: the bytes around each frame are replaced, and nothing that is read of it may change: columns, derived columns, and
the places of its headers.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.invariants import POISONS, decode_between, same, same_derived, same_places, sound
from tests.wire.every import BY_LINKTYPE
from tests.wire.frames import records
from tests.wire.real import Frame, frames_of
from vxlan_dissect.capture.records import LINKTYPES, Records
from vxlan_dissect.decode import decode
from vxlan_dissect.wire import DISPATCH, HEADERS, geneve
from vxlan_dissect.wire.walk import Frames, _Heads

RULES = ("udp.port==4789,geneve", "udp.port==6081,vxlan", "udp.port==53,mpls", "ip.proto==47,mpls")


def made(linktype):
    """The frames made by hand of one link type."""
    return [Frame(data, len(data), name) for name, data in BY_LINKTYPE.get(linktype, {}).items()]


def cuts(frames):
    """Each frame cut when captured: at every byte of what its headers take, and sometimes behind it."""
    return [Frame(f.data[:size], f.original, f.source) for f in frames for size in range(min(len(f.data), 160))]


def untouched(frames, linktype, decode_as=()):
    """Nothing about the frames depends on their neighbours."""
    first, *others = (decode_between(frames, linktype, poison, decode_as) for poison in POISONS.values())
    sound(first)
    for other in others:
        same(first, other)
        same_derived(first, other)
        same_places(first, other)


def test_every_header_stands_in_the_frames():
    """No header is left out: the frames made by hand have each one of wire.HEADERS."""
    bad_option = HEADERS.index(geneve.OPTION)
    read = {bad_option}  # is read for its damage alone, so it never begins a place
    for linktype, frames in BY_LINKTYPE.items():
        batch = records(list(frames.values()), linktype)
        walked = Frames(DISPATCH, batch.buffer, batch.offsets, batch.captured, batch.original)
        walked.trace = []
        walked.walk(linktype)
        read |= {place.header for place in walked.trace}
        assert {damage.header for damage in walked.damages} == ({bad_option} if linktype == 1 else set())
    assert [header.name for code, header in enumerate(HEADERS) if code not in read] == []
    assert BY_LINKTYPE.keys() == LINKTYPES.keys()


@pytest.mark.parametrize("linktype", sorted(BY_LINKTYPE))
def test_every_header_reads_only_its_own_frame(linktype):
    """Whole, and cut at every byte."""
    untouched(made(linktype), linktype)
    untouched(cuts(made(linktype)), linktype)


def test_rules_of_the_user_read_only_their_own_frame():
    """Headers where nobody expects them: tunnels under other numbers."""
    untouched(made(1), 1, RULES)
    untouched(cuts(made(1)), 1, RULES)


def test_stored_frames_read_only_themselves(captures_dir):
    """Every frame of every stored capture, whole and cut in its headers."""
    paths = [path for path in sorted(captures_dir.rglob("*")) if path.suffix in {".pcap", ".cap", ".pcapng"}]
    found = frames_of(paths)
    assert sum(map(len, found.values())) > 1000
    for linktype, frames in found.items():
        untouched(frames, linktype)
        untouched(cuts(frames[::50]), linktype)


@pytest.mark.parametrize("linktype", sorted(BY_LINKTYPE))
def test_a_frame_at_either_end_of_the_buffer(linktype):
    """The first bytes of frames are read side by side, and near an end that reads what is no part of the frame."""
    for frame in made(linktype):
        alone = decode(records([frame.data], linktype), "alone")
        for before in (0, 1, _Heads.WIDTH - 1, _Heads.WIDTH, 300):
            for after in (0, 1, _Heads.WIDTH - 1, 300):
                padded = np.frombuffer(b"\xff" * before + frame.data + b"\xff" * after, dtype=np.uint8)
                batch = Records(padded, np.array([before]), *records([frame.data], linktype)[2:])
                other = decode(batch, "padded")
                same(alone, other)
                same_places(alone, other)


@given(data=st.data())
def test_a_frame_says_alone_what_it_says_among_others(data):
    """Any frames in any order: each gives the row that it gives in a batch of its own."""
    linktype = data.draw(st.sampled_from(sorted(BY_LINKTYPE)))
    frames = data.draw(st.lists(st.sampled_from(made(linktype)), min_size=1, max_size=8))
    sizes = [data.draw(st.integers(0, len(frame.data))) for frame in frames]
    cut = [frame._replace(data=frame.data[:size]) for frame, size in zip(frames, sizes, strict=True)]
    together = decode_between(cut, linktype, data.draw(st.binary(max_size=20)))
    for row, frame in enumerate(cut):
        alone = decode_between([frame], linktype, b"")[0]
        assert together[row].protocols == alone.protocols
        for name in together.columns.keys() | alone.packets.columns.keys():
            if name not in {"frame.number", "frame.offset", "frame.layers", "frame.time_epoch"}:
                assert together[row].get(name) == alone.get(name), name
