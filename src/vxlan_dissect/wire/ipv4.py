"""IPv4: from which address to which, how far may it still go, where does the packet end, and what do options say?

Law: the packet ends where its total length says, bytes after that are padding of the link; a fragment that does not
begin the datagram has no further header, nor has a packet whose options are damaged.

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

    +---------------+---------------+-------------------------------+
    |      Type     |     Length    |  148, router alert: value (2); 154, DSR: port (2), address (4)
    +---------------+---------------+-------------------------------+

Sources: RFC 791, RFC 2474 (DSCP), RFC 3168 (ECN), RFC 2113 (router alert). Type 154 is how Cilium tells the node of the
backend which service address and port the client asked for (DSR_IPV4_OPT_TYPE in bpf/lib); the node writes both in its
own byte order, which is little-endian (cilium pull request 23262, never merged). Oddities: a capture before
segmentation offload has total length 0 when the packet is larger than 65535 (Linux BIG TCP), which means up to the end
of the frame. IHL counts 4 bytes and the fragment offset 8. IPv4 in IPv4 is protocol 4 (RFC 2003), in IPv6 next header 4
(RFC 2473).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import options
from vxlan_dissect.wire.header import HEADER_LENGTH, IP_LEN, VERSION, Check, Columns, Header, Next, Work, itself
from vxlan_dissect.wire.options import HEAD, Option, Options

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
ROUTER_ALERT_DTYPE = np.dtype([("type", "u1"), ("length", "u1"), ("value", ">u2")])
ROUTER_ALERT: Columns = {"ip.opt.ra": "value"}
DSR_DTYPE = np.dtype([("type", "u1"), ("length", "u1"), ("port", "<u2"), ("address", "<u4")])
DSR: Columns = {"ip.opt.dsr.port": "port", "ip.opt.dsr.addr": "address"}
RECORD_ROUTE: Columns = {"ip.options.record_route": options.present}
TIMESTAMP: Columns = {"ip.options.timestamp": options.present}
LOOSE_ROUTE: Columns = {"ip.options.route": options.present}
STRICT_ROUTE: Columns = {"ip.options.source_route": options.present}
UNKNOWN: Columns = {"ip.opt.unknown": itself}
OPTIONS = Options(padding=1, end=0, uncounted=0, unknown=UNKNOWN, known=(
    Option(7, HEAD, RECORD_ROUTE),
    Option(68, HEAD, TIMESTAMP),
    Option(131, HEAD, LOOSE_ROUTE),
    Option(137, HEAD, STRICT_ROUTE),
    Option(148, ROUTER_ALERT_DTYPE, ROUTER_ALERT, 4),
    Option(154, DSR_DTYPE, DSR, 8),
))  # fmt: skip


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


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """The options, and the protocol in the first fragment."""
    total, header = structs["total_length"].astype(np.int64), length(structs)
    goes_on = structs["flags_offset"] & 0x1FFF == 0
    if (more := header > DTYPE.itemsize).any():
        work = rest.pick(more)
        sound, _ = options.read(frames, HEADER, work, work.offsets - header[more] + DTYPE.itemsize, OPTIONS)
        goes_on[more] &= sound
    body = rest.until(rest.offsets - header + total, IP_LEN, total != 0)
    return Next("ip.proto", structs["protocol"], body, None if goes_on.all() else goes_on)


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
