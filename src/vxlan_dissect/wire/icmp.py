"""ICMP: is this an echo or another query, or which error is reported about which packet?

Law: an error's quoted packet is decoded into the `quoted.` columns; being cut is its nature, so it is never damaged.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |     Type      |     Code      |           Checksum            |
    +---------------+---------------+-------------------------------+
    |  Query (0, 8, 13 to 18):      |                               |
    |  Identifier                   |        Sequence number        |
    |  Extended echo (42, 43):      |               |               |
    |  Identifier                   | Sequence no.  |     Flags     |
    |  Unreachable (3), time exceeded (11), parameter problem (12): |
    |               | Length, 4s    |  Next-hop MTU (3, code 4)     |
    |  Redirect (5): Gateway address                                |
    +---------------------------------------------------------------+
    |  Error (3, 4, 5, 11, 12): the IPv4 packet that caused it ...
    +-------------------------------------------

Sources: RFC 792, RFC 950 (17, 18: address mask), RFC 1191 (MTU), RFC 1812 section 4.3.2.3 (how much is quoted),
RFC 8335 (extended echo). Oddity: extensions may follow a quote whose length, 128 bytes at least, is given (RFC 4884
section 4); the length is zero where there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import FRAME, Columns, Header, Work

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("type", "u1"), ("code", "u1"), ("checksum", ">u2"), ("rest", ">u4")])
COLUMNS: Columns = {"icmp.type": "type", "icmp.code": "code", "icmp.checksum": "checksum"}
QUERY: Columns = {
    "icmp.ident": lambda structs: structs["rest"] >> 16,
    "icmp.seq": lambda structs: structs["rest"] & 0xFFFF,
}
EXTENDED_ECHO: Columns = {"icmp.ident": lambda structs: structs["rest"] >> 16}
TOO_BIG: Columns = {"icmp.mtu": lambda structs: structs["rest"] & 0xFFFF}
REDIRECT: Columns = {"icmp.redir_gw": "rest"}
QUERIES = (0, 8, 13, 14, 15, 16, 17, 18)
ERRORS = (3, 4, 5, 11, 12)
EXTENSIBLE = (3, 11, 12)
LEAST_QUOTE = 128  # where its length is given


def after(frames: Frames, rest: Work, structs: Array) -> None:
    """What the second word says, and the quoted packet."""
    kind = structs["type"]
    query = np.isin(kind, QUERIES)
    frames.fill(rest, structs, QUERY, query)
    if query.all():
        return
    frames.fill(rest, structs, EXTENDED_ECHO, np.isin(kind, (42, 43)))
    frames.fill(rest, structs, TOO_BIG, (kind == 3) & (structs["code"] == 4))
    frames.fill(rest, structs, REDIRECT, kind == 5)
    size = (structs["rest"] >> 16 & 0xFF).astype(np.int64) * 4
    quote = rest.until(rest.offsets + size, FRAME, np.isin(kind, EXTENSIBLE) & (size >= LEAST_QUOTE))
    frames.quote("eth.type", 0x0800, quote, np.isin(kind, ERRORS))


HEADER = Header("icmp", DTYPE, {"ip.proto": (1,)}, COLUMNS, after=after)
