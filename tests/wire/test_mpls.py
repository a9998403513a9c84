"""Are MPLS labels passed over, and is what is under them told by its first bytes?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import (
    damage,
    decode_all,
    decode_one,
    echo6,
    ether,
    geneve,
    gre,
    ipv4,
    ipv6,
    mpls,
    tcp,
    texts,
    udp,
    values,
    vxlan,
)
from vxlan_dissect.wire.walk import MAX_HEADERS

UNICAST = 0x8847
SEGMENT, ECHO = ipv4(tcp(), 6), ipv6(echo6())
CONTROL_WORD = struct.pack(">HH", 0, 0x1234)
COLUMNS = ("mpls.label", "mpls.exp", "mpls.ttl", "mpls.labels")


def switched(payload, *labels, **options):
    """A frame with labels; the arguments of `mpls`."""
    return ether(mpls(payload, *(labels or (16,)), **options), UNICAST)


def test_every_field_of_a_label():
    """RFC 3032 section 2.1: the largest label, class 5, hop limit 254."""
    packet = decode_one(switched(SEGMENT, 0xFFFFF, traffic_class=5, ttl=254))
    assert packet.protocols == ("eth", "mpls", "ip", "tcp")
    assert values(packet, *COLUMNS) == [0xFFFFF, 5, 254, 1]
    assert values(packet, "frame.tunnels", "tcp.dstport", "eth.type") == [0, 8080, UNICAST]


@pytest.mark.parametrize("count", [2, 3, 10])
def test_a_stack_is_one_layer_and_its_bottom_is_kept(count):
    """Only the last label has the bottom bit."""
    packet = decode_one(switched(ECHO, *range(100, 100 + count)))
    assert packet.protocols == ("eth", "mpls", "ipv6", "icmpv6")
    assert values(packet, "mpls.label", "mpls.labels", "icmpv6.type") == [99 + count, count, 128]


def test_stacks_of_one_batch_do_not_mix():
    """Rows with one label, none and three."""
    packets = decode_all([switched(SEGMENT, 7), ether(SEGMENT, 0x0800), switched(SEGMENT, 1, 2, 3)])
    assert [p.get("mpls.label") for p in packets] == [7, None, 3]
    assert [p.get("mpls.labels") for p in packets] == [1, None, 3]
    assert [p.get("tcp.dstport") for p in packets] == [8080] * 3


def test_multicast_labels():
    """EtherType 0x8848 (RFC 5332 section 3)."""
    assert decode_one(ether(mpls(SEGMENT, 16), 0x8848)).protocols == ("eth", "mpls", "ip", "tcp")


@pytest.mark.parametrize(("label", "payload", "layers"), [(0, SEGMENT, ("ip", "tcp")), (2, ECHO, ("ipv6", "icmpv6"))])
def test_explicit_null(label, payload, layers):
    """RFC 3032 section 2.1: the label itself says what follows."""
    assert decode_one(switched(payload, label)).protocols == ("eth", "mpls", *layers)


def test_explicit_null_needs_no_guess():
    """The label promises IPv4, so another version is damage and not another packet."""
    assert damage(decode_one(switched(ECHO, 0))) == ("ip", 4, 6, "version", 18)


@pytest.mark.parametrize("control", [CONTROL_WORD, b""])
@pytest.mark.parametrize("first", ["00:00", "02:79", "0e:79", "16:79", "4e:79", "6a:79", "fe:79"])
@pytest.mark.parametrize(
    "inner", [(SEGMENT, 0x0800), (ECHO, 0x86DD), (struct.pack(">HH", 7, 0x0800) + SEGMENT, 0x8100)]
)
def test_ethernet_pseudowire(control, first, inner):
    """RFC 4448: with or without a control word, whatever the first nibble of the MAC is taken for."""
    payload, kind = inner
    frame = ether(payload, kind, destination=f"{first}:14:47:80:b3")
    packet = decode_one(switched(control + frame, 100, 16050))
    assert packet.protocols[: 4 if control else 3] == ("eth", "mpls", *(("pwethcw",) if control else ()), "eth")
    assert values(packet, "frame.tunnels", "outer.mpls.label", "mpls.label", "eth.type") == [
        1, 16050, None, 0x0800 if kind == 0x8100 else kind,
    ]  # fmt: skip
    assert packet.get("outer.pweth.cw.sequence_number") == (0x1234 if control else None)
    assert texts(packet, "eth.dst", "outer.eth.dst") == [f"{first}:14:47:80:b3", "a2:79:14:47:80:b3"]


def test_a_pseudowire_may_carry_spanning_tree():
    """An 802.3 frame whose length and access points fit (IEEE 802.1D: 0x42)."""
    bridge = b"\x42\x42\x03" + bytes(35)
    packet = decode_one(switched(CONTROL_WORD + ether(bridge, len(bridge), destination="01:80:c2:00:00:00"), 100))
    assert packet.protocols == ("eth", "mpls", "pwethcw", "eth")
    assert values(packet, "frame.tunnels", "data.len") == [1, 38]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x45",
        bytes(60),
        b"\xff" * 60,
        b"\x10\x00\x00\x07" + SEGMENT,
        b"\x01\x00\x00\x00" + ether(SEGMENT, 0x0800),
        CONTROL_WORD + ether(b"x" * 40, 0x88CC),
        CONTROL_WORD + ether(SEGMENT, 0x86DD),
        CONTROL_WORD + ether(b"x" * 40, 1501),
        CONTROL_WORD + ether(b"\x42\x42\x03" + bytes(35), 39),
        CONTROL_WORD + ether(b"\x42\x43\x03" + bytes(35), 38),
        CONTROL_WORD + ether(SEGMENT, 0x0800)[:20],
    ],
)
def test_what_does_not_fit_is_data(payload):
    """An associated channel, a control word with flags, lengths that do not fit, unknown types: no guess is made."""
    packet = decode_one(switched(payload))
    assert packet.protocols == ("eth", "mpls")
    assert values(packet, "data.len", "frame.tunnels", "damage.layer") == [len(payload), 0, None]


@pytest.mark.parametrize("label", [13, 14])
def test_labels_of_operation_and_maintenance(label):
    """Under the label of an associated channel (RFC 5586) or OAM (RFC 3429) is no packet, whatever it looks like."""
    assert decode_one(switched(SEGMENT, 100, label)).protocols == ("eth", "mpls")


def test_ip_that_does_not_fit_is_still_ip():
    """Neither IPv4 nor Ethernet fits: the nibble decides, and the packet says what is wrong with it."""
    packet = decode_one(switched(ipv4(tcp(), 6, first=0x44)))
    assert damage(packet) == ("ip", 20, 16, "header length", 18)


@pytest.mark.parametrize("size", [*range(14, 22), *range(22, 60, 7)])
def test_cut_anywhere(size):
    """Two labels of 4 bytes, then the packet: damage names the header, and what was read stays."""
    whole = switched(SEGMENT, 100, 200)
    packet = decode_one(whole[:size], original=len(whole))
    if size < 22:
        assert damage(packet) == ("mpls", 4, (size - 14) % 4, "captured length", 14 + (size - 14) // 4 * 4)
    else:
        assert packet.get("mpls.label") == 200
    assert packet.get("mpls.labels") == (None if size < 18 else 1 if size < 22 else 2)


def test_a_stack_without_a_bottom_is_damage():
    """The packet ends where another label should stand."""
    packet = decode_one(ether(mpls(b"", 100, 101, bottom=False), UNICAST))
    assert damage(packet) == ("mpls", 4, 0, "frame length", 22)
    assert values(packet, "mpls.label", "mpls.labels") == [101, 2]


def test_an_endless_stack_is_bounded():
    """1,000 labels stop at the bound of headers."""
    packet = decode_one(ether(mpls(SEGMENT, *[16] * 1000), UNICAST))
    assert damage(packet)[:4] == ("mpls", MAX_HEADERS + 1, MAX_HEADERS, "nesting depth")
    assert packet.get("mpls.labels") == MAX_HEADERS - 1


@pytest.mark.parametrize(
    ("carrier", "names"),
    [
        (lambda inside: ether(ipv4(udp(inside, 6635)), 0x0800), ("ip", "udp")),
        (lambda inside: ether(ipv4(gre(inside, UNICAST), 47), 0x0800), ("ip", "gre")),
        (lambda inside: ether(ipv4(inside, 137), 0x0800), ("ip",)),
        (lambda inside: ether(ipv6(inside, 137)), ("ipv6",)),
        (lambda inside: ether(ipv4(udp(geneve(inside, UNICAST), 6081)), 0x0800), ("ip", "udp", "geneve")),
        (lambda inside: ether(ipv4(udp(vxlan(inside, flags=0x0C00, group=5), 4790)), 0x0800), ("ip", "udp", "vxlan")),
    ],
)
@pytest.mark.parametrize(
    ("payload", "layers"),
    [(SEGMENT, ("ip", "tcp")), (ECHO, ("ipv6", "icmpv6")), (ether(ECHO), ("eth", "ipv6", "icmpv6"))],
)
def test_in_a_tunnel_the_labels_are_a_part_of_it(carrier, names, payload, layers):
    """In UDP (RFC 7510), GRE and IP (RFC 4023), Geneve and GPE: what is under the labels is the packet inside."""
    packet = decode_one(carrier(mpls(payload, 100, 299_776)))
    assert packet.protocols == ("eth", *names, "mpls", *layers)
    assert values(packet, "frame.tunnels", "outer.mpls.label", "outer.mpls.labels", "mpls.label") == [
        1, 299_776, 2, None,
    ]  # fmt: skip


def test_labels_outside_and_inside_a_tunnel():
    """A labelled VXLAN packet around a labelled frame: each level keeps its own."""
    inner = switched(SEGMENT, 300)
    packet = decode_one(ether(mpls(ipv4(udp(vxlan(inner))), 100, 200), UNICAST))
    assert packet.protocols == ("eth", "mpls", "ip", "udp", "vxlan", "eth", "mpls", "ip", "tcp")
    assert values(packet, "outer.mpls.label", "outer.mpls.labels", "mpls.label", "mpls.labels") == [200, 2, 300, 1]
