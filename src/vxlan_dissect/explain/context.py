"""What does a rule know about a frame?

Law: a context is what frames of one flow, direction and capture point share; rules read it and nothing else. It holds
who is who, where the frame was seen, the way it takes and how its exchange stands, each with what that rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.names import label
from vxlan_dissect.explain.statements import (
    CERTAIN,
    Endpoint,
    Evidence,
    FactEvidence,
    FieldEvidence,
    Outer,
    fact_evidence,
)
from vxlan_dissect.inventory.model.base import CONFIDENCES

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.datapath.base import Hop, Profile
    from vxlan_dissect.explain.learn import Lessons
    from vxlan_dissect.explain.names import Names
    from vxlan_dissect.explain.statements import CapturePoint
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact, Owner
    from vxlan_dissect.packets import Packet, Value


class Context(NamedTuple):
    """One situation. `packet` is the first frame in it; `hops` its way; `exchange` a state of `pair`.

    `stream` holds flags of `streams`, `course` bits of `course`: what other frames show of the way.
    """

    packet: Packet
    names: Names
    lessons: Lessons
    kind: str
    src: Endpoint
    dst: Endpoint
    outer: Outer | None
    point: CapturePoint | None
    hops: tuple[Hop, ...]
    exchange: int
    stream: int = 0
    course: int = 0

    @property
    def inventory(self) -> Inventory:
        """The inventory that names come from."""
        return self.names.inventory

    @property
    def profile(self) -> Profile:
        """The kind of network."""
        return self.lessons.profile

    @property
    def here(self) -> Hop | None:
        """The hop at which the frame was captured, None where that is not known."""
        return next((hop for hop in self.hops if hop.seen == "here"), None)

    @property
    def is_cilium(self) -> bool:
        """Whether the network was recognised as Cilium."""
        return self.profile.name == "Cilium"

    def alone(self) -> Context:
        """The situation with its own frame only, so that the batch it came in can be let go."""
        return self if len(self.packet.packets) == 1 else self._replace(packet=self.packet.alone())

    def get(self, name: str) -> Value:
        """A column of the frame, None where absent."""
        return self.packet.get(name)

    def ip(self, name: str) -> IP | None:
        """A column that holds an address."""
        return self.packet.ip(name)

    def number(self, name: str) -> int | None:
        """A column that holds a number or a MAC."""
        return self.packet.integer(name)

    def fields(self, *names: str) -> list[Evidence]:
        """Evidence from the columns `names`, those that are there."""
        return [FieldEvidence(name, value) for name in names if (value := self.packet.get(name)) is not None]

    def near(self) -> tuple[str | None, str | None]:
        """Node and pod that the frame is about, to choose among owners of an ambiguous address."""
        pod = self.src.pod_name or self.dst.pod_name
        return (self.point.node if self.point else None), pod


def said_by(owner: Owner | None) -> list[Evidence]:
    """Evidence for who an owner is: the inventory line, or what it was inferred from."""
    if owner is None:
        return []
    found: list[Evidence] = []
    if owner.fact is not None:
        found.append(said(owner.fact, owner))
    if owner.inferred is not None:
        found.append(FactEvidence("inferred", None, owner.inferred))
    return found


def said(fact: Fact, owner: Owner | None = None) -> FactEvidence:
    """Evidence from one line of the inventory, in words."""
    return fact_evidence(fact, describe(fact, owner))


def describe(fact: Fact, owner: Owner | None = None) -> str:
    """What an inventory fact says, in words."""
    text = fact.words
    if owner is not None and owner.serves and owner.what == "lxc":
        text += f", host end of {owner.serves}'s veth"
    return text


def least(*confidences: str) -> str:
    """The weakest of several confidences."""
    return max(confidences or (CERTAIN,), key=CONFIDENCES.index)


def sureness(*owners: Owner | None) -> str:
    """How sure the names in a sentence are: the weakest of the owners that are named."""
    return least(CERTAIN, *(owner.confidence for owner in owners if owner is not None))


def called(endpoint: Endpoint) -> str:
    """What a reader calls an endpoint: its name, or its address."""
    return label(endpoint.owner) or (str(endpoint.ip) if endpoint.ip is not None else None) or "an unknown station"
