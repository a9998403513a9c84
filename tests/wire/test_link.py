"""Are Ethernet, VLAN tags, cooked headers and ARP read as their standards have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, echo6, ether, ip4, ipv4, ipv6, mac, texts, udp, values

ECHO = ipv6(echo6())


def tag(payload, kind, vlan=310, priority=5, dei=1):
    """What stands after the tag's own type."""
    return struct.pack(">HH", priority << 13 | dei << 12 | vlan, kind) + payload


def arp(operation=1, *, hardware=1, protocol=0x0800, sizes=(6, 4)):
    """ARP for Ethernet and IPv4, unless the first fields say otherwise."""
    fixed = struct.pack(">HHBBH", hardware, protocol, *sizes, operation)
    target = mac("00:00:00:00:00:00") + ip4("10.244.1.1")
    return fixed + mac("4e:5b:57:45:63:3b") + ip4("10.244.1.85") + target


def test_ethernet_addresses_and_type():
    """Destination first, then source, then the type."""
    packet = decode_one(ether(ECHO, source="02:42:ac:12:00:04", destination="33:33:00:00:00:16"))
    assert texts(packet, "eth.dst", "eth.src", "eth.type") == ["33:33:00:00:00:16", "02:42:ac:12:00:04", "IPv6"]
    assert packet.protocols == ("eth", "ipv6", "icmpv6")


def test_padding_after_the_ip_packet_is_no_data():
    """A short frame is padded to 60 bytes; the packet ends where its own length says."""
    packet = decode_one(ether(ipv4(udp(b"x", 53)), 0x0800) + bytes(17))
    assert values(packet, "frame.len", "data.len") == [60, 1]
    assert damage(packet) is None


def test_a_type_below_0x0600_is_a_length():
    """An 802.3 frame has no EtherType, and its padding is no data."""
    packet = decode_one(ether(b"\x42\x42\x03" + bytes(43), 3))
    assert values(packet, "eth.type", "data.len") == [None, 3]
    assert packet.protocols == ("eth",)


def test_0x0600_is_the_first_type():
    """IEEE 802.3: 0x05DC is the largest length, 0x0600 the smallest type."""
    assert decode_one(ether(bytes(46), 0x05FF)).get("eth.type") is None
    assert decode_one(ether(bytes(46), 0x0600)).get("eth.type") == 0x0600


def test_an_unknown_type_is_kept():
    """Frames of a protocol that is not known end at Ethernet with their type and the bytes that are left."""
    packet = decode_one(ether(bytes(50), 0x88CC))
    assert values(packet, "eth.type", "data.len") == [0x88CC, 50]
    assert packet.protocols == ("eth",)
    assert damage(packet) is None


def test_one_tag():
    """The columns of the tag, and the type after it."""
    packet = decode_one(ether(tag(ECHO, 0x86DD), 0x8100))
    names = ("vlan.id", "vlan.priority", "vlan.tags", "eth.type", "icmpv6.type")
    assert values(packet, *names) == [310, 5, 1, 0x86DD, 128]
    assert packet.protocols == ("eth", "vlan", "ipv6", "icmpv6")


@pytest.mark.parametrize("outermost", [0x88A8, 0x8100, 0x9100])
def test_a_stack_of_tags_shows_the_innermost(outermost):
    """802.1ad: the provider's tag comes first, and each is a layer."""
    packet = decode_one(ether(tag(tag(ECHO, 0x86DD, 310, 0), 0x8100, 2000), outermost))
    assert values(packet, "vlan.id", "vlan.priority", "vlan.tags", "eth.type") == [310, 0, 2, 0x86DD]
    assert packet.protocols == ("eth", "vlan", "vlan", "ipv6", "icmpv6")


def test_tags_of_one_batch_do_not_mix():
    """Frames with no, one and two tags keep their own."""
    stacked = ether(tag(tag(ECHO, 0x86DD, 7), 0x8100, 9), 0x88A8)
    packets = decode_all([stacked, ether(ECHO), ether(tag(ECHO, 0x86DD, 8), 0x8100), stacked])
    assert [values(p, "vlan.id", "vlan.tags", "eth.type") for p in packets] == [
        [7, 2, 0x86DD], [None, None, 0x86DD], [8, 1, 0x86DD], [7, 2, 0x86DD],
    ]  # fmt: skip


def test_an_8023_frame_in_a_vlan_has_no_type():
    """A length may also stand after a tag; the tag's own type is not taken for the frame's."""
    packet = decode_one(ether(tag(bytes(46), 38), 0x8100))
    assert values(packet, "eth.type", "vlan.id", "data.len") == [0x8100, 310, 38]


