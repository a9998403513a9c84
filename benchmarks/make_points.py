"""Ten captures of one time in a Cilium cluster of two nodes, of any length, for measurements.

Law: written with struct and numpy alone; the same number of packets gives the same bytes on every machine; memory does
not grow with the length. The two pods, their nodes and their interfaces are those of the inventory in
captures/cilium-1.16. Run `python benchmarks/make_points.py PACKETS FOLDER`.
"""

from __future__ import annotations

import struct
import sys
import zlib
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from cluster import SEED
from frames import IPV4, IPV6, TCP, UDP, VXLAN_PORT, Frame, ethernet, ip, tcp
from make_captures import RECORD, _count, _put

if TYPE_CHECKING:
    from typing import BinaryIO

Array = np.ndarray

BATCH = 1 << 13  # packets sent; some 20 MB
BEGIN = 1_700_000_000_000_000  # µs
GAP = 40  # µs from one packet to the next, at most; with it some 50,000 packets a second
LOST = 1000  # one packet in so many is lost between the nodes
AGAIN = 200_000  # µs until it is sent again
FLOWS = 2000  # at one time
SEGMENTS = 40  # of a flow, in each direction
PAYLOAD = 64
VNIS = 10398, 33371  # of the sending pod's identity
FAR = 0x50000000  # between the sequence numbers of the two directions of a flow
OUTER_PORT = 14 + 20  # where the source port of the outer UDP header is


class Node(NamedTuple):
    """A node with its pod: `host` is the MAC of the host's end of the pod's interface, `lxc` its name."""

    name: str
    v4: IPv4Address
    mac: bytes
    pod: str
    v6: IPv6Address
    pod_mac: bytes
    host: bytes
    lxc: str
    indexes: tuple[int, int, int]  # of lxc, cilium_vxlan and eth0


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


NODES = (
    Node("worker", IPv4Address("172.18.0.4"), _mac("02:42:ac:12:00:04"), "cni-7t9p4",
         IPv6Address("fd00:10:244:1::4749"), _mac("4e:5b:57:45:63:3b"), _mac("a2:79:14:47:80:b3"),
         "lxc237a31216c0f", (6, 4, 5)),
    Node("worker2", IPv4Address("172.18.0.3"), _mac("02:42:ac:12:00:03"), "cni-8qgcs",
         IPv6Address("fd00:10:244:2::9461"), _mac("b6:61:48:ae:63:f5"), _mac("de:40:65:1b:fa:92"),
         "lxc91c4d60f3ab8", (6, 4, 5)),
)  # fmt: skip
# Where a packet from the first node to the second passes, and how many µs after the place before.
PLACES = ("pod", "lxc", "cilium_vxlan", "eth0")
LATER = (0, 3, 20, 12, 45, 6, 18, 4)


class Shape(NamedTuple):
    """The bytes of a packet of one direction at one place, behind its record header; `inner` is where IPv6 begins."""

    data: bytes
    inner: int
    is_outer: bool


def shapes(direction: int) -> list[Shape]:
    """What a packet from node `direction` to the other is at the eight places of its way."""
    here, there = NODES[direction], NODES[1 - direction]
    ports = (32768, 8080) if direction == 0 else (8080, 32768)
    segment = ip(here.v6, there.v6, TCP, tcp(ports, 1, 1, 0x18, bytes(range(PAYLOAD))))
    first = ethernet(here.host, here.pod_mac, IPV6, segment).data
    last = ethernet(there.pod_mac, there.host, IPV6, segment).data
    last = last[:21] + b"\x3f" + last[22:]  # the far node forwards it with a hop limit of 63
    vxlan = struct.pack("!II", 0x08000000, VNIS[direction] << 8) + first
    datagram = Frame(struct.pack("!HHHH", 0, VXLAN_PORT, 8 + len(vxlan), 0) + vxlan)
    outer = ethernet(there.mac, here.mac, IPV4, ip(here.v4, there.v4, UDP, datagram)).data
    behind = len(outer) - len(first) + 14
    inside, wire, forwarded = Shape(first, 14, False), Shape(outer, behind, True), Shape(last, 14, False)
    return [inside, inside, inside, wire, wire, inside, forwarded, forwarded]


def cooked(shape: Shape, index: int, packet_type: int) -> Shape:
    """The same in a capture of all interfaces (LINKTYPE_LINUX_SLL2)."""
    kind = shape.data[12:14]
    header = kind + struct.pack("!HIHBB", 0, index, 1, packet_type, 6) + shape.data[6:12] + b"\0\0"
    return Shape(header + shape.data[14:], shape.inner + 6, shape.is_outer)


class Sent(NamedTuple):
    """Packets: who sends them, when in µs, which flow and segment, and whether they are lost between the nodes."""

    direction: Array
    time: Array
    flow: Array
    segment: Array
    lost: Array

    def where(self, rows: Array) -> Sent:
        """Some of them."""
        return Sent(*(column[rows] for column in self))

    def and_then(self, other: Sent) -> Sent:
        """These and others, in the order of time."""
        both = Sent(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))
        return both.where(np.argsort(both.time, kind="stable"))


