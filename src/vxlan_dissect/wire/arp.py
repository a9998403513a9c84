"""ARP: who asks for, or tells, the MAC of an IPv4 address?

Law: addresses are read only where types and lengths say Ethernet and IPv4; of any other pair the operation alone is
read.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |   Hardware type (1 Ethernet)  |   Protocol type (0x0800)      |
    +---------------+---------------+-------------------------------+
    |  HW length 6  | Proto length 4|           Operation           |
    +---------------+---------------+-------------------------------+
    |                    Sender hardware address                    |
    +                               +-------------------------------+
    |                               | Sender protocol address       |
    +-------------------------------+-------------------------------+
    |  ...                          |    Target hardware address    |
    +-------------------------------+                               +
    |                                                               |
    +---------------------------------------------------------------+
    |                    Target protocol address                    |
    +---------------------------------------------------------------+

Sources: RFC 826, RFC 903 (RARP, the same with operations 3 and 4). Oddities: the target MAC of a request means nothing
and is mostly zero; a gratuitous ARP has sender and target address alike (RFC 5227 section 3); what follows up to 60
bytes is padding of Ethernet, no data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import FRAME, MAC, Columns, Header, Next, Work

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("hardware_type", ">u2"), ("protocol_type", ">u2"), ("hardware_length", "u1"), ("protocol_length", "u1"),
        ("operation", ">u2"),
    ]
)  # fmt: skip
COLUMNS: Columns = {"arp.opcode": "operation"}

ADDRESSES_DTYPE = np.dtype(
    [("sender_mac", MAC), ("sender_ip", ">u4"), ("target_mac", MAC), ("target_ip", ">u4")],
)
ADDRESSES_COLUMNS: Columns = {
    "arp.src.hw_mac": "sender_mac",
    "arp.src.proto_ipv4": "sender_ip",
    "arp.dst.hw_mac": "target_mac",
    "arp.dst.proto_ipv4": "target_ip",
}


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """Addresses of the two lengths, and no more."""
    lengths = 2 * (structs["hardware_length"].astype(np.int64) + structs["protocol_length"])
    known = (structs["hardware_type"] == 1) & (structs["protocol_type"] == 0x0800)
    known &= (structs["hardware_length"] == 6) & (structs["protocol_length"] == 4)
    return Next("arp.addresses", 0, rest.until(rest.offsets + lengths, FRAME), known)


HEADER = Header("arp", DTYPE, {"eth.type": (0x0806, 0x8035)}, COLUMNS, {"tunnel.ethertype": (0x0806,)}, after=after)
ADDRESSES = Header("arp.addresses", ADDRESSES_DTYPE, {"arp.addresses": (0,)}, ADDRESSES_COLUMNS, quiet=True)
