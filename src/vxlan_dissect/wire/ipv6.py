"""IPv6: from which address to which, how many hops may it still go, and where does the packet end?

Law: the packet ends where its payload length says, bytes after that are padding of the link.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------+---------------+---------------------------------------+
    |  6    | Traffic class |               Flow label              |
    +-------+---------------+-------+---------------+---------------+
    |         Payload length        |  Next header  |   Hop limit   |
    +-------------------------------+---------------+---------------+
    |                                                               |
    +                            Source                             +
    |                          (16 bytes)                           |
    +---------------------------------------------------------------+
    |                                                               |
    +                          Destination                          +
    |                          (16 bytes)                           |
    +---------------------------------------------------------------+

Sources: RFC 8200 section 3, RFC 6437 (flow label). Oddities: payload length 0 means a jumbogram (RFC 2675), or a packet
larger than 65535 that was captured before segmentation offload: both go on to the end of the frame. IPv6 in IPv4 is
protocol 41 (RFC 4213), IPv6 in IPv6 next header 41 (RFC 2473).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import IPV6, IPV6_PLEN, VERSION, Check, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("version_class_flow", ">u4"), ("payload_length", ">u2"), ("next_header", "u1"), ("hop_limit", "u1"),
        ("source", IPV6), ("destination", IPV6),
    ]
)  # fmt: skip
COLUMNS: Columns = {
    "ipv6.tclass": lambda structs: structs["version_class_flow"] >> 20 & 0xFF,
    "ipv6.flow": lambda structs: structs["version_class_flow"] & 0xFFFFF,
    "ipv6.plen": "payload_length",
    "ipv6.nxt": "next_header",
    "ipv6.hlim": "hop_limit",
    "ipv6.src": "source",
    "ipv6.dst": "destination",
}


def checks(structs: Array) -> Iterable[Check]:
    """Version 6."""
    version = structs["version_class_flow"] >> 28
    yield Check(version != 6, 6, version, VERSION)


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header."""
    payload = structs["payload_length"].astype(np.int64)
    return Next("ipv6.nxt", structs["next_header"], rest.until(rest.offsets + payload, IPV6_PLEN, payload != 0))


HEADER = Header(
    name="ipv6",
    dtype=DTYPE,
    # The address family of IPv6 differs: 10 Linux, 24 NetBSD and OpenBSD, 28 FreeBSD, 30 macOS.
    follows={
        "eth.type": (0x86DD,), "linktype": (229,), "raw.version": (6,), "null.family": (10, 24, 28, 30),
        "mpls.payload": (2,),
    },
    inside={"ip.proto": (41,), "ipv6.nxt": (41,), "tunnel.protocol": (2,), "tunnel.ethertype": (0x86DD,)},
    columns=COLUMNS,
    checks=checks,
    after=after,
)  # fmt: skip
