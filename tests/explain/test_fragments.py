"""Which part of a datagram is a frame, and how is a message in fragments paired?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.reassembly.pieces import batches, fragment4, split, together
from tests.wire.frames import FAR_NODE_IP, NODE_IP, echo6, ether, ip4, udp
from vxlan_dissect.explain.pair import ANSWERED, ANSWERS, NONE, Pairing


def pinged(size=24):
    """An echo request and its reply, each in two fragments."""
    request = split(echo6(b"x" * 32, kind=8), size, protocol=1)
    swapped = ip4(NODE_IP) + ip4(FAR_NODE_IP), ip4(FAR_NODE_IP) + ip4(NODE_IP)
    reply = [frame.replace(*swapped) for frame in split(echo6(b"x" * 32, kind=0), size, protocol=1)]
    return request + reply


def told(packets):
    """Kind and the part of the summary that speaks of fragments, frame by frame."""
    return [(one.kind, one.summary.partition("; ")[2]) for one in vxd.explain(packets, vxd.Inventory())]


def test_an_exchange_in_fragments():
    """Of a request and a reply in fragments only the frames that complete them are messages."""
    found = Pairing().match(together(pinged()))
    assert found.state.tolist() == [NONE, ANSWERED, NONE, ANSWERS]
    assert {row: [one.frame for one in ones] for row, ones in found.partners.items()} == {1: [4], 3: [2]}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_exchange_over_batches(size):
    """Where the batches end, the reply answers the whole request, and nothing is left open."""
    pairing, partners = Pairing(), {}
    for packets in batches(pinged(), size):
        for row, ones in pairing.match(packets).partners.items():
            partners[packets[row].number] = [one.frame for one in ones]
    assert partners[4] == [2]
    assert not [ones for ones in pairing._waiting.values() if ones]


def test_first_fragment_alone():
    """A request of which the rest never comes is the message itself."""
    request, _, *reply = pinged()
    found = Pairing().match(together([request, *reply]))
    assert found.state.tolist() == [ANSWERED, NONE, ANSWERS]


def test_what_is_said():
    """Each frame says which part it is; the one that completes the datagram has the kind of its content."""
    frames = split(udp(b"x" * 100, port=53, source=4000), 40)
    assert told(together(frames)) == [
        ("udp", "first fragment of the datagram that frame 3 completes"),
        ("ip.fragment", "fragment at byte 40 of the datagram that frame 3 completes"),
        ("udp", "put together from frames 1, 2 and 3"),
    ]
    assert told(together(frames[:2])) == [("udp", "first fragment"), ("ip.fragment", "fragment at byte 40")]
    [explained] = list(vxd.explain(together(frames[1:2] + frames[:1]), vxd.Inventory()))[:1]
    assert "IPv4 fragment of UDP 4000 → 53; " in explained.summary


def test_a_protocol_without_a_header_of_ours():
    """What completes a datagram of a protocol that is not decoded is named after it, a part of it is a fragment."""
    packets = together([*split(b"x" * 48, 24, protocol=253), *split(b"y" * 48, 24, protocol=253, ident=8)[1:]])
    assert [kind for kind, _ in told(packets)] == ["ip.protocol-253", "ip.protocol-253", "ip.fragment"]


def test_many_frames():
    """A sentence names a few frames; all are related."""
    packets = together(split(udp(b"x" * 100, port=53), 8))
    last = vxd.explain(packets, vxd.Inventory())[13]
    assert last.summary.endswith("; put together from frames 1, 2, 3, 4, 5, 6, 7, 8 and 6 more")
    assert [(item.frame, item.relation) for item in last.related] == [(frame, "fragment") for frame in range(1, 14)]
    assert last.related[0].after_ns == -13_000


@pytest.mark.parametrize(
    ("data", "begin", "more", "words"),
    [
        (b"evil" * 4, 16, True, "fragment at byte 16 of a datagram whose fragments overlap: not put together"),
        (
            b"x" * 8,
            8,
            False,
            "fragment at byte 8 of a datagram whose fragments disagree about its end: not put together",
        ),
        (b"x" * 8, 65528, True, "fragment at byte 65528 would end beyond 65535 bytes: not put together"),
        (b"x" * 12, 32, True, "fragment at byte 32 has a length that no such fragment may have: not put together"),
    ],
)
def test_faults_in_words(data, begin, more, words):
    """What is wrong with a fragment is said in its line."""
    frames = [*split(udp(b"x" * 56, port=53), 32)[:1], ether(fragment4(data, begin, more=more), 0x0800)]
    assert words in told(together(frames))[1][1]
