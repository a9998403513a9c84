"""How does a file, a pipe or a pasted text become batches of records?

Law: the content says what a capture is, never the name of the file. Compression is taken off first, once; then the
first bytes pick a reader from the list, and what no other reader knows is text. A reader is imported when it is picked.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vxlan_dissect.capture.pcap import MAGICS
from vxlan_dissect.capture.records import Capture, Records
from vxlan_dissect.capture.source import open_path, open_stream
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from vxlan_dissect.capture.source import Window

__all__ = ["Capture", "Records", "open_capture"]

# The first bytes of a file, and the module whose `read` knows it.
READERS = (
    (tuple(MAGICS), "pcap"),
    ((b"\x0a\x0d\x0d\x0a",), "pcapng"),
    ((b"",), "tcpdump_text"),
)
COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# Known only to be named: a text reader would find no packets in them and say less.
REFUSED = {
    b"\x34\xcd\xb2\xa1": "pcap with the record headers of a patched libpcap is not supported",
    b"\xa1\xb2\xcd\x34": "pcap with the record headers of a patched libpcap is not supported",
    b"snoo": "snoop captures are not supported",
    b"\xfd7zX": "xz compression is not supported: decompress it first",
    b"BZh": "bzip2 compression is not supported: decompress it first",
    b"\x04\x22\x4d\x18": "lz4 compression is not supported: decompress it first",
    b"PK\x03\x04": "a zip archive is not supported: unpack it first",
}
_LONGEST = 4


def open_capture(name: str, *, stream: BinaryIO | None = None) -> Capture:
    """Open the capture at the path `name`; `-` is standard input, and `stream` is read instead where it is given.

    Iterating gives Records, in the order of the file, and then raises CaptureError for what could not be read. Raises
    CaptureError at once where nothing can be opened, nothing is in it, or its format is refused.
    """
    window = open_stream(name, stream) if stream is not None or name == "-" else open_path(name)
    live = not window.mapped
    kind = _match(window, COMPRESSED)
    if kind is not None:
        from vxlan_dissect.capture.compressed import decompressed

        window = decompressed(window, kind)
        if again := _match(window, COMPRESSED):
            raise CaptureError(name, f"compressed twice ({again} in {kind}): decompress it first")
    if reason := _match(window, REFUSED):
        raise CaptureError(name, reason)
    if not window.data:
        raise CaptureError(name, window.problem or "there is nothing in it")
    module = next(module for heads, module in READERS if window.data[:_LONGEST].startswith(heads))
    batches: Iterator[Records] = import_module(f"{__name__}.{module}").read(window)
    return Capture(name, batches, live=live, names=window.names)


def _match(window: Window, heads: dict[bytes, str]) -> str | None:
    """What `heads` says of a file that begins as this one does."""
    window.fill(_LONGEST)
    head = window.data[:_LONGEST]
    return next((said for start, said in heads.items() if head.startswith(start)), None)
