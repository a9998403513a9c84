"""What did a reader give, as plain Python values?"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP
from vxlan_dissect.capture import open_capture
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.packets import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from vxlan_dissect.capture.records import Records


class Read(NamedTuple):
    """The batches of a capture, and the error that ended it, or None."""

    batches: list[Records]
    error: CaptureError | None

    @property
    def count(self) -> int:
        """How many frames."""
        return sum(map(len, self.batches))

    @property
    def frames(self) -> list[bytes]:
        """The captured bytes of each frame; empty where there are none."""
        return [data for batch in self.batches for data in frames_of(batch)]

    @property
    def times(self) -> list[int | None]:
        """The time of each frame, None where it has none."""
        return [
            time if timed else None
            for batch in self.batches
            for time, timed in zip(
                batch.times.tolist(), [True] * len(batch) if batch.timed is None else batch.timed, strict=True
            )
        ]

    @property
    def interfaces(self) -> list[str | None]:
        """The name of the interface of each frame."""
        return [batch.interfaces[index].name for batch in self.batches for index in batch.interfaces_of.tolist()]

    @property
    def told(self) -> list[dict[str, Any]]:
        """What a text said of each frame: addresses as text, numbers as int."""
        return [row for batch in self.batches for row in _told(batch)]

    @property
    def layers(self) -> list[tuple[str, ...]]:
        """The headers that a text showed."""
        return [layers for batch in self.batches for layers in batch.told_layers]


def frames_of(batch: Records) -> list[bytes]:
    """The captured bytes of the frames of a batch, each checked to lie inside the buffer."""
    frames = []
    for offset, size in zip(batch.offsets.tolist(), batch.captured.tolist(), strict=True):
        if offset < 0:
            assert (offset, size) == (-1, 0)
        assert offset + size <= len(batch.buffer)
        frames.append(batch.buffer[offset : offset + size].tobytes() if offset >= 0 else b"")
    return frames


def read(source: Path | str | bytes) -> Read:
    """Read a file, or the content of one, to its end or to its error."""
    batches: list[Records] = []
    try:
        if isinstance(source, bytes):
            capture = open_capture("made", stream=io.BytesIO(source))
        else:
            capture = open_capture(str(source))
        batches.extend(capture)
    except CaptureError as error:
        return Read(batches, error)
    return Read(batches, None)


def read_text(*lines: str) -> Read:
    """Read lines of text."""
    return read("\n".join(lines).encode())


def _told(batch: Records) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{} for _ in range(len(batch))]
    for name, column in (batch.told or {}).items():
        kind = schema.field_of(name).kind
        for row, (value, valid) in enumerate(zip(column.values, column.valid, strict=True)):
            if valid:
                rows[row][name] = _plain(name, kind, value)
    return rows


def _plain(name: str, kind: str, value: Any) -> Any:
    if kind == "ipv6":
        return str(IP(6, int(value["hi"]) << 64 | int(value["lo"])))
    if kind == "ipv4":
        return str(IP(4, int(value)))
    if kind == "mac":
        return text_of(name, int(value))
    return bool(value) if kind == "bool" else int(value)
