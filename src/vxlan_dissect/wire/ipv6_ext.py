"""IPv6 extension headers: what stands between the fixed header and the transport?

Law: each has its own length rule and leads to the next; a fragment that does not begin the datagram has no further
header. Options and routing headers have files of their own.

    Hop-by-hop (0), routing (43), destination options (60)      Authentication (51)
    +---------------+---------------+------------              +---------------+---------------+------------
    |  Next header  | Length, 8s -1 |  ...                     |  Next header  | Length, 4s -2 |  ...
    +---------------+---------------+------------              +---------------+---------------+------------

    Fragment (44)
     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------+---+-+
    |  Next header  |   Reserved    |     Fragment offset     |Res|M|
    +---------------+---------------+-------------------------+---+-+
    |                        Identification                         |
    +---------------------------------------------------------------+

Sources: RFC 8200 section 4, RFC 4302 section 2.2 (the length of AH counts 4 bytes, less 2). Oddity: an atomic fragment
(RFC 6946) has offset 0 and no more.
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


def ah_length(structs: Array) -> Ints:
    """In units of 4 bytes, two not counted."""
    return (structs["length"].astype(np.int64) + 2) * 4


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header."""
    return Next("ipv6.nxt", structs["next_header"], rest)


def after_ipv4(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The protocol: AH stands in IPv4 packets too."""
    return Next("ip.proto", structs["next_header"], rest)


def after_fragment(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header, in the first fragment."""
    return Next("ipv6.nxt", structs["next_header"], rest, structs["offset_more"] & 0xFFF8 == 0)


AUTHENTICATION = Header("ah", DTYPE, {"ipv6.nxt": (51,)}, length=ah_length, after=after)
AUTHENTICATION_IPV4 = Header("ah", DTYPE, {"ip.proto": (51,)}, length=ah_length, after=after_ipv4)
FRAGMENT = Header("ipv6.fraghdr", FRAGMENT_DTYPE, {"ipv6.nxt": (44,)}, FRAGMENT_COLUMNS, after=after_fragment)
