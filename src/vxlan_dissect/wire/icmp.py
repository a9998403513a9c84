"""ICMP: is this an echo, or which error is reported about which packet?

Law: an error's quoted packet is decoded into the `quoted.` columns; being cut is its nature, so it is never damaged.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |     Type      |     Code      |           Checksum            |
    +---------------+---------------+-------------------------------+
    |  Echo (0, 8):  Identifier     |        Sequence number        |
    |  Unreachable (3), code 4: 0   |         Next-hop MTU          |
    |  Redirect (5): Gateway address                                |
    +---------------------------------------------------------------+
    |  Error (3, 4, 5, 11, 12): the IPv4 packet that caused it ...
    +-------------------------------------------

Sources: RFC 792, RFC 1191 (MTU), RFC 1812 section 4.3.2.3 (how much is quoted). Oddity: RFC 4884 lets extensions follow
a quote that is padded to 128 bytes; the quoted packet's own length keeps them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import Columns, Header, Work

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("type", "u1"), ("code", "u1"), ("checksum", ">u2"), ("rest", ">u4")])
COLUMNS: Columns = {"icmp.type": "type", "icmp.code": "code", "icmp.checksum": "checksum"}
ECHO: Columns = {
    "icmp.ident": lambda structs: structs["rest"] >> 16,
    "icmp.seq": lambda structs: structs["rest"] & 0xFFFF,
}
TOO_BIG: Columns = {"icmp.mtu": lambda structs: structs["rest"] & 0xFFFF}
REDIRECT: Columns = {"icmp.redir_gw": "rest"}
ERRORS = (3, 4, 5, 11, 12)


def after(frames: Frames, rest: Work, structs: Array) -> None:
    """What the second word says, and the quoted packet."""
    kind = structs["type"]
    echo = (kind == 8) | (kind == 0)
    frames.fill(rest, structs, ECHO, echo)
    if echo.all():
        return
    frames.fill(rest, structs, TOO_BIG, (kind == 3) & (structs["code"] == 4))
    frames.fill(rest, structs, REDIRECT, kind == 5)
    frames.quote("eth.type", 0x0800, rest, np.isin(kind, ERRORS))


HEADER = Header("icmp", DTYPE, {"ip.proto": (1,)}, COLUMNS, after=after)
