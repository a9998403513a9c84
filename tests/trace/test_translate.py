"""Are packets followed through address translation, and equal packets of others left apart?"""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, UDP

from tests.trace.made import (
    FAR_LXC,
    FAR_NIC,
    FAR_NODE,
    LXC,
    NIC,
    NODE,
    POD,
    SERVICE,
    SIDE,
    SIDE_IP,
    SIDE_LXC,
    WEB,
    WORLD,
    A,
    B,
    ether,
    ping,
    tcp,
    traced,
    udp,
    ways,
)

FORMS = {"tcp": tcp, "udp": udp}


def sent(make, src, dst, ttl, **more):
    """A packet of one flow as it looks under these addresses."""
    if make is tcp:
        return tcp(src, dst, ip={"ttl": ttl}, **more)
    return make(src=src, dst=dst, ttl=ttl, **more)


def changes(trace, packet=0):
    """What changed on the way of a packet, without MACs, as {place: names}."""
    return {
        one.capture.removesuffix(".pcap"): [change.what for change in one.changes if "mac" not in change.what]
        for one in trace.journeys[packet].sightings
    }


@pytest.mark.parametrize("make", [tcp, udp], ids=FORMS)
def test_masquerade(tmp_path, make):
    """A packet that leaves the node in the node's name is the packet that the pod sent."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, sent(make, A, WORLD, 64))],
            LXC: [(2, sent(make, A, WORLD, 64))],
            NIC: [(40, sent(make, NODE, WORLD, 63, sport=61000))],
        },
    )
    assert ways(trace) == [["worker.pod-client.eth0 1", "worker.lxc1 1", "worker.eth0 1"]]
    assert changes(trace)["worker.eth0"] == ["source", "hop-limit", "source-port"]


@pytest.mark.parametrize("make", [tcp, udp], ids=FORMS)
def test_service(tmp_path, make):
    """A packet to a service is the one that one of its pods receives."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, sent(make, A, SERVICE, 64))],
            NIC: [(40, sent(make, A, B, 63, dport=8080))],
            WEB: [(90, sent(make, A, B, 62, dport=8080))],
        },
    )
    assert ways(trace) == [["worker.pod-client.eth0 1", "worker.eth0 1", "worker2.pod-web.eth0 1"]]
    assert changes(trace)["worker.eth0"] == ["destination", "hop-limit", "destination-port"]


def test_both_at_once(tmp_path):
    """Of TCP, whose numbers are proof enough, both addresses may change at once."""
    trace = traced(tmp_path, {POD: [(0, tcp(A, SERVICE))], NIC: [(40, tcp(NODE, B, 61000, 8080, ip={"ttl": 63}))]})
    assert ways(trace) == [["worker.pod-client.eth0 1", "worker.eth0 1"]]
    assert changes(trace)["worker.eth0"] == ["source", "destination", "hop-limit", "source-port", "destination-port"]


def test_both_at_once_of_datagrams(tmp_path):
    """Of UDP two packets that share neither end, nor the node where one was sent on, are two."""
    trace = traced(
        tmp_path, {POD: [(0, udp(src=A, dst=WORLD))], NIC: [(40, udp(src=NODE, dst=B, sport=61000, ttl=63))]}
    )
    assert ways(trace) == [["worker.pod-client.eth0 1"], ["worker.eth0 1"]]


def test_a_node_sends_on_in_its_own_name(tmp_path):
    """A datagram to a port of a node goes on to a pod elsewhere under the node's address."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, udp(src=A, dst=NODE, dport=30080))],
            NIC: [(40, udp(src=NODE, dst=B, sport=61000, dport=8080, ttl=63))],
        },
    )
    assert ways(trace) == [["worker.pod-client.eth0 1", "worker.eth0 1"]]


def test_an_echo(tmp_path):
    """An echo that goes out with the node's address and another identifier is the same."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, ping(1, src=A, dst=WORLD)), (1000, ping(2, src=A, dst=WORLD))],
            NIC: [(40, ping(1, identifier=777, src=NODE, dst=WORLD, ttl=63))],
        },
    )
    assert ways(trace) == [["worker.pod-client.eth0 1", "worker.eth0 1"], ["worker.pod-client.eth0 2"]]
    assert changes(trace)["worker.eth0"] == ["source", "hop-limit", "identifier"]


def test_repeated_packets(tmp_path):
    """A segment that was sent again is told from the first one behind the translation too."""
    again = 200_000
    trace = traced(
        tmp_path,
        {
            POD: [(0, tcp(A, WORLD)), (again, tcp(A, WORLD))],
            NIC: [(again + 40, tcp(NODE, WORLD, 61000, ip={"ttl": 63}))],
        },
    )
    assert ways(trace) == [["worker.pod-client.eth0 1"], ["worker.pod-client.eth0 2", "worker.eth0 1"]]


def test_equal_packets_of_two_pods(tmp_path):
    """Two pods that ask the same of one server at the same time are two packets, each with its own way."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, udp(src=A, dst=B))], LXC: [(2, udp(src=A, dst=B))],
            SIDE: [(20, udp(src=SIDE_IP, dst=B))], SIDE_LXC: [(22, udp(src=SIDE_IP, dst=B))],
            NIC: [(10, udp(src=A, dst=B, ttl=63)), (30, udp(src=SIDE_IP, dst=B, ttl=63))],
        },
    )  # fmt: skip
    assert ways(trace) == [
        ["worker.pod-client.eth0 1", "worker.lxc1 1", "worker.eth0 1"],
        ["worker.pod-side.eth0 1", "worker.lxc2 1", "worker.eth0 2"],
    ]
    assert not any(each.ambiguous for each in trace.journeys)


def test_one_of_two_pods_is_translated(tmp_path):
    """Behind the translation a packet belongs to the sender whose packet came last before it and fits."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, udp(src=A, dst=WORLD))],
            SIDE: [(500_000, udp(src=SIDE_IP, dst=WORLD))],
            NIC: [(500_040, udp(src=NODE, dst=WORLD, sport=61000, ttl=63))],
        },
    )
    assert ways(trace) == [["worker.pod-client.eth0 1"], ["worker.pod-side.eth0 1", "worker.eth0 1"]]


