"""What do fragments say once they are put together?

Law: every frame keeps what it says itself. The frame that completes a datagram is decoded once more with the whole of
it, as if it had come in one piece, and names the frames that it is made of; the others say in which frame that is. A
fragment that is not the first gets the ports of the first. What cannot be put together is named and left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.capture.records import Records
from vxlan_dissect.packets import Column
from vxlan_dissect.reassembly.datagram import CUT, Piece, Waiting
from vxlan_dissect.reassembly.find import FRAGMENT_COLUMNS, fragment_rows, fragments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets, Value
    from vxlan_dissect.reassembly.datagram import Datagram
    from vxlan_dissect.reassembly.find import Fragment

    Rows = NDArray[np.intp]

__all__ = ["COLUMNS", "Reassembler"]

MAX_ROUNDS = 4  # fragments inside fragments
# Without these columns no fragment is found.
COLUMNS = frozenset(level + name for level in ("", schema.OUTER) for name in FRAGMENT_COLUMNS)
_COUNT, _WHERE, _FAULT = "frame.fragments", "frame.reassembled_in", "frame.fragment_fault"
_TRANSPORTS = ("udp", "tcp", "sctp")
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
        """Complete the columns of the next batch, in place."""
        rows = fragment_rows(packets)
        for _ in range(MAX_ROUNDS):
            if not len(rows):
                break
            whole = self._collect(packets, rows)
            if whole:
                self._merge(packets, whole)
            rows = np.intersect1d(fragment_rows(packets), [one.row for one in whole])
        self._waiting.let_go()

    def _collect(self, packets: Packets, rows: Rows) -> list[_Whole]:
        """Take the fragments of `rows`, write down what they share, and give what became whole."""
        notes: dict[str, dict[int, int]] = {}
        whole, times = [], packets.times()
        for fragment in fragments(packets, rows):
            row = fragment.row
            packet = packets[row]
            if fragment.cut:
                notes.setdefault(_FAULT, {})[row] = CUT
                continue
            point = packet.get("frame.interface_id"), packet.get("sll.ifindex"), packet.get("sll.pkttype")
            key = (*point, *fragment.key)
            piece = Piece(packet.number, row, fragment.begin, fragment.data)
            datagram = self._waiting.take(key, piece, int(times[row]), more=fragment.more)
            if datagram.fault:
                notes.setdefault(_FAULT, {})[row] = datagram.fault
                continue
            for name, place, port in _ports(packets, datagram, fragment):
                notes.setdefault(name, {})[place] = port
            data = datagram.whole()
            if data is not None:
                made_of = tuple(sorted(one.frame for one in datagram.pieces))
                whole.append(_Whole(row, fragment.level, fragment.before + data, made_of))
                others = [one.row for one in datagram.pieces if one.row not in (-1, row)]
                notes.setdefault(_WHERE, {}).update(dict.fromkeys(others, packet.number))
                notes.setdefault(_COUNT, {})[row] = len(made_of)
                self._waiting.done(key)
        for name, values in notes.items():
            _write(packets, name, list(values), np.array(list(values.values())))
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
        sent = [list(_sent(packets, one)) for one in whole]
        _replace(packets, rows, self._decode(records))
        written: dict[str, dict[int, Value]] = {}
        for one, values in zip(whole, sent, strict=True):
            depth = packets[one.row].integer("frame.tunnels") or 0
            for level, name, value in values:
                prefix = _PREFIXES.get(depth - level)
                if prefix is not None:
                    written.setdefault(prefix + name, {})[one.row] = value
            number = packets[one.row].number
            packets.rebuilt[number] = one.frame
            packets.made_of[number] = one.made_of
        for name, of_rows in written.items():
            _write(packets, name, list(of_rows), np.array(list(of_rows.values())))


_PREFIXES = {0: "", 1: schema.OUTER}


def _sent(packets: Packets, whole: _Whole) -> Iterator[tuple[int, str, Value]]:
    """(level, column, value) of what the packet of a fragment and those around it say of themselves."""
    packet = packets[whole.row]
    depth = packet.integer("frame.tunnels") or 0
    for level in range(whole.level + 1):
        prefix = _PREFIXES.get(depth - level)
        for name in _AS_SENT if level == whole.level else _AS_SENT_AROUND:
            value = None if prefix is None else packet.get(prefix + name)
            if value is not None:
                yield level, name, value


def _ports(packets: Packets, datagram: Datagram, fragment: Fragment) -> Iterator[tuple[str, int, int]]:
    """(column, row, port) for the fragments that get ports now: this one, or with the first all that wait for it."""
    packet, waited = packets[fragment.row], [fragment.row]
    if fragment.begin == 0 and datagram.ports is None:
        prefix = _PREFIXES.get((packet.integer("frame.tunnels") or 0) - fragment.level, "")
        for name in _TRANSPORTS:
            ports = packet.integer(f"{prefix}{name}.srcport"), packet.integer(f"{prefix}{name}.dstport")
            if ports[0] is not None and ports[1] is not None:
                datagram.ports = (name, ports[0], ports[1])
                waited = [one.row for one in datagram.pieces if one.row >= 0 and one.begin]
    if datagram.ports is None:
        return
    name, source, destination = datagram.ports
    for row in waited:
        yield f"{name}.srcport", row, source
        yield f"{name}.dstport", row, destination


def _write(packets: Packets, name: str, rows: Sequence[int], values: NDArray[np.int64]) -> None:
    """Set some rows of a column; its arrays are its own afterwards."""
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
