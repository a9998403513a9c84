"""Which members does a zip have?

Law: the directory at the end counts; its size and number are judged before it is walked. Members that lie over each
other are a bomb, and the whole archive is refused. Without a directory (the archive is cut) the members that stand one
after the other are read as far as they go. Format: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.3 (zip64).

The standard library's module is not used: it believes the directory, builds an object for each entry of it first, and
decompresses bzip2 and LZMA without a bound.
"""

from __future__ import annotations

import stat
import zlib
from functools import partial
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.reading.archive.entries import (
    MOST_ENTRIES,
    ArchiveError,
    Budget,
    Entry,
    Inflater,
    nothing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.reading.archive.entries import Buffer

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR64, _DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_LOCAL_HEADER = Struct("<4sHHHHHIIIHH")
_CENTRAL_HEADER = Struct("<4sHHHHHHIIIHHHHHII")
_END_RECORD = Struct("<4sHHHHIIH")
_END64_RECORD = Struct("<4sQHHIIQQQQ")
_MOST_DIRECTORY = 64 << 20
_LONGEST_COMMENT = 0xFFFF
_ABSENT = 0xFFFFFFFF  # the value stands in the zip64 field
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_AFTER, _UTF8 = 1, 8, 0x800
_UNIX = 3
MOST_MEMBER = 256 << 20  # of a cut archive, where a member must be read to find the next


class _Member(NamedTuple):
    """An entry of the directory; `offset` of its local header in the buffer."""

    name: str
    flags: int
    method: int
    checksum: int
    compressed: int
    size: int
    offset: int
    mode: int


def zip_entries(buffer: Buffer, budget: Budget) -> Iterator[Entry]:
    """The members of a zip. Raises ArchiveError."""
    directory = _directory(buffer)
    if directory is None:
        yield from _without_directory(buffer, budget)
        return
    begin, end, shift = directory
    members = list(_members(buffer, begin, end, shift))
    _refuse_overlaps(members, begin)
    for member in members:
        yield Entry(
            member.name, member.name.endswith("/"), _why(member), partial(_read, buffer, member, budget), lasting=True
        )


def _directory(buffer: Buffer) -> tuple[int, int, int] | None:
    """Where the directory begins and ends, and by how much a prefix has moved it; None where there is none."""
    at = buffer.rfind(_END, max(0, len(buffer) - _END_RECORD.size - _LONGEST_COMMENT))
    if at < 0 or at + _END_RECORD.size > len(buffer):
        return None
    _, _, _, _, count, size, offset, _ = _END_RECORD.unpack_from(buffer, at)
    end = at
    if at >= 20 and buffer[at - 20 : at - 16] == _LOCATOR64:
        at = buffer.rfind(_END64, max(0, at - 20 - _END64_RECORD.size - 4096), at)
        if at >= 0:
            _, _, _, _, _, _, _, count, size, offset = _END64_RECORD.unpack_from(buffer, at)
            end = at
    if count > MOST_ENTRIES:
        raise ArchiveError(f"{count} entries, more than {MOST_ENTRIES}")
    if size > _MOST_DIRECTORY:
        raise ArchiveError(f"a directory of {size} bytes, more than {_MOST_DIRECTORY >> 20} MiB")
    begin = end - size
    if begin < 0 or (size and buffer[begin : begin + 4] != _CENTRAL):
        raise ArchiveError("damaged: its directory is not where it should be")
    return begin, end, begin - offset


def _members(buffer: Buffer, begin: int, end: int, shift: int) -> Iterator[_Member]:
    at = begin
    count = 0
    while at + _CENTRAL_HEADER.size <= end and buffer[at : at + 4] == _CENTRAL:
        count += 1
        if count > MOST_ENTRIES:  # whatever the end record claims
            raise ArchiveError(f"more than {MOST_ENTRIES} entries")
        (
            _, made_by, _, flags, method, _, _, checksum, compressed, size, name_length, extra_length, comment_length,
            _, _, attributes, offset,
        ) = _CENTRAL_HEADER.unpack_from(buffer, at)  # fmt: skip
        name_at = at + _CENTRAL_HEADER.size
        extra_at = name_at + name_length
        extra = bytes(buffer[extra_at : extra_at + extra_length])
        size, compressed, offset = _sizes64(extra, size, compressed, offset)
        mode = attributes >> 16 if made_by >> 8 == _UNIX else 0
        name = bytes(buffer[name_at:extra_at]).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        yield _Member(name, flags, method, checksum, compressed, size, offset + shift, mode)
        at = extra_at + extra_length + comment_length


def _sizes64(extra: bytes, *values: int) -> tuple[int, int, int]:
    """The values that do not fit 32 bits, from the field of zip64 (APPNOTE 4.5.3), in this order."""
    found = list(values)
    at = 0
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == 1:
            words = [int.from_bytes(extra[i : i + 8], "little") for i in range(at + 4, at + 4 + length - 7, 8)]
            for place, value in enumerate(found):
                if value == _ABSENT and words:
                    found[place] = words.pop(0)
        at += 4 + length
    return found[0], found[1], found[2]


def _refuse_overlaps(members: list[_Member], directory: int) -> None:
    """Raises ArchiveError where two members share bytes, as in a bomb without nesting."""
    end = 0
    for member in sorted(members, key=lambda each: each.offset):
        if member.offset < end:
            raise ArchiveError("a bomb: its members lie over each other")
        end = member.offset + _LOCAL_HEADER.size + member.compressed
    if end > directory:
        raise ArchiveError("a bomb, or damaged: its members reach into the directory")


def _why(member: _Member) -> str | None:
    if member.flags & _ENCRYPTED:
        return "encrypted"
    if member.method not in {_STORED, _DEFLATED}:
        return f"compressed by method {member.method}, which is not read"
    kind = stat.S_IFMT(member.mode)
    if kind == stat.S_IFLNK:
        return "a link"
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "neither file nor folder"
    return None


def _read(buffer: Buffer, member: _Member, budget: Budget, size: int) -> bytes:
    at = member.offset
    if at < 0 or at + _LOCAL_HEADER.size > len(buffer) or buffer[at : at + 4] != _LOCAL:
        raise ArchiveError("damaged: the member is not where the directory says")
    *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(buffer, at)
    begin = at + _LOCAL_HEADER.size + name_length + extra_length
    end = begin + member.compressed
    if end > len(buffer):
        raise ArchiveError("cut: the member is not all there")
    if member.method == _STORED:
        data = bytes(buffer[begin : min(begin + size, end)])
        budget.take(len(data))
        complete = end - begin <= size
    else:
        stream = Inflater(buffer, begin, end, -zlib.MAX_WBITS, budget)
        data = stream.take(size)
        complete = stream.finished
    if complete and zlib.crc32(data) != member.checksum:
        raise ArchiveError("damaged: the checksum does not fit")
    return data


def _without_directory(buffer: Buffer, budget: Budget) -> Iterator[Entry]:
    """The members of a cut archive, one after the other; ends in ArchiveError, since the end is missing."""
    at = buffer.find(_LOCAL)
    while at >= 0 and buffer[at : at + 4] == _LOCAL and at + _LOCAL_HEADER.size <= len(buffer):
        _, _, flags, method, _, _, checksum, compressed, size, name_length, extra_length = _LOCAL_HEADER.unpack_from(
            buffer, at
        )
        name_at = at + _LOCAL_HEADER.size
        begin = name_at + name_length + extra_length
        extra = bytes(buffer[name_at + name_length : begin])
        size, compressed, _ = _sizes64(extra, size, compressed, 0)
        name = bytes(buffer[name_at : name_at + name_length]).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        member = _Member(name, flags, method, checksum, compressed, size, at, 0)
        why = _why(member)
        if not flags & _SIZES_AFTER:
            at = begin + compressed
            if at > len(buffer):
                break
            read = nothing if why else partial(_read, buffer, member, budget)
        elif method == _DEFLATED and why is None:
            stream = Inflater(buffer, begin, len(buffer), -zlib.MAX_WBITS, budget)
            data = stream.take(MOST_MEMBER)
            if not stream.finished:
                raise ArchiveError(f"cut, with a member of more than {MOST_MEMBER >> 20} MiB")
            at = buffer.find(b"PK", stream.used)  # behind the sizes, which stand there with or without a mark
            if buffer[at : at + 4] == _DESCRIPTOR:
                at = buffer.find(b"PK", at + 16)
            read = partial(_first, data)
        else:
            break
        yield Entry(name, name.endswith("/"), why, read, lasting=False)
    raise ArchiveError("cut: its directory is missing")


def _first(data: bytes, size: int) -> bytes:
    return data[:size]