def test_a_delivered_packet_is_at_its_end(tmp_path):
    """What came to its receiver was not sent on to another, though an equal packet follows."""
    trace = traced(
        tmp_path,
        {
            POD: [(0, udp(src=A, dst=B))],
            FAR_LXC: [(60, udp(src=A, dst=B, ttl=62))],
            WEB: [(62, udp(src=A, dst=B, ttl=62))],
            NIC: [(100, udp(src=A, dst=WORLD, ttl=62))],
        },
    )
    assert ways(trace) == [
        ["worker.pod-client.eth0 1", "worker2.lxc3 1", "worker2.pod-web.eth0 1"],
        ["worker.eth0 1"],
    ]


def test_a_sent_packet_is_at_its_beginning(tmp_path):
    """What its own sender's interface shows was not translated before, though an equal packet went before."""
    trace = traced(
        tmp_path, {NIC: [(0, tcp(WORLD, A, ip={"ttl": 64}))], SIDE: [(100, tcp(SIDE_IP, A, ip={"ttl": 64}))]}
    )
    assert ways(trace) == [["worker.eth0 1"], ["worker.pod-side.eth0 1"]]


def test_a_rising_hop_limit(tmp_path):
    """Probes of a traceroute, equal but for ports and a hop limit that rises, are a packet each."""
    frames = [(600 * ttl, udp(src=A, dst=B, sport=40000 + ttl, dport=33434 + ttl, ttl=ttl)) for ttl in range(1, 5)]
    trace = traced(tmp_path, {POD: frames, LXC: [(time + 2, frame) for time, frame in frames]})
    assert ways(trace) == [[f"worker.pod-client.eth0 {number}", f"worker.lxc1 {number}"] for number in range(1, 5)]


@pytest.mark.parametrize(("ttl", "count"), [(63, 1), (64, 1), (65, 2)])
def test_a_translated_packet_does_not_gain_hops(tmp_path, ttl, count):
    """Under another address a packet has a hop limit as high or lower; one with a higher one is another packet."""
    trace = traced(tmp_path, {POD: [(0, udp(dst=SERVICE, ttl=64))], NIC: [(40, udp(dst=B, ttl=ttl))]})
    assert len(trace.journeys) == count


def test_the_same_addresses_are_no_translation(tmp_path):
    """Two datagrams between the same addresses from other ports are two, as no translation keeps both addresses."""
    trace = traced(tmp_path, {POD: [(0, udp(sport=40000))], NIC: [(40, udp(sport=40001, ttl=63))]})
    assert ways(trace) == [["worker.pod-client.eth0 1"], ["worker.eth0 1"]]


@pytest.mark.parametrize(
    ("make", "pause", "count"), [(udp, 90_000, 1), (udp, 110_000, 2), (tcp, 900_000, 1), (tcp, 1_100_000, 2)]
)
def test_a_pause(tmp_path, make, pause, count):
    """A form that comes after too long is another packet; the numbers of TCP hold for a second."""
    trace = traced(
        tmp_path, {POD: [(0, sent(make, A, WORLD, 64))], NIC: [(pause, sent(make, NODE, WORLD, 63, sport=61000))]}
    )
    assert len(trace.journeys) == count


def test_other_content_is_another_packet(tmp_path):
    """Under another address another payload is another packet."""
    trace = traced(
        tmp_path, {POD: [(0, udp(b"one", dst=WORLD))], NIC: [(40, udp(b"two", src=NODE, dst=WORLD, ttl=63))]}
    )
    assert len(trace.journeys) == 2


def test_an_error_comes_back(tmp_path):
    """An ICMP error to the node's address goes on to the pod whose packet it quotes."""

    def error(dst, quoted, port, ttl):
        quote = IP(src=quoted, dst=WORLD, id=7) / UDP(sport=port, dport=53) / b"x"
        return ether(IP(src=WORLD, dst=dst, id=3, ttl=ttl) / ICMP(type=3, code=3) / quote)

    trace = traced(tmp_path, {NIC: [(0, error(NODE, NODE, 61000, 60))], POD: [(30, error(A, A, 40000, 59))]})
    assert ways(trace) == [["worker.eth0 1", "worker.pod-client.eth0 1"]]


def test_without_translation_nothing_is_joined(tmp_path):
    """A packet and its answer, and packets of both nodes, are what they are."""
    trace = traced(
        tmp_path,
        {
            NIC: [(0, tcp(NODE, FAR_NODE)), (500, tcp(FAR_NODE, NODE, 80, 40000, seq=2000, ack=1064))],
            FAR_NIC: [(50, tcp(NODE, FAR_NODE)), (450, tcp(FAR_NODE, NODE, 80, 40000, seq=2000, ack=1064))],
        },
    )
    assert ways(trace) == [["worker.eth0 1", "worker2.eth0 1"], ["worker2.eth0 2", "worker.eth0 2"]]