def test_endless_tags_stop_at_the_bound():
    """Tags up to the end of a long frame are damage at the bound, and cost no more than the bound."""
    packet = decode_one(ether(struct.pack(">HH", 1, 0x8100) * 2000, 0x8100))
    assert damage(packet) == ("vlan", 33, 32, "nesting depth", 14 + 31 * 4)
    assert packet.get("vlan.tags") == 31


def test_arp_request():
    """RFC 826: operation, sender and target."""
    packet = decode_one(ether(arp(), 0x0806) + bytes(18))
    assert texts(packet, "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4") == [
        "request", "4e:5b:57:45:63:3b", "10.244.1.85",
    ]  # fmt: skip
    assert texts(packet, "arp.dst.hw_mac", "arp.dst.proto_ipv4", "data.len") == ["00:00:00:00:00:00", "10.244.1.1", "0"]
    assert packet.protocols == ("eth", "arp")


def arp_of(hardware, protocol, sender, target):
    """ARP of any types; the sizes are those of the addresses."""
    fixed = struct.pack(">HHBBH", hardware, protocol, *map(len, sender), 2)
    return decode_one(ether(fixed + b"".join(sender + target), 0x0806))


ADDRESSES = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.hw_mac", "arp.dst.proto_ipv4")
MACS = mac("4e:5b:57:45:63:3b"), mac("a2:79:14:47:80:b3")
IPS = ip4("10.244.1.85"), ip4("10.244.1.1")


def test_arp_of_another_link_or_protocol():
    """RFC 826: each address for itself, where the lengths put it; IEEE 802 (6) has MACs, ATM (19) another form."""
    long, wide = bytes(range(20)), bytes(range(16))
    packet = arp_of(32, 0x0800, (long, IPS[0]), (long, IPS[1]))
    assert texts(packet, *ADDRESSES) == ["reply", None, "10.244.1.85", None, "10.244.1.1"]
    packet = arp_of(1, 0x86DD, (MACS[0], wide), (MACS[1], wide))
    assert texts(packet, *ADDRESSES) == ["reply", "4e:5b:57:45:63:3b", None, "a2:79:14:47:80:b3", None]
    packet = arp_of(6, 0x0800, (MACS[0], IPS[0]), (MACS[1], IPS[1]))
    assert texts(packet, *ADDRESSES) == [
        "reply", "4e:5b:57:45:63:3b", "10.244.1.85", "a2:79:14:47:80:b3", "10.244.1.1",
    ]  # fmt: skip
    for hardware, protocol in ((15, 0x1234), (19, 0x0800)):
        packet = arp_of(hardware, protocol, (MACS[0], IPS[0]), (MACS[1], IPS[1]))
        assert texts(packet, *ADDRESSES) == ["reply", None, None, None, None]


def test_arp_of_another_link_that_is_cut():
    """What does not fit is not read."""
    fixed = struct.pack(">HHBBH", 32, 0x0800, 20, 4, 1)
    packet = decode_one(ether(fixed + bytes(20) + IPS[0] + bytes(23), 0x0806))
    assert texts(packet, "arp.src.proto_ipv4", "arp.dst.proto_ipv4") == ["10.244.1.85", None]


@pytest.mark.parametrize(("operation", "name"), [(3, "reverse-request"), (4, "reverse-reply")])
def test_reverse_arp(operation, name):
    """RFC 903: the same packet behind another type."""
    packet = decode_one(ether(arp(operation), 0x8035))
    assert packet.protocols == ("eth", "arp")
    assert texts(packet, "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4") == [
        name,
        "10.244.1.85",
        "10.244.1.1",
    ]


def test_arp_cut_in_its_addresses():
    """The operation stays; the addresses are damaged."""
    packet = decode_one(ether(arp(), 0x0806)[:35])
    assert damage(packet) == ("arp.addresses", 20, 13, "frame length", 22)
    assert values(packet, "arp.opcode", "arp.src.hw_mac") == [1, None]


def sll(payload, kind=0x86DD, packet_type=4, arphrd=1, size=6):
    """LINUX_SLL."""
    return (
        struct.pack(">HHH", packet_type, arphrd, size) + mac("4e:5b:57:45:63:3b") + b"\0\0" + kind.to_bytes(2) + payload
    )


def sll2(payload, kind=0x86DD, *, packet_type=2, arphrd=1, size=6, interface=70000):
    """LINUX_SLL2."""
    head = struct.pack(">HHIHBB", kind, 0, interface, arphrd, packet_type, size)
    return head + mac("4e:5b:57:45:63:3b") + b"\0\0" + payload


