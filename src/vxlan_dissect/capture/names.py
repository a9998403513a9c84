"""What do the blocks of a capture call addresses, and what did its writer note of it?

Law: names are kept as they stand, in the order of the file and up to a bound; what is above it is counted. Nothing here
says what a name means. Format: draft-ietf-opsawg-pcapng, sections 4.5 (name resolution) and 4.6 (interface statistics).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

MOST_NAMES = 100_000
_LONGEST_NAME = 1024
_END, _IPV4, _IPV6, _EUI48 = 0, 1, 2, 3
_LENGTHS = {_IPV4: 4, _IPV6: 16, _EUI48: 6}


class BlockNames:
    """Names and comments of a capture; all grow while it is read.

    `addresses`: what a name resolution block calls an IP address, or a MAC (int). `section_comments` and
    `interface_comments`: of section headers and of interface descriptions. `left`: how many there were above the bound.
    `drops`: by interface how many frames were dropped before they were written, as its latest statistics say.
    """

    def __init__(self) -> None:
        self.addresses: list[tuple[IP | int, str]] = []
        self.section_comments: list[str] = []
        self.interface_comments: list[str] = []
        self.left = 0
        self.drops: dict[int, int] = {}

    def resolve(self, data: bytes | mmap, position: int, total: int, order: str) -> None:
        """Take a name resolution block of `total` bytes."""
        for address, name in _records(data, position + 8, position + total - 4, order):
            if len(self.addresses) < MOST_NAMES:
                self.addresses.append((address, name))
            else:
                self.left += 1

    def comment(self, of: list[str], text: str | None) -> None:
        """Keep a comment of a section or an interface."""
        if text and len(of) < MOST_NAMES:
            of.append(text)
        elif text:
            self.left += 1


def _records(data: bytes | mmap, position: int, end: int, order: str) -> Iterator[tuple[IP | int, str]]:
    """The records of a block, up to the end mark or the first that does not fit; of kinds that are not known, none."""
    header = Struct(f"{order}HH")
    while end - position >= 4:
        kind, length = header.unpack_from(data, position)
        position += 4
        if kind == _END or length > end - position:
            return
        size = _LENGTHS.get(kind, length)
        if size < length:
            value = int.from_bytes(data[position : position + size], "big")
            address = value if kind == _EUI48 else IP(4 if kind == _IPV4 else 6, value)
            for name in bytes(data[position + size : position + length]).split(b"\0"):
                if name and len(name) <= _LONGEST_NAME:
                    yield address, name.decode("utf-8", "replace")
        position += length + -length % 4
