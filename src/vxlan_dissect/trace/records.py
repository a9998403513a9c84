"""What is kept of every frame of every capture, so that packets can be known again?

Law: a few numbers a frame, in arrays; a frame's look, which is all of it that its journey tells, is kept once for all
frames that look alike at one place. So memory grows by some sixty bytes a frame and not by what it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.group import group_with_keys
from vxlan_dissect.packets import Packets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.errors import CaptureError

KEPT = 65_536  # frames of all captures up to which they are kept whole
# What a journey tells of a frame, and what names its ends and its way.
LOOK = (
    "frame.tunnels", "sll.src.mac", "eth.src", "eth.dst", "ip.src", "ip.dst", "ip.proto", "ip.ttl",
    "ip.dsfield", "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.hlim", "ipv6.tclass", "icmp.type", "icmpv6.type",
    "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address",
    "icmpv6.nd.na.target_address", "outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst",
    "outer.vxlan.vni", "outer.geneve.vni", "outer.udp.dstport", "frame.fragments",
)  # fmt: skip
TAP = ("frame.interface_id", "sll.ifindex")
OUTGOING = 4  # sll.pkttype
_KINDS = ("i8", "u4", "u2", "i4", "u8", "u8", "u8", "u8", "u4", "u4", "i4", "u1", "u1", "?")


class Records(NamedTuple):
    """All frames of all captures; every array has shape (n,), see `fingerprint.Prints` for most of them.

    `time`, int64: nanoseconds by the clock of its node. `frame`, uint32: the frame number. `tap`, uint16: index into
    the taps, `look`, int32: into the looks. `parts`, uint16: of how many fragments it was put together, 0 for none.
    """

    time: NDArray[np.int64]
    frame: NDArray[np.uint32]
    tap: NDArray[np.uint16]
    look: NDArray[np.int32]
    strong: NDArray[np.uint64]
    weak: NDArray[np.uint64]
    body: NDArray[np.uint64]
    flow: NDArray[np.uint64]
    ports: NDArray[np.uint32]
    number: NDArray[np.uint32]
    length: NDArray[np.int32]
    flags: NDArray[np.uint8]
    hop_limit: NDArray[np.uint8]
    tunnelled: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: list[Records]) -> Records:
        """The records of several batches as one, which takes `parts` apart: both never are in memory as a whole."""
        if not parts:
            return cls._make(np.zeros(0, dtype=kind) for kind in _KINDS)
        columns = [list(arrays) for arrays in zip(*parts, strict=True)]
        parts.clear()
        return cls._make(np.concatenate(columns.pop(0)) for _ in cls._fields)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Records:
        """Some of the records."""
        return Records._make(array[rows] for array in self)


class Taken:
    """One capture as it was read.

    `packets` are all its frames while few were read, and then the first of each look; `rows` gives the row in it of
    each of its looks. `made_of` maps a frame that completes a datagram to the frames it was put together from.
    """

    def __init__(self, name: str, label: str) -> None:
        self.name, self.label = name, label
        self.frames = 0
        self.problem: CaptureError | None = None
        self.made_of: dict[int, tuple[int, ...]] = {}
        self.begin_ns: int | None = None
        self.end_ns: int | None = None
        self.directions: set[int] = set()  # values of sll.pkttype
        self.looks: list[int] = []  # the tap of each look
        self._parts: list[Packets] = []
        self._places: list[tuple[int, int]] = []  # part and row of each look
        self._numbers: dict[tuple[tuple[str, ...], bytes], int] = {}
        self._whole = True

    @property
    def whole(self) -> bool:
        """Whether all frames are still at hand."""
        return self._whole

    @property
    def packets(self) -> Packets:
        """All frames, or the first of each look."""
        if len(self._parts) > 1:
            starts = np.cumsum([0, *map(len, self._parts)])
            self._places = [(0, int(starts[part]) + row) for part, row in self._places]
            self._parts = [Packets.concat(self._parts)]
        return self._parts[0] if self._parts else Packets(self.name, 0, {}, problem=self.problem)

    @property
    def rows(self) -> list[int]:
        """The row in `packets` of the first frame of each look."""
        _ = self.packets
        return [row for _, row in self._places]

    def looks_of(self, packets: Packets, taps: NDArray[np.uint16]) -> NDArray[np.int32]:
        """The number of the look of each frame, shape (n,), counted in this capture; new ones are kept."""
        codes, firsts, keys = group_with_keys(packets, LOOK, [taps])
        columns = tuple(name for name in LOOK if name in packets.columns)
        numbers, fresh = np.empty(len(firsts), dtype=np.int32), []
        for place, (row, key) in enumerate(zip(firsts, keys, strict=True)):
            known = (columns, key)
            number = self._numbers.get(known)
            if number is None:
                number = self._numbers[known] = len(self.looks)
                self.looks.append(int(taps[row]))
                fresh.append(row)
            numbers[place] = number
        self._keep(packets, fresh)
        return numbers[codes]

    def shrink(self) -> None:
        """Let go of all frames but the first of each look, and of all bytes."""
        if self._whole:
            self._whole = False
            parts, places = self._parts, self._places
            self._parts, self._places = [], []
            for number, part in enumerate(parts):
                self._keep(part, [row for which, row in places if which == number])

    def _keep(self, packets: Packets, fresh: list[int]) -> None:
        if self._whole:
            self._places += [(len(self._parts), row) for row in fresh]
            self._parts.append(packets)
        elif fresh:
            first = packets.take(np.array(fresh, dtype=np.intp))
            first.buffers, first.rebuilt = (), {}
            self._places += [(len(self._parts), row) for row in range(len(fresh))]
            self._parts.append(first)
