"""UDP: from which port to which?

Law: the datagram ends where its length says.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          Source port          |       Destination port        |
    +-------------------------------+-------------------------------+
    |             Length            |           Checksum            |
    +-------------------------------+-------------------------------+

Source: RFC 768. Oddities: length 0 is a datagram too long for the field (RFC 2675 section 4): it goes on to the end of
its IP packet. Checksum 0 means none; tunnels use that, over IPv6 only by agreement (RFC 6935, RFC 6936).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import UDP_LENGTH, Check, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("source", ">u2"), ("destination", ">u2"), ("length", ">u2"), ("checksum", ">u2")])
COLUMNS: Columns = {
    "udp.srcport": "source",
    "udp.dstport": "destination",
    "udp.length": "length",
    "udp.checksum": "checksum",
}


def checks(structs: Array) -> Iterable[Check]:
    """The length holds at least the header."""
    length = structs["length"]
    yield Check((length < 8) & (length != 0), 8, length, UDP_LENGTH)


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The destination port; the source port of a tunnel is a hash (RFC 7348 section 5) and says nothing."""
    length = structs["length"].astype(np.int64)
    body = rest.until(rest.offsets + (length - DTYPE.itemsize), UDP_LENGTH, length != 0)
    return Next("udp.dstport", structs["destination"], body)


def source_ports(frames: Frames, work: Work) -> Array:
    """The source ports of frames that stand after their UDP header, shape (k,)."""
    return frames.structs(work.rows, work.offsets - DTYPE.itemsize, DTYPE)["source"]


HEADER = Header("udp", DTYPE, {"ip.proto": (17,), "ipv6.nxt": (17,)}, COLUMNS, checks=checks, after=after)
