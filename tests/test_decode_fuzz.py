"""Can any bytes crash the decoder, or make a frame read what is not its own?

The proof of the second: a frame's columns must be the same whatever stands before and behind it in the buffer.
"""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.invariants import POISONS, decode_between, same
from tests.hostile.mutations import mutated
from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, overlay, records, tcp
from tests.wire.real import Frame, frames_of
from tests.wire.tunnels import EVERY
from vxlan_dissect.capture.records import LINKTYPES
from vxlan_dissect.decode import decode
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.schema_values import LIMITS
from vxlan_dissect.wire import DISPATCH
from vxlan_dissect.wire.walk import MAX_HEADERS, Frames

MUTATIONS = 10_000
SEED = 20240712
NEIGHBOURS = tuple(POISONS.values())


@pytest.fixture(scope="module")
def real_frames(captures_dir):
    """Link type -> real frames of the stored captures."""
    return frames_of(sorted(captures_dir.rglob("*.pcap")))


def test_mutations_raise_nothing_and_read_only_their_own_frame(real_frames):
    """10,000 mutated frames decode to the same columns between zeros, ones and random bytes."""
    source = random.Random(SEED)
    total = sum(len(frames) for frames in real_frames.values())
    done = 0
    for linktype, frames in sorted(real_frames.items()):
        share = max(500, MUTATIONS * len(frames) // total)
        batch = [mutated(source.choice(frames), source) for _ in range(share)]
        first, *others = (decode_between(batch, linktype, neighbour) for neighbour in NEIGHBOURS)
        for other in others:
            same(first, other)
        done += share
        damaged = int(first.column("damage.layer").valid.sum())
        # The mutations are neither harmless nor hopeless.
        assert share * 0.05 < damaged < share * 0.95
    assert done >= MUTATIONS


def test_mutated_tunnels_read_only_their_own_frame():
    """The same for one frame of each tunnel, of which the real captures have few; their options and words included."""
    source = random.Random(SEED)
    frames = [Frame(data, len(data), name) for name, data in EVERY.items()]
    batch = [mutated(source.choice(frames), source) for _ in range(MUTATIONS)]
    first, *others = (decode_between(batch, 1, neighbour) for neighbour in NEIGHBOURS)
    for other in others:
        same(first, other)
    assert 0.05 * MUTATIONS < int(first.column("damage.layer").valid.sum()) < 0.95 * MUTATIONS


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_cut_of_a_tunnel_reads_only_its_own_frame(name):
    """Cut at each byte, on the wire or when captured: the same between any neighbours, and never more layers."""
    data = EVERY[name]
    cuts = [data[:size] for size in range(len(data) + 1)]
    whole = decode_all([data])[0].protocols
    for lengths in (None, [len(data)] * len(cuts)):
        first, *others = (decode_all(cuts, original=lengths, between=neighbour) for neighbour in NEIGHBOURS)
        for other in others:
            same(first, other)
        assert {packet.protocols == whole[: len(packet.protocols)] for packet in first} == {True}


def test_every_cut_of_a_frame_keeps_the_headers_above(real_frames):
    """A frame cut at each of its bytes: layers and values only grow with the bytes, and no value ever changes."""
    rows = [ether(ipv6(echo6())), overlay(ether(ipv4(tcp(b"x"), 6), 0x0800)), real_frames[276][0].data]
    for linktype, data in zip((1, 1, 276), rows, strict=True):
        cuts = decode_all(
            [data[:size] for size in range(len(data) + 1)], linktype, original=[len(data)] * (len(data) + 1)
        )
        whole = cuts[len(data)]
        for packet in cuts:
            assert packet.protocols == whole.protocols[: len(packet.protocols)]
            outermost = "outer." if whole.get("frame.tunnels") and packet.get("frame.tunnels") else ""
            reference = "outer." if whole.get("frame.tunnels") else ""
            for name in ("eth.src", "ip.src", "ipv6.src", "udp.dstport", "icmpv6.type"):
                assert packet.get(outermost + name) in {None, whole.get(reference + name)}


def test_public_captures_read_only_their_own_frames(corpus_dir):
    """Captures of others, many of them made to break dissectors: every frame a row, the same between any neighbours."""
    found = {}
    for path in sorted(path for path in corpus_dir.rglob("*") if path.is_file()):
        with contextlib.suppress(CaptureError):
            for linktype, frames in frames_of([path]).items():
                found.setdefault(linktype, []).extend(frames)
    assert sum(len(frames) for frames in found.values()) > 1000
    for linktype, frames in found.items():
        for start in range(0, len(frames), 4096):
            batch = frames[start : start + 4096]
            first, *others = (decode_between(batch, linktype, neighbour) for neighbour in NEIGHBOURS)
            assert len(first) == len(batch)
            for other in others:
                same(first, other)


@pytest.mark.parametrize("linktype", sorted(LINKTYPES))
@given(frames=st.lists(st.binary(max_size=200), max_size=6), neighbour=st.binary(min_size=40, max_size=80))
def test_arbitrary_bytes_of_every_link_type(linktype, frames, neighbour):
    """Any bytes give one row a frame, the same rows alone and between others."""
    batch = [Frame(data, len(data), "") for data in frames]
    between = decode_between(batch, linktype, neighbour)
    assert len(between) == len(frames)
    zeros = decode_between(batch, linktype, bytes(len(neighbour)))
    same(between, zeros)


@given(
    kind=st.sampled_from([0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8]),
    body=st.binary(max_size=120),
    first=st.sampled_from([0x45, 0x46, 0x60, 0x4F]),
    following=st.sampled_from([0, 1, 4, 6, 17, 41, 43, 44, 51, 58, 60]),
)
def test_arbitrary_headers_behind_valid_ones(kind, body, first, following):
    """Bytes that begin like an IP packet reach the deeper headers; every row still accounts for all its bytes."""
    data = bytearray(bytes([first]) + body)
    for place in (6, 9):
        if place < len(data):
            data[place] = following
    packet = decode_all([ether(bytes(data), kind)])[0]
    assert 0 <= packet.get("data.len") <= len(data)
    if packet.get("damage.layer") is not None:
        assert 0 <= packet.get("damage.offset") <= packet.get("frame.cap_len")
        assert packet.get("damage.have") < packet.get("damage.need") or packet.text("damage.limit") == "version"


def test_no_input_makes_the_walk_long():
    """16,384 frames, each with another chain of extension headers, are walked in a bounded number of rounds."""
    source = random.Random(SEED)
    frames = []
    for _ in range(16384):
        chain = source.choices((0, 43, 60), k=60)
        frames.append(ether(ipv6(b"".join(bytes([number]) + bytes(7) for number in chain[1:]), chain[0])))
    batch = records(frames)
    walked = Frames(DISPATCH, batch.buffer, batch.offsets, batch.captured, batch.original)
    walked.walk(1)
    assert len(walked.rounds) == MAX_HEADERS
    # A round has at most one part a header: the work of a round does not grow with the number of different paths.
    assert len(walked.parts) <= MAX_HEADERS * len(DISPATCH.headers)
    packets = decode(batch, "chains")
    assert len(packets.layer_paths) > 16000
    assert packets.column("damage.layer").valid.all()
    assert {LIMITS[code] for code in packets.column("damage.limit").values.tolist()} == {"nesting depth"}
