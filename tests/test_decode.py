"""Does a batch of records become the right Packets, whatever its shape?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.wire.every import BY_LINKTYPE, COOKED_2
from tests.wire.frames import (
    decode_all,
    decode_one,
    echo6,
    ether,
    ipv4,
    ipv6,
    overlay,
    records,
    tcp,
    udp,
    values,
    vxlan,
)
from tests.wire.tunnels import SEGMENT
from vxlan_dissect import schema
from vxlan_dissect.capture.records import Capture
from vxlan_dissect.decode import AHEAD, LARGE, decode, iter_packets, read
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.packets import CaptureInterface, Column, Packets

ECHO = ether(ipv6(echo6()))


def test_every_column_is_of_the_schema_and_of_its_dtype():
    """Names, dtypes and shapes of both arrays are what the schema says."""
    packets = decode_all([ECHO, overlay(ECHO), ether(ipv4(tcp(), 6), 0x0800), ECHO[:30]])
    for name, column in packets.columns.items():
        kind = schema.field_of(name).kind
        assert column.values.dtype == np.dtype(schema.KINDS[kind]), name
        assert column.values.shape == column.valid.shape == (4,)
        assert column.valid.dtype == bool


def test_absent_values_are_zero_bytes():
    """Nothing of another frame, or of memory, stands where a value is absent."""
    packets = decode_all([overlay(ECHO), ECHO[:20], ether(ipv4(tcp(), 6), 0x0800)])
    for name, column in packets.columns.items():
        assert not column.values[~column.valid].tobytes().strip(b"\0"), name


def test_columns_that_no_frame_has_are_left_out():
    """A capture without tunnels has no outer columns."""
    assert not [name for name in decode_all([ECHO, ECHO]).columns if name.startswith(("outer.", "quoted.", "damage."))]


def test_frame_columns():
    """Number, time, lengths, place in the file, interface."""
    batch = records([ECHO, ECHO[:60]], original=[len(ECHO), 1500], first=41, base=1_000_000)
    packets = decode(batch, "x.pcap")
    names = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.offset", "frame.interface_id")
    assert values(packets[0], *names) == [41, 0, 66, 66, 1_000_000, 0]
    assert values(packets[1], *names) == [42, 1000, 1500, 60, 1_000_066, 0]
    assert values(packets[1], "frame.time_of_day", "frame.tunnels") == [None, 0]
    assert packets.name == "x.pcap"


def test_undated_times_are_of_the_day():
    """A text without a date gives clock times only."""
    packets = decode(records([ECHO, ECHO], dated=False), "x")
    assert [values(p, "frame.time_epoch", "frame.time_of_day") for p in packets] == [[None, 0], [None, 1000]]
    assert packets.times().tolist() == [0, 1000]


def test_frames_without_a_time():
    """Where the source gave none, both are absent."""
    packets = decode(records([ECHO, ECHO], timed=np.array([False, True])), "x")
    assert [values(p, "frame.time_epoch", "frame.time_of_day") for p in packets] == [[None, None], [1000, None]]


def test_an_empty_batch():
    """No records give no rows, and every column that a capture always has."""
    packets = decode(records([]), "x")
    assert len(packets) == 0
    assert list(packets) == []
    assert len(packets.column("frame.number").values) == len(packets.column("ip.src").values) == 0
    assert len(Packets.concat([packets, decode_all([ECHO])])) == 1


def test_frames_without_a_byte():
    """A record of length 0 is a row whose link layer is damaged."""
    packet = decode_all([ECHO, b"", ECHO])[1]
    assert values(packet, "damage.need", "damage.have", "frame.cap_len", "data.len") == [14, 0, 0, 0]
    assert packet.protocols == ()


def test_a_frame_that_claims_fewer_bytes_than_it_has():
    """A forged original length below the captured one: the bytes that are there count."""
    packet = decode_one(ECHO, original=10)
    assert values(packet, "frame.len", "icmpv6.type", "damage.need") == [10, 128, None]


def test_big_frames():
    """A segment of 64 kB before offload, in a tunnel, as the sender's NIC shows it."""
    inner = ether(ipv6(tcp(b"x" * 65000), 6))
    packet = decode_one(overlay(inner))
    assert values(packet, "tcp.len", "ipv6.plen", "outer.udp.length") == [65000, 65020, 65090]
    oversized = ether(ipv6(tcp(b"x" * 200_000), 6, plen=0))
    packet = decode_one(ether(ipv4(udp(vxlan(oversized), length=0), total=0), 0x0800))
    assert values(packet, "tcp.len", "outer.ip.len", "frame.tunnels") == [200_000, 0, 1]


