"""Do Packets select, join and show their rows without changing them?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, overlay, records, tcp
from vxlan_dissect import schema
from vxlan_dissect.addresses import IP
from vxlan_dissect.decode import decode, read
from vxlan_dissect.packets import CaptureInterface, Packets, empty, text_of

ECHO = ether(ipv6(echo6()))
TCP = ether(ipv4(tcp(), 6), 0x0800)


@pytest.fixture
def packets():
    """An echo, a tunnelled echo, a TCP segment and a cut frame."""
    return decode_all([ECHO, overlay(ECHO), TCP, ECHO[:30]], comments={2: "odd"})


def rows(packets):
    """Every value of every row."""
    names = sorted(packets.columns.keys() - {"frame.layers"})
    return [
        (packet.protocols, {name: packet.get(name) for name in names if packet.get(name) is not None})
        for packet in packets
    ]


def test_rows_by_index(packets):
    """Forwards and backwards, and an error outside."""
    assert len(packets) == 4
    assert [packets[0].number, packets[-1].number] == [1, 4]
    assert [packet.number for packet in packets] == [1, 2, 3, 4]
    for row in (4, -5, np.int64(4)):
        with pytest.raises(IndexError):
            packets[row]
    assert packets[np.int32(1)].number == 2


@pytest.mark.parametrize(
    ("picked", "expected"),
    [
        (slice(1, 3), [2, 3]),
        (slice(None, None, -1), [4, 3, 2, 1]),
        (slice(9, 12), []),
        ([3, 0], [4, 1]),
        ([], []),
        ([True, False, True, False], [1, 3]),
        (np.array([2, 2]), [3, 3]),
        (np.array([False, False, False, True]), [4]),
    ],
)
def test_several_rows(packets, picked, expected):
    """A slice, an index or a boolean mask gives Packets, whose rows keep their values and numbers."""
    chosen = packets[picked]
    assert isinstance(chosen, Packets)
    assert [packet.number for packet in chosen] == expected
    assert rows(chosen) == [rows(packets)[number - 1] for number in expected]


@pytest.mark.parametrize("picked", ["eth.src", 1.5, None, [True, False]])
def test_what_picks_no_rows(packets, picked):
    """A name, a fraction, nothing, or a mask of another length are errors."""
    with pytest.raises((TypeError, IndexError)):
        packets[picked]


def test_values_as_python_sees_them(packets):
    """Integers, truth values and addresses, None where absent."""
    tunnelled, segment = packets[1], packets[2]
    assert tunnelled.get("ipv6.src") == IP(6, 0xFD000010024400010000000000004749)
    assert tunnelled.get("outer.ip.src") == IP(4, 0xAC120004)
    assert tunnelled.get("eth.src") == 0x4E5B5745633B
    assert segment.get("ip.flags.df") is False
    assert type(segment.get("ip.ttl")) is int
    assert (segment.get("ipv6.src"), segment.get("quoted.ip.src")) == (None, None)


def test_values_as_text(packets):
    """Addresses in their notation, named values by name, numbers as numbers."""
    texts = {name: packets[1].text(name) for name in ("eth.src", "outer.ip.src", "icmpv6.type", "ipv6.hlim", "ip.src")}
    assert texts == {
        "eth.src": "4e:5b:57:45:63:3b", "outer.ip.src": "172.18.0.4", "icmpv6.type": "echo-request", "ipv6.hlim": "64",
        "ip.src": None,
    }  # fmt: skip
    assert text_of("ip.flags.df", True) == "True"
    assert text_of("icmpv6.type", 250) == "250"


def test_a_column_that_is_missing_is_absent_in_every_row(packets):
    """A name of the schema gives an empty column, another name a KeyError."""
    column = packets.column("quoted.ipv6.src")
    assert column.values.shape == (4,)
    assert not column.valid.any()
    with pytest.raises(KeyError):
        packets.column("ip.sauce")


@pytest.mark.parametrize("kind", sorted(schema.KINDS))
def test_empty_columns_of_every_kind(kind):
    """Nothing in them yet, not even in no rows."""
    for size in (0, 3):
        column = empty(kind, size)
        assert column.values.dtype == np.dtype(schema.KINDS[kind])
        assert column.valid.tolist() == [False] * size


def test_taking_rows(packets):
    """By index or by mask, in the order asked for; frame numbers stay those of the file."""
    taken = packets.take(np.array([3, 1]))
    assert [p.number for p in taken] == [4, 2]
    assert rows(taken) == [rows(packets)[3], rows(packets)[1]]
    masked = packets.take(np.array([True, False, True, False]))
    assert [p.number for p in masked] == [1, 3]
    assert (masked.name, masked.comments, masked.layer_names) == (packets.name, {2: "odd"}, packets.layer_names)
    assert len(packets.take(np.array([], dtype=np.intp))) == 0


def test_filtering(packets):
    """`where` takes the rows that an expression matches."""
    assert [p.number for p in packets.where("icmpv6.type == 128")] == [1, 2]


def test_joining_batches(packets):
    """Rows, layers and damage of two batches stand one after the other, whatever columns each has."""
    more = decode(records([TCP, overlay(overlay(ECHO)), ECHO], first=5), "made by hand")
    joined = Packets.concat([packets, more])
    assert len(joined) == 7
    assert rows(joined) == rows(packets) + rows(more)
    assert len(joined.layer_paths) == len(set(joined.layer_paths))
    assert joined.comments == {2: "odd"}
    assert Packets.concat([packets]) is packets


def test_joining_more_layer_paths_than_16_bits_count():
    """A hostile capture with another layer path in nearly every frame keeps them all."""
    parts = []
    for first in range(0, 70_000, 1000):
        chains = [[60 if bit == "1" else 43 for bit in f"{number:017b}"] for number in range(first, first + 1000)]
        bodies = [b"".join(bytes([following]) + bytes(7) for following in [*chain[1:], 59]) for chain in chains]
        frames = [ether(ipv6(body, chain[0])) for body, chain in zip(bodies, chains, strict=True)]
        parts.append(decode(records(frames, first=first + 1), "paths"))
    joined = Packets.concat(parts)
    assert len(joined.layer_paths) == 70_000
    assert joined[69_999].protocols == parts[-1][999].protocols


def test_times_of_both_clocks():
    """Dated and undated frames on one axis each."""
    assert decode_all([ECHO, ECHO]).times().tolist() == [0, 1000]
    assert decode_all([ECHO, ECHO], dated=False).times().tolist() == [0, 1000]


def test_representation(packets):
    """What a prompt shows names the capture and the size."""
    assert repr(packets) == f"<Packets made by hand: 4 frames, {len(packets.columns)} columns>"
    assert repr(packets[0]) == "<Packet 1 of made by hand: eth/ipv6/icmpv6>"


def test_an_interface_is_silent_by_default():
    """A pcap says nothing but its link type."""
    assert CaptureInterface(1) == (1, None, None, None, 0, None, None)


def test_values_are_those_of_each_packet(captures_dir):
    """Reading a column for many rows gives what each packet gives, absent values too."""
    packets = read(str(captures_dir / "dual-stack-ping6" / "pod-eth0.pcap"))
    rows = np.array([5, 0, 3], dtype=np.intp)
    for name in [*packets.columns, "outer.ip.src"]:
        assert packets.values(name, rows) == [packets[int(row)].get(name) for row in rows]
