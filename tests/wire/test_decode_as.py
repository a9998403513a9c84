"""Do a user's rules come before the tables, for their own numbers and no others, and are faults said clearly?"""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.wire.frames import (
    decode_all,
    echo6,
    ether,
    geneve,
    gre,
    ipv4,
    ipv6,
    mpls,
    records,
    tcp,
    udp,
    values,
    vxlan,
)
from tests.wire.real import Frame, write_pcap
from vxlan_dissect import decode, dissect, wire
from vxlan_dissect.errors import UsageError
from vxlan_dissect.packets import Packets
from vxlan_dissect.wire.decode_as import dispatch

ECHO = ether(ipv6(echo6()))
# A reserved bit, so that no header test recognises it on an unlisted port.
ODD = vxlan(ECHO, reserved=1)


def over_udp(payload, port, source=47883):
    """A datagram over IPv4 and Ethernet."""
    return ether(ipv4(udp(payload, port, source)), 0x0800)


def layers(frames, *rules):
    """The headers of each frame under some rules."""
    packets = decode.decode(records(frames), "made by hand", decode_as=rules)
    return [":".join(packet.protocols) for packet in packets]


def test_without_rules_nothing_changes():
    """The tables are the very same."""
    assert dispatch() is wire.DISPATCH
    assert layers([over_udp(ODD, 51999)]) == ["eth:ip:udp"]


@pytest.mark.parametrize(
    ("rule", "payload", "found"),
    [
        ("udp.port==51999,vxlan", ODD, "vxlan:eth:ipv6:icmpv6"),
        ("udp.port==0xCB1F,VXLAN", ODD, "vxlan:eth:ipv6:icmpv6"),
        (" udp.port == 51999 , vxlan ", ODD, "vxlan:eth:ipv6:icmpv6"),
        ("udp.dstport==51999,geneve", geneve(ECHO, reserved=1), "geneve:eth:ipv6:icmpv6"),
        ("udp.port==51999,vxlan_gpe", vxlan(ipv4(tcp(), 6), flags=0x0C00, group=1), "vxlan:ip:tcp"),
        ("udp.port==51999,gre", gre(ipv4(tcp(), 6)), "gre:ip:tcp"),
        ("udp.port==51999,mpls", mpls(ipv4(tcp(), 6), 16), "mpls:ip:tcp"),
        ("udp.port==51999,wg", b"\x04\0\0\0" + b"\xff" * 40, "wg"),
        ("udp.port==51999,wireguard", b"\x04\0\0\0" + b"\xff" * 40, "wg"),
        ("udp.port==51999,udpencap", b"\xc0" * 40, "udpencap:esp"),
        ("udp.port==51990-52000,vxlan", ODD, "vxlan:eth:ipv6:icmpv6"),
        ("udp.port==51999:1,vxlan", ODD, "vxlan:eth:ipv6:icmpv6"),
        ("udp.port==51990:10,vxlan", ODD, "vxlan:eth:ipv6:icmpv6"),
    ],
)
def test_a_udp_port(rule, payload, found):
    """Numbers in both bases, ranges and counts as tshark's -d has them, and every header that may follow UDP."""
    neighbours = [over_udp(payload, 51989), over_udp(payload, 52001), over_udp(payload, 51999)]
    plain = "eth:ip:udp"
    assert layers(neighbours, rule) == [plain, plain, f"{plain}:{found}"]


def test_a_range_ends_where_it_says():
    """Both ends are in it, and a count begins at its first number."""
    frames = [over_udp(ODD, port) for port in (99, 100, 104, 105)]
    for rule in ("udp.port==100-104,vxlan", "udp.port==100:5,vxlan"):
        assert ["vxlan" in found for found in layers(frames, rule)] == [False, True, True, False]


def test_a_rule_comes_before_the_tables():
    """What is Geneve by its number is VXLAN by the user's word; the last rule for a number stands."""
    frame = over_udp(ODD, 6081)
    assert layers([frame], "udp.port==6081,vxlan") == ["eth:ip:udp:vxlan:eth:ipv6:icmpv6"]
    assert layers([frame], "udp.port==6081,gre", "udp.port==6081,vxlan") == ["eth:ip:udp:vxlan:eth:ipv6:icmpv6"]


def test_the_source_port_counts_where_the_destination_says_nothing():
    """`udp.port` is either side, as for tshark, `udp.srcport` only that one and `udp.dstport` only the other."""
    frames = [over_udp(ODD, 41000, 51999), over_udp(ODD, 51999, 41000), over_udp(geneve(ECHO), 6081, 51999)]
    inside = ":eth:ipv6:icmpv6"
    neither, either = "eth:ip:udp", "eth:ip:udp:vxlan" + inside
    known = "eth:ip:udp:geneve" + inside
    assert layers(frames, "udp.port==51999,vxlan") == [either, either, known]
    assert layers(frames, "udp.srcport==51999,vxlan") == [either, neither, known]
    assert layers(frames, "udp.dstport==51999,vxlan") == [neither, either, known]


def test_a_port_that_is_named_counts_as_told_by_its_port():
    """`recognised_by` says port, as for the registered ones."""
    packet = decode.decode(records([over_udp(ODD, 51999)]), "x", decode_as=["udp.port==51999,vxlan"])[0]
    assert packet.text("outer.vxlan.recognised_by") == "port"


