"""IPv6 extension headers: what stands between the fixed header and the transport?

Law: each has its own length rule and leads to the next; a fragment that does not begin the datagram has no further
header. Options and routing headers have files of their own.

    Hop-by-hop (0), routing (43), destination options (60)
    +---------------+---------------+------------
    |  Next header  | Length, 8s -1 |  ...
    +---------------+---------------+------------

    Fragment (44)
     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------+---+-+
    |  Next header  |   Reserved    |     Fragment offset     |Res|M|
    +---------------+---------------+-------------------------+---+-+
    |                        Identification                         |
    +---------------------------------------------------------------+

Source: RFC 8200 section 4. Oddity: an atomic fragment (RFC 6946) has offset 0 and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import Columns, Header, Next, Work

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array, Ints
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("next_header", "u1"), ("length", "u1")])
FRAGMENT_DTYPE = np.dtype(
    [("next_header", "u1"), ("reserved", "u1"), ("offset_more", ">u2"), ("identification", ">u4")],
)
FRAGMENT_COLUMNS: Columns = {
    "ipv6.fraghdr.offset": lambda structs: structs["offset_more"] & 0xFFF8,
    "ipv6.fraghdr.more": lambda structs: structs["offset_more"] & 1,
    "ipv6.fraghdr.ident": "identification",
}


def length(structs: Array) -> Ints:
    """In units of 8 bytes, the first not counted."""
    return (structs["length"].astype(np.int64) + 1) * 8


def after_fragment(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header, in the first fragment."""
    return Next("ipv6.nxt", structs["next_header"], rest, structs["offset_more"] & 0xFFF8 == 0)


FRAGMENT = Header("ipv6.fraghdr", FRAGMENT_DTYPE, {"ipv6.nxt": (44,)}, FRAGMENT_COLUMNS, after=after_fragment)
