"""Where does an answer go?

Law: nothing is written outside the folder, whatever pods and nodes are called: a name that Kubernetes would not allow
is refused, and a link is not followed. The layout is that of `inventory.reading`: `NODE/` and `NODE/pod-NAME/`.
"""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, NamedTuple

from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.model.times import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORD = "collected.json"
_LONGEST = 255  # bytes of a file's name on the file systems of Linux
# A name of Kubernetes (apimachinery pkg/util/validation, IsDNS1123Subdomain) and one of a device that words can carry
# (kernel dev_valid_name allows more).
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
_DEVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}\Z")


def is_name(text: str) -> bool:
    """Whether a node, pod, container or namespace can be called so."""
    return _NAME.match(text) is not None


def is_device(text: str) -> bool:
    """Whether a device is called so that neither a command nor a file's name can take it for something else."""
    return _DEVICE.match(text) is not None


def pod_folder(pod: str, namespace: str, *, alone: bool) -> str:
    """The folder of a pod: with its namespace behind `@`, which no name can hold, unless it is alone with its name."""
    return f"pod-{pod}" if alone else f"pod-{pod}@{namespace}"


@contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """A new file that gets its name when it is whole. Who removes it before (by `name`) leaves what was there.

    A link of that name, or left where the new file is written, is replaced, never followed. Raises OSError.
    """
    folder, name = os.path.split(path)
    part = os.path.join(folder, f".{name}.part")
    with suppress(FileNotFoundError):
        os.unlink(part)
    try:
        with open(part, "xb") as output:
            yield output
        with suppress(FileNotFoundError):
            os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


class Command(NamedTuple):
    """A command that was run: `status` is ok, absent (the cluster or image has no such thing) or failed.

    `file` is where the answer stands below the folder, None where none was kept; times are ns since 1970.
    """

    words: tuple[str, ...]
    file: str | None
    status: str
    started: int
    ended: int
    why: str | None = None


class Folder:
    """The folder that takes the answers."""

    def __init__(self, path: str, *, force: bool) -> None:
        """Make it, for its owner's eyes: pods may carry secrets in their environment. Raises UsageError, OSError.

        One that holds something is taken only by `force`, which replaces files of the same name.
        """
        self.path = path
        try:
            os.makedirs(path, 0o700)
        except FileExistsError:
            if not os.path.isdir(path):
                raise UsageError(f"{path}: not a folder") from None
            if os.listdir(path) and not force:
                raise UsageError(f"{path}: not empty (--force adds to it and replaces files)") from None

    def place(self, *parts: str) -> str:
        """Make a sub-folder and give its path. Raises OSError where that would lead out of the folder."""
        path = self.path
        for part in parts:
            if len(part) > _LONGEST:
                raise OSError(f"{part[:40]}...: too long for a folder's name")
            path = os.path.join(path, part)
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                if not stat.S_ISDIR(os.lstat(path).st_mode):
                    raise OSError(f"{path}: is there and no folder") from None
        return path

    def record(self, tool: str, context: str | None, started: int, ended: int, commands: Iterable[Command]) -> None:
        """Write what was run, when and with which result: one command a line, for readers of both kinds."""
        head = {"format": 1, "tool": tool, "context": context}
        head |= {"started": format_time(started), "ended": format_time(ended)}
        lines = [
            json.dumps(
                {
                    "file": command.file,
                    "command": list(command.words),
                    "status": command.status,
                    "started": format_time(command.started),
                    "ended": format_time(command.ended),
                    "why": command.why,
                }
            )
            for command in commands
        ]
        text = json.dumps({"collected": head})[:-2] + ', "commands": [\n' + ",\n".join(lines) + "\n]}}\n"
        with replacing(os.path.join(self.path, RECORD)) as output:
            output.write(text.encode())
