"""ICMPv6: is this an echo, a neighbour, router or group message, or which error is reported about which packet?

Law: the type leads to the message, each a part of its own (`ndp`, `mld`); an error's quoted packet is decoded into the
`quoted.` columns and, being cut by nature, is never damaged.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |     Type      |     Code      |           Checksum            |
    +---------------+---------------+-------------------------------+
    |  Echo (128, 129): Identifier  |        Sequence number        |
    |  Extended echo (160, 161):    |               |               |
    |  Identifier                   | Sequence no.  |     Flags     |
    |  Unreachable (1), time exceeded (3):                          |
    |   Length, 8s  |                                               |
    |  Packet too big (2): MTU                                      |
    |  Parameter problem (4): Pointer                               |
    +---------------------------------------------------------------+
    |  Error (1 to 4): as much as fits of the IPv6 packet that caused it ...
    +-------------------------------------------

Sources: RFC 4443, RFC 8335 (extended echo). Oddity: extensions may follow a quote whose length, 128 bytes at least, is
given (RFC 4884 section 4); the length is zero where there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import FRAME, Columns, Header, Next, Work

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("type", "u1"), ("code", "u1"), ("checksum", ">u2")])
COLUMNS: Columns = {"icmpv6.type": "type", "icmpv6.code": "code", "icmpv6.checksum": "checksum"}
ECHO_DTYPE = np.dtype([("identifier", ">u2"), ("sequence", ">u2")])
ECHO_COLUMNS: Columns = {
    "icmpv6.echo.identifier": "identifier",
    "icmpv6.echo.sequence_number": "sequence",
}
EXTENDED_ECHO_COLUMNS: Columns = {"icmpv6.echo.identifier": "identifier"}
WORD = np.dtype([("word", ">u4")])
LEAST_QUOTE = 128  # where its length is given


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The message of this type."""
    return Next("icmpv6.type", structs["type"], rest)


def after_extensible(frames: Frames, rest: Work, structs: Array) -> None:
    """The quoted packet, as long as it is said to be."""
    size = (structs["word"] >> 24).astype(np.int64) * 8
    frames.quote("eth.type", 0x86DD, rest.until(rest.offsets + size, FRAME, size >= LEAST_QUOTE))


def after_error(frames: Frames, rest: Work, _structs: Array) -> None:
    """The quoted packet."""
    frames.quote("eth.type", 0x86DD, rest)


HEADER = Header("icmpv6", DTYPE, {"ipv6.nxt": (58,)}, COLUMNS, after=after)
ECHO = Header("icmpv6.echo", ECHO_DTYPE, {"icmpv6.type": (128, 129)}, ECHO_COLUMNS, quiet=True)
EXTENDED_ECHO = Header(
    "icmpv6.ext.echo", ECHO_DTYPE, {"icmpv6.type": (160, 161)}, EXTENDED_ECHO_COLUMNS, quiet=True,
)  # fmt: skip
UNREACHABLE = Header("icmpv6.error", WORD, {"icmpv6.type": (1, 3)}, after=after_extensible, quiet=True)
TOO_BIG = Header("icmpv6.too_big", WORD, {"icmpv6.type": (2,)}, {"icmpv6.mtu": "word"}, after=after_error, quiet=True)
PARAMETER = Header(
    "icmpv6.parameter", WORD, {"icmpv6.type": (4,)}, {"icmpv6.pointer": "word"}, after=after_error, quiet=True,
)  # fmt: skip
