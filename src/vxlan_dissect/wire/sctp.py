"""SCTP: from which port to which, in which association, and what does the packet bring first?

Law: the head of the first chunk is read; its value and the chunks after it are data.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          Source port          |       Destination port        |
    +-------------------------------+-------------------------------+
    |                       Verification tag                        |
    +---------------------------------------------------------------+
    |                       Checksum (CRC32c)                       |
    +---------------+---------------+-------------------------------+
    |   Chunk type  |  Chunk flags  |         Chunk length          |
    +---------------+---------------+-------------------------------+

Source: RFC 9260 section 3. Oddities: an INIT has tag 0 and stands alone in its packet (section 8.5.1); the checksum is
0 before checksum offload, and where DTLS protects the packet (RFC 9653).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import OPTION_LENGTH, Check, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("source", ">u2"), ("destination", ">u2"), ("tag", ">u4"), ("checksum", ">u4")])
COLUMNS: Columns = {
    "sctp.srcport": "source",
    "sctp.dstport": "destination",
    "sctp.verification_tag": "tag",
    "sctp.checksum": "checksum",
}
CHUNK_DTYPE = np.dtype([("type", "u1"), ("flags", "u1"), ("length", ">u2")])
CHUNK_COLUMNS: Columns = {"sctp.chunk_type": "type"}


def after(_frames: Frames, rest: Work, _structs: Array) -> Next:
    """The first chunk, if there is one."""
    return Next("sctp.chunk", 0, rest, rest.offsets < rest.ends)


def chunk_checks(structs: Array) -> Iterable[Check]:
    """The length of a chunk counts its head."""
    length = structs["length"]
    yield Check(length < CHUNK_DTYPE.itemsize, CHUNK_DTYPE.itemsize, length, OPTION_LENGTH)


HEADER = Header("sctp", DTYPE, {"ip.proto": (132,), "ipv6.nxt": (132,)}, COLUMNS, after=after)
CHUNK = Header("sctp.chunk", CHUNK_DTYPE, {"sctp.chunk": (0,)}, CHUNK_COLUMNS, checks=chunk_checks, quiet=True)
