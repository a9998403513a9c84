"""Which bytes does a hex dump in a text hold, and where in the frame do they begin?

Law: a dump is read until its first damage, no further. It is taken for a frame only where it agrees with the line that
it stands below: tcpdump also dumps single options and payloads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP
from vxlan_dissect.capture.records import ETHERNET, LINUX_SLL, LINUX_SLL2, NULL, RAW

if TYPE_CHECKING:
    from vxlan_dissect.capture.told import Told

# tcpdump's `0x0010:  4500 0054`, and `0010  45 00 00 54` or `00000010: 4500 0054` of other tools
_LINE = re.compile(
    r"[\s>|]{0,40}(?:0x([0-9a-f]{4,8}):|([0-9a-f]{4,8}):?(?=\s+[0-9a-f]{2}(?:[0-9a-f]{2})?\s))\s{0,8}", re.IGNORECASE
)
_GROUP = re.compile(r"(?:[0-9a-f]{2}){1,2}", re.IGNORECASE)
_A_LINE = 16  # bytes
_MAX_DUMP = 1 << 18  # longer than any frame that tcpdump prints (its MAXIMUM_SNAPLEN)
_MAX_DUMPS = 64  # below one packet: one of the frame, the others of its options
# Bytes before the network header -> link type; VLAN tags are 4 bytes each.
_LINK_HEADERS = {
    4: NULL, 14: ETHERNET, 16: LINUX_SLL, 18: ETHERNET, 20: LINUX_SLL2, 22: ETHERNET, 24: LINUX_SLL2, 26: ETHERNET,
}  # fmt: skip
# network header -> its EtherType, how its hex begins, the columns of its addresses and where they stand in it
_NETWORKS = {
    "arp": (b"\x08\x06", "000108000604", ("arp.src.proto_ipv4",), 14),
    "ip": (b"\x08\x00", "4", ("ip.src", "ip.dst"), 12),
    "ipv6": (b"\x86\xdd", "6", ("ipv6.src", "ipv6.dst"), 8),
}


class Dumps:
    """The dumps below one packet line, each read until its first damage; `damaged` counts the damages."""

    __slots__ = ("_sound", "damaged", "dumps")

    def __init__(self) -> None:
        self.dumps: list[bytearray] = []
        self.damaged = 0
        self._sound = False

    def add(self, line: str) -> bool:
        """Take a line of a dump; False where it is none."""
        found = _LINE.match(line)
        if found is None:
            return False
        offset = int(found[1] or found[2], 16)
        if offset == 0 and len(self.dumps) < _MAX_DUMPS:
            self.dumps.append(bytearray())
            self._sound = True
        dump = self.dumps[-1] if self.dumps else bytearray()
        if found[1] is None and offset != len(dump):
            return False
        if not self.dumps:  # the first line is missing
            self.dumps.append(dump)
            self._sound = True
        if self._sound:
            data, sound = _bytes(line[found.end() :])
            if offset == len(dump) < _MAX_DUMP:
                dump += data
            else:
                sound = False
            self._sound = sound
            self.damaged += not sound
        return True


def _bytes(text: str) -> tuple[bytes, bool]:
    """The bytes of one line after its offset, and whether nothing was wrong with it."""
    read = bytearray()
    words = text.split(" ")
    for index, word in enumerate(words):
        if len(read) >= _A_LINE or (not word and not (len(read) == 8 and len(words[index - 1]) == 2)):
            break  # the column of characters follows after two spaces
        if len(word) == len(read) and word == _characters(read):
            break  # after one, where spaces were lost
        if word:
            if not _GROUP.fullmatch(word):
                return bytes(read), False
            read += bytes.fromhex(word)
    return bytes(read[:_A_LINE]), True


def _characters(data: bytes | bytearray) -> str:
    """As the column beside the hex shows them (hex_and_ascii_print of print-ascii.c)."""
    return "".join(chr(byte) if 0x21 <= byte <= 0x7E else "." for byte in data)


def link_header(dump: bytes | bytearray, told: Told) -> int | None:
    """How many bytes stand before the network header in the dump of a packet; None where it is not of this packet."""
    outermost = told.levels[0]
    source, destination = outermost.get("eth.src"), outermost.get("eth.dst")
    macs = b"".join(mac.to_bytes(6, "big") for mac in (destination, source) if isinstance(mac, int))
    if len(macs) == 12 and dump.startswith(macs):
        tags = outermost.get("vlan.tags")
        return 14 + 4 * tags if isinstance(tags, int) else 14
    for layer in told.layers:
        if layer in _NETWORKS:
            starts = (*_LINK_HEADERS, 0) if layer != "arp" else _LINK_HEADERS  # nothing decodes an ARP without a link
            return next((start for start in starts if _agrees(dump, start, layer, told)), None)
    return None


def linktype_of(start: int) -> int:
    """The link type of a dump in which `start` bytes stand before the network header."""
    return _LINK_HEADERS.get(start, ETHERNET) if start else RAW


def wire_length(dump: bytes | bytearray, start: int, told: Told) -> int:
    """How long the frame of a dump was on the wire, as the line or the IP header in the dump says; not less than it."""
    said = told.frame.get("frame.len")
    if start and isinstance(said, int):
        return max(len(dump), said)
    first, length = dump[start : start + 1].hex()[:1], 0
    if first == "4":
        length = int.from_bytes(dump[start + 2 : start + 4], "big")
    elif first == "6":
        length = 40 + int.from_bytes(dump[start + 4 : start + 6], "big")
    return max(len(dump), start + length)


def _agrees(dump: bytes | bytearray, start: int, layer: str, told: Told) -> bool:
    """Whether the network header that the line shows may begin at `start`."""
    ethertype, first, columns, place = _NETWORKS[layer]
    if not dump[start : start + 6].hex().startswith(first):
        return False
    ends = [told.levels[0].get(column) for column in columns]
    said = b"".join(end.value.to_bytes(end.bits // 8, "big") for end in ends if isinstance(end, IP))
    seen = dump[start + place : start + place + len(said)]
    if all(ends):
        return len(seen) >= 4 and said.startswith(seen)
    # Names of hosts: an EtherType before the header tells that there is a link header, and its length that it is one.
    return len(dump) >= start + 20 and (start == 0 or dump[start - 2 : start] == ethertype)
