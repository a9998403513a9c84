"""Which fragments does a frame hold, and what stands before them?

Law: what is read here comes from the walk that makes the columns, so that a fragment lies where the columns say. Of
fragments inside fragments the outermost is found: the others show once it is whole.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.dissect import trace
from vxlan_dissect.reassembly.datagram import CUT, LENGTH
from vxlan_dissect.wire.gre import FLAG_C, FLAG_K, FLAG_R
from vxlan_dissect.wire.header import QUOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vxlan_dissect.dissect import Traced
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.wire.walk import Place

_WORD = Struct(">H")
_TOTAL_LENGTH, _FLAGS, _PAYLOAD_LENGTH, _UDP_LENGTH = 2, 6, 4, 4  # places in IPv4, IPv4, IPv6 and UDP
_DONT_FRAGMENT = 0x4000
# Between two places of these headers stands which network the packet inside is of: others may use the same addresses.
_NETWORKS = {"vlan": (0, 2), "mpls": (0, 3), "vxlan": (4, 7), "geneve": (4, 7)}
FRAGMENT_COLUMNS = ("ip.flags.mf", "ip.frag_offset", "ipv6.fraghdr.more", "ipv6.fraghdr.offset")


class Fragment(NamedTuple):
    """A fragment in the frame at `row`, in its packet of `level`.

    `key`: what the fragments of one datagram share within a capture point. `begin`: place of `data` in the datagram.
    `more`: others come after it. `fault`: CUT where the capture does not hold all of it, LENGTH where it has a length
    that no fragment may have, else 0. `protocol`: what the datagram is. `before`: the frame up to the data, changed so
    that a whole datagram can follow: lengths around it are 0, which means up to the end (wire.ipv4, ipv6, udp), and it
    is no fragment any more.
    """

    row: int
    level: int
    key: tuple[Any, ...]
    begin: int
    more: bool
    data: bytes
    fault: int
    protocol: int
    before: bytes


class _Extent(NamedTuple):
    """Where a fragment belongs in its datagram, where its packet ends in the buffer, and whether others come after."""

    begin: int
    end: int
    more: bool
    protocol: int


def fragments(packets: Packets, rows: NDArray[np.intp]) -> list[Fragment]:
    """The fragments in these rows, in the order of the rows."""
    found = [fragment for traced in trace(packets, rows) for fragment in _Reader(traced).fragments()]
    return sorted(found, key=lambda fragment: fragment.row)


def fragment_rows(packets: Packets) -> NDArray[np.intp]:
    """The rows that hold a fragment in any of their packets, shape (k,)."""
    found = np.zeros(len(packets), dtype=bool)
    for level in ("", "outer."):
        for name in FRAGMENT_COLUMNS:
            column = packets.columns.get(level + name)
            if column is not None:
                found |= column.valid & (column.values != 0)
    return np.flatnonzero(found)


class _Reader:
    """Frames that were walked: what was read of each so far."""

    def __init__(self, traced: Traced) -> None:
        self._rows = traced.rows.tolist()
        self._frames = traced.frames
        self._places = traced.places
        self._patches: dict[int, list[tuple[int, bytes]]] = {}
        self._ends: dict[tuple[int, int], int] = {}
        self._keys: dict[int, tuple[Any, ...]] = {}
        self._found: dict[int, Fragment] = {}

    def fragments(self) -> Iterator[Fragment]:
        readers = {"ip": self._ipv4, "ipv6": self._ipv6, "ipv6.fraghdr": self._fraghdr, "udp": self._udp}
        for place in self._places:
            name = self._frames.dispatch.headers[place.header].name
            read = readers.get(name)
            if place.work.level == QUOTE:
                continue
            for number, local in enumerate(place.work.rows.tolist()):
                if local in self._found:
                    continue
                if read is not None:
                    read(place, number, local)
                elif name in _NETWORKS:
                    begin, end = _NETWORKS[name]
                    self._network(place, number, local, begin, end)
                elif name == "gre" and (flags := int(place.structs[number]["flags_version"])) & FLAG_K:
                    begin = 8 if flags & (FLAG_C | FLAG_R) else 4
                    self._network(place, number, local, begin, begin + 4)
        yield from self._found.values()

    def _network(self, place: Place, number: int, local: int, begin: int, end: int) -> None:
        at = int(place.work.offsets[number])
        which = self._frames.buffer[at + begin : at + end].tobytes()
        self._keys[local] = (*self._keys.get(local, ()), which)

    def _ipv4(self, place: Place, number: int, local: int) -> None:
        header, at = place.structs[number], int(place.work.offsets[number])
        total, flags = int(header["total_length"]), int(header["flags_offset"])
        end = at + total if total else int(place.work.ends[number])
        self._patch(local, at + _TOTAL_LENGTH, _WORD.pack(0))
        addresses = (int(header["source"]), int(header["destination"]))
        if flags & 0x3FFF:
            self._patch(local, at + _FLAGS, _WORD.pack(flags & _DONT_FRAGMENT))
            key = (4, *addresses, int(header["protocol"]), int(header["identification"]))
            self._note(place, number, key, _Extent((flags & 0x1FFF) * 8, end, bool(flags & 0x2000), key[3]))
        self._keys[local] = (*self._keys.get(local, ()), *addresses)

    def _ipv6(self, place: Place, number: int, local: int) -> None:
        header, at = place.structs[number], int(place.work.offsets[number])
        length, end = int(header["payload_length"]), int(place.work.ends[number])
        self._ends[local, place.work.level] = int(place.body[number]) + length if length else end
        self._patch(local, at + _PAYLOAD_LENGTH, _WORD.pack(0))
        self._keys[local] = (*self._keys.get(local, ()), header["source"].tobytes(), header["destination"].tobytes())

    def _fraghdr(self, place: Place, number: int, local: int) -> None:
        header, at = place.structs[number], int(place.work.offsets[number])
        word = int(header["offset_more"])
        if not word & 0xFFF9:  # an atomic fragment is whole (RFC 6946)
            return
        self._patch(local, at + 2, _WORD.pack(0))
        key = (6, int(header["next_header"]), int(header["identification"]))
        end = self._ends.get((local, place.work.level), int(place.work.ends[number]))
        self._note(place, number, key, _Extent(word & 0xFFF8, end, bool(word & 1), key[1]))

    def _udp(self, place: Place, number: int, local: int) -> None:
        self._patch(local, int(place.work.offsets[number]) + _UDP_LENGTH, _WORD.pack(0))

    def _patch(self, local: int, at: int, value: bytes) -> None:
        self._patches.setdefault(local, []).append((at - int(self._frames.starts[local]), value))

    def _note(self, place: Place, number: int, key: tuple[Any, ...], extent: _Extent) -> None:
        frames, local, body = self._frames, int(place.work.rows[number]), int(place.body[number])
        end = min(extent.end, int(place.work.ends[number]))
        held = min(end, int(frames.captured[local]))
        start = int(frames.starts[local])
        before = bytearray(frames.buffer[start:body].tobytes())
        for at, value in self._patches.get(local, ()):
            if at + len(value) <= len(before):
                before[at : at + len(value)] = value
        # All but the last fragment end at a multiple of 8 bytes (RFC 791 section 3.2, RFC 8200 section 4.5).
        wrong = (extent.more and (end - body) % 8 != 0) or end <= body
        self._found[local] = Fragment(
            self._rows[local], place.work.level, (*self._keys.get(local, ()), *key), extent.begin, extent.more,
            frames.buffer[body:held].tobytes(), CUT if held < end else LENGTH if wrong else 0, extent.protocol,
            bytes(before),
        )  # fmt: skip
