"""How are the addresses inside a frame replaced?

Law: headers are walked here with struct alone. A checksum that was right is right again, a partial one (the sum of the
pseudo header, as offload leaves it) is partial again, and a wrong or absent one stays as it was.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

Change = Callable[[bytes], bytes]
ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276
TUNNEL_PORTS = {8472: 8, 4789: 8, 51999: 8, 51998: 8, 4790: 8}
ERRORS = {1: {3, 5, 11, 12}, 58: {1, 2, 3, 4}}
SUM_AT = {1: 2, 58: 2, 6: 16, 17: 6}


def rewritten(frame: bytes, linktype: int, ip: Change, mac: Change) -> bytes:
    """A frame with other addresses."""
    data = bytearray(frame)
    walk = _Walk(data, ip, mac)
    if linktype == ETHERNET:
        walk.ethernet(0)
    elif linktype == SLL2:
        walk.change(12, 6, mac)
        walk.network(20, _u16(data, 0))
    elif linktype == SLL:
        walk.change(6, 6, mac)
        walk.network(16, _u16(data, 14))
    elif linktype == RAW and data:
        walk.network(0, 0x800 if data[0] >> 4 == 4 else 0x86DD)
    return bytes(data)


class _Part(NamedTuple):
    """The payload of an IP packet: begin and end in the frame, protocol, where its header is and of which version."""

    at: int
    end: int
    protocol: int
    header: int
    version: int

    @property
    def place(self) -> int:
        """Where its checksum is; beyond every frame where it has none."""
        return self.at + SUM_AT.get(self.protocol, 1 << 20)


class _Walk:
    """One frame on its way through the headers."""

    def __init__(self, data: bytearray, ip: Change, mac: Change) -> None:
        self.data, self.ip, self.mac = data, ip, mac

    def change(self, at: int, size: int, how: Change) -> None:
        """Replace one address, if all of it was captured."""
        if at + size <= len(self.data):
            self.data[at : at + size] = how(bytes(self.data[at : at + size]))

    def ethernet(self, at: int) -> None:
        """Both MACs and what they carry."""
        self.change(at, 6, self.mac)
        self.change(at + 6, 6, self.mac)
        if at + 14 <= len(self.data):
            self.network(at + 14, _u16(self.data, at + 12))

    def network(self, at: int, ethertype: int) -> None:
        """VLAN tags, ARP, IPv4, IPv6."""
        while ethertype in {0x8100, 0x88A8} and at + 4 <= len(self.data):
            at, ethertype = at + 4, _u16(self.data, at + 2)
        if ethertype == 0x0806:
            for offset, size, how in ((8, 6, self.mac), (14, 4, self.ip), (18, 6, self.mac), (24, 4, self.ip)):
                self.change(at + offset, size, how)
        elif ethertype == 0x0800 and at + 20 <= len(self.data):
            self.ipv4(at)
        elif ethertype == 0x86DD and at + 40 <= len(self.data):
            self.ipv6(at)

    def ipv4(self, at: int) -> None:
        """The header with its checksum, then the payload."""
        data, length = self.data, (self.data[at] & 15) * 4
        fragment, protocol = _u16(data, at + 6) & 0x3FFF, data[at + 9]
        end = min(at + _u16(data, at + 2), len(data))
        whole = not fragment and at + _u16(data, at + 2) <= len(data)
        part = _Part(at + length, end, protocol, at, 4)
        state = self.state(part) if whole else self.sum_of(part)
        right = _sum(data[at : at + length]) == 0xFFFF
        self.change(at + 12, 4, self.ip)
        self.change(at + 16, 4, self.ip)
        if right:
            data[at + 10 : at + 12] = bytes(2)
            data[at + 10 : at + 12] = struct.pack(">H", 0xFFFF - _sum(data[at : at + length]))
        if fragment & 0x1FFF:
            state = None
        else:
            self.payload(at + length, end, protocol, fragment=bool(fragment))
        self.restore(state, part)

    def ipv6(self, at: int) -> None:
        """The header, extension headers, then the payload."""
        data, protocol, payload, later = self.data, self.data[at + 6], at + 40, False
        end = min(at + 40 + _u16(data, at + 4), len(data))
        whole = at + 40 + _u16(data, at + 4) <= len(data)
        while protocol in {0, 43, 44, 60} and payload + 8 <= len(data):
            if protocol == 44:
                later, whole = bool(_u16(data, payload + 2) >> 3), False
            size = 8 if protocol == 44 else (data[payload + 1] + 1) * 8
            protocol, payload = data[payload], payload + size
        part = _Part(payload, end, protocol, at, 6)
        state = None if later else self.state(part) if whole else self.sum_of(part)
        self.change(at + 8, 16, self.ip)
        self.change(at + 24, 16, self.ip)
        if not later:
            self.payload(payload, end, protocol, fragment=not whole)
        self.restore(state, part)

    def payload(self, at: int, end: int, protocol: int, *, fragment: bool) -> None:
        """Tunnels, neighbour discovery, and what an error quotes."""
        data = self.data
        if protocol == 4 and at + 20 <= len(data):
            self.ipv4(at)
        elif protocol == 17 and at + 8 <= end and _u16(data, at + 2) in TUNNEL_PORTS:
            if _u16(data, at + 2) == 4790 and at + 16 <= end:
                self.network(at + 16, {1: 0x800, 2: 0x86DD}.get(data[at + 11], 0))
            elif at + 30 <= end:
                self.ethernet(at + 16)
        elif protocol in ERRORS and at + 8 < end and data[at] in ERRORS[protocol]:
            self.network(at + 8, 0x800 if protocol == 1 else 0x86DD)
        elif protocol == 58 and not fragment and at + 8 <= end and data[at] in {133, 134, 135, 136, 137}:
            self.discovery(at, end)

    def discovery(self, at: int, end: int) -> None:
        """Target, destination and link-layer options."""
        kind = self.data[at]
        if kind >= 135:
            self.change(at + 8, 16, self.ip)
        if kind == 137:
            self.change(at + 24, 16, self.ip)
        option = at + {133: 8, 134: 16, 137: 40}.get(kind, 24)
        while option + 8 <= end and self.data[option + 1]:
            if self.data[option] in {1, 2}:
                self.change(option + 2, 6, self.mac)
            option += self.data[option + 1] * 8

    def state(self, part: _Part) -> str | None:
        """`right` or `partial`, None where a checksum is neither, or absent."""
        if part.place + 2 > part.end:
            return None
        pseudo = self.pseudo(part)
        if _u16(self.data, part.place) == pseudo % 0xFFFF and part.protocol in {6, 17}:
            return "partial"
        total = _add(pseudo, _sum(self.data[part.at : part.end]))
        return "right" if total == 0xFFFF and _u16(self.data, part.place) else None

    def sum_of(self, part: _Part) -> int | None:
        """What is there of a datagram in fragments or cut short, summed; None where it has no checksum."""
        if part.place + 2 > part.end or not _u16(self.data, part.place):
            return None
        return _add(self.pseudo(part), _sum(self.data[part.at : part.end]))

    def restore(self, state: str | int | None, part: _Part) -> None:
        """Write the checksum so that it is as it was; an integer is what sum_of gave before (RFC 1624, eq. 3)."""
        if state is None:
            return
        if isinstance(state, int):
            change = _add(self.sum_of(part) or 0, 0xFFFF - state)
            new = 0xFFFF - _add(0xFFFF - _u16(self.data, part.place), change)
        else:
            self.data[part.place : part.place + 2] = bytes(2)
            pseudo = self.pseudo(part)
            whole = 0xFFFF - _add(pseudo, _sum(self.data[part.at : part.end]))
            new = pseudo % 0xFFFF if state == "partial" else whole
            new = 0xFFFF if part.protocol == 17 and not new else new
        self.data[part.place : part.place + 2] = struct.pack(">H", new)

    def pseudo(self, part: _Part) -> int:
        """The sum of the pseudo header; ICMP of IPv4 has none."""
        if part.protocol == 1:
            return 0
        first, last = (12, 20) if part.version == 4 else (8, 40)
        own = _sum(self.data[part.header + first : part.header + last])
        return _add(own, _add(part.protocol, part.end - part.at))


def _u16(data: bytes | bytearray, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])


def _sum(data: bytes | bytearray) -> int:
    even = bytes(data) + b"\x00" * (len(data) % 2)
    return _add(sum(struct.unpack(f">{len(even) // 2}H", even)), 0)


def _add(one: int, other: int) -> int:
    total = one + other
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
