"""LINUX_SLL: what did a capture on the device `any` see, and in which direction?

Law: the sender's link-layer address is read where it is 6 bytes long; there is no receiver's.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          Packet type          |          ARPHRD type          |
    +-------------------------------+-------------------------------+
    |         Address length        |   Sender's address (8 bytes,  |
    +-------------------------------+   padded)                     +
    |                                                               |
    +                               +-------------------------------+
    |                               |         Protocol type         |
    +-------------------------------+-------------------------------+

Source: tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html. Oddities: of a device that is netlink (824), 802.11 radiotap
(803) or frame relay (770) the protocol type is no EtherType.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import MAC, Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("packet_type", ">u2"), ("arphrd", ">u2"), ("address_length", ">u2"), ("address", MAC), ("padding", ">u2"),
        ("protocol", ">u2"),
    ]
)  # fmt: skip
COLUMNS: Columns = {"sll.pkttype": "packet_type", "sll.etype": "protocol"}
SENDER: Columns = {"sll.src.mac": itself}
WITHOUT_ETHERTYPE = (770, 803, 824)


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """The protocol type, where it is an EtherType; LINUX_SLL2 has the same fields in another order."""
    frames.fill(rest, structs["address"], SENDER, structs["address_length"] == 6)
    typed = ~np.isin(structs["arphrd"], WITHOUT_ETHERTYPE)
    return Next("eth.type", structs["protocol"], rest, None if typed.all() else typed)


HEADER = Header("sll", DTYPE, {"linktype": (113,)}, COLUMNS, after=after)
