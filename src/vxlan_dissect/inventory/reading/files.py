"""Which files lie in a folder, and what bytes do they hold?

Law: nothing outside the folder is read, links that leave it are not followed, and number, depth and size are bounded;
what is left out becomes a note. A file is a value that is opened when it is read, wherever it lies.
"""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory.model import Note
from vxlan_dissect.inventory.sources.base import command_of_file

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FILES = 20_000
DEEPEST = 16


class File(NamedTuple):
    """A file to read: `name` as facts will cite it, `folders` below what the user gave, `base` its own name.

    `read(n)` gives its first `n` bytes; it raises OSError, or ValueError for what an archive holds. `path` is where it
    lies on disk, None for what an archive holds.
    """

    name: str
    folders: tuple[str, ...]
    base: str
    read: Callable[[int], bytes]
    path: str | None = None


def file_at(path: str, name: str, folders: tuple[str, ...] = ()) -> File:
    """A file on disk."""
    return File(name, folders, os.path.basename(name), partial(_head, path), path)


def files_below(root: str, notes: list[Note]) -> list[File]:
    """The regular files below a folder, sorted by path. Raises InventoryError where the folder cannot be read."""
    shown = root.replace(os.sep, "/").rstrip("/") or "/"
    inside = os.path.realpath(root)
    found: list[File] = []
    seen = {inside}
    folders: list[tuple[str, tuple[str, ...]]] = [(root, ())]
    while folders:
        folder, parts = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if folder is root:
                raise InventoryError(shown, reason(error)) from None
            notes.append(Note("/".join([shown, *parts]), None, f"not read: {reason(error)}", "skipped"))
            continue
        for entry in entries:
            name = "/".join([shown, *parts, entry.name])
            why = _why_left_out(entry, inside, parts, seen)
            if why is None and entry.is_dir():
                folders.append((entry.path, (*parts, entry.name)))
            elif why is None and len(found) < MOST_FILES:
                found.append(file_at(entry.path, name, parts))
            else:
                notes.append(Note(name, None, why or "not read: too many files", "skipped"))
    return in_order(found)


def in_order(files: list[File]) -> list[File]:
    """Sorted by folder, text before JSON, which `ip -j` prints in one line.

    So what is said twice is cited by the line that a reader finds.
    """
    return sorted(files, key=lambda file: (file.folders, " -j" in command_of_file(file.base), file.base))


def reason(error: OSError | ValueError) -> str:
    """The system's words for an error."""
    return str(getattr(error, "strerror", None) or error)


def _head(path: str, size: int) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(size)


def _why_left_out(entry: os.DirEntry[str], inside: str, parts: tuple[str, ...], seen: set[str]) -> str | None:
    if entry.name.startswith("."):
        return "not read: hidden"
    try:
        mode = entry.stat().st_mode  # of what a link leads to
    except OSError as error:
        return f"not read: {reason(error)}"
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        return "not read: neither file nor folder"
    if entry.is_symlink() or stat.S_ISDIR(mode):
        real = os.path.realpath(entry.path)
        if not real.startswith(inside.rstrip(os.sep) + os.sep):
            return "not read: a link that leaves the folder"
        if stat.S_ISDIR(mode):
            if real in seen:
                return "not read: a link to a folder that is read already"
            seen.add(real)
            if len(parts) + 1 >= DEEPEST:
                return f"not read: more than {DEEPEST} folders deep"
    return None
