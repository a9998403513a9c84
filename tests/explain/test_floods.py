"""Does a capture made to be slow stay linear, and does its memory stay bounded?

Law: each flood is one that a sender of forged packets can make. The bound leaves room for a busy machine.
"""

from __future__ import annotations

import time

import pytest

import vxlan_dissect as vxd
from tests.explain.made import FAR_IP, LXC, POD_IP, advertise, answer, ask, echo, macs, packets, solicit, tunnelled
from vxlan_dissect import Inventory
from vxlan_dissect.addresses import IP
from vxlan_dissect.explain import learn
from vxlan_dissect.explain.learn import MAX_TAUGHT
from vxlan_dissect.explain.names import Names
from vxlan_dissect.explain.pair import Pairing

FEW = 100
TIMES = 8  # so many times more frames
SLACK = 3  # and then at most so many times longer than linear growth; quadratic growth is TIMES times longer


def number(kind, n):
    """The MAC of the n-th forged station of a kind."""
    return f"02:00:00:{kind:02x}:{n >> 8:02x}:{n & 255:02x}"


FLOODS = {
    "senders": lambda n: tunnelled(echo(f"fd00::{n:x}", FAR_IP, **macs(number(0, n), LXC))),
    "tunnel ends": lambda n: tunnelled(echo(**macs(number(1, n), LXC)), f"10.{n >> 8}.{n & 255}.1"),
    "questions": lambda n: solicit(f"fd00::{n:x}"),
    "one question again and again": lambda n: solicit(),
    "answers": lambda n: advertise(mac=number(2, n)),
    "announcements": lambda n: answer(f"10.{n >> 8}.{n & 255}.1"),
    "arp": lambda n: ask(f"10.{n >> 8}.{n & 255}.1"),
    "pings": lambda n: echo(seq=n & 0xFFFF, ident=n >> 16),
    "one ping again and again": lambda n: echo(),
    "ports": lambda n: {"ipv6.src": POD_IP, "ipv6.dst": FAR_IP, "tcp.srcport": n, **macs(number(3, n), LXC)},
    "interfaces": lambda n: {**echo(), "sll.ifindex": n, "sll.pkttype": 4, "sll.src.mac": number(4, n)},
}


def seconds(frames, inventory):
    """How long the frames take, the best of two."""
    best = 1e9
    for _ in range(2):
        start = time.perf_counter()
        for one in vxd.explain(frames, inventory, at=None):
            assert one.frame
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize("flood", FLOODS)
def test_time_grows_with_the_frames(captures_dir, flood):
    """So many times the frames of a flood take no more than so many times the work can explain."""
    inventory = Inventory.load(captures_dir / "cilium-1.16" / "inventory")
    few = seconds(packets(*map(FLOODS[flood], range(FEW))), inventory)
    many = seconds(packets(*map(FLOODS[flood], range(FEW * TIMES))), inventory)
    assert many < SLACK * TIMES * max(few, 0.02)


def test_questions_without_end_cost_no_memory_without_end():
    """In a stream of a day what waits for an answer is what was asked in the last minute."""
    pairing = Pairing()
    for batch in range(60):
        rows = [solicit(f"fd00::{batch:x}:{n:x}", ms=batch * 30_000 + n) for n in range(200)]
        pairing.match(packets(*rows, first=1 + batch * 200))
    assert sum(map(len, pairing._waiting.values())) <= 200 * 4


def test_one_question_repeated_without_end():
    """The same question asked over and over is kept as long as any other, and no longer."""
    pairing = Pairing()
    for batch in range(60):
        rows = [solicit(ms=batch * 30_000 + n) for n in range(200)]
        pairing.match(packets(*rows, first=1 + batch * 200))
    assert sum(map(len, pairing._waiting.values())) <= 200 * 4


def test_addresses_without_end_cost_no_memory_without_end():
    """Looking up ever new addresses keeps no more of them than are kept of what a capture teaches."""
    names = Names(Inventory())
    for n in range(MAX_TAUGHT + 5000):
        names.of_mac(0x020000000000 + n)
        names.of_ip(IP(6, (0xFD << 120) + n))
    assert max(map(len, (names._mac_cache, names._ip_cache, names.inventory._index._owners._known))) <= 2 * MAX_TAUGHT


def test_stations_without_end_cost_no_memory_without_end(monkeypatch):
    """What a stream of ever new stations teaches is capped in every table, not only in those of names."""
    monkeypatch.setattr(learn, "MAX_TAUGHT", 100)
    lessons = learn.Lessons(Names(Inventory()))
    for batch in range(10):
        rows = [echo(**macs(number(5, batch * 100 + n), LXC)) for n in range(100)]
        rows += [advertise(mac=number(6, batch * 100 + n)) for n in range(100)]
        lessons.learn(packets(*rows))
    assert len(lessons.delivered) <= 100
    assert sum(map(len, lessons.answers.values())) <= 100


def test_the_same_packet_without_end_teaches_once():
    """A stream that shows one kind of tunnel packet over and over costs each batch the same."""
    lessons = learn.Lessons(Names(Inventory()))
    for _ in range(300):
        lessons.learn(packets(tunnelled(echo(**macs(number(7, 1), LXC)))))
    assert len(lessons._headers) < 10