def test_order_of_frames_does_not_matter():
    """Each row depends on its own frame: any order gives the same rows."""
    frames = [ECHO, overlay(ECHO), ether(ipv4(tcp(), 6), 0x0800), ECHO[:33], overlay(ECHO)[:70], overlay(overlay(ECHO))]
    packets = decode_all(frames * 2)
    back = decode_all((frames * 2)[::-1])
    for one, other in zip(packets, reversed(list(back)), strict=True):
        names = set(packets.columns) - {"frame.number", "frame.time_epoch", "frame.offset", "frame.layers"}
        assert [(name, one.get(name)) for name in sorted(names)] == [(name, other.get(name)) for name in sorted(names)]
        assert one.protocols == other.protocols


def test_versions_of_ip_that_meet_again():
    """All frames of a batch have UDP, those of IPv4 before those of IPv6 in the walk: each still reads its own."""
    old, new = ether(ipv4(udp(b"a" * 9, 1001)), 0x0800), ether(ipv6(udp(b"b" * 8, 1002), 17))
    packets = decode_all([old, old, new, old, old * 9])
    assert [p.get("udp.dstport") for p in packets] == [1001, 1001, 1002, 1001, 1001]
    assert [p.get("data.len") for p in packets] == [9, 9, 8, 9, 9]


def test_comments_and_interfaces_are_passed_on():
    """What the file says beside the frames stays with the packets."""
    interfaces = (CaptureInterface(1, name="eth0"), CaptureInterface(1, name="lxc1"))
    batch = records([ECHO, ECHO], interfaces=interfaces, comments={2: "odd"}, interfaces_of=np.array([1, 0], "u2"))
    packets = decode(batch, "x")
    assert packets.comments == {2: "odd"}
    assert [packets.interfaces[p.get("frame.interface_id")].name for p in packets] == ["lxc1", "eth0"]


def told(rows, **columns):
    """Columns of a text source: None where a line is silent."""
    made = {}
    for name, given in columns.items():
        dtype = np.dtype(schema.KINDS[schema.field_of(name.replace("__", ".")).kind])
        numbers = np.array([0 if value is None else value for value in given], dtype=dtype)
        made[name.replace("__", ".")] = Column(numbers, np.array([value is not None for value in given]))
    assert all(len(column.values) == rows for column in made.values())
    return made


def test_lines_without_bytes_are_taken_as_told():
    """What a text line says is the frame's columns, its layers are the ones that it showed."""
    batch = records(
        [b"", b""], original=[118, -1], told=told(2, eth__src=[0xA279144780B3, None], ipv6__hlim=[None, 64])
    )
    batch = type(batch)(**batch._asdict() | {
        "offsets": np.array([-1, -1]), "told_layers": [("eth", "ipv6", "icmpv6"), ()],
    })  # fmt: skip
    packets = decode(batch, "text")
    assert [values(p, "eth.src", "ipv6.hlim", "frame.len") for p in packets] == [
        [0xA279144780B3, None, 118],
        [None, 64, None],
    ]
    assert [p.protocols for p in packets] == [("eth", "ipv6", "icmpv6"), ()]
    assert values(packets[0], "frame.cap_len", "frame.offset", "frame.tunnels", "data.len", "damage.need") == [None] * 5


def test_bytes_win_over_what_a_line_says():
    """Hex that begins at IP: its fields stand, and only the MACs are taken from the line."""
    line = told(1, eth__src=[0xA279144780B3], eth__dst=[0x4E5B5745633B], ipv6__hlim=[1], udp__dstport=[53])
    packet = decode(records([ipv6(echo6())], 101, told=line, told_layers=[("eth", "ipv6")]), "text")[0]
    assert packet.protocols == ("eth", "ipv6", "icmpv6")
    assert values(packet, "eth.src", "eth.dst", "ipv6.hlim", "udp.dstport") == [
        0xA279144780B3,
        0x4E5B5745633B,
        64,
        None,
    ]


def test_told_macs_are_those_of_the_outermost_packet():
    """Hex of a tunnel packet without its link layer: the line's MACs are the outer frame's, not the inner one's."""
    line = told(2, eth__src=[0x0242AC120004, None])
    packets = decode(records([overlay(ECHO)[14:]] * 2, 101, told=line, told_layers=[("eth", "ip"), ("ip",)]), "text")
    assert [values(p, "outer.eth.src", "eth.src") for p in packets] == [
        [0x0242AC120004, 0x4E5B5745633B], [None, 0x4E5B5745633B],
    ]  # fmt: skip
    assert [p.protocols[0] for p in packets] == ["eth", "raw"]


def test_told_vlan_of_hex_without_link_layer():
    """The tag of the line is the frame's, and the link layers of the line stand before those of the bytes."""
    line = told(1, eth__src=[1], vlan__id=[310], vlan__tags=[1])
    packet = decode(records([ipv6(echo6())], 101, told=line, told_layers=[("eth", "vlan", "ipv6")]), "text")[0]
    assert packet.protocols == ("eth", "vlan", "ipv6", "icmpv6")
    assert values(packet, "vlan.id", "vlan.tags", "eth.src") == [310, 1, 1]


