"""Is what follows what said once, completely, and without a fault?"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.wire import frames
from vxlan_dissect import schema, wire
from vxlan_dissect.wire.fill import fill_columns, layer_codes
from vxlan_dissect.wire.header import Header, Next
from vxlan_dissect.wire.walk import MAX_TUNNELS, Frames

OF_THE_FILE = {
    "frame.number", "frame.time_epoch", "frame.time_of_day", "frame.len", "frame.cap_len", "frame.offset",
    "frame.interface_id", "frame.layers", "frame.tunnels", "frame.fragments", "frame.reassembled_in",
    "frame.fragment_fault",
}  # fmt: skip


def columns_of(options):
    """What the options of a header fill."""
    return [options.unknown, *(option.columns for option in options.known)]


def test_every_column_of_the_schema_is_filled_and_no_other():
    """The schema and the headers agree on what there is."""
    modules = [module for name, module in sys.modules.items() if name.startswith("vxlan_dissect.wire.")]
    columns = [value for module in modules for value in vars(module).values() if isinstance(value, dict)]
    columns += [header.columns for header in wire.HEADERS]
    columns = [
        names for names in columns if all(isinstance(source, str) or callable(source) for source in names.values())
    ]
    filled = {name for names in columns if schema.FIELDS.keys() & names for name in names}
    fields = schema.FRAME_FIELDS + schema.PACKET_FIELDS
    expected = {f.name for f in fields if f.name not in OF_THE_FILE and not f.name.startswith("damage.")}
    assert filled == expected


def test_headers_are_big_endian():
    """What is longer than a byte is in network order."""
    for header in wire.HEADERS:
        for name, (field, *_) in header.dtype.fields.items():
            for leaf in [field] if field.names is None else [part for part, _ in field.fields.values()]:
                assert leaf.itemsize == 1 or leaf.kind == "V" or leaf.byteorder == ">", (header.name, name)


def test_every_header_can_be_reached():
    """A header that follows nothing would never be read."""
    reached = {int(code) & 0x7F for table in wire.DISPATCH.tables.values() for code in table}
    assert reached - {0} == set(range(1, len(wire.HEADERS) + 1))


def test_two_headers_cannot_follow_the_same(monkeypatch):
    """A number that leads to two headers is a fault of the list, found when it is made."""
    rival = Header("rival", np.dtype([("a", "u1")]), {"ip.proto": (17,)})
    monkeypatch.setattr(wire, "HEADERS", (*wire.HEADERS, rival))
    with pytest.raises(ValueError, match=r"ip\.proto 17 leads to two headers, rival is the second"):
        wire._dispatch()


@pytest.mark.parametrize(
    ("table", "value", "name"),
    [
        ("linktype", 1, "eth"), ("linktype", 113, "sll"), ("linktype", 276, "sll"), ("linktype", 0, "null"),
        ("linktype", 108, "null"), ("linktype", 101, "raw"), ("linktype", 228, "ip"), ("linktype", 229, "ipv6"),
        ("eth.type", 0x0800, "ip"), ("eth.type", 0x86DD, "ipv6"), ("eth.type", 0x0806, "arp"),
        ("eth.type", 0x8100, "vlan"), ("eth.type", 0x88A8, "vlan"), ("ip.proto", 1, "icmp"), ("ip.proto", 6, "tcp"),
        ("ip.proto", 17, "udp"), ("ipv6.nxt", 58, "icmpv6"), ("udp.dstport", 4789, "vxlan"),
        ("udp.dstport", 8472, "vxlan"),
    ],
)  # fmt: skip
def test_numbers_lead_to_their_headers(table, value, name):
    """The assigned numbers of IANA and tcpdump.org."""
    code = int(wire.DISPATCH.tables[table][value])
    assert wire.HEADERS[code - 1].name == name


def test_numbers_of_one_family_do_not_lead_into_the_other():
    """ICMPv6 under IPv4, ICMP under IPv6 and hop-by-hop under IPv4 are not decoded."""
    ipv4, ipv6 = wire.DISPATCH.tables["ip.proto"], wire.DISPATCH.tables["ipv6.nxt"]
    assert [int(ipv4[0]), int(ipv4.take(58, mode="clip")), int(ipv6[1])] == [0, 0, 0]


def test_a_new_tunnel_needs_one_header_and_nothing_else(monkeypatch):
    """A made-up tunnel over UDP port 7777 that carries Ethernet is decoded, level and all, from its Header alone."""
    made_up = Header(
        name="madeup",
        dtype=np.dtype([("options", "u1"), ("flags", "u1"), ("protocol", ">u2"), ("vni_reserved", ">u4")]),
        follows={"udp.dstport": (7777,)},
        columns={"vxlan.vni": lambda structs: structs["vni_reserved"] >> 8},
        length=lambda structs: 8 + 4 * (structs["options"] & 0x3F).astype(np.int64),
        after=lambda _frames, rest, structs: Next("tunnel.protocol", 3, rest),
    )
    monkeypatch.setattr(wire, "HEADERS", (*wire.HEADERS, made_up))
    inner = frames.ether(frames.ipv6(frames.echo6()))
    header = bytes.fromhex("0100655800002a00") + bytes(4)
    frame = frames.ether(frames.ipv4(frames.udp(header + inner, 7777)), 0x0800)
    batch = frames.records([frame])
    walked = Frames(wire._dispatch(), batch.buffer, batch.offsets, batch.captured, batch.original)
    walked.walk(1)
    codes, paths = layer_codes(walked)
    columns = fill_columns(walked)
    assert paths[codes[0]] == ("eth", "ip", "udp", "madeup", "eth", "ipv6", "icmpv6")
    assert columns["outer.vxlan.vni"].values.tolist() == [42]
    assert columns["icmpv6.echo.identifier"].values.tolist() == [7726]


def test_layer_names_of_a_damage_are_the_headers():
    """`damage.layer` counts into the list of headers."""
    packet = frames.decode_one(b"\0" * 13)
    assert packet.packets.layer_names == tuple(header.name for header in wire.HEADERS)
    assert frames.damage(packet) == ("eth", 14, 13, "frame length", 0)


def test_tunnels_fit_into_the_bound_of_headers():
    """The bound on headers leaves room for all tunnels that the bound on tunnels allows."""
    frame = frames.ether(frames.ipv6(frames.echo6()))
    for _ in range(MAX_TUNNELS):
        frame = frames.overlay(frame)
    packet = frames.decode_one(frame)
    assert frames.damage(packet) is None
    assert packet.protocols == ("eth", "ip", "udp", "vxlan") * MAX_TUNNELS + ("eth", "ipv6", "icmpv6")
    assert frames.values(packet, "frame.tunnels", "icmpv6.type", "outer.vxlan.vni") == [MAX_TUNNELS, 128, 10398]
