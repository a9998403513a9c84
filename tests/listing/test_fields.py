"""Is every name that may be asked for a column, and every other one refused with advice?"""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, overlay, tcp
from vxlan_dissect import pipeline, schema
from vxlan_dissect.errors import UsageError
from vxlan_dissect.listing.batches import Batch
from vxlan_dissect.listing.catalogue import entries
from vxlan_dissect.listing.fields import column_of, columns_of, every_column
from vxlan_dissect.listing.times import Clock
from vxlan_dissect.packets import CaptureInterface

ECHO = ether(ipv6(echo6()))
TCP = ether(ipv4(tcp(), 6), 0x0800)


def values(name, packets, explained=None):
    """The values of a column."""
    (column,) = columns_of([name], Clock("r"))
    array = column.read(Batch.of(packets, None, explained))
    assert array.type == column.field.type
    assert column.name == name
    return array.to_pylist()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("frame.number", [1, 2]),
        ("ipv6.src", ["fd00:10:244:1::4749", None]),
        ("inner.ipv6.src", ["fd00:10:244:1::4749", None]),
        ("ip6.src", ["fd00:10:244:1::4749", None]),
        ("ip.src", [None, "172.18.0.4"]),
        ("outer.ip.src", ["172.18.0.4", None]),
        ("outer.vxlan.vni", [10398, None]),
        ("vxlan.vni", [10398, None]),
        ("inner.vxlan.vni", [None, None]),
        ("quoted.ip.src", [None, None]),
        ("tcp.flags.push", [None, True]),
        ("tcp.flags.syn", [None, False]),
        ("inner.tcp.flags.ack", [None, True]),
        ("outer.vxlan.flag_i", [True, None]),
        ("vxlan.flag_i", [True, None]),
        ("inner.vxlan.flag_i", [None, None]),
        ("outer.ip.dsfield.dscp", [0, None]),
        ("frame.protocols", ["eth:ip:udp:vxlan:eth:ipv6:icmpv6", "eth:ip:tcp"]),
        ("frame.layers", ["eth:ip:udp:vxlan:eth:ipv6:icmpv6", "eth:ip:tcp"]),
        ("damage.layer", [None, None]),
        ("capture", ["made by hand", "made by hand"]),
        ("_ws.col.No.", [1, 2]),
        ("_ws.col.Time", ["0.000000", "0.000001"]),
        ("_ws.col.source", ["fd00:10:244:1::4749", "172.18.0.4"]),
        ("_ws.col.Destination", ["fd00:10:244:2::9461", "172.18.0.3"]),
        ("_ws.col.Protocol", ["ICMPv6", "TCP"]),
        ("_ws.col.length", [116, 54]),
    ],
)
def test_values_of_a_name(name, expected):
    """Columns of every level, Wireshark's names, bits, texts of the frame, and the columns of a line."""
    assert values(name, decode_all([overlay(ECHO), TCP])) == expected


def test_the_words_of_a_line():
    """`_ws.col.Info` is what a line says."""
    assert values("_ws.col.Info", decode_all([overlay(ECHO)])) == [
        "echo request id=7726, seq=1, hop limit=64 · VXLAN 10398 172.18.0.4 → 172.18.0.3"
    ]


def test_names_of_interfaces():
    """An interface without a name, or one that is missing, has none."""
    packets = decode_all([ECHO, ECHO, ECHO], interfaces=(CaptureInterface(1, "eth0"), CaptureInterface(1)))
    packets.columns["frame.interface_id"].values[:] = [0, 1, 7]
    assert values("frame.interface_name", packets) == ["eth0", None, None]


def test_names_of_the_join(captures_dir):
    """One value as a text, several as a list, none as null."""
    explained = pipeline.explain(str(captures_dir / "dual-stack-ping6" / "pod-eth0.pcap"))
    packets = explained.packets
    assert values("src.pod", packets, explained)[4:] == ["cni-7t9p4", "cni-8qgcs"]
    assert values("pod", packets, explained)[4] == ["cni-7t9p4", "cni-8qgcs"]
    assert values("dst.node", packets, explained)[0] is None
    assert values("service", packets, explained) == [None] * 6
    assert values("kind", packets, explained)[0] == "icmpv6.neighbor-solicitation"
    assert values("rule", packets, explained)[5][0] == "icmp.echo-reply"


def test_every_field_of_the_catalogue():
    """What `--fields` lists can be read, but what it says is for filters only; each has one sentence."""
    packets = decode_all([overlay(ECHO), TCP])
    listed = list(entries())
    assert len({entry.name for entry in listed}) == len(listed) > 130
    for entry in listed:
        assert entry.doc.endswith("."), entry
        column = None if entry.kind == "either" else column_of(entry.name)
        if column is not None and not column.joined:
            assert len(column.read(Batch.of(packets))) == 2
        if column is not None and entry.levels:
            assert column_of(f"outer.{entry.name}").field.type == column.field.type


def test_a_pattern_picks_fields():
    """The name or the meaning contains it, in whatever case."""
    names = [entry.name for entry in entries("VNI")]
    assert "vxlan.vni" in names
    assert "vxlan.flags" in names
    assert "ip.src" not in names


def test_every_column_without_the_costly_ones():
    """All of the schema but those that are made on demand."""
    assert [column.name for column in every_column()] == list(schema.columns(derived=False))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("ip.sorce", "ip.sorce is no field; did you mean ip.src?"),
        ("outer.vxlan.vnii", "did you mean outer.vxlan.vni?"),
        ("inner.frame.number", "inner.frame.number is no field"),
        ("inner.outer.ip.src", "is no field"),
        ("zzzzzz", "zzzzzz is no field; see vxd packets --fields"),
        ("ip.addr", "ip.addr has two values: ask for ip.src and ip.dst"),
        ("vxlan", "vxlan is a protocol, which has no value of its own: ask for its fields"),
        ("_ws.col.rssi", "_ws.col.rssi is no field"),
        ("", " is no field"),
    ],
)
def test_what_is_no_field(name, advice):
    """An unknown name is refused with what may have been meant."""
    with pytest.raises(UsageError) as caught:
        columns_of([name], Clock("r"))
    assert advice in str(caught.value)


def test_a_name_asked_for_twice():
    """Two columns of one name are refused, since no table can hold them."""
    with pytest.raises(UsageError, match=r"ip\.src is asked for twice"):
        columns_of(["ip.src", "frame.number", "ip.src"], Clock("r"))


def test_arrow_types():
    """Fixed by the name alone."""
    expected = {
        "src.pod": pa.dictionary(pa.int32(), pa.string()), "pod": pa.list_(pa.string()), "tcp.flags.syn": pa.bool_(),
        "ip.dsfield.dscp": pa.uint8(), "frame.len": pa.uint32(),
    }  # fmt: skip
    assert {name: column_of(name).field.type for name in expected} == expected
