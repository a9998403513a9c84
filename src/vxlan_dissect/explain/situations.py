"""Which frames share a situation, within a batch and from one batch to the next?

Law: what a rule reads of a frame is the same for all frames of a situation. Ports that a caller took from the ephemeral
range, and the source port of a tunnel, are none of that: a sentence names the port that was asked.
A situation of an earlier batch is the same only while what was learned of the capture has not changed.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np

from vxlan_dissect.columns import TextColumn
from vxlan_dissect.group import group_with_keys, steady_columns

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.explain.learn import Lessons
    from vxlan_dissect.explain.point import Points
    from vxlan_dissect.packets import Packets

EPHEMERAL = 32768  # where Linux begins to take ports for callers (net.ipv4.ip_local_port_range); others begin later
MAX_KEPT = 16384  # situations of one batch, and of those before it
_TRANSPORTS = ("tcp", "udp")
_OF_ONE_FLOW = (
    "outer.udp.srcport", "frame.layers",
    *(f"{transport}.{side}port" for transport in _TRANSPORTS for side in ("src", "dst")),
)  # fmt: skip


class Situation(Protocol):
    """What is kept of a situation."""

    @property
    def is_told(self) -> bool:
        """Whether the rules have said all that they have to say."""

    def release(self) -> None:
        """Let go of the batch that its frame came in."""


Kept = TypeVar("Kept", bound=Situation)


class Memory(Generic[Kept]):
    """The situations of the batch at hand, and those of earlier ones as long as nothing new was learned."""

    def __init__(self) -> None:
        self._fresh: dict[Hashable, Kept] = {}
        self._known: dict[Hashable, Kept] = {}
        self._learned: Hashable = None

    def begin(self, now: Hashable) -> None:
        """Begin a batch; `now` is what was `learned` up to and with it."""
        if now != self._learned:
            self._known.clear()
        else:
            for key, one in self._fresh.items():
                if one.is_told and len(self._known) < MAX_KEPT:
                    one.release()
                    self._known[key] = one
        self._fresh, self._learned = {}, now

    def get(self, key: Hashable) -> Kept | None:
        """The situation of a key, None where it has to be made."""
        return self._fresh.get(key) or self._known.get(key)

    def keep(self, key: Hashable, one: Kept, most: int) -> None:
        """Keep a situation of this batch, `most` at a time."""
        if len(self._fresh) >= most:
            self._fresh.clear()
        self._fresh[key] = one


def situations(packets: Packets, extra: Sequence[NDArray[Any]]) -> tuple[NDArray[np.intp], list[int], list[Hashable]]:
    """Group frames by their situation; `extra` are arrays of shape (n,) that tell more of it.

    Returns the situation of each frame, shape (n,), and of each situation the row of its first frame and a key by which
    it is known in other batches of the capture.
    """
    names = [name for name in steady_columns(packets) if name not in _OF_ONE_FLOW]
    # The code of a path counts within its batch.
    paths = np.array([hash(path) for path in packets.layer_paths], dtype=np.int64)
    layers = packets.column("frame.layers")
    arrays = [*extra, *_asked_ports(packets), np.where(layers.valid, paths[layers.values], 0)]
    codes, firsts, keys = group_with_keys(packets, names, arrays)
    columns = hash((tuple(names), len(arrays), *(array.dtype for array in arrays)))
    return codes, firsts, [(columns, key) for key in keys]


def contents_of(packets: Packets, name: str) -> Iterator[NDArray[Any]]:
    """A derived column as arrays of shape (n,) whose values mean the same in each batch; texts by their hash."""
    column = packets.derived(name)
    if isinstance(column, TextColumn):
        hashes = np.array([0, *map(hash, column.texts)], dtype=np.int64)
        yield hashes[np.where(column.valid, column.values + 1, 0)]
    else:
        yield np.where(column.valid, column.values, 0)
        yield column.valid


def answers_known(packets: Packets, lessons: Lessons) -> NDArray[np.int64]:
    """How many answers of ND and ARP are known, for frames that are of these: each is compared with the others."""
    count = sum(map(len, lessons.answers.values()))
    return np.where(packets.column("arp.opcode").valid | packets.column("icmpv6.nd.na.target_address").valid, count, 0)


def _asked_ports(packets: Packets) -> Iterator[NDArray[Any]]:
    """Ports, with 1 for that of a caller and 0 where there is none."""
    for transport in _TRANSPORTS:
        source, destination = (packets.columns.get(f"{transport}.{side}port") for side in ("src", "dst"))
        if source is None or destination is None:
            continue
        for here, there in ((source, destination), (destination, source)):
            calls = (here.values >= EPHEMERAL) & (there.values < EPHEMERAL) & there.valid
            yield np.where(here.valid, np.where(calls, 1, here.values), 0).astype(np.uint16)


def learned(lessons: Lessons, points: Points) -> Hashable:
    """What was learned of a capture so far, as far as every situation depends on it: equal while nothing is added."""
    names = lessons.names
    return (
        lessons.network,
        lessons.overlay,
        hash(frozenset(names.macs.items())),
        hash(frozenset(names.ips.items())),
        names.resolved.count,
        names.translations.count,
        hash(frozenset(chain.from_iterable(lessons.answers.values()))),
        len(lessons.delivered),
        tuple(points.covered()),
    )
