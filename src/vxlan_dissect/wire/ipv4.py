"""IPv4: from which address to which, how far may it still go, and where does the packet end?

Law: the packet ends where its total length says, bytes after that are padding of the link; a fragment that does not
begin the datagram has no further header.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------+-------+-----------+---+-------------------------------+
    |  4    |  IHL  |    DSCP   |ECN|         Total length          |
    +-------+-------+-----------+---+-----+-------------------------+
    |        Identification         |0|D|M|    Fragment offset      |
    +---------------+---------------+-----+-------------------------+
    | Time to live  |    Protocol   |        Header checksum        |
    +---------------+---------------+-------------------------------+
    |                            Source                             |
    +---------------------------------------------------------------+
    |                          Destination                          |
    +---------------------------------------------------------------+
    |  Options, while IHL > 5 ...
    +-------------------------------------------

Sources: RFC 791, RFC 2474 (DSCP), RFC 3168 (ECN). Oddities: a capture before segmentation offload has total length 0
when the packet is larger than 65535 (Linux BIG TCP), which means up to the end of the frame. IHL counts 4 bytes and the
fragment offset 8. IPv4 in IPv4 is protocol 4 (RFC 2003), in IPv6 next header 4 (RFC 2473).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import HEADER_LENGTH, IP_LEN, VERSION, Check, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("version_ihl", "u1"), ("dscp_ecn", "u1"), ("total_length", ">u2"),
        ("identification", ">u2"), ("flags_offset", ">u2"),
        ("ttl", "u1"), ("protocol", "u1"), ("checksum", ">u2"),
        ("source", ">u4"), ("destination", ">u4"),
    ]
)  # fmt: skip
COLUMNS: Columns = {
    "ip.hdr_len": lambda structs: (structs["version_ihl"] & 0x0F) * 4,
    "ip.dsfield": "dscp_ecn",
    "ip.len": "total_length",
    "ip.id": "identification",
    "ip.flags.df": lambda structs: structs["flags_offset"] & 0x4000,
    "ip.flags.mf": lambda structs: structs["flags_offset"] & 0x2000,
    "ip.frag_offset": lambda structs: (structs["flags_offset"] & 0x1FFF) * 8,
    "ip.ttl": "ttl",
    "ip.proto": "protocol",
    "ip.checksum": "checksum",
    "ip.src": "source",
    "ip.dst": "destination",
}


def length(structs: Array) -> Ints:
    """Header with options, from IHL."""
    return (structs["version_ihl"] & 0x0F).astype(np.int64) * 4


def checks(structs: Array) -> Iterable[Check]:
    """Version 4, at least five words of header, and a total length that holds them."""
    version = structs["version_ihl"] >> 4
    header, total = length(structs), structs["total_length"]
    yield Check(version != 4, 4, version, VERSION)
    yield Check(header < 20, 20, header, HEADER_LENGTH)
    yield Check((total < header) & (total != 0), header, total, IP_LEN)


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The protocol, in the first fragment."""
    total = structs["total_length"].astype(np.int64)
    first = structs["flags_offset"] & 0x1FFF == 0
    body = rest.until(rest.offsets - length(structs) + total, IP_LEN, total != 0)
    return Next("ip.proto", structs["protocol"], body, None if first.all() else first)


HEADER = Header(
    name="ip",
    dtype=DTYPE,
    follows={
        "eth.type": (0x0800,), "linktype": (228,), "raw.version": (4,), "null.family": (2,), "mpls.payload": (1,),
    },
    inside={"ip.proto": (4,), "ipv6.nxt": (4,), "tunnel.protocol": (1,), "tunnel.ethertype": (0x0800,)},
    columns=COLUMNS,
    length=length,
    checks=checks,
    after=after,
)  # fmt: skip
