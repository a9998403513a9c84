"""At which network cards does a tunnel begin and end, and which frames were captured at one?

Law: the card is that of the node's default route, or the interface that has the address; of a node that nobody knows
there is no place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.places import At, Place

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.model import Owner


def card_of(context: Context, owner: Owner | None) -> At:
    """The network card of the node that an owner is or lives on."""
    node = owner.node if owner is not None else None
    own = owner.interface if owner is not None and owner.pod is None else None
    return At(node, context.names.wiring.card(node) or own)


def is_at_card(context: Context) -> bool:
    """Whether the frame was captured at a node's card, by its default route; a pod's interface may bear that name."""
    point = context.point
    if point is None or point.pod is not None or point.interface is None:
        return False
    return point.interface == context.names.wiring.card(point.node)


def at_card(context: Context, owner: Owner | None) -> Place | None:
    """A place at that card."""
    card = card_of(context, owner)
    return None if card.node is None else Place(card)


def between_cards(context: Context, one: Owner | None, other: Owner | None) -> Place | None:
    """The way from one node's card to another's; None where neither is known."""
    first, second = card_of(context, one), card_of(context, other)
    return None if first.node is None and second.node is None else Place(first, second)
