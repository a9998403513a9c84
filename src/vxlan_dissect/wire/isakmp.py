"""IKE: which step of agreeing on keys is this?

Law: the header is read and what follows is data; most of it is encrypted. Versions 1 and 2 have the same header.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |                     Initiator's SPI (8)                       |
    +---------------------------------------------------------------+
    |                     Responder's SPI (8)                       |
    +---------------+-------+-------+---------------+---------------+
    | Next payload  | Major | Minor | Exchange type |     Flags     |
    +---------------+-------+-------+---------------+---------------+
    |                          Message ID                           |
    +---------------------------------------------------------------+
    |                            Length                             |
    +---------------------------------------------------------------+

Sources: RFC 7296 section 3.1, RFC 2408 section 3.1 (version 1), RFC 3948 section 2.2 (behind a marker on port 4500).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import esp, udp
from vxlan_dissect.wire.header import Columns, Header

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array, Mask, Work
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("initiator_spi", ">u8"), ("responder_spi", ">u8"), ("next_payload", "u1"), ("version", "u1"),
        ("exchange_type", "u1"), ("flags", "u1"), ("message_id", ">u4"), ("length", ">u4"),
    ]
)  # fmt: skip
COLUMNS: Columns = {
    "isakmp.version": "version",
    "isakmp.exchangetype": "exchange_type",
    "isakmp.flags": "flags",
    "isakmp.messageid": "message_id",
    "isakmp.length": "length",
}
PORT = 500


def accepts(structs: Array) -> Mask:
    """Version 1 or 2."""
    major = structs["version"] >> 4
    return np.asarray((major == 1) | (major == 2))


def from_its_port(frames: Frames, work: Work) -> Mask:
    """An answer to a port that an address translation chose."""
    return np.asarray(udp.source_ports(frames, work) == PORT)


HEADER = Header(
    name="isakmp",
    dtype=DTYPE,
    follows={"udp.dstport": (PORT,), "udpencap": (esp.IKE,)},
    columns=COLUMNS,
    accepts=accepts,
    recognises={"udp.dstport": from_its_port},
)
