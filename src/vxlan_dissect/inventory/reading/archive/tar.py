"""Which members does a tar have?

Law: a tar is read as it comes, and a member's bytes are passed where nobody asks for them. Links and devices are told
by their type alone and have no bytes. Format: POSIX.1-2017, pax (ustar and extended headers); GNU tar (long names).

The standard library's module is not used: it keeps an object for each member, and reads headers of any stated length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.reading.archive.entries import ArchiveError, Entry, nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.reading.archive.entries import Stream

BLOCK = 512
_MOST_HEADER = 64 << 10  # bytes of an extended header: a name has 4096 at most
_LARGEST = 1 << 40
_SKIPPED_AT_ONCE = 1 << 20
_REGULAR, _FOLDER = frozenset(b"\x000 7"), ord("5")
_KINDS = {
    ord("1"): "a link", ord("2"): "a link", ord("3"): "neither file nor folder", ord("4"): "neither file nor folder",
    ord("6"): "neither file nor folder", ord("S"): "a sparse file",
}  # fmt: skip
_LONG_NAME, _LONG_LINK, _EXTENDED, _GLOBAL = ord("L"), ord("K"), ord("x"), ord("g")


def is_tar(block: bytes) -> bool:
    """Whether a block is the header of a member: its checksum, which no text has, fits."""
    if len(block) < BLOCK or not block[0]:
        return False
    said = _number(block[148:156])
    return said is not None and said == sum(block[:148]) + 8 * 32 + sum(block[156:BLOCK])


def tar_entries(stream: Stream) -> Iterator[Entry]:
    """The members of a tar. Raises ArchiveError."""
    long_name: str | None = None
    extended: dict[str, str] = {}
    while True:
        block = stream.take(BLOCK)
        if not block.strip(b"\0"):
            if len(block) < BLOCK:
                raise ArchiveError("cut: its end is missing")
            return
        if not is_tar(block):
            raise ArchiveError("cut: a header is not all there" if len(block) < BLOCK else "damaged: no header of tar")
        size, kind = _number(block[124:136]), block[156]
        if kind not in {_LONG_NAME, _LONG_LINK, _EXTENDED, _GLOBAL} and extended.get("size", "").isdecimal():
            size = int(extended["size"][:20])
        if size is None or not 0 <= size < _LARGEST:
            raise ArchiveError("damaged: a member without a size")
        body = _Body(stream, size)
        if kind in {_LONG_NAME, _LONG_LINK, _EXTENDED, _GLOBAL}:
            if size > _MOST_HEADER:
                raise ArchiveError(f"a header of {size} bytes, more than {_MOST_HEADER >> 10} KiB")
            data = body.read(size)
            if kind == _LONG_NAME:
                long_name = data.rstrip(b"\0").decode("utf-8", "replace")
            elif kind == _EXTENDED:
                extended = _records(data)
        else:
            name = extended.get("path") or long_name or _name(block)
            folder = kind == _FOLDER or (kind in _REGULAR and name.endswith("/"))
            why = None if folder or kind in _REGULAR else _KINDS.get(kind, f"a member of type {chr(kind)!r}")
            if "GNU.sparse.major" in extended or "GNU.sparse.map" in extended:
                why = "a sparse file"
            yield Entry(name, folder, why, nothing if why else body.read, lasting=False)
            long_name, extended = None, {}
        body.skip()


class _Body:
    """The bytes of a member; those that were read stay, so that they can be read again from the start."""

    def __init__(self, stream: Stream, size: int) -> None:
        self.stream, self.size = stream, size
        self.came = bytearray()

    def read(self, size: int) -> bytes:
        """The first `size` bytes."""
        wanted = min(size, self.size) - len(self.came)
        if wanted > 0:
            data = self.stream.take(wanted)
            self.came += data
            if len(data) < wanted:
                raise ArchiveError("cut: the member is not all there")
        return bytes(self.came[:size])

    def skip(self) -> None:
        """Pass what was not read, and the rest of the last block."""
        left = self.size - len(self.came) + -self.size % BLOCK
        self.came = bytearray()
        while left:
            passed = len(self.stream.take(min(left, _SKIPPED_AT_ONCE)))
            if not passed:
                raise ArchiveError("cut: the last member is not all there")
            left -= passed


def _number(field: bytes) -> int | None:
    """An octal number, or one of 95 bits as GNU tar writes it; None for what is none."""
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & ((1 << 8 * len(field) - 1) - 1)
    text = field.strip(b"\0 ")
    return int(text, 8) if text and all(48 <= digit < 56 for digit in text) else (0 if not text else None)


def _name(block: bytes) -> str:
    name, prefix = (_text(block[begin:end]) for begin, end in ((0, 100), (345, 500)))
    return f"{prefix}/{name}" if prefix and block[257:263] == b"ustar\0" else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _records(data: bytes) -> dict[str, str]:
    """The records of an extended header: a length in decimal, a blank, `path=some/long/name`, a line feed."""
    found: dict[str, str] = {}
    while data:
        digits, blank, _ = data.partition(b" ")
        length = int(digits) if digits.isdigit() and len(digits) < 6 else 0
        if not blank or not len(digits) + 1 < length <= len(data):
            raise ArchiveError("damaged: an extended header")
        key, _, value = data[len(digits) + 1 : length].removesuffix(b"\n").partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        data = data[length:]
    return found
