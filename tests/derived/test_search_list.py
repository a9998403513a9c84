"""Are the names of a DNS search list read as RFC 8106 has them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import decode_all, ether, ipv4, ipv6, udp, vxlan

MESSAGE = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)


def search_list(content, lifetime=600):
    """The option, filled up with zeros to units of 8 bytes."""
    content += bytes(-len(content) % 8)
    return bytes([31, 1 + len(content) // 8, 0, 0]) + struct.pack(">I", lifetime) + content


def names(*frames):
    """The names of each frame, None where there are none."""
    values, valid, texts = decode_all(list(frames)).derived("icmpv6.opt.dnssl")
    return [texts[value] if there else None for value, there in zip(values, valid, strict=True)]


def advertised(*options):
    """A router advertisement with options."""
    return ether(ipv6(MESSAGE + b"".join(options)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\7cluster\5local\0", ("cluster.local",)),
        (b"\3svc\7cluster\5local\0\2eu\0", ("svc.cluster.local", "eu")),
        (b"\5a.b\n\\\0", ("a\\.b\\010\\\\",)),
        (b"\1a\0\0\0\1b\0", ("a", "b")),
        (b"", None),
        (b"\1a\0\5cut", ("a",)),
        (b"\1a\0\x40" + b"x" * 64 + b"\0", ("a",)),
        (b"\xc0\x0c", None),
        (b"\1a\1b", ("a.b",)),
    ],
)
def test_names(content, expected):
    """In order; padding ends none, and nothing is read from a name that is cut, too long or a pointer."""
    assert names(advertised(search_list(content))) == [expected]


def test_lists_of_several_options_and_frames():
    """All options of a frame, of the innermost packet, wherever the frame stands."""
    one, other = search_list(b"\1a\0"), search_list(b"\1b\0")
    inner = advertised(one)
    tunnel = ether(ipv4(udp(vxlan(inner), 4789), 17), 0x0800)
    assert names(advertised(one, other), advertised(), tunnel, inner) == [("a", "b"), None, ("a",), ("a",)]


def test_a_filter_finds_a_name():
    """As any text of a frame."""
    packets = decode_all([advertised(search_list(b"\7cluster\5local\0")), advertised(search_list(b"\2eu\0"))])
    assert [packet.number for packet in packets.where("icmpv6.opt.dnssl == *.local")] == [1]


@pytest.mark.parametrize("size", range(24))
def test_an_option_that_is_cut_has_no_names(size):
    """Its length promises more than there is."""
    assert names(advertised(search_list(b"\7cluster\5local\0")[:size])) == [None]
