"""Are bytes found where they lie, at the level that is asked for, and in bounded time?"""

from __future__ import annotations

import struct
import time

import numpy as np
import pytest

from tests.query.frames import numbers
from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, overlay, tcp, udp
from vxlan_dissect import query, query_fields, query_search
from vxlan_dissect.errors import QueryError
from vxlan_dissect.packets import Packets
from vxlan_dissect.wire import DISPATCH

GET = ether(ipv4(tcp(b"GET / HTTP/1.1"), 6), 0x0800)
INSIDE = overlay(ether(ipv6(udp(b"GET \xff\x00", 53), 17)))
ERROR = ether(ipv4(struct.pack(">BBHI", 3, 3, 0, 0) + ipv4(udp(b"GET it", 53)), 1), 0x0800)
PACKETS = decode_all([GET, INSIDE, ERROR, ether(ipv6(echo6()))], between=b"GET")


def found(expression, packets=PACKETS):
    """The numbers of the frames that match."""
    return numbers(packets, query.compile(expression).mask(packets))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('frame contains "GET"', [1, 2, 3]),
        ('frame contains "get"', []),
        ('frame matches "get"', [1, 2, 3]),
        ('frame matches "(?-i)get"', []),
        ("frame contains ff:00", [2]),
        (r'frame matches "GET \xff\x00$"', [2]),
        (r'frame matches r"get .\x00$"', [2]),
        ('tcp contains "GET"', [1]),
        ('udp contains "GET"', [2]),
        ('inner.udp contains "GET"', [2]),
        ('outer.udp contains "GET"', [2]),
        ('quoted.udp contains "GET"', [3]),
        ('quoted.tcp contains "GET"', []),
        ('ip contains "GET"', [1, 2, 3]),
        ('inner.ip contains "GET"', [1, 3]),
        ('not frame contains "GET"', [4]),
        ('any ip contains "GET"', [1, 2, 3]),
        ('all udp contains "GET"', [2]),
        ("udp[2:2] == 00:35", [2]),
        ("all udp[2:2] == 00:35", []),
        ("udp[2:2] !== 00:35", [2]),
        ("udp[2:2] != 21:18", []),
        ("frame[500:1]", []),
    ],
)
def test_bytes_of_protocols(expression, expected):
    """A protocol has the bytes from its header to the end of its packet, at the levels that a name means."""
    assert found(expression) == expected


def test_nothing_beyond_a_frame_is_seen():
    """What lies between frames in the file belongs to none."""
    assert found('frame contains "GETGET"') == []
    assert found(f"frame contains {GET[-3:].hex(':')}:47") == []


def test_frames_in_any_order_and_more_than_once():
    """Rows that were picked are searched as they are, repeated ones too."""
    picked = PACKETS.take(np.array([3, 0, 0, 1, 3, 2]))
    assert found('frame contains "GET"', picked) == [2, 3, 4, 6]
    assert found('tcp contains "GET"', picked) == [2, 3]


def test_several_buffers():
    """Batches that were put together keep their bytes apart."""
    parts = [decode_all([GET, ERROR]), decode_all([INSIDE])]
    for base, part in zip((0, 10_000), parts, strict=True):
        part.columns["frame.offset"].values[:] += base
        part.buffers = (part.buffers[0]._replace(base=base),)
    assert found("frame contains ff:00", Packets.concat(parts)) == [3]


def test_pieces_are_searched_some_at_a_time(monkeypatch):
    """However small the pieces of work are, the answer is the same."""
    expected = found('frame contains "GET"')
    for size in (1, 50, 100):
        monkeypatch.setattr(query_search, "_AT_ONCE", size)
        assert found('frame contains "GET"') == expected


def test_no_frames():
    """A capture without frames, or frames without bytes, give an empty answer."""
    assert found('frame contains "GET"', decode_all([])) == []
    assert found('frame matches "^$"', decode_all([b""])) == [1]
    assert found("frame[0:1] or udp[0:1]", decode_all([b""])) == []


def test_every_protocol_that_may_be_searched_is_a_header():
    """A name whose bytes may be asked for is the name of a header, so that no search is empty for want of one."""
    headers = {header.name for header in DISPATCH.headers}
    for name in query_fields.HEADERS | set(query_fields.FRAME_PROTOCOLS) - {"frame"}:
        assert name in headers, name


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "a*a*a*a*a*a*b", "((a?){5}){5}b", "(x+x+)+y"])
def test_no_pattern_takes_long(pattern):
    """Patterns that make backtracking engines hang are answered at once."""
    packets = decode_all([b"a" * 65_000, b"x" * 65_000])
    begin = time.thread_time()
    query.compile(f'frame matches "{pattern}"').mask(packets)
    assert time.thread_time() - begin < 1


def test_a_slow_pattern_is_given_up():
    """A pattern at the limit of what may be repeated costs seconds and no more, whatever the capture."""
    packets = decode_all([b"a" * 65_000] * 100)
    begin = time.thread_time()
    with pytest.raises(QueryError, match="this regular expression takes too long") as caught:
        query.compile('arp or frame matches "(a?){900}b"').mask(packets)
    assert caught.value.position == 13
    assert time.thread_time() - begin < 20


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 0), ("abc", 3), ("a{3}", 3), ("a{2,5}", 5), ("a{7,}", 7), ("(ab){4}", 8), ("((ab){4}c){10}", 90),
        (r"\d{3}\{9}", 6), ("[a-z]{2}", 2), ("[]a]{4}", 4), (r"[\]x]{4}", 4), ("a|b*c+", 3), ("(a", 1), ("a)b", 2),
        ("(a{30}){30}", 900), ("x{0}", 1),
    ],
)  # fmt: skip
def test_what_a_pattern_repeats(pattern, size):
    """Counts multiply where groups are nested."""
    assert query_search._size(pattern) == size


def test_texts_are_matched_once_each():
    """A regular expression sees distinct texts, never rows."""
    packets = decode_all([GET] * 1000)
    seen = []
    mask = query.compile('pod matches "^WEB-[0-9]$"').mask(
        packets, lambda name: seen.append(name) or [(np.arange(1000) % 3 - 1, ["web-1", "web-10"])]
    )
    assert seen == ["pod"]
    assert int(mask.sum()) == int(np.sum(np.arange(1000) % 3 == 1))
