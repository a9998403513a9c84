"""What does a frame look like at a place, and what does the network model say of its way?

Law: asked of one frame of each look, and only where a journey is told; what cannot be told stays None.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.explain.places import At, at_of
from vxlan_dissect.explain.statements import POSSIBLE
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.losses.locate import is_at
from vxlan_dissect.packets import Packets
from vxlan_dissect.trace.conversations import echoes, ends_of
from vxlan_dissect.trace.model import Point
from vxlan_dissect.trace.roundtrip import Waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.packets import Packet
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.trace.reading import Read

OF_CAPTURE = "capture "  # and its name: whose clock it is where the node is not known
BY_INDEX = "interface "  # and its number
NOWHERE = At(None, None)
NOTHING = Packets("", 0, {})
INCOMING, OUTGOING = {0, 1, 2, 3}, {4}  # sll.pkttype: to us, broadcast, multicast, to another host; sent by us
UNKNOWN = "neither its name, its interfaces nor its frames say where it was taken"


class Explain(Protocol):
    """Explains frames of a capture, which were taken at `place` where that is given."""

    def __call__(self, packets: Packets, place: str | None = None) -> Explanations:
        """What is to be said of the frames."""


class Looks:
    """The looks of all captures, and the places that they were seen at.

    `places` are all distinct places; `place_of_tap`, shape (taps,), and `cooked`, whether a tap is one of several of
    its capture, index taps. A tap that is nowhere known is a place of its own.
    """

    def __init__(self, read: Read, explain: Explain) -> None:
        # Not all of what was read, so that it can be let go.
        self._captures, self._taps, self._frames, self.explain = read.captures, read.taps, read.frames, explain
        self.waits = Waits({})
        self._starts = np.cumsum([0, *(len(capture.looks) for capture in read.captures)])
        self.explained = [explain(capture.packets) for capture in read.captures]
        self._rows = [capture.rows for capture in read.captures]
        self.places: list[At] = []
        self.place_of_tap = self._placed()
        taps = [tap.capture for tap in read.taps]
        every = (point for explained in self.explained for point in explained.places())
        self._covered = {*self.places, *(at_of(point) for point in every)}
        self.cooked = np.array([taps.count(capture) > 1 for capture in taps], dtype=bool)

    def packet(self, look: int) -> Packet:
        """The first frame of a look."""
        explained, row = self._at(look)
        return explained.packets[row]

    def context(self, look: int) -> Context:
        """What rules read of it."""
        explained, row = self._at(look)
        return explained.context(row)

    def covers(self, hop: Hop) -> bool:
        """Whether some capture was taken where a hop is, also one without frames."""
        return any(
            is_at(hop, at)
            or (at.interface is None and at.node is not None and at.node == hop.node and hop.role != "pod")
            for at in self._covered
        )

    @cached_property
    def ends(self) -> NDArray[np.uint64]:
        """The number of the two ends of each look, shape (looks,): see `conversations.ends_of`."""
        return self._each(ends_of)

    @cached_property
    def echoes(self) -> NDArray[np.uint8]:
        """Which looks are of echo requests or replies, shape (looks,): see `conversations.echoes`."""
        return self._each(echoes)

    def _each(self, told: Callable[[Packets], NDArray[Any]]) -> NDArray[Any]:
        """What is told of frames, for each look."""
        captures = zip(self.explained, self._rows, strict=True)
        return np.concatenate(
            [told(NOTHING), *(told(one.packets)[np.array(rows, dtype=np.intp)] for one, rows in captures)]
        )

    def points(self) -> list[Point]:
        """Where each capture was taken; one without a known place has one point too."""
        found = []
        for number, (capture, explained) in enumerate(zip(self._captures, self.explained, strict=True)):
            seen = capture.directions
            direction = None if not seen else "out" if seen <= OUTGOING else "in" if seen <= INCOMING else "both"
            span = capture.begin_ns, capture.end_ns
            places = [(at_of(point), point.basis, point.confidence) for point in explained.places()]
            for at, basis, confidence in places or [(NOWHERE, UNKNOWN, POSSIBLE)]:
                frames = self._frames_at(number, at) if len(places) > 1 else capture.frames
                found.append(Point(capture.label, at, direction, basis, confidence, frames, *span))
        return found

    def _frames_at(self, capture: int, at: At) -> int:
        """How many frames of a capture were taken at one of its interfaces."""
        counts = zip(self._taps, self._frames, self.place_of_tap.tolist(), strict=True)
        return sum(frames for tap, frames, place in counts if tap.capture == capture and self.places[place] == at)

    @cached_property
    def nodes(self) -> list[str]:
        """The nodes whose clocks tell the times."""
        return list(dict.fromkeys(self.node_of(int(place)) for place in self.place_of_tap))

    @cached_property
    def node_of_tap(self) -> NDArray[np.int64]:
        """The index of the node of each tap, shape (taps,)."""
        return np.array([self.nodes.index(self.node_of(int(place))) for place in self.place_of_tap], dtype=np.int64)

    def node_of(self, place: int) -> str:
        """Whose clock tells the time at a place; one of its own where the node is not known."""
        at = self.places[place]
        return at.node or at.pod or OF_CAPTURE + self._names[place]

    def is_unnamed(self, place: int) -> bool:
        """Whether a place is an interface that is known by its index alone, of a known node."""
        at = self.places[place]
        return at.node is not None and at.interface is not None and at.interface.startswith(BY_INDEX)

    def pod_of(self, place: int) -> str | None:
        """The pod whose interface a place is, or whose veth ends there."""
        at = self.places[place]
        if at.pod is not None or at.node is None or at.interface is None:
            return at.pod
        interface = self._inventories[place].interface(Host(at.node), at.interface)
        pod = None if interface is None else self._inventories[place].pod_of_lxc(interface)
        return None if pod is None else pod.host.pod

    def _at(self, look: int) -> tuple[Explanations, int]:
        capture = int(np.searchsorted(self._starts, look, side="right")) - 1
        return self.explained[capture], self._rows[capture][look - int(self._starts[capture])]

    def _placed(self) -> NDArray[np.int64]:
        """The place of each tap."""
        known: dict[At, int] = {}
        found = np.zeros(len(self._taps), dtype=np.int64)
        self._names: list[str] = []
        self._inventories: list[Inventory] = []
        for number, (capture, explained) in enumerate(zip(self._captures, self.explained, strict=True)):
            for tap, row in dict(zip(capture.looks, self._rows[number], strict=True)).items():
                point = explained.point(row)
                at = NOWHERE if point is None else at_of(point)
                if at.interface is None or (at.node is None and at.pod is None):
                    index = self._taps[tap].ifindex
                    at = at._replace(interface=at.interface or (None if index is None else f"{BY_INDEX}{index}"))
                    found[tap] = len(self.places)
                else:
                    found[tap] = known.setdefault(at, len(self.places))
                if found[tap] == len(self.places):
                    self.places.append(at)
                    self._names.append(capture.label)
                    self._inventories.append(explained.inventory)
        return found


def tunnel_of(context: Context) -> str | None:
    """The tunnel around a packet in words, None where there is none."""
    outer = context.outer
    if outer is None:
        return None
    number = "" if outer.vni is None else f", VNI {outer.vni}"
    return f"{outer.title}{number}, {outer.src.ip} → {outer.dst.ip}"


def appearance(packet: Packet) -> dict[str, str]:
    """What of a packet may change on its way, as text by the name of the change; what is not seen is left out."""
    found: dict[str, str | None] = {
        "source": _text(packet.ip("ipv6.src") or packet.ip("ip.src")),
        "destination": _text(packet.ip("ipv6.dst") or packet.ip("ip.dst")),
        "src-mac": _mac(packet.integer("sll.src.mac" if packet.get("eth.src") is None else "eth.src")),
        "dst-mac": _mac(packet.integer("eth.dst")),
    }
    limit = packet.integer("ipv6.hlim")
    limit = packet.integer("ip.ttl") if limit is None else limit
    found["hop-limit"] = _text(limit)
    field = packet.integer("ipv6.tclass")
    field = packet.integer("ip.dsfield") if field is None else field
    if field is not None:
        found["dscp"], found["ecn"] = str(field >> 2), str(field & 3)
    return {name: value for name, value in found.items() if value is not None}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _mac(value: int | None) -> str | None:
    return None if value is None else format_mac(value)
