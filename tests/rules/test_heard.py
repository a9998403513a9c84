"""Is silence claimed only where an answer was due and had time to come?"""

from __future__ import annotations

import pytest

from tests.explain.made import FAR_IP4, LXC, POD, POD_IP4, echo, packets
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain.pair import ANSWERED, NONE, OPEN, UNANSWERED
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.pipeline import explain
from vxlan_dissect.rules import heard
from vxlan_dissect.rules.heard import comes_back, receiver_sends_from_there, rows, values_by

HELLO = {"ip.src": POD_IP4, "ip.dst": FAR_IP4, "tcp.srcport": 40000, "tcp.flags": 2, "frame.layers": 1}
DATAGRAM = {"ip.src": POD_IP4, "ip.dst": FAR_IP4, "udp.srcport": 40000, "frame.layers": 3}
LINK = {"eth.src": POD, "eth.dst": LXC}
BACK = {"ip.src": FAR_IP4, "ip.dst": POD_IP4, "tcp.srcport": 80, "tcp.flags": 18, "frame.layers": 1}


def context_of(*frames, row=0):
    """The context of one of some frames made by hand."""
    found = explain(packets(*frames), Inventory())
    return found._situation(int(found._codes[row])).context


@pytest.mark.parametrize(
    ("frames", "state", "back"),
    [
        ([echo(POD_IP4, FAR_IP4), echo(FAR_IP4, POD_IP4, reply=True)], ANSWERED, True),
        ([echo(POD_IP4, FAR_IP4), echo("10.0.0.1", "10.0.0.2", ms=1500)], UNANSWERED, False),
        ([echo(POD_IP4, FAR_IP4), echo("10.0.0.1", "10.0.0.2", ms=300)], OPEN, False),
        ([echo(POD_IP4, FAR_IP4), echo("10.0.0.1", "10.0.0.2", ms=100)], OPEN, None),
        ([HELLO, BACK], NONE, True),
        ([HELLO, {**HELLO, "ms": 400}], NONE, False),
        ([HELLO], NONE, None),
        ([{**HELLO, **LINK}, {**HELLO, **LINK, "ms": 400}], NONE, None),
        ([{**HELLO, **LINK}, {"eth.src": LXC, "eth.dst": POD, "ms": 400}], NONE, False),
        ([DATAGRAM, {**DATAGRAM, "ms": 5000}], NONE, None),
        ([{**HELLO, "ip.dst": "239.1.1.1"}, {**HELLO, "ms": 900}], NONE, None),
    ],
    ids=[
        "reply",
        "no reply",
        "open for long",
        "open for a moment",
        "TCP",
        "TCP alone",
        "one frame",
        "one way",
        "both ways",
        "UDP",
        "group",
    ],
)
def test_comes_back(frames, state, back):
    """An answer, silence after enough time, or no word: a reply by number, else any packet the other way."""
    context = context_of(*frames)
    assert context.exchange == state
    assert comes_back(context) is back


def test_an_open_request_is_not_answered_by_other_traffic():
    """What else comes from the receiver is no reply to this request."""
    assert comes_back(context_of(echo(POD_IP4, FAR_IP4), BACK, {**HELLO, "ms": 600})) is False


def test_distinct_rows():
    """Each combination of values counts once, absent ones as None."""
    found = packets(HELLO, HELLO, DATAGRAM, {"ipv6.src": "fd00::1"})
    assert rows(found, ("tcp.srcport", "udp.srcport")) == {(40000, None), (None, 40000), (None, None)}
    assert rows(found, ("tcp.srcport", "udp.srcport")) is rows(found, ("tcp.srcport", "udp.srcport"))


def test_values_by_other_values():
    """The values of one column stand by those of others, absent ones as None."""
    found = packets(HELLO, {**HELLO, "tcp.srcport": 40001}, DATAGRAM, {"ipv6.src": "fd00::1"})
    ends = (parse_ip(POD_IP4), parse_ip(FAR_IP4))
    assert values_by(found, ("ip.src", "ip.dst"), "tcp.srcport") == {ends: {40000, 40001, None}, (None, None): {None}}


def test_a_flood_is_not_remembered(monkeypatch):
    """Where there are too many values to keep, nothing is said of any: no memory, and no silence that is none."""
    monkeypatch.setattr(heard, "MOST", 2)
    found = [{**HELLO, "ip.dst": f"10.0.0.{n}", "ms": 400 * n} for n in range(5)]
    assert rows(packets(*found), ("ip.dst",)) == frozenset()
    assert comes_back(context_of(*found)) is None


def test_the_receiver_sends_from_the_node_of_the_header():
    """A pod that sends through the tunnel from an address is at home there."""
    tunnel = {"frame.tunnels": 1, "outer.vxlan.vni": 5, "outer.ip.src": "172.18.0.4", "outer.ip.dst": "172.18.0.3"}
    swapped = {**tunnel, "outer.ip.src": "172.18.0.3", "outer.ip.dst": "172.18.0.4"}
    there, back = echo(POD_IP4, FAR_IP4, **tunnel), echo(FAR_IP4, POD_IP4, reply=True, **swapped)
    assert receiver_sends_from_there(context_of(there, back))
    assert not receiver_sends_from_there(context_of(there, there))
