"""AH: which security association vouches for this packet?

Law: nothing is encrypted, so what follows is decoded; the check value is passed over.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |  Next header  | Length, 4s -2 |           Reserved            |
    +---------------+---------------+-------------------------------+
    |                Security parameters index (SPI)                |
    +---------------------------------------------------------------+
    |                        Sequence number                        |
    +---------------------------------------------------------------+
    |  Check value ...
    +-----------------------------

Source: RFC 4302 section 2. Oddity: the length counts 4 bytes, less 2, as no other extension header of IPv6 does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import HEADER_LENGTH, Check, Columns, Header, Next

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints, Work
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [("next_header", "u1"), ("length", "u1"), ("reserved", ">u2"), ("spi", ">u4"), ("sequence", ">u4")],
)
COLUMNS: Columns = {"ah.spi": "spi", "ah.sequence": "sequence"}


def length(structs: Array) -> Ints:
    """In units of 4 bytes, two not counted."""
    return (structs["length"].astype(np.int64) + 2) * 4


def checks(structs: Array) -> Iterable[Check]:
    """At least the fixed part."""
    whole = length(structs)
    yield Check(whole < DTYPE.itemsize, DTYPE.itemsize, whole, HEADER_LENGTH)


def _after(_frames: Frames, rest: Work, structs: Array, *, table: str) -> Next:
    """The next header, of the version of IP that this stands in."""
    return Next(table, structs["next_header"], rest)


def _header(table: str) -> Header:
    after = partial(_after, table=table)
    return Header("ah", DTYPE, {table: (51,)}, COLUMNS, length=length, checks=checks, after=after)


HEADER, IN_IPV6 = _header("ip.proto"), _header("ipv6.nxt")
