"""Do places stand in the order of the way, and which of them may be said to lack something?"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vxlan_dissect.datapath.base import Hop
from vxlan_dissect.explain.places import At
from vxlan_dissect.losses.locate import NEAR_NS, next_watched, trail_of
from vxlan_dissect.losses.model import FORWARD, Conversation, Coverage, Spot, Tally

POD, VETH, CARD, FAR = (
    At("a", "eth0", "client"), At("a", "lxc1"), At("a", "ens5"), At("b", "ens5"),
)  # fmt: skip
ROLES = {POD: "pod", VETH: "lxc", CARD: "nic", FAR: "nic"}
SECOND = 1_000_000_000


def way(*places, blind=()):
    """Hops for places."""
    return tuple(
        Hop(n, at.node, at.interface, at.pod or at.node, "forward", "", {},
            visibility="blind" if at in blind else "visible", role=ROLES.get(at, "nic"))
        for n, at in enumerate(places, 1)
    )  # fmt: skip


def trail(seen, coverage, hops):
    """The trail of a conversation that some places saw, ten seconds after 1970."""
    tallies = {}
    for at in seen:
        tally = Tally(SimpleNamespace(hops=hops), packets=1, first_ns=10 * SECOND, last_ns=10 * SECOND)
        tallies[Spot(f"{at}.pcap", at, tunnelled=False)] = tally
    return trail_of(Conversation(None, (tallies, {})), FORWARD, coverage)


def captured(at, begin=9 * SECOND, end=11 * SECOND, *, veiled=False):
    """A capture of a place."""
    return Coverage(f"{at}.pcap", at, begin, end, veiled)


def test_the_next_place_that_was_captured():
    """Places without a capture are passed over."""
    found = trail([POD], [captured(POD), captured(FAR)], way(POD, VETH, CARD, FAR))
    assert next_watched(found.way, 0) == 3
    assert found.way.at(3) == FAR
    assert next_watched(found.way, 3) is None


@pytest.mark.parametrize(
    "coverage",
    [
        pytest.param(captured(CARD, SECOND - 2 * NEAR_NS, SECOND - NEAR_NS - SECOND), id="of another time"),
        pytest.param(captured(CARD, veiled=True), id="cut or encrypted"),
        pytest.param(captured(At("a", "ens6")), id="of another interface"),
        pytest.param(captured(At("a", "eth0")), id="of the node's interface that is called as the pod's"),
    ],
)
def test_what_lacks_nothing(coverage):
    """A capture that could not have shown the packet does not lack it."""
    assert next_watched(trail([VETH], [coverage], way(POD, VETH, CARD, FAR)).way, 1) is None


def test_an_empty_capture_lacks_it():
    """A capture without a frame has no times, and was there."""
    assert next_watched(trail([VETH], [captured(CARD, None, None)], way(POD, VETH, CARD, FAR)).way, 1) == 2


def test_a_blind_place_lacks_nothing():
    """What the datapath says cannot be seen at a place is not missing there."""
    hops = way(POD, VETH, CARD, FAR, blind={CARD})
    assert next_watched(trail([VETH], [captured(CARD), captured(FAR)], hops).way, 1) == 3


def test_all_interfaces_of_a_node_are_not_those_of_its_pods():
    """A capture on `any` sees the devices of its node, not into its pods."""
    found = trail([FAR], [captured(At("a", None))], way(POD, VETH, CARD, FAR))
    assert found.way.watched == {1, 2}


def test_a_place_off_the_way_is_kept_apart():
    """What a node saw that is not on the way stands aside."""
    elsewhere = At("c", "ens5")
    found = trail([POD, elsewhere], [], way(POD, VETH))
    assert list(found.tallies) == [0]
    assert [spot.at for spot, _ in found.off] == [elsewhere]
