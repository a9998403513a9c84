"""How is one capture written again in another format?

Law: a pcap is read here with struct alone, so that what is written does not depend on the readers under test.
"""

from __future__ import annotations

import gzip
import struct
import sys
from functools import partial
from typing import TYPE_CHECKING

from tests.capture.writers import Frame, enhanced, interface, section, write_pcap, write_pcapng

if TYPE_CHECKING:
    from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NANOSECONDS = (9, b"\x09")  # the option if_tsresol


def frames_of(path: Path) -> tuple[list[Frame], int]:
    """Records and link type of a little-endian pcap of microseconds or nanoseconds."""
    content = path.read_bytes()
    magic, linktype = struct.unpack_from("<I16xI", content)
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    position, frames = 24, []
    while position < len(content):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", content, position)
        position += 16 + captured
        frames.append(Frame(content[position - captured : position], seconds * 10**9 + fraction * unit, original))
    return frames, linktype


def pcapng_of_nanoseconds(frames: list[Frame], linktype: int, order: str) -> bytes:
    """A pcapng whose interface counts in nanoseconds."""
    blocks = [enhanced(frame, order, ticks=frame.time) for frame in frames]
    return section(order) + interface(order, NANOSECONDS, linktype=linktype) + b"".join(blocks)


def packed(pack, write):
    """A writer whose file is compressed."""
    return lambda frames, linktype: pack(write(frames, linktype))


FORMATS = {
    "pcap-micro-little": write_pcap,
    "pcap-micro-big": partial(write_pcap, order=">"),
    "pcap-nano-little": partial(write_pcap, nanosecond=True),
    "pcap-nano-big": partial(write_pcap, order=">", nanosecond=True),
    "pcapng-micro-little": write_pcapng,
    "pcapng-micro-big": partial(write_pcapng, order=">"),
    "pcapng-nano-little": partial(pcapng_of_nanoseconds, order="<"),
    "pcapng-nano-big": partial(pcapng_of_nanoseconds, order=">"),
    "pcap-gzip": packed(gzip.compress, write_pcap),
    "pcap-zstd": packed(zstd.compress, write_pcap),
    "pcapng-zstd": packed(zstd.compress, partial(write_pcapng, order=">")),
}
