"""Does a frame made to hang a decoder, or to grow in it, do either?

Law: a chain or a loop costs as many rounds as the walk has at most, ends as damage that is named, and gives one row.
"""

from __future__ import annotations

import struct
import time
from itertools import cycle

import pytest

from tests.hostile.invariants import DERIVED, sound
from tests.wire.frames import (
    damage,
    decode_all,
    echo6,
    ether,
    geneve,
    gre,
    ip6,
    ipv4,
    ipv6,
    mpls,
    records,
    tcp,
    udp,
    vxlan,
)
from vxlan_dissect.wire import DISPATCH
from vxlan_dissect.wire.walk import MAX_HEADERS, MAX_TUNNELS, Frames

FRAMES = 1000
ECHO = ipv6(echo6())

# A layer of each kind of tunnel, around an Ethernet frame or an IPv4 packet.
AROUND_FRAMES = {
    "vxlan": lambda frame: ether(ipv4(udp(vxlan(frame), 4789)), 0x0800),
    "geneve": lambda frame: ether(ipv4(udp(geneve(frame), 6081)), 0x0800),
    "gre": lambda frame: ether(ipv4(gre(frame, 0x6558), 47), 0x0800),
}
AROUND_PACKETS = {
    "ipip": lambda packet: ipv4(packet, 4),
    "gre around IPv4": lambda packet: ipv4(gre(packet), 47),
    "mpls": lambda packet: ipv4(udp(mpls(packet, *range(16, 20)), 6635)),
}


def nested(around, core, depth):
    """`depth` tunnels around a packet or a frame."""
    for _, wrap in zip(range(depth), cycle(around), strict=False):
        core = wrap(core)
    return core


BOMBS = {name: nested([wrap], ether(ECHO), 40) for name, wrap in AROUND_FRAMES.items()}
BOMBS |= {name: ether(nested([wrap], ipv4(tcp(), 6), 60), 0x0800) for name, wrap in AROUND_PACKETS.items()}
BOMBS |= {
    "all around frames": nested(list(AROUND_FRAMES.values()), ether(ECHO), 40),
    "all around packets": ether(nested(list(AROUND_PACKETS.values()), ipv4(tcp(), 6), 60), 0x0800),
    "labels without a bottom": ether(mpls(b"", *range(16, 2000), bottom=False), 0x8847),
    "tags": ether(struct.pack(">HH", 1, 0x8100) * 500, 0x8100),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_tunnels_in_tunnels_end_at_the_bound(kind):
    """As many tunnels as are opened, then damage that says why; a thousand of them in one go."""
    packets = decode_all([BOMBS[kind]] * FRAMES)
    sound(packets)
    assert {damage(packet)[3] for packet in packets} == {"nesting depth"}
    assert packets.column("frame.tunnels").values.max() == (0 if kind.startswith(("labels", "tags")) else MAX_TUNNELS)


def option6(number, content):
    """An extension header of options."""
    return bytes([number, (len(content) + 2) // 8 - 1]) + content


ND = struct.pack(">BBHI", 133, 0, 0, 0)
LOOPS = {
    "ipv4 options of one byte": ether(ipv4(b"", 6, options=b"\1" * 40), 0x0800),
    "ipv4 option of no length": ether(ipv4(b"", 6, options=b"\x94\0" * 20), 0x0800),
    "ipv4 options of two bytes": ether(ipv4(b"", 6, options=b"\x94\2" * 20), 0x0800),
    "tcp options of one byte": ether(ipv4(tcp(b"", b"\1" * 40), 6), 0x0800),
    "tcp option of no length": ether(ipv4(tcp(b"", b"\x08\0" * 20), 6), 0x0800),
    "tcp options of two bytes": ether(ipv4(tcp(b"", b"\x04\2" * 20), 6), 0x0800),
    "geneve options of no length": ether(ipv4(udp(geneve(ether(ECHO), options=bytes(252)), 6081)), 0x0800),
    "discovery option of no length": ether(ipv6(ND + b"\1\0" * 700)),
    "discovery options without end": ether(ipv6(ND + b"\xfd\1\0\0\0\0\0\0" * 180)),
    "listener report of records": ether(ipv6(struct.pack(">BBHHH", 143, 0, 0, 0, 0xFFFF) + bytes(1400))),
    "listener query of sources": ether(ipv6(struct.pack(">BBHI", 130, 0, 0, 0) + ip6("::") + b"\0\0\xff\xff")),
    "sctp chunk of no length": ether(ipv4(bytes(12) + bytes(1400), 132), 0x0800),
    "sctp chunks": ether(ipv4(bytes(12) + b"\0\0\0\4" * 350, 132), 0x0800),
    "paddings of ipv6": ether(ipv6(option6(58, bytes(2046)) + echo6(), 0)),
    "options of ipv6": ether(ipv6(option6(58, b"\x3e\0" * 1023) + echo6(), 60)),
    "extension headers": ether(ipv6((b"\x3c" + bytes(7)) * 170, 60)),
    "routing headers": ether(ipv6((b"\x2b" + bytes(7)) * 170, 43)),
    "authentication headers": ether(ipv4((b"\x33\1" + bytes(10)) * 100, 51), 0x0800),
}


@pytest.mark.parametrize("kind", LOOPS)
def test_loops_of_options_and_headers_end(kind):
    """One row a frame, in a bounded number of rounds, and what is asked of the bytes again is bounded too."""
    batch = records([LOOPS[kind]] * FRAMES)
    walked = Frames(DISPATCH, batch.buffer, batch.offsets, batch.captured, batch.original)
    begin = time.process_time()
    walked.walk(1)
    packets = decode_all([LOOPS[kind]] * FRAMES)
    assert len(walked.rounds) <= MAX_HEADERS
    assert len(packets) == FRAMES
    sound(packets)
    for name in DERIVED:
        packets.derived(name)
    assert time.process_time() - begin < 20


def test_the_bounds_are_reached_by_what_is_endless():
    """Chains end as damage of the depth; options of no length as damage of the option."""
    found = {kind: damage(decode_all([frame])[0]) for kind, frame in LOOPS.items()}
    for kind in ("extension headers", "routing headers", "authentication headers"):
        assert found[kind][3] == "nesting depth", kind
    for kind in ("ipv4 option of no length", "tcp option of no length", "discovery option of no length"):
        assert found[kind][3] == "option length", kind
    assert found["sctp chunk of no length"][:4] == ("sctp.chunk", 4, 0, "option length")
