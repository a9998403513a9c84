"""Where do data and remarks go?

Law: data goes to standard output or to the file of `-o`, remarks to standard error with `vxd: ` before them. Text from
outside is made safe before either.
"""

from __future__ import annotations

import os
import sys
from io import StringIO
from typing import TYPE_CHECKING, BinaryIO

from vxlan_dissect.errors import UsageError
from vxlan_dissect.report.layout import Screen
from vxlan_dissect.report.neutral import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType


def say(message: str) -> None:
    """A remark on standard error; a message of several lines (a filter with its caret) keeps them."""
    lines = [clean(line) for line in message.split("\n")]
    try:
        sys.stderr.write("vxd: " + "\n".join(lines) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):  # standard error is closed, and there is nowhere left to say so
        pass


def quiet_output() -> None:
    """Let what is still buffered for a reader that has gone end nowhere, as Python flushes it again on exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


class Output:
    """Standard output, or a file that is opened for writing with the first text and reported if it stays incomplete."""

    def __init__(self, path: str | None, sources: Iterable[str]) -> None:
        """`sources` are the paths that are read; writing over one of them raises UsageError."""
        self.path = None if path == "-" else path
        self._file: BinaryIO | None = None
        for source in sources if self.path else ():
            if _same_file(source, str(self.path)):
                raise UsageError(f"{path}: is read and may not be written over")

    def screen(self, colour: str) -> Screen:
        """What the text is laid out for; a file has no width of its own and holds any character."""
        stream = sys.stdout if self.path is None else StringIO()
        return Screen.of(stream, colour)

    def write(self, text: str) -> None:
        """Write text; the first one, even an empty one, makes the file."""
        if self.path is None:
            sys.stdout.write(text)
        else:
            self.binary().write(text.encode())

    def binary(self) -> BinaryIO:
        """What takes bytes: the file, which this makes, or what is behind standard output."""
        if self.path is None:
            sys.stdout.flush()
            return sys.stdout.buffer
        if self._file is None:
            self._file = open(self.path, "wb")  # noqa: SIM115 - closed in __exit__
        return self._file

    @property
    def is_terminal(self) -> bool:
        """Whether somebody reads it on a screen."""
        return self.path is None and sys.stdout.isatty()

    def flush(self) -> None:
        """Hand on what was written."""
        if self.path is None:
            sys.stdout.flush()
        elif self._file is not None:
            self._file.flush()

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError:
            say(f"{self.path}: incomplete")
            raise
        if kind is not None:
            say(f"{self.path}: incomplete")


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
