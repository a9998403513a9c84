"""TCP: from which port to which, at which place of the stream?

Law: options are skipped; `tcp.len` is what the IP packet leaves, captured or not.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          Source port          |       Destination port        |
    +-------------------------------+-------------------------------+
    |                        Sequence number                        |
    +---------------------------------------------------------------+
    |                     Acknowledgment number                     |
    +-------+-------+---------------+-------------------------------+
    | Words | Resvd |C E U A P R S F|            Window             |
    +-------+-------+---------------+-------------------------------+
    |            Checksum           |         Urgent pointer        |
    +-------------------------------+-------------------------------+
    |  Options, while Words > 5 ...
    +-------------------------------------------

Source: RFC 9293. Oddity: `tcp.flags` is 12 bits wide, the reserved ones included, as Wireshark has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import HEADER_LENGTH, Check, Columns, Header, Work, itself

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("source", ">u2"), ("destination", ">u2"), ("sequence", ">u4"), ("acknowledgment", ">u4"),
        ("offset_flags", ">u2"), ("window", ">u2"), ("checksum", ">u2"), ("urgent", ">u2"),
    ]
)  # fmt: skip
COLUMNS: Columns = {
    "tcp.srcport": "source",
    "tcp.dstport": "destination",
    "tcp.seq_raw": "sequence",
    "tcp.ack_raw": "acknowledgment",
    "tcp.flags": lambda structs: structs["offset_flags"] & 0x0FFF,
    "tcp.window_size_value": "window",
    "tcp.hdr_len": lambda structs: (structs["offset_flags"] >> 12) * 4,
    "tcp.checksum": "checksum",
}
PAYLOAD: Columns = {"tcp.len": itself}


def length(structs: Array) -> Ints:
    """Header with options, from the data offset."""
    return (structs["offset_flags"] >> 12).astype(np.int64) * 4


def checks(structs: Array) -> Iterable[Check]:
    """At least five words of header."""
    header = length(structs)
    yield Check(header < 20, 20, header, HEADER_LENGTH)


def after(frames: Frames, rest: Work, _structs: Array) -> None:
    """The payload; it may have been cut from the capture."""
    frames.fill(rest, rest.ends - rest.offsets, PAYLOAD)


HEADER = Header("tcp", DTYPE, {"ip.proto": (6,), "ipv6.nxt": (6,)}, COLUMNS, length=length, checks=checks, after=after)
