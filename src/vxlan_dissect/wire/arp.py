"""ARP: who asks for, or tells, the MAC of an IPv4 address?

Law: hardware addresses are read where their type and length are those of Ethernet, protocol addresses where they are
those of IPv4, each for itself; the lengths say where they stand.

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
bytes is padding of Ethernet, no data; of ATM (RFC 2225 section 8.7) only the operation stands where it does here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.gather import gather
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


ONE_MAC, ONE_IP = np.dtype([("mac", MAC)]), np.dtype([("ip", ">u4")])
SENDER_MAC: Columns = {"arp.src.hw_mac": "mac"}
SENDER_IP: Columns = {"arp.src.proto_ipv4": "ip"}
TARGET_MAC: Columns = {"arp.dst.hw_mac": "mac"}
TARGET_IP: Columns = {"arp.dst.proto_ipv4": "ip"}
ETHERNET = (1, 6)  # IEEE 802 has the same addresses
ATM = 19
IPV4 = 0x0800


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """Addresses of the two lengths, and no more."""
    hardware, protocol = (structs[name].astype(np.int64) for name in ("hardware_length", "protocol_length"))
    body = rest.until(rest.offsets + 2 * (hardware + protocol), FRAME)
    ethernet = np.isin(structs["hardware_type"], ETHERNET) & (hardware == 6)
    ipv4 = (structs["protocol_type"] == IPV4) & (protocol == 4) & (structs["hardware_type"] != ATM)
    usual = ethernet & ipv4
    if not usual.all():
        for place, dtype, columns, known in (
            (0, ONE_MAC, SENDER_MAC, ethernet),
            (hardware, ONE_IP, SENDER_IP, ipv4),
            (hardware + protocol, ONE_MAC, TARGET_MAC, ethernet),
            (2 * hardware + protocol, ONE_IP, TARGET_IP, ipv4),
        ):
            work = body._replace(offsets=body.offsets + place)
            chosen = work.pick(known & ~usual & (work.offsets + dtype.itemsize <= frames.there(work)))
            frames.fill(chosen, gather(frames.buffer, chosen.offsets, dtype), columns)
    return Next("arp.addresses", 0, body, usual)


HEADER = Header("arp", DTYPE, {"eth.type": (0x0806, 0x8035)}, COLUMNS, {"tunnel.ethertype": (0x0806,)}, after=after)
ADDRESSES = Header("arp.addresses", ADDRESSES_DTYPE, {"arp.addresses": (0,)}, ADDRESSES_COLUMNS, quiet=True)
