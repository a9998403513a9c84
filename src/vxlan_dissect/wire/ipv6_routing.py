"""IPv6 routing: through which nodes must this packet go before it is where it shall end?

Law: type and segments left are read of every routing header; addresses only of the types that write them in full, and
only where they fit into the header. What follows the addresses of a segment routing header (HMAC, padding) is passed
over.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+---------------+---------------+
    |  Next header  | Length, 8s -1 |      Type     | Segments left |
    +---------------+---------------+---------------+---------------+
    |   Last entry  |     Flags     |              Tag              |  Type 4; reserved in types 0 and 2
    +---------------+---------------+-------------------------------+
    |  Address (16), each ...
    +-------------------------------------------

Sources: RFC 8200 section 4.4, RFC 8754 section 2 (type 4, segment routing), RFC 6275 section 6.4 (type 2, the home
address of a mobile node), RFC 2460 section 4.4 (type 0, which RFC 5095 withdrew). Oddities: the segments of type 4
stand in reverse, so the first is where the packet ends; of type 0 that is the last. Types 3 (RFC 6554) and 5 and 6
(compact routing) shorten their addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import IPV6, Columns, Header, Next, Work
from vxlan_dissect.wire.ipv6_ext import length

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("next_header", "u1"), ("length", "u1"), ("type", "u1"), ("segments_left", "u1"),
        ("last_entry", "u1"), ("flags", "u1"), ("tag", ">u2"),
    ]
)  # fmt: skip
COLUMNS: Columns = {"ipv6.routing.type": "type", "ipv6.routing.segleft": "segments_left"}
SEGMENTS: Columns = {
    "ipv6.routing.srh.last_entry": "last_entry",
    "ipv6.routing.srh.flags": "flags",
    "ipv6.routing.srh.tag": "tag",
}
ADDRESS = np.dtype([("address", IPV6)])
LAST_HOP: Columns = {"ipv6.routing.src.addr": "address"}
HOME: Columns = {"ipv6.routing.mipv6.home_address": "address"}
LAST_SEGMENT: Columns = {"ipv6.routing.srh.addr": "address"}
SOURCE_ROUTE, MOBILE, SEGMENT_ROUTING = 0, 2, 4


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header, and the address where the packet ends."""
    kind, size = structs["type"], length(structs)
    count = (size - DTYPE.itemsize) // ADDRESS.itemsize
    frames.fill(rest, structs, SEGMENTS, kind == SEGMENT_ROUTING)
    for number, columns in ((SOURCE_ROUTE, LAST_HOP), (MOBILE, HOME), (SEGMENT_ROUTING, LAST_SEGMENT)):
        chosen = (kind == number) & (count > 0)
        if chosen.any():
            place = count[chosen] - 1 if number == SOURCE_ROUTE else 0
            work = rest.pick(chosen)
            offsets = work.offsets - size[chosen] + DTYPE.itemsize + place * ADDRESS.itemsize
            frames.fill(work, frames.structs(work.rows, offsets, ADDRESS), columns)
    return Next("ipv6.nxt", structs["next_header"], rest)


HEADER = Header("ipv6.routing", DTYPE, {"ipv6.nxt": (43,)}, COLUMNS, length=length, after=after)
