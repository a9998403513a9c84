"""LINUX_SLL2: what did a capture on the device `any` see, on which interface, and in which direction?

Law: as LINUX_SLL, with the interface.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |         Protocol type         |           Reserved            |
    +-------------------------------+-------------------------------+
    |                        Interface index                        |
    +-------------------------------+---------------+---------------+
    |          ARPHRD type          |  Packet type  | Addr. length  |
    +-------------------------------+---------------+---------------+
    |         Sender's address (8 bytes, padded)                    |
    +                                                               +
    |                                                               |
    +---------------------------------------------------------------+

Source: tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html. Oddity: the index is the one that the capturing host had then.
"""

from __future__ import annotations

import numpy as np

from vxlan_dissect.wire.header import MAC, Columns, Header
from vxlan_dissect.wire.sll import after

DTYPE = np.dtype(
    [
        ("protocol", ">u2"), ("reserved", ">u2"), ("interface", ">u4"), ("arphrd", ">u2"), ("packet_type", "u1"),
        ("address_length", "u1"), ("address", MAC), ("padding", ">u2"),
    ]
)  # fmt: skip
COLUMNS: Columns = {"sll.pkttype": "packet_type", "sll.etype": "protocol", "sll.ifindex": "interface"}

# Wireshark names both forms `sll`.
HEADER = Header("sll", DTYPE, {"linktype": (276,)}, COLUMNS, after=after)
