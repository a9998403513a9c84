"""Is the card of a node named only where the node is known?"""

from __future__ import annotations

from tests.explain.made import echo, packets
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain.places import At, Place
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Address, Host, Interface, Owner, Route, Source
from vxlan_dissect.pipeline import explain
from vxlan_dissect.rules.cards import at_card, between_cards, card_of

LINE = Source("hosts.txt", 1)
HERE = Inventory(
    [
        Interface(Host("a"), "ens5", 2, None, LINE), Route(Host("a"), None, 4, LINE, parse_ip("192.0.2.254"), "ens5"),
        Interface(Host("b"), "eth1", 2, None, LINE), Address(Host("b"), "eth1", parse_ip("192.0.2.2"), 24, LINE),
    ]
)  # fmt: skip
CONTEXT = explain(packets(echo()), HERE)._situation(0).context


def owner(node, interface=None, pod=None):
    """The owner of an address on a node, or of a pod there."""
    return Owner(Host(node, pod), interface, "pod" if pod else "node", None)


def test_cards():
    """The card of the default route, else the interface with the address; a pod's own interface is no card."""
    assert card_of(CONTEXT, owner("a", "cilium_host")) == At("a", "ens5")
    assert card_of(CONTEXT, owner("b", "eth1")) == At("b", "eth1")
    assert card_of(CONTEXT, owner("a", "eth0", "web")) == At("a", "ens5")
    assert card_of(CONTEXT, owner("b", "eth0", "web")) == At("b", None)
    assert card_of(CONTEXT, None) == At(None, None)


def test_places():
    """A place at a card needs its node; one between two cards needs one of them."""
    assert at_card(CONTEXT, owner("a")) == Place(At("a", "ens5"))
    assert at_card(CONTEXT, None) is None
    assert between_cards(CONTEXT, owner("a"), None) == Place(At("a", "ens5"), At(None, None))
    assert between_cards(CONTEXT, None, None) is None
