"""What is a frame called, and how is it put in one line?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.explain.made import GATEWAY, GATEWAY4, advertise, answer, ask, echo, packets, solicit
from vxlan_dissect import schema
from vxlan_dissect.explain.kinds import kind_of, message
from vxlan_dissect.packets import Packets, empty

TCP = {"ip.proto": 6, "tcp.srcport": 50224, "tcp.dstport": 8080}


def told(row):
    """Kind and message of a frame."""
    packet = packets(row)[0]
    kind = kind_of(packet)
    return kind, message(packet, kind)


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        (echo(ident=44, seq=0), "icmpv6.echo-request", "ICMPv6 echo request id 44 seq 0"),
        (echo("10.0.0.1", "10.0.0.2", reply=True), "icmp.echo-reply", "ICMP echo reply id 7 seq 1"),
        (solicit(), "icmpv6.neighbor-solicitation", f"ICMPv6 neighbor solicitation for {GATEWAY}"),
        (advertise(), "icmpv6.neighbor-advertisement", f"ICMPv6 neighbor advertisement for {GATEWAY}"),
        (ask(), "arp.request", f"ARP request for {GATEWAY4}"),
        (answer(), "arp.reply", f"ARP reply for {GATEWAY4}"),
        ({"arp.opcode": 8}, "arp.operation-8", "ARP operation 8"),
        ({"icmpv6.type": 2}, "icmpv6.packet-too-big", "ICMPv6 packet too big"),
        ({"icmp.type": 3}, "icmp.destination-unreachable", "ICMP destination unreachable"),
        ({"icmpv6.type": 200}, "icmpv6.type-200", "ICMPv6 type 200"),
        ({"icmpv6.type": 143}, "icmpv6.multicast-listener-report-v2", "ICMPv6 multicast listener report v2"),
        ({**TCP, "tcp.flags": 0x002}, "tcp", "TCP 50224 → 8080 SYN"),
        ({**TCP, "tcp.flags": 0x012}, "tcp", "TCP 50224 → 8080 SYN,ACK"),
        ({**TCP, "tcp.flags": 0x018, "tcp.len": 5}, "tcp", "TCP 50224 → 8080 PSH,ACK 5 bytes"),
        ({**TCP, "tcp.flags": 0}, "tcp", "TCP 50224 → 8080"),
        ({**TCP, "tcp.flags": 0, "tcp.len": 20}, "tcp", "TCP 50224 → 8080 20 bytes"),
        (TCP, "tcp", "TCP 50224 → 8080"),
        ({"ip.proto": 17, "udp.srcport": 0, "udp.dstport": 53}, "udp", "UDP 0 → 53"),
        (
            {"ip.proto": 132, "sctp.srcport": 40000, "sctp.dstport": 38412, "sctp.chunk_type": 1},
            "sctp",
            "SCTP 40000 → 38412 INIT",
        ),
        ({"sctp.srcport": 1, "sctp.dstport": 2, "sctp.chunk_type": 99}, "sctp", "SCTP 1 → 2 chunk 99"),
        ({"sctp.srcport": 1, "sctp.dstport": 2}, "sctp", "SCTP 1 → 2"),
        ({"ip.proto": 2, "igmp.type": 0x16}, "igmp.membership-report-v2", "IGMP membership report v2"),
        ({"igmp.type": 0x13}, "igmp.type-19", "IGMP type 19"),
        ({"ip.proto": 17, "ip.frag_offset": 1480}, "ip.fragment", "IPv4 fragment"),
        ({"ipv6.nxt": 44, "ipv6.fraghdr.offset": 1448}, "ipv6.fragment", "IPv6 fragment"),
        ({"ip.proto": 50}, "ip.protocol-50", "IPv4 protocol ESP"),
        ({"ip.proto": 253}, "ip.protocol-253", "IPv4 protocol 253"),
        ({"ipv6.nxt": 0}, "ipv6.protocol-0", "IPv6 protocol hop-by-hop"),
        ({"eth.type": 0x88CC}, "eth.0x88cc", "EtherType 0x88cc"),
        ({"eth.type": 0x8847}, "eth.0x8847", "EtherType MPLS"),
    ],
)
def test_kind_and_message(row, kind, words):
    """A frame is named after its innermost header, in the standard's words, with the numbers that tell it apart."""
    assert told(row) == (kind, words)


def test_first_fragment_shows_its_ports():
    """The first fragment has the transport header, so it is named after that."""
    assert (
        told({"ip.proto": 17, "ip.frag_offset": 0, "ip.flags.mf": True, "udp.srcport": 9, "udp.dstport": 7})[0] == "udp"
    )


@pytest.mark.parametrize("last", ["eth", "ip", "ipv6", "icmpv6", "icmp", "arp", "udp", "tcp", "vxlan", "sll2"])
def test_named_after_the_last_header(last):
    """Where no field tells, the last header does, as in a text line that names a protocol and nothing of it."""
    packet = Packets("made", 1, {"frame.layers": empty("u4", 1)}, layer_paths=(("eth", last),))[0]
    packet.packets.columns["frame.layers"].valid[0] = True
    words = message(packet, kind_of(packet))
    assert kind_of(packet) == last
    assert (words, "None" in words) == (words.strip(), False)


def test_protocol_of_the_version_that_carries_it(tmp_path):
    """A fragment of IPv6 that a text line shows is none of IPv4."""
    text = "12:00:00.000000 IP6 fd00::1 > fd00::2: frag (0|1448) udp 1448\n"
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")
    (one,) = vxd.explain(str(tmp_path / "pasted.txt"), vxd.Inventory())
    assert one.kind.partition(".")[0] != "ip"
    assert "IPv4" not in one.summary


def test_nothing_decoded():
    """A frame of which nothing could be read is unknown, and said to be."""
    packet = Packets("made", 1, {}, layer_paths=((),))[0]
    assert kind_of(packet) == "unknown"
    assert message(packet, "unknown") == "nothing that could be decoded"


def test_echo_that_is_cut():
    """An echo of which the identifier is cut off is named without numbers."""
    assert told({"icmpv6.type": 128}) == ("icmpv6.echo-request", "ICMPv6 echo request")


@pytest.mark.parametrize("column", ["icmpv6.type", "icmp.type", "arp.opcode", "ip.proto", "ipv6.nxt", "eth.type"])
def test_every_value_has_a_name_and_words(column):
    """No value of a field that names a frame is without a kind and a message."""
    highest = {"u1": 0xFF, "u2": 0xFFFF}[schema.FIELDS[column].kind]
    for value in {*range(min(highest, 300)), highest}:
        kind, words = told({column: value})
        assert kind == kind.strip().lower()
        assert words
        assert "None" not in words
