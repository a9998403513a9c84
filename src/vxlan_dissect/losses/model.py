"""What is known of a conversation, and of what it lost?

Law: everything is counted by direction and capture point; nothing here knows how a loss comes about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.places import At
    from vxlan_dissect.explain.statements import Endpoint

MAX_UNITS = 4096  # packets of one direction at one point that are told apart by number
FORWARD, BACK = 0, 1
Frame = tuple[str, int]  # capture, frame number
_PLURALS = {
    "byte of TCP": "bytes of TCP", "echo": "echoes", "echo reply": "echo replies",
    "question for a MAC": "questions for a MAC",
}  # fmt: skip


class Key(NamedTuple):
    """A conversation: who began it with whom, by which protocol. Ports are 0 where there are none.

    An echo has its identifier in both ports.
    """

    protocol: str
    begins: IP
    answers: IP
    port: int
    to_port: int


def turned(key: Key) -> Key:
    """The same conversation as if the other side had begun it."""
    return Key(key.protocol, key.answers, key.begins, key.to_port, key.port)


class Unit(NamedTuple):
    """One packet that can be told from its like at every point: an echo by its sequence number.

    `size` is the length of the IP packet in bytes, `fragments` of how many it was put together (0: of none).
    """

    time_ns: int
    size: int
    frame: Frame
    fragments: int = 0


@dataclass
class Tally:
    """What one direction of a conversation showed at one point of one capture.

    `units`: by number, for echoes. `packets`, `payload` (bytes) and `openings` (SYN) count what other protocols sent,
    `repeated` the bytes sent again, `refusals` RST segments. `reached`: the peer's packets must have come in, since
    this side acknowledges them. `resets_hop_limit` is that of the first RST.
    """

    context: Context
    packets: int = 0
    payload: int = 0
    openings: int = 0
    repeated: int = 0
    refusals: int = 0
    reached: bool = False
    largest: int = 0
    largest_repeated: int = 0
    high: int | None = None
    unanswered: int = 0  # questions for a MAC without an answer here
    fragments: int = 0  # of how many the datagrams were put together, at most
    first_ns: int = 0
    last_ns: int = 0
    hop_limits: set[int] = field(default_factory=set)
    units: dict[int, Unit] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    repeats: list[Frame] = field(default_factory=list)
    foreign: bool = False  # a cooked capture calls it a frame for another host


class Spot(NamedTuple):
    """Where a tally was made: the capture, the interface, and whether the packets were inside a tunnel there.

    `hop_limit` tells apart what passes one interface before and after it is routed, as on a bridge.
    """

    capture: str
    at: At
    tunnelled: bool
    hop_limit: int | None = None


@dataclass
class Conversation:
    """All that the captures show of one conversation: for each direction the tallies by spot."""

    key: Key
    seen: tuple[dict[Spot, Tally], dict[Spot, Tally]] = field(default_factory=lambda: ({}, {}))

    def contexts(self, direction: int) -> list[Context]:
        """The situations of one direction."""
        return [tally.context for tally in self.seen[direction].values()]


class ErrorMessage(NamedTuple):
    """An ICMP error that was seen: `family` is `icmp` or `icmpv6`. `context` is that of the error, `spot` where."""

    family: str
    type: int
    code: int
    mtu: int | None
    context: Context
    spot: Spot
    frame: Frame
    time_ns: int
    hop_limit: int | None


class Question(NamedTuple):
    """A neighbour solicitation or ARP request that nobody answered, and how often it was asked."""

    target: IP
    context: Context
    spot: Spot
    frame: Frame
    times: int
    time_ns: int


class Coverage(NamedTuple):
    """A capture: where it was taken, `interface` None for all of the node's (`-i any`), and from when to when.

    `begin_ns` and `end_ns` are None for a capture without frames. `veiled`: frames are encrypted or end before their
    headers do, so that what is not seen may still have passed.
    """

    capture: str
    at: At
    begin_ns: int | None
    end_ns: int | None
    veiled: bool = False


class Loss(NamedTuple):
    """Packets that went missing: `lost` of `sent` packets of `direction`, which `unit` names (`echo request`, `SYN`).

    They were seen at `last` and not at `missing`, which is None where no capture lies further on the way: then they
    are lost anywhere up to `until`, the end of the way. `silent`: no answer to them is seen either, so that the answer
    may be what is lost, unless `missing` says otherwise. `hops` is the way of that direction, `step` and `next_step`
    the numbers of `last` and `missing` in it. `sizes` are those of the lost packets, `passed` of those that were not
    lost, in bytes of IP. `src` and `dst` are the ends as the conversation names them before it is translated;
    `context` is the situation at `last`; `foreign`: a cooked capture says there that the frames are another host's.
    """

    conversations: tuple[Conversation, ...]
    direction: int
    unit: str
    lost: int
    sent: int
    last: At
    missing: At | None
    until: At | None
    frames: tuple[Frame, ...]
    sizes: tuple[int, ...]
    passed: tuple[int, ...]
    fragments: int
    hops: tuple[Hop, ...]
    step: int | None
    next_step: int | None
    context: Context
    foreign: bool
    src: Endpoint
    dst: Endpoint
    silent: bool
    begin_ns: int
    end_ns: int
    errors: tuple[ErrorMessage, ...] = ()
    questions: tuple[Question, ...] = ()
    elsewhere: tuple[Spot, ...] = ()
    tunnel_ends: tuple[tuple[IP, IP], ...] = ()

    @property
    def key(self) -> Key:
        """The first of the conversations."""
        return self.conversations[0].key

    def contexts(self, direction: int | None = None) -> Iterator[Context]:
        """The situations of one direction of the conversations, that of the lost packets unless another is named."""
        for conversation in self.conversations:
            yield from conversation.contexts(self.direction if direction is None else direction)


def units(count: int, unit: str) -> str:
    """What so many of the unit of a loss are called: `echo replies`."""
    return unit if count == 1 else _PLURALS.get(unit, f"{unit}s")
