"""Which frame does an ICMP error quote?"""

from __future__ import annotations

import pytest

from tests.explain.made import FAR_IP4, FAR_NODE_IP, NODE_IP, POD_IP4, echo, packets, tunnelled
from vxlan_dissect.explain.stream_flags import QUOTES, REJECTED
from vxlan_dissect.explain.streams import Streams

ROUTER = "172.18.0.1"


def error(quoted, *, kind=3, code=1, src=ROUTER, dst=POD_IP4):
    """An ICMP error about a packet, as its columns."""
    return {
        "ip.src": src, "ip.dst": dst, "ip.ttl": 64, "icmp.type": kind, "icmp.code": code,
        **{f"quoted.{name}": value for name, value in quoted.items() if not name.startswith(("frame", "ip.ttl", "ms"))},
    }  # fmt: skip


def quoted_by(*rows):
    """The partner of each frame, and which are rejected."""
    found = Streams().analyse(packets(*rows))
    return found.partners.tolist(), (found.flags & REJECTED != 0).tolist()


def ping(number=1, **more):
    """One echo request of IPv4."""
    return echo(POD_IP4, FAR_IP4, seq=number, **{"ip.id": 100 + number, **more})


def test_the_packet_itself():
    """The quoted one is found among others of its flow by identification and number."""
    partners, rejected = quoted_by(ping(1), ping(2), ping(3), error(ping(2)))
    assert partners == [0, 4, 0, 2]
    assert rejected == [False, True, False, False]


def test_tunnel_packet():
    """An error of the underlay quotes the packet around."""
    inner = ping(1)
    around = tunnelled(inner, **{"outer.udp.srcport": 40000, "outer.udp.length": 114, "outer.ip.id": 9})
    quoted = {"ip.src": NODE_IP, "ip.dst": FAR_NODE_IP, "udp.srcport": 40000, "udp.dstport": 8472}
    quoted |= {"udp.length": 114, "ip.id": 9}
    partners, rejected = quoted_by(around, error(quoted, dst=NODE_IP))
    assert partners == [2, 1]
    assert rejected == [True, False]


def test_all_copies_are_rejected():
    """The packet was seen at two interfaces before it was turned down."""
    _, rejected = quoted_by(ping(1, **{"sll.ifindex": 4}), ping(1, **{"sll.ifindex": 6}), error(ping(1)))
    assert rejected == [True, True, False]


@pytest.mark.parametrize("change", [{"icmp.seq": 9}, {"icmp.ident": 9}, {"ip.dst": "10.244.2.9"}, {"ip.id": 9}])
def test_another_packet(change):
    """What differs in anything that names it is not meant."""
    assert quoted_by(ping(1), error({**ping(1), **change})) == ([0, 0], [False, False])


def test_what_came_later():
    """An error is about what was sent before it."""
    assert quoted_by(error(ping(1)), ping(1)) == ([0, 0], [False, False])


def test_redirect_turns_nothing_down():
    """A redirected packet was forwarded."""
    assert quoted_by(ping(1), error(ping(1), kind=5)) == ([0, 1], [False, False])


def test_quoted_in_an_earlier_batch():
    """An error may come seconds later."""
    streams = Streams()
    streams.analyse(packets(ping(1), ping(2)))
    found = streams.analyse(packets(error(ping(1)), first=3))
    assert found.partners.tolist() == [1]
    assert found.flags.tolist() == [QUOTES]


def test_memory_is_bounded(monkeypatch):
    """Of earlier batches no more than the limit is kept."""
    from vxlan_dissect.explain import quotes

    monkeypatch.setattr(quotes, "KEPT", 10)
    streams = Streams()
    for batch in range(5):
        streams.analyse(packets(*(ping(n) for n in range(30)), first=1 + 30 * batch))
        assert len(streams._quotes._words) <= 20


def test_flood_of_errors():
    """Thousands of errors about thousands of equal packets take no more than a moment: each looks at few of them."""
    rows = [ping(1)] * 3000 + [error(ping(1))] * 3000
    partners, rejected = quoted_by(*rows)
    assert partners[3000:] == [3000] * 3000
    assert sum(rejected) == 16