def test_a_told_clock_time_stands_beside_dated_ones():
    """A line that counts its time otherwise than the batch has it among what it told."""
    line = told(2, frame__time_of_day=[5, None])
    packets = decode(records([ECHO, ECHO], told=line, told_layers=[(), ()], timed=np.array([False, True])), "text")
    assert [values(p, "frame.time_of_day", "frame.time_epoch") for p in packets] == [[5, None], [None, 1000]]


def test_macs_in_the_bytes_win():
    """Hex with its link layer needs nothing from the line."""
    packet = decode(records([ECHO], told=told(1, eth__src=[1], eth__type=[2]), told_layers=[("eth",)]), "text")[0]
    assert values(packet, "eth.src", "eth.type") == [0x4E5B5745633B, 0x86DD]


def test_a_batch_of_lines_and_bytes():
    """Some lines have hex and some have not."""
    batch = records([ipv6(echo6()), b""], 101, told=told(2, ipv6__hlim=[None, 9]), told_layers=[(), ("ipv6",)])
    batch = type(batch)(**batch._asdict() | {"offsets": np.array([0, -1])})
    packets = decode(batch, "text")
    assert [values(p, "ipv6.hlim", "icmpv6.type") for p in packets] == [[64, 128], [9, None]]
    assert [p.protocols for p in packets] == [("raw", "ipv6", "icmpv6"), ("ipv6",)]


def broken(batches, error):
    """A capture that fails after some batches."""
    yield from batches
    raise error


def test_packets_before_a_fault_are_not_lost():
    """Iterating yields the good batches and then raises."""
    error = CaptureError("x", "cut", frame=3, offset=99)
    packets = iter_packets(Capture("x", broken([records([ECHO, ECHO])], error)))
    assert len(next(packets)) == 2
    with pytest.raises(CaptureError) as caught:
        next(packets)
    assert caught.value is error


def test_reading_keeps_the_fault_as_problem(tmp_path, monkeypatch):
    """`read` returns what was readable, with the error beside it; with nothing readable it raises."""
    error = CaptureError("x", "cut", frame=3)
    batches = [records([ECHO, ECHO]), records([overlay(ECHO)], first=3)]
    monkeypatch.setattr("vxlan_dissect.capture.open_capture", lambda name: Capture(name, broken(batches, error)))
    packets = read("x")
    assert packets.problem is error
    assert [p.number for p in packets] == [1, 2, 3]
    assert [p.get("outer.vxlan.vni") for p in packets] == [None, None, 10398]
    monkeypatch.setattr("vxlan_dissect.capture.open_capture", lambda name: Capture(name, broken([records([])], error)))
    with pytest.raises(CaptureError):
        read("x")


def test_reading_a_capture_of_no_frames(monkeypatch):
    """A file that ends after its header has no packets and no problem."""
    monkeypatch.setattr("vxlan_dissect.capture.open_capture", lambda name: Capture(name, iter(())))
    packets = read("x")
    assert (len(packets), packets.problem, packets.name) == (0, None, "x")


def test_stored_capture_in_whole(captures_dir):
    """Batches of a real file join to one Packets with the layers of both frames' kinds."""
    packets = read(str(captures_dir / "cilium-1.16" / "cilium-01-ping6-cross-node" / "worker.eth0.pcap"))
    assert {p.protocols for p in packets} == {("eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6")}
    assert {p.get("outer.vxlan.vni") for p in packets} == {10398}


def test_headers_of_one_name_make_one_path():
    """Both kinds of cooked headers are `sll`: the paths of frames are distinct all the same."""
    frames = [next(iter(BY_LINKTYPE[113].values())), b"\x08\0" + COOKED_2[2:] + SEGMENT]
    two = (CaptureInterface(113), CaptureInterface(276))
    packets = decode_all(frames, interfaces=two, interfaces_of=np.array([0, 1], dtype=np.uint16))
    assert packets.layer_paths == (("sll", "ip", "tcp"),)
    assert packets.column("frame.layers").values.tolist() == [0, 0]


def test_batches_of_a_live_capture_come_at_once():
    """Of a file, batches are read ahead of the one that is used; of a pipe none is, which may be long in coming."""
    for live, ahead in ((True, 1), (False, AHEAD + 1)):
        read = []
        batches = (read.append(number) or records([ECHO] * LARGE, first=1 + number * LARGE) for number in range(5))
        packets = iter_packets(Capture("x", batches, live=live))
        assert len(next(packets)) == LARGE
        assert len(read) == ahead
        assert sum(map(len, packets)) == 4 * LARGE
