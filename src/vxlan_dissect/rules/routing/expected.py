"""What does the hop at which a frame was captured predict, where the frame shows something else?

Law: only what the inventory lists outright is expected; an exchange that is answered all the same shows that the
inventory is of another time, and nothing is wrong then. Shared by the rules that hold a frame against the datapath.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac, is_multicast_mac, parse_mac
from vxlan_dissect.explain.context import said
from vxlan_dissect.explain.pair import ANSWERED, UNANSWERED
from vxlan_dissect.explain.statements import BROKEN, SUSPICIOUS

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Interface, Owner


class Differs(NamedTuple):
    """A MAC that is not the predicted one. `wanted` is who has that, `holder` who has the seen one or None."""

    hop: Hop
    seen: int
    wanted: Interface
    holder: Owner | None

    @property
    def words(self) -> str:
        """Both values: `5e:11:22:9a:bc:de instead of 16:ca:e7:50:07:20, flannel.1 of oak-w1`."""
        mac = format_mac(self.wanted.mac or 0)
        return f"{format_mac(self.seen)} instead of {mac}, {self.wanted.name} of {self.wanted.host.name}"

    @property
    def evidence(self) -> list[Evidence]:
        """The line that gives the expected MAC."""
        return [said(self.wanted)]


def destination_mac(context: Context) -> Differs | None:
    """The destination MAC, where it is not the predicted one and the predicted one stands in the inventory."""
    hop, seen = context.here, context.number("eth.dst")
    if hop is None or seen is None or is_multicast_mac(seen):
        return None
    predicted = hop.predicted.get("eth.dst")
    if predicted is None or parse_mac(predicted) == seen:
        return None
    owner = context.names.of_mac(parse_mac(predicted), (hop.node, context.src.pod_name))
    wanted = context.names.interface_of(owner)
    if wanted is None or format_mac(wanted.mac or 0) != predicted or wanted.source.inferred:
        return None
    return Differs(hop, seen, wanted, context.names.of_mac(seen, (hop.node, context.src.pod_name)))


def answered(context: Context) -> bool:
    """Whether the exchange of the frame is known to be answered."""
    return context.exchange == ANSWERED


def verdict(context: Context) -> str:
    """How bad it is: broken where the frame's question is surely not answered."""
    return BROKEN if context.exchange == UNANSWERED else SUSPICIOUS