def test_a_protocol_number_counts_in_both_versions_of_ip():
    """One rule for `ip.proto` and for IPv6's next header; a tunnel stays a tunnel."""
    frames = [ether(ipv4(gre(ECHO, 0x6558), 253), 0x0800), ether(ipv6(gre(ECHO, 0x6558), 253))]
    assert layers(frames, "ip.proto==253,gre") == [
        "eth:ip:gre:eth:ipv6:icmpv6", "eth:ipv6:gre:eth:ipv6:icmpv6",
    ]  # fmt: skip
    packets = decode.decode(records([ether(ipv4(ipv4(tcp(), 6), 253), 0x0800)]), "x", decode_as=["ip.proto==253,ip"])
    assert values(packets[0], "frame.tunnels", "tcp.dstport") == [1, 8080]


def test_an_ethertype():
    """A provider's own VLAN type, and labels under a private one."""
    tagged = ether(struct.pack(">HH", 7, 0x86DD) + ipv6(echo6()), 0x9200)
    labelled = ether(mpls(ipv4(tcp(), 6), 16), 0x88B5)
    assert layers([tagged, labelled], "ethertype==0x9200,vlan", "ethertype==0x88b5,mpls") == [
        "eth:vlan:ipv6:icmpv6", "eth:mpls:ip:tcp",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, 255])
def test_the_ends_of_a_table(number):
    """The first and the last number of a field; a number beyond the table makes it grow, and not what lies beyond."""
    frames = [ether(ipv4(tcp(), protocol), 0x0800) for protocol in (number, 254, 252)]
    found = layers(frames, f"ip.proto=={number},tcp")
    assert found == ["eth:ip:tcp", "eth:ip", "eth:ip"]
    assert layers([over_udp(ODD, 65535), over_udp(ODD, 65534)], "udp.port==65535,vxlan") == [
        "eth:ip:udp:vxlan:eth:ipv6:icmpv6", "eth:ip:udp",
    ]  # fmt: skip


def test_the_tables_of_others_stay_as_they_were():
    """A rule makes new tables; those without rules are not written to."""
    before = {name: table.copy() for name, table in wire.DISPATCH.tables.items()}
    dispatch(["udp.port==51999,vxlan", "ip.proto==47,tcp", "ethertype==0x0800,ipv6"])
    assert all(np.array_equal(before[name], table) for name, table in wire.DISPATCH.tables.items())
    assert layers([over_udp(ODD, 51999)]) == ["eth:ip:udp"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan"),
        ("udp.port==51999", "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan"),
        ("udp.port=51999,vxlan", "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan"),
        ("udp.port==x,vxlan", "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan"),
        ("udp.port==-1,vxlan", "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan"),
        ("udp.port==\N{ARABIC-INDIC DIGIT FIVE},vxlan", "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan"),
        ("udp.prot==5,vxlan", "udp.prot is no field of a rule; did you mean udp.port?"),
        (
            "zzz==5,vxlan",
            "zzz is no field of a rule; there are ethertype, ip.proto, udp.dstport, udp.port, udp.srcport",
        ),
        ("udp.port==65536,vxlan", "the numbers of udp.port go up from 0 to 65535"),
        ("udp.port==5-4,vxlan", "the numbers of udp.port go up from 0 to 65535"),
        ("udp.port==5:0,vxlan", "the numbers of udp.port go up from 0 to 65535"),
        ("udp.port==65535:2,vxlan", "the numbers of udp.port go up from 0 to 65535"),
        ("ip.proto==256,gre", "the numbers of ip.proto go up from 0 to 255"),
        ("ethertype==1500,ip", "the numbers of ethertype go up from 1536 to 65535"),
        ("udp.port==5,vxlam", "vxlam does not follow udp.port; did you mean vxlan?"),
        (
            "udp.port==5,tcp",
            "tcp does not follow udp.port; there are geneve, gre, isakmp, mpls, udpencap, vxlan, wg",
        ),
    ],
)
def test_what_cannot_be_understood(rule, reason):
    """The rule and the reason, with the nearest name or all there are."""
    with pytest.raises(UsageError) as fault:
        dispatch(["udp.port==51999,vxlan", rule])
    assert str(fault.value).startswith(f"decode-as {rule!r}: {reason}")


def test_a_very_long_number_is_refused_and_not_counted_out():
    """A range is not walked before it was looked at."""
    with pytest.raises(UsageError):
        dispatch(["udp.port==0-" + "9" * 5000 + ",vxlan"])


def test_packets_know_their_rules_and_trace_by_them():
    """Selections and joins keep them, and the places of headers are found by the same tables."""
    rules = ("udp.port==51999,vxlan",)
    packets = decode.decode(records([ECHO, over_udp(ODD, 51999)]), "x", decode_as=rules)
    assert packets.decode_as == rules
    assert packets.take(np.array([1])).decode_as == rules
    assert Packets.concat([packets, packets]).decode_as == rules
    (traced,) = dissect.trace(packets, np.array([1]))
    names = [wire.HEADERS[place.header].name for place in traced.places]
    assert names[:6] == ["eth", "ip", "udp", "vxlan", "eth", "ipv6"]
    assert decode_all([ECHO]).decode_as == ()


def test_a_capture_is_read_by_rules(tmp_path):
    """`read` takes them, and says what is wrong with one before it shows a frame."""
    path = tmp_path / "odd.pcap"
    frame = over_udp(ODD, 51999)
    write_pcap(path, 1, [Frame(frame, len(frame), "")])
    assert decode.read(str(path)).column("frame.tunnels").values.tolist() == [0]
    packets = decode.read(str(path), decode_as=["udp.port==51999,vxlan"])
    assert packets.column("frame.tunnels").values.tolist() == [1]
    with pytest.raises(UsageError, match="did you mean vxlan"):
        decode.read(str(path), decode_as=["udp.port==51999,vxlam"])
