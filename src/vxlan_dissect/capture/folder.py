"""Which captures lie in a folder, and which files are meant by FILE|DIR...?

Law: what is named is taken as it is, and a folder stands for the captures directly in it, sorted. The content says what
a capture is; an ending that says so counts too, so that a file that is empty or broken is reported and not passed over.
What is left out of a folder is named.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.capture import COMPRESSED, READERS
from vxlan_dissect.capture.source import open_path
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENDINGS = (".pcap", ".pcapng", ".cap")
_PACKED = (".gz", ".zst")
_HEADS = tuple(head for heads, _ in READERS for head in heads if head)
_LONGEST = max(map(len, _HEADS))
# What lies in folders of captures and is read as something else: see `beside`.
_OTHERS = ".inventory."
_NAMED = 5


class Folder(NamedTuple):
    """A folder as `path`: its `captures` as paths, sorted, and the names of the files that are `left_out`."""

    path: str
    captures: tuple[str, ...]
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        """What was left out, in words; empty where nothing was."""
        if not self.left_out:
            return ""
        more = len(self.left_out) - _NAMED
        names = ", ".join(self.left_out[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{self.path}: left out, no capture by content or ending: {names}"


def captures_in(path: str) -> Folder:
    """The captures directly in a folder. Raises CaptureError where it cannot be read or has none."""
    try:
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file())
    except OSError as error:
        raise CaptureError(path, error.strerror or str(error)) from None
    taken = {name for name in names if is_capture(os.path.join(path, name))}
    if not taken:
        raise CaptureError(path, "there is no capture in this folder; folders in it are not looked into")
    left_out = tuple(name for name in names if name not in taken and _OTHERS not in name)
    return Folder(path, tuple(os.path.join(path, name) for name in names if name in taken), left_out)


def meant(path: str) -> Folder:
    """The captures that a path names: the file itself, or those directly in the folder. Raises CaptureError."""
    return captures_in(path) if path != "-" and os.path.isdir(path) else Folder(path, (path,), ())


def is_capture(path: str) -> bool:
    """Whether a file is one by its first bytes, also compressed, or by its ending."""
    name = os.path.basename(path).lower()
    if _OTHERS in name:
        return False
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_ENDINGS) or _begins_as_one(path)


def once(captures: Iterable[str]) -> list[str]:
    """Names of files without those that name the same file again, by which nothing more is seen."""
    found: dict[str, str] = {}
    for name in captures:
        found.setdefault(name if name == "-" else os.path.realpath(name), name)
    return list(found.values())


def _begins_as_one(path: str) -> bool:
    with suppress(CaptureError):
        window = open_path(path)
        window.fill(_LONGEST)
        kind = next((kind for start, kind in COMPRESSED.items() if window.data[: len(start)] == start), None)
        if kind is not None:
            from vxlan_dissect.capture.compressed import decompressed

            window = decompressed(window, kind)
            window.fill(_LONGEST)
        return bytes(window.data[:_LONGEST]).startswith(_HEADS)
    return False