def test_cooked_header():
    """LINUX_SLL: direction, sender, protocol."""
    packet = decode_one(sll(ECHO), 113)
    assert texts(packet, "sll.pkttype", "sll.src.mac", "sll.etype") == ["out", "4e:5b:57:45:63:3b", "IPv6"]
    assert values(packet, "sll.ifindex", "eth.src", "eth.type", "icmpv6.type") == [None, None, None, 128]
    assert packet.protocols == ("sll", "ipv6", "icmpv6")


def test_cooked_header_of_version_2():
    """LINUX_SLL2 has the interface besides."""
    packet = decode_one(sll2(ECHO), 276)
    assert texts(packet, "sll.pkttype", "sll.src.mac", "sll.etype") == ["multicast", "4e:5b:57:45:63:3b", "IPv6"]
    assert values(packet, "sll.ifindex", "icmpv6.type") == [70000, 128]
    assert packet.protocols == ("sll", "ipv6", "icmpv6")


@pytest.mark.parametrize("make", [sll, sll2])
def test_cooked_header_without_a_mac(make):
    """A TUN device has no link-layer address: length 0."""
    packet = decode_one(make(ECHO, size=0, arphrd=65534), 113 if make is sll else 276)
    assert values(packet, "sll.src.mac", "icmpv6.type") == [None, 128]


def test_cooked_header_of_netlink_has_no_ethertype():
    """Of a netlink device (ARPHRD 824) the protocol is a netlink family, whatever its number."""
    packet = decode_one(sll(ECHO, arphrd=824), 113)
    assert packet.protocols == ("sll",)
    assert values(packet, "sll.etype", "data.len") == [0x86DD, len(ECHO)]


def test_cooked_header_with_a_tunnel_belongs_to_the_frame():
    """The cooked columns have no level: those of a tunnelled frame stand without a prefix."""
    inner = ether(ECHO)
    packet = decode_one(sll2(ipv4(udp(bytes.fromhex("0800000000289e00") + inner)), 0x0800), 276)
    assert values(packet, "sll.ifindex", "outer.ip.ttl", "icmpv6.type", "frame.tunnels") == [70000, 64, 128, 1]
    assert "outer.sll.ifindex" not in packet.packets.columns


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("linktype", [0, 108])
@pytest.mark.parametrize(
    ("family", "packet", "layer"),
    [(2, ipv4(udp(b"x", 53)), "ip"), (10, ECHO, "ipv6"), (24, ECHO, "ipv6"), (28, ECHO, "ipv6"), (30, ECHO, "ipv6")],
)
def test_loopback_family_in_both_byte_orders(linktype, order, family, packet, layer):
    """The family is a small number in the order of the capturing machine."""
    assert decode_one(family.to_bytes(4, order) + packet, linktype).protocols[:2] == ("null", layer)


@pytest.mark.parametrize("family", [0, 7, 0xFFFFFFFF])
def test_an_unknown_family_is_kept(family):
    """The frame ends at its link layer."""
    packet = decode_one(family.to_bytes(4, "big") + ECHO, 0)
    assert packet.protocols == ("null",)
    assert packet.get("data.len") == len(ECHO)


def test_raw_frames_show_their_version():
    """LINKTYPE_RAW is decided by the first four bits; 228 and 229 are the two versions outright."""
    assert decode_one(ECHO, 101).protocols == ("raw", "ipv6", "icmpv6")
    assert decode_one(ipv4(udp(b"x", 53)), 101).protocols == ("raw", "ip", "udp")
    assert decode_one(b"\x50" + bytes(60), 101).protocols == ("raw",)
    assert decode_one(ECHO, 229).protocols == ("ipv6", "icmpv6")
    assert decode_one(ipv4(udp(b"x", 53)), 228).protocols == ("ip", "udp")


def test_a_link_type_that_is_not_known_gives_data():
    """A reader refuses such a file; decode alone keeps the frame as bytes."""
    packet = decode_one(bytes(60), 147)
    assert packet.protocols == ()
    assert packet.get("data.len") == 60


def test_frames_of_several_link_types_in_one_batch():
    """Each frame is read as its interface says."""
    import numpy as np

    from vxlan_dissect.packets import CaptureInterface

    packets = decode_all(
        [ether(ECHO), ECHO, sll2(ECHO), ether(ECHO)],
        interfaces=(CaptureInterface(1), CaptureInterface(276), CaptureInterface(101)),
        interfaces_of=np.array([0, 2, 1, 0], dtype=np.uint16),
    )
    assert [p.protocols[0] for p in packets] == ["eth", "raw", "sll", "eth"]
    assert [p.get("icmpv6.type") for p in packets] == [128] * 4
