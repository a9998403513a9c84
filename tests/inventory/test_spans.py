"""Whose was an address at the time of a frame?"""

from __future__ import annotations

import struct

import pytest

import vxlan_dissect as vxd
from tests.inventory.facts import at
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.answers.spans import holds, outside
from vxlan_dissect.inventory.model import Address, Host, Interface, Pod
from vxlan_dissect.inventory.model.times import format_time, parse_time

NOON = parse_time("2024-07-12T12:00:00Z")
HOUR = 3_600_000_000_000
IP = parse_ip("10.244.1.9")


@pytest.fixture
def heirs():
    """An address that pod old had until noon and pod new has since then."""
    return Inventory(
        [
            Pod("old", at(1), node="worker", ips=(IP,), status="Succeeded", since=NOON - HOUR, until=NOON),
            Pod("new", at(2), node="worker2", ips=(IP,), status="Running", since=NOON),
        ]
    )


def names(inventory, moment):
    """The pods that have the address at a moment, each with its confidence."""
    return [(owner.pod, owner.confidence) for owner in inventory.owners_of_ip(IP, moment)]


def test_each_moment_has_its_owner(heirs):
    """The first moment of a fact counts, the last one no longer; without a moment the one that ended is left out."""
    assert names(heirs, NOON - 1) == [("old", "certain")]
    assert names(heirs, NOON) == [("new", "certain")]
    assert names(heirs, None) == [("new", "certain")]
    assert heirs.boundaries == (NOON - HOUR, NOON)


def test_outside_of_every_time_nothing_is_certain(heirs):
    """Before anything is known to be so, the owners are told with the doubt that the inventory is too young."""
    owners = heirs.owners_of_ip(IP, NOON - 2 * HOUR)
    assert {owner.confidence for owner in owners} <= {"likely", "possible"}
    assert all("younger than the capture" in owner.inferred for owner in owners)


def test_facts_of_two_times_do_not_contradict_each_other():
    """One pod after another is no conflict; both at one time are."""
    parts = [
        Address(Host("n", "old"), "eth0", IP, 32, at(1), until=NOON),
        Address(Host("n", "new"), "eth0", IP, 32, at(2), since=NOON),
        Interface(Host("n", "old"), "eth0", 2, 1, at(1), until=NOON),
    ]
    assert Inventory(parts).conflicts == ()
    overlapping = [parts[0], parts[1]._replace(since=NOON - 1)]
    assert [conflict.kind for conflict in Inventory(overlapping).conflicts] == ["address-twice"]


def test_a_mac_has_its_moment_too():
    """The same MAC on two interfaces one after the other."""
    mac = parse_mac("02:00:00:00:00:09")
    inventory = Inventory(
        [
            Interface(Host("n", "old"), "eth0", 2, mac, at(1), until=NOON),
            Interface(Host("n", "new"), "eth0", 2, mac, at(2), since=NOON),
        ]
    )
    assert [owner.pod for owner in inventory.owners_of_mac(mac, NOON - 1)] == ["old"]
    assert [owner.pod for owner in inventory.owners_of_mac(mac, NOON)] == ["new"]


def test_words_of_a_missed_time():
    """What is known of another time says of which."""
    pod = Pod("p", at(1), since=NOON, until=NOON + HOUR)
    assert holds(pod, NOON)
    assert not holds(pod, NOON + HOUR)
    assert outside(pod, NOON + HOUR) == (
        "known to be so only until 2024-07-12T13:00:00Z: the inventory may be older than the capture"
    )
    assert outside(pod, NOON) is None
    assert outside(pod, None) is None


def frame(source, destination):
    """An Ethernet frame with an IPv4 UDP packet."""
    udp = struct.pack("!HHHH", 5000, 5001, 8, 0)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + source + destination
    return bytes.fromhex("020000000001020000000002") + b"\x08\x00" + ip + udp


def test_frames_before_and_after_have_different_pods(heirs, tmp_path):
    """Two equal packets of one flow, a minute before and after noon, are of two pods."""
    data = frame(IP.value.to_bytes(4, "big"), bytes([10, 0, 0, 1]))
    records = b"".join(
        struct.pack("<IIII", NOON // 10**9 + seconds, 0, len(data), len(data)) + data for seconds in (-60, 60)
    )
    path = tmp_path / "heirs.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records)
    result = vxd.explain(path, heirs)
    assert [(explanation.src.pod_name, explanation.src.owner.node) for explanation in result] == [
        ("old", "worker"),
        ("new", "worker2"),
    ]


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T02:00:01.5+02:00", 1_500_000_000),
        ("1969-12-31T23:59:59Z", -1_000_000_000),
        ("2024-07-12T07:44:28.594856123Z", 1_720_770_268_594_856_123),
        ("2024-07-12T07:44:28", None),
        ("2024-13-12T07:44:28Z", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times(text, ns):
    """Times of RFC 3339 with a zone are read, all others are not guessed at."""
    assert parse_time(text) == ns
    if ns is not None:
        assert parse_time(format_time(ns)) == ns
