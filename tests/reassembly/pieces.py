"""Fragments made by hand, as RFC 791 and RFC 8200 section 4.5 have them, and captures of them."""

from __future__ import annotations

import struct

import numpy as np

from tests.wire.frames import FAR_NODE_IP, NODE_IP, ether, ip4, ip6, records
from vxlan_dissect import decode
from vxlan_dissect.capture.records import ETHERNET, Capture, Records
from vxlan_dissect.packets import Packets

MORE = 0x2000
NODE_IP6, FAR_NODE_IP6 = "fd00:172:18::4", "fd00:172:18::3"


def fragment4(data, begin, *, more, protocol=17, ident=7, source=NODE_IP):
    """One IPv4 fragment."""
    word = begin // 8 | (MORE if more else 0)
    fixed = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), ident, word, 64, protocol, 0)
    return fixed + ip4(source) + ip4(FAR_NODE_IP) + data


def fragment6(data, begin, *, more, protocol=17, ident=7, source=NODE_IP6):
    """One IPv6 fragment."""
    extension = struct.pack(">BBHI", protocol, 0, begin | more, ident)
    fixed = struct.pack(">IHBB", 6 << 28, len(data) + 8, 44, 64)
    return fixed + ip6(source) + ip6(FAR_NODE_IP6) + extension + data


def split(payload, size, *, version=4, framed=True, **options):
    """The fragments of a datagram, `size` bytes each, in Ethernet unless `framed` is false."""
    make, kind = (fragment4, 0x0800) if version == 4 else (fragment6, 0x86DD)
    pieces = [
        make(payload[begin : begin + size], begin, more=begin + size < len(payload), **options)
        for begin in range(0, len(payload), size)
    ]
    return [ether(piece, kind) for piece in pieces] if framed else pieces


def batches(frames, size=1 << 20, linktype=ETHERNET, **options):
    """Packets of a capture read in batches of `size` frames."""

    def read():
        for begin in range(0, len(frames), size):
            batch = records(frames[begin : begin + size], linktype, first=begin + 1, **options)
            # Each batch has bytes and times of its own, after those before it.
            yield Records(**batch._asdict() | {"base": begin << 17, "times": batch.times + begin * 1000})

    return list(decode.iter_packets(Capture("made by hand", read())))


def together(frames, size=1 << 20, **options):
    """The same as one Packets."""
    return Packets.concat(batches(frames, size, **options))


def column(packets, name):
    """A column as a list, None where absent."""
    return packets.values(name, np.arange(len(packets)))
