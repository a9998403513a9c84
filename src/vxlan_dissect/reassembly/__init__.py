"""What do fragments say once they are put together?

Law: every frame keeps what it says itself. The frame that completes a datagram is decoded once more with the whole of
it, as if it had come in one piece, and names the frames that it is made of; the others say in which frame that is. A
fragment that is not the first gets the ports of the first. What cannot be put together is named and left as it is.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.capture.records import Records
from vxlan_dissect.packets import Column
from vxlan_dissect.reassembly.datagram import Piece, Waiting
from vxlan_dissect.reassembly.find import FRAGMENT_COLUMNS, fragment_rows, fragments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets
    from vxlan_dissect.reassembly.datagram import Datagram
    from vxlan_dissect.reassembly.find import Fragment

    Rows = NDArray[np.intp]

__all__ = ["COLUMNS", "Reassembler"]

MAX_ROUNDS = 4  # fragments inside fragments
# Without these columns no fragment is found.
COLUMNS = frozenset(level + name for level in ("", schema.OUTER) for name in FRAGMENT_COLUMNS)
_COUNT, _WHERE, _FAULT = "frame.fragments", "frame.reassembled_in", "frame.fragment_fault"
_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}  # all begin with two ports
_PORTS = Struct(">HH")
_POINT = ("frame.interface_id", "sll.ifindex", "sll.pkttype")  # packets of two capture points are not one
_PREFIXES = {0: "", 1: schema.OUTER}  # of the columns, by the number of tunnels between a packet and the innermost one
# What the packet that is a fragment says of itself, and the packets around it, but a whole datagram does not.
_AS_SENT = ("ip.len", "ip.flags.mf", "ip.frag_offset", "ipv6.plen", "ipv6.fraghdr.offset", "ipv6.fraghdr.more")
_AS_SENT_AROUND = (*_AS_SENT, "udp.length")


class _Whole(NamedTuple):
    """A datagram that became whole with the frame at `row`, in its packet of `level`; `frame` are all its bytes."""

    row: int
    level: int
    frame: bytes
    made_of: tuple[int, ...]


class Reassembler:
    """Puts the datagrams of one capture together, batch by batch; those that are not whole yet are carried along.

    `decode` makes Packets of records, as those of the capture are made.
    """

    def __init__(self, decode: Callable[[Records], Packets]) -> None:
        self._decode = decode
        self._waiting = Waiting()

    def reassemble(self, packets: Packets) -> None:
        """Complete the columns of the next batch, in place; `packets.late` gets what belongs to batches before it."""
        rows = fragment_rows(packets)
        for _ in range(MAX_ROUNDS):
            if not len(rows):
                return
            whole = self._collect(packets, rows)
            if whole:
                self._merge(packets, whole)
            rows = np.array([one.row for one in whole], dtype=np.intp)

    def _collect(self, packets: Packets, rows: Rows) -> list[_Whole]:
        """Take the fragments of `rows`, write down what they share, and give what became whole."""
        notes = _Notes(packets)
        found = fragments(packets, rows)
        at = np.array([fragment.row for fragment in found], dtype=np.intp)
        points = zip(*(packets.values(name, at) for name in _POINT), strict=True)
        times = packets.times()[at].tolist()
        numbers = packets.column("frame.number").values[at].tolist()
        whole = []
        for fragment, point, time, number in zip(found, points, times, numbers, strict=True):
            if fragment.fault:
                notes.add(_FAULT, [number], fragment.fault)
                continue
            key = (*point, *fragment.key)
            made_of = packets.made_of.get(number, (number,))
            piece = Piece(number, fragment.begin, fragment.data, fragment.more, made_of)
            datagram = self._waiting.take(key, piece, time)
            if datagram.fault:
                notes.add(_FAULT, [number], datagram.fault)
                continue
            for name, places, port in _ports(datagram, fragment, number):
                notes.add(name, places, port)
            if datagram.whole_in:
                notes.add(_WHERE, [number], datagram.whole_in)
                continue
            data = datagram.whole()
            if data is not None:
                pieces, copies = list(datagram.pieces.values()), [frame for frame, _ in datagram.copies]
                self._waiting.close(key, number, time)
                whole.append(_Whole(fragment.row, fragment.level, fragment.before + data, _frames_of(pieces)))
                notes.add(_WHERE, [*(one.frame for one in pieces if one.frame != number), *copies], number)
                notes.add(_COUNT, [number], len(pieces))
        notes.write()
        return whole

    def _merge(self, packets: Packets, whole: Sequence[_Whole]) -> None:
        """Decode whole datagrams, and let their rows say what those say."""
        rows = [one.row for one in whole]
        sizes = np.array([len(one.frame) for one in whole], dtype=np.int64)
        records = Records(
            buffer=np.frombuffer(b"".join(one.frame for one in whole), dtype=np.uint8),
            offsets=np.cumsum(sizes) - sizes,
            captured=sizes,
            original=sizes,
            times=np.zeros(len(whole), dtype=np.int64),
            interfaces_of=packets.column("frame.interface_id").values[rows],
            interfaces=packets.interfaces,
            first=1,
        )
        depths = packets.column("frame.tunnels").values[rows].tolist()
        sent = [list(_sent(packets, one, depth)) for one, depth in zip(whole, depths, strict=True)]
        _replace(packets, rows, self._decode(records))
        notes = _Notes(packets)
        depths = packets.column("frame.tunnels").values[rows].tolist()
        for one, depth, values in zip(whole, depths, sent, strict=True):
            number = packets[one.row].number
            for level, name, value in values:
                prefix = _PREFIXES.get(depth - level)
                if prefix is not None:
                    notes.add(prefix + name, [number], value)
            packets.rebuilt[number] = one.frame
            packets.made_of[number] = one.made_of
        notes.write()


class _Notes:
    """Values to write into columns, by frame number: all at once, since each column is copied for it."""

    def __init__(self, packets: Packets) -> None:
        self._packets = packets
        self._values: dict[str, dict[int, int]] = {}

    def add(self, name: str, frames: Iterable[int], value: int) -> None:
        """Note one value for several frames."""
        self._values.setdefault(name, {}).update(dict.fromkeys(frames, value))

    def write(self) -> None:
        """Write the values; those of frames before this batch are kept for `Packets.concat`."""
        packets = self._packets
        first = int(packets.column("frame.number").values[0])  # in a batch they count on
        for name, values in self._values.items():
            here = {frame - first: value for frame, value in values.items() if frame >= first}
            packets.late.setdefault(name, {}).update((frame, value) for frame, value in values.items() if frame < first)
            _write(packets, name, list(here), np.array(list(here.values()), dtype=np.int64))


def _frames_of(pieces: Iterable[Piece]) -> tuple[int, ...]:
    """The frames that hold the fragments of a datagram, in the order in which they came."""
    return tuple(sorted({frame for piece in pieces for frame in piece.made_of}))


def _sent(packets: Packets, whole: _Whole, depth: int) -> Iterator[tuple[int, str, int]]:
    """(level, column, value) of what the packet of a fragment and those around it say of themselves."""
    packet = packets[whole.row]
    for level in range(whole.level + 1):
        prefix = _PREFIXES.get(depth - level)
        for name in _AS_SENT if level == whole.level else _AS_SENT_AROUND:
            value = None if prefix is None else packet.integer(prefix + name)
            if value is not None:
                yield level, name, value


def _ports(datagram: Datagram, fragment: Fragment, frame: int) -> Iterator[tuple[str, list[int], int]]:
    """(column, frames, port) for the fragments that get ports now: this one, or with the first all that wait for it."""
    waiting = [frame]
    if not fragment.begin:
        name = _TRANSPORTS.get(fragment.protocol)
        if name is None or len(fragment.data) < _PORTS.size or datagram.ports is not None:
            return
        datagram.ports = (name, *_PORTS.unpack_from(fragment.data))
        waiting = [piece.frame for piece in datagram.pieces.values() if piece.begin]
        waiting += [copy for copy, begin in datagram.copies if begin]
    if datagram.ports is not None:
        name, source, destination = datagram.ports
        yield f"{name}.srcport", waiting, source
        yield f"{name}.dstport", waiting, destination


def _write(packets: Packets, name: str, rows: Sequence[int], values: NDArray[np.int64]) -> None:
    """Set some rows of a column; its arrays are its own afterwards."""
    if not len(rows):
        return
    column = packets.column(name)
    column = Column(column.values.copy(), column.valid.copy())
    column.values[rows] = values
    column.valid[rows] = True
    packets.columns[name] = column


def _replace(packets: Packets, rows: Sequence[int], found: Packets) -> None:
    """Let `rows` say what the rows of `found` say, in all columns but those of the file."""
    paths = {path: code for code, path in enumerate(packets.layer_paths)}
    codes = np.array([paths.setdefault(path, len(paths)) for path in found.layer_paths])
    packets.layer_paths = tuple(paths)
    _write(packets, "frame.layers", rows, codes[found.column("frame.layers").values])
    _write(packets, "frame.tunnels", rows, found.column("frame.tunnels").values)
    of_file = {field.name for field in schema.FRAME_FIELDS if not field.name.startswith("damage.")}
    for name in {*packets.columns, *found.columns} - of_file:
        column, news = packets.column(name), found.column(name)
        column = Column(column.values.copy(), column.valid.copy())
        column.values[rows] = news.values
        column.valid[rows] = news.valid
        packets.columns[name] = column
