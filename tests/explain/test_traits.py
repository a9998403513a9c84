"""Are frames told apart by the varying properties that rules speak of, and by no others?"""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.explain.made import NIC, packets
from tests.wire.frames import decode_all, decode_one, ether, ipv4, overlay, tcp
from vxlan_dissect.derived.checksums import BAD, PARTIAL
from vxlan_dissect.explain import traits
from vxlan_dissect.explain.traits import checksum, ip_length, traits_of
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Interface, Source

WITH_1400 = Inventory([Interface(Host("worker"), "eth0", 2, int(NIC.replace(":", ""), 16), Source("f", 1), mtu=1400)])


def told_apart(found, inventory=None):
    """Into how many groups the traits part the frames."""
    return len(set(zip(*(array.tolist() for array in traits_of(found, inventory or Inventory())), strict=True)))


def test_lengths_at_both_levels():
    """The length is that of the IP packet, header and all: 20 + 20 of TCP inside, 50 more around."""
    packet = decode_one(overlay(ether(ipv4(tcp(), 6), 0x0800)))
    assert ip_length(packet) == 40
    assert ip_length(packet, "outer.") == 40 + 50


def test_length_of_ipv6_has_the_header():
    """The payload length of IPv6 does not count its 40 bytes."""
    assert ip_length(packets({"ipv6.plen": 1410})[0]) == 1450


def test_length_of_what_has_none():
    """A frame without IP has no length, and neither has a datagram that was put together."""
    assert ip_length(packets({"arp.opcode": 1})[0]) is None
    assert ip_length(packets({"ip.len": 180, "frame.fragments": 3})[0]) is None


def test_a_length_of_zero_is_that_of_a_super_packet():
    """Linux writes zero where the packet is beyond 65535 bytes: the frame tells its size."""
    assert ip_length(packets({"ip.len": 0, "frame.len": 70_014})[0]) == 70_014


def test_sizes_on_both_sides_of_an_mtu():
    """What lies below, on and above 1500 is told apart; two sizes between the same limits are not."""
    assert told_apart(packets({"ip.len": 1499}, {"ip.len": 1500}, {"ip.len": 1501})) == 3
    assert told_apart(packets({"ip.len": 100}, {"ip.len": 900})) == 1


def test_limits_of_the_inventory():
    """An MTU of the inventory is a limit, and so is what VXLAN over IPv4 leaves of it (50 less)."""
    around = packets({"ip.len": 1349}, {"ip.len": 1350}, {"ip.len": 1351})
    assert told_apart(around) == 1
    assert told_apart(around, WITH_1400) == 3


def test_a_checksum_of_zero():
    """Tunnel packets without an outer checksum are told from those with one; which one it is does not matter."""
    zero, one, other = ({"outer.udp.checksum": value} for value in (0, 1, 2))
    assert told_apart(packets(zero, one, other)) == 2


def segment(stored):
    """A TCP segment with a forged checksum."""
    return ether(ipv4(tcp()[:16] + struct.pack(">H", stored) + b"\0\0", 6), 0x0800)


# 172.18.0.4 and 172.18.0.3, protocol 6 and 20 bytes, summed up: 0xac12 + 0x0004 + 0xac12 + 0x0003 + 6 + 20 = 0x15845.
LEFT_TO_THE_CARD = 0x5846


@pytest.mark.parametrize(("stored", "status"), [(LEFT_TO_THE_CARD, PARTIAL), (0x1234, BAD)])
def test_checksums_are_judged(stored, status):
    """The status is that of derived columns."""
    assert checksum(decode_one(segment(stored)), "tcp") == status
    assert checksum(decode_one(segment(stored)), "udp") is None


def test_frames_of_another_status_are_told_apart():
    """Of frames that differ in nothing but their checksums, the wrong one stands alone."""
    assert told_apart(decode_all([segment(0x1234), segment(LEFT_TO_THE_CARD), segment(LEFT_TO_THE_CARD)])) == 2


def test_only_the_first_frames_are_judged(monkeypatch):
    """Beyond CHECKED frames no checksum is looked at, and the derived columns of the whole batch are not made."""
    monkeypatch.setattr(traits, "CHECKED", 1)
    found = decode_all([segment(0x1234)] * 3)
    assert [checksum(packet, "tcp") for packet in found] == [BAD, None, None]
    assert told_apart(found) == 2
    assert not found._derived


def test_later_batches_are_not_judged(monkeypatch):
    """Frames are counted over the whole capture, not in each batch."""
    monkeypatch.setattr(traits, "CHECKED", 2)
    found = decode_all([segment(0x1234)] * 2)
    found.columns["frame.number"] = found.columns["frame.number"]._replace(values=np.array([3, 4], dtype=np.uint32))
    assert [checksum(packet, "tcp") for packet in found] == [None, None]
