"""Which files lie in an archive, and what bytes do they hold?

Law: members are read in memory and one by one; nothing is written to disk, no link is followed and no size that an
archive states is believed: what comes out of it is counted, against bounds for each member and for all that is read.
A member whose name leads out of the archive is left out. What cannot be read becomes a note, and what stood before it
is kept.
"""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Note
from vxlan_dissect.inventory.reading.archive.entries import (
    MOST_ENTRIES,
    ArchiveError,
    Budget,
    Entry,
    Inflater,
    LeftOut,
    Plain,
    printable,
)
from vxlan_dissect.inventory.reading.archive.tar import is_tar, tar_entries
from vxlan_dissect.inventory.reading.archive.zip import zip_entries
from vxlan_dissect.inventory.reading.files import DEEPEST, File, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.reading.archive.entries import Buffer

__all__ = ["HEAD", "ArchiveError", "Budget", "is_archive", "members"]

HEAD = 512  # bytes that tell what a file is
MOST_NESTED = 256 << 20  # compressed bytes of an archive inside another, which is held in memory
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")


def is_archive(head: bytes) -> bool:
    """Whether a file that begins so is a zip, a tar, or compressed by gzip. A zip may have a prefix: its name tells."""
    return head.startswith(_ZIP) or head.startswith(_GZIP) or is_tar(head)


def members(file: File, notes: list[Note], budget: Budget) -> Iterator[File]:
    """The files in an archive, each to be read before the next is asked for. What is left out goes to `notes`."""
    left_out = LeftOut(file.name)
    try:
        with _bytes_of(file) as buffer:
            if buffer[:2] == _GZIP:
                stream = Inflater(buffer, 0, len(buffer), 31, budget)
                head = stream.peek(HEAD)
                if not is_tar(head):
                    yield _without_suffix(file, stream)
                    return
                entries: Iterator[Entry] = tar_entries(stream)
            elif is_tar(bytes(buffer[:HEAD])):
                entries = tar_entries(Plain(buffer, budget))
            else:
                entries = zip_entries(buffer, budget)
            yield from _files(file, entries, left_out)
    except (ArchiveError, OSError) as error:
        notes.append(Note(file.name, None, f"not read{left_out.so_far()}: {error}", "broken"))
    finally:
        notes.extend(left_out.notes())


def _files(archive: File, entries: Iterator[Entry], left_out: LeftOut) -> Iterator[File]:
    """The entries as files. Those of a zip come in order, since they can be read in any."""
    seen: set[tuple[str, ...]] = set()
    found: list[File] = []
    for count, entry in enumerate(entries, 1):
        if count > MOST_ENTRIES:
            raise ArchiveError(f"more than {MOST_ENTRIES} entries")
        if entry.is_folder:
            continue
        parts, why = _place(entry)
        if why is None and parts in seen:
            why = "a second member of the same name"
        if why is not None:
            left_out.add(why, entry.name)
            continue
        seen.add(parts)
        name = "/".join([archive.name, *parts])
        file = File(name, (*archive.folders, archive.base, *parts[:-1]), parts[-1], entry.read)
        left_out.read += 1
        if entry.lasting:
            found.append(file)
        else:
            yield file
    yield from in_order(found)


def _place(entry: Entry) -> tuple[tuple[str, ...], str | None]:
    """Where an entry lies, and why it is left out, if it is."""
    if "\0" in entry.name:
        return (), "a name with a null character"
    name = entry.name.replace("\\", "/")
    if name.startswith("/") or (name[1:2] == ":" and name[:1].isalpha()):
        return (), "a name that is not relative"
    parts = tuple(printable(part) for part in name.split("/") if part not in {"", "."})
    if ".." in parts:
        return (), "a name that leaves the archive"
    if not parts:
        return (), "a name that is empty"
    if len(parts) > DEEPEST or len(name) > 4096:
        return (), "more than 16 folders deep" if len(parts) > DEEPEST else "a name of more than 4096 characters"
    if any(part.startswith(".") for part in parts):
        return (), "hidden"
    return parts, entry.why


def _without_suffix(file: File, stream: Inflater) -> File:
    """What a single compressed file holds, under its name without `.gz`."""
    base = file.base[:-3] if file.base.lower().endswith(".gz") else file.base
    return File(file.name, file.folders, base, stream.once())


@contextmanager
def _bytes_of(file: File) -> Iterator[Buffer]:
    """All bytes of an archive: those of a file on disk are mapped."""
    if file.path is None:
        data = file.read(MOST_NESTED + 1)
        if len(data) > MOST_NESTED:
            raise ArchiveError(f"an archive of more than {MOST_NESTED >> 20} MiB inside another")
        yield data
        return
    with open(file.path, "rb") as stream:
        if not os.fstat(stream.fileno()).st_size:
            yield b""
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped
