"""Is a conversation known under the addresses that a translation gives it, and no other taken for it?"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain.places import At
from vxlan_dissect.losses.model import Conversation, Key, Spot, Tally, Unit
from vxlan_dissect.losses.twins import Twins

POD, NODE, SERVICE, BACKEND, WORLD = map(parse_ip, ("10.0.1.5", "192.0.2.1", "10.96.0.7", "10.0.2.9", "203.0.113.4"))
VETH, CARD = At("a", "lxc1"), At("a", "ens5")
SECOND = 1_000_000_000


def conversation(protocol, ends, ports, at, *, begin=0, numbers=()):
    """One that began some seconds after 1970 and was seen at one place."""
    units = {number: Unit(begin * SECOND, 84, ("x", 1)) for number in numbers}
    tally = Tally(SimpleNamespace(), first_ns=begin * SECOND + 1, last_ns=begin * SECOND + SECOND, units=units)
    return Conversation(Key(protocol, *ends, *ports), ({Spot("x", at, tunnelled=False): tally}, {}))


def places(one, *others):
    """Where the first conversation was seen, together with what is taken for it."""
    whole, _ = Twins((one, *others)).whole(one)
    return {spot.at for spot in whole.seen[0]}


def test_masquerading():
    """The receiver and its port stay, the sender changes."""
    before = conversation("tcp", (POD, WORLD), (40000, 443), VETH)
    assert places(before, conversation("tcp", (NODE, WORLD), (51234, 443), CARD)) == {VETH, CARD}


def test_a_service():
    """The sender and its port stay, the receiver changes."""
    before = conversation("tcp", (POD, SERVICE), (40000, 80), VETH)
    assert places(before, conversation("tcp", (POD, BACKEND), (40000, 8080), CARD)) == {VETH, CARD}


def test_echoes_with_another_identifier():
    """BPF masquerading changes the identifier; the sequence numbers stay."""
    before = conversation("icmp", (POD, WORLD), (7, 7), VETH, numbers=(1, 2))
    assert places(before, conversation("icmp", (NODE, WORLD), (900, 900), CARD, numbers=(1, 2))) == {VETH, CARD}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(conversation("tcp", (NODE, WORLD), (51234, 80), CARD), id="another port"),
        pytest.param(conversation("udp", (NODE, WORLD), (51234, 443), CARD), id="another protocol"),
        pytest.param(conversation("tcp", (NODE, WORLD), (51234, 443), CARD, begin=60), id="another time"),
        pytest.param(conversation("tcp", (NODE, WORLD), (51234, 443), VETH), id="at the same place"),
    ],
)
def test_others(other):
    """What differs in more than one end is another conversation."""
    assert places(conversation("tcp", (POD, WORLD), (40000, 443), VETH), other) == {VETH}


def test_echoes_of_others():
    """Echoes with other numbers are somebody else's."""
    before = conversation("icmp", (POD, WORLD), (7, 7), VETH, numbers=(1, 2))
    assert places(before, conversation("icmp", (NODE, WORLD), (900, 900), CARD, numbers=(8, 9))) == {VETH}
