"""NSH: on which path of services is this packet, and how far along?

Law: the metadata is passed over; what the header carries is the packet inside, as in a tunnel.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---+-+-+-----------+-----------+-------+-------+---------------+
    |Ver|O|0|    TTL    |Length, 4s |   0   |MD type| Next protocol |
    +---+-+-+-----------+-----------+-------+-------+---------------+
    |            Service path identifier            | Service index |
    +-----------------------------------------------+---------------+
    |  Metadata ...
    +-------------------------

Source: RFC 8300 section 2. It stands under its own EtherType, and as a next protocol of VXLAN-GPE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import HEADER_LENGTH, VERSION, Check, Columns, Header, Next

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints, Work
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [("version_length", ">u2"), ("metadata_type", "u1"), ("next_protocol", "u1"), ("path_index", ">u4")],
)
COLUMNS: Columns = {
    "nsh.ttl": lambda structs: structs["version_length"] >> 6 & 0x3F,
    "nsh.nextproto": "next_protocol",
    "nsh.spi": lambda structs: structs["path_index"] >> 8,
    "nsh.si": lambda structs: structs["path_index"] & 0xFF,
}


def length(structs: Array) -> Ints:
    """In units of 4 bytes, with the metadata."""
    return (structs["version_length"] & 0x3F).astype(np.int64) * 4


def checks(structs: Array) -> Iterable[Check]:
    """Version 0, and a length that holds the fixed part."""
    version, whole = structs["version_length"] >> 14, length(structs)
    yield Check(version != 0, 0, version, VERSION)
    yield Check(whole < DTYPE.itemsize, DTYPE.itemsize, whole, HEADER_LENGTH)


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The next protocol."""
    return Next("tunnel.protocol", structs["next_protocol"], rest)


HEADER = Header(
    name="nsh",
    dtype=DTYPE,
    follows={"eth.type": (0x894F,), "tunnel.ethertype": (0x894F,), "tunnel.protocol": (4,)},
    columns=COLUMNS,
    length=length,
    checks=checks,
    after=after,
)
