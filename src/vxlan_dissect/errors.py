"""What can go wrong, and which exit status says so.

Law: every error that a user can meet is one of these, names the file and the place in it, and reads as one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class VxdError(Exception):
    """A problem that the user can act on; the command line prints it as one line and exits with `exit_code`."""

    exit_code = 2


class CaptureError(VxdError):
    """A capture that cannot be read, or not to its end.

    Attributes: `file` as the user named it; `frame`, the number of the first frame that could not be read (1-based),
    or None where no frame is concerned; `offset` in bytes from the start of the (decompressed) file, or None;
    `reason`, the sentence without the place.
    """

    def __init__(self, file: str, reason: str, *, frame: int | None = None, offset: int | None = None) -> None:
        self.file, self.reason, self.frame, self.offset = file, reason, frame, offset
        place = "".join(
            [f", frame {frame}" if frame is not None else "", f", offset {offset}" if offset is not None else ""]
        )
        super().__init__(f"{file}{place}: {reason}")


class InventoryError(VxdError):
    """An inventory source that cannot be used. `line` is 1-based, None where the whole file is concerned."""

    def __init__(self, file: str, reason: str, *, line: int | None = None) -> None:
        self.file, self.reason, self.line = file, reason, line
        super().__init__(f"{file}{f', line {line}' if line is not None else ''}: {reason}")


class QueryError(VxdError):
    """A filter expression that cannot be understood; `position` is the 0-based column of the fault."""

    def __init__(self, expression: str, position: int, reason: str) -> None:
        self.expression, self.position, self.reason = expression, position, reason
        super().__init__(f"filter: {reason}\n  {expression}\n  {' ' * position}^")


class UsageError(VxdError):
    """Arguments that do not fit together or an address that is none."""


class ColumnError(VxdError, KeyError):
    """A name that is no column of a packet; `near` are names that may have been meant."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        self.name, self.near = name, tuple(near)
        super().__init__(f"{name} is no column" + (f"; did you mean {near[0]}?" if near else ""))

    def __str__(self) -> str:
        return str(self.args[0])