class Sender:
    """Sends packets, and those that were lost once more."""

    def __init__(self) -> None:
        self.chance = np.random.PCG64(SEED)
        self.clock, self.count = BEGIN, 0
        nothing = np.zeros(0, dtype=np.int64)
        self.again = Sent(nothing, nothing, nothing, nothing, nothing.astype(bool))

    def send(self) -> Sent:
        """The next ones. Batches lie a millisecond apart, so that no place sees one before the other has passed."""
        drawn = self.chance.random_raw(BATCH)
        time = self.clock + 1000 + np.cumsum((drawn >> np.uint64(40)).astype(np.int64) % GAP + 1)
        number = self.count + np.arange(BATCH)
        lost = (drawn & 0xFFFFFF).astype(np.int64) % LOST == 0
        # A flow sends a segment in turn with the others; then new ones take their places.
        turn, place = number // (2 * FLOWS), number // 2 % FLOWS
        flow = turn // SEGMENTS * FLOWS + place
        sent = Sent(number % 2, time, flow, turn % SEGMENTS, lost)
        self.clock, self.count = int(time[-1]), self.count + BATCH
        due = self.again.time <= self.clock
        found = sent.and_then(self.again.where(due))
        repeated = sent.where(lost)._replace(lost=np.zeros(int(lost.sum()), dtype=bool))
        self.again = self.again.where(~due).and_then(repeated._replace(time=repeated.time + AGAIN))
        self.clock = int(found.time[-1])
        return found


class Capture:
    """One capture: which of the places of each direction it sees, in which form."""

    def __init__(self, file: BinaryIO, linktype: int, seen: dict[tuple[int, int], Shape], packets: int) -> None:
        self.file, self.seen, self.left = file, seen, packets
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype))

    def write(self, sent: Sent) -> None:
        """What passes of these, in the order of time, until the capture is full."""
        if not self.left:
            return
        parts, times = [], []
        for (direction, step), shape in self.seen.items():
            rows = np.flatnonzero((sent.direction == direction) & ~(sent.lost & (step > 3)))
            part = sent.where(rows)
            parts.append(_frames(shape, direction, part))
            times.append(part.time + sum(LATER[: step + 1]) + (part.flow * 7 + part.segment) % 3 * (step > 3))
        order = np.argsort(np.concatenate(times), kind="stable")[: self.left]
        self.left -= len(order)
        for part, time in zip(parts, times, strict=True):
            _stamp(part, time)
        records = [record for part in parts for record in part.view(f"V{part.shape[1]}").ravel()]
        self.file.write(b"".join([bytes(records[row]) for row in order.tolist()]))


def _frames(shape: Shape, direction: int, sent: Sent) -> Array:
    """The records of packets at one place, uint8 of shape (n, length), without their times."""
    data = struct.pack("<IIII", 0, 0, len(shape.data), len(shape.data)) + shape.data
    out = np.tile(np.frombuffer(data, dtype=np.uint8), (len(sent.time), 1))
    flat, start = out.reshape(-1), np.arange(len(out)) * len(data) + RECORD
    segment = start + shape.inner + 40
    checksum = segment + 16
    udp = np.zeros(len(out), dtype=bool)
    # Ports are one word: the client's is the upper half on the way there, the lower half on the way back.
    port = sent.flow % 28000
    _count(flat, segment, port << 16 if direction == 0 else port, checksum, udp)
    # Each direction has an initial sequence number of its own, as RFC 9293 section 3.4.1 asks for.
    begin = sent.flow // 28000 * 0x10000 + sent.flow * 977
    numbers = [begin + way * FAR + sent.segment * PAYLOAD for way in (direction, 1 - direction)]
    _count(flat, segment + 4, numbers[0], checksum, udp)
    _count(flat, segment + 8, numbers[1], checksum, udp)
    if shape.is_outer:
        at = start + shape.inner - 14 - 8 - 8  # before the inner Ethernet and VXLAN headers
        _put(flat, at, 32768 + (port * 40503 + zlib.crc32(bytes([direction]))) % 28232)
    return out


def _stamp(records: Array, time: Array) -> None:
    """Write the time of each record."""
    stamps = np.stack([time // 1_000_000, time % 1_000_000], axis=1).astype("<u4").view(np.uint8)
    records[:, :8] = stamps


def captures(folder: Path, packets: int, stack: ExitStack) -> list[Capture]:
    """The ten captures: a pod's interface, its host's end, the tunnel device, the NIC, and all of a node, of both."""
    found = []
    both = shapes(0), shapes(1)
    for number, node in enumerate(NODES):
        # From this node a packet passes places 0 to 3, to it 7 to 4, counted from the pod on.
        views = [{(number, place): both[number][place], (1 - number, 7 - place): both[1 - number][7 - place]}
                 for place in range(4)]  # fmt: skip
        every = {
            key: cooked(shape, index, 4 if key[1] in {2, 3, 6} else 0)
            for view, index in zip(views[1:], node.indexes, strict=True)
            for key, shape in view.items()
        }
        names = f"pod-{node.pod}.eth0", node.lxc, "cilium_vxlan", "eth0", "any"
        for name, view in zip(names, (*views, every), strict=True):
            file = stack.enter_context((folder / f"{node.name}.{name}.pcap").open("wb"))
            found.append(Capture(file, 276 if name == "any" else 1, view, packets))
    return found


def write(packets: int, folder: Path) -> None:
    """Ten captures of `packets` packets each; those of all interfaces end early, as `tcpdump -c` does."""
    sender = Sender()
    with ExitStack() as stack:
        every = captures(folder, packets, stack)
        while any(capture.left for capture in every):
            sent = sender.send()
            for capture in every:
                capture.write(sent)


def main() -> int:
    """Write the captures that the command line names."""
    if len(sys.argv) != 3:
        print(f"usage: {sys.argv[0]} PACKETS FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    write(int(sys.argv[1]), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
