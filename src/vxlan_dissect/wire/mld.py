"""Multicast listener discovery: which groups does a host listen to?

Law: of a version 2 report the number of records and the first record are read, of a query and a version 1 message the
group.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |     Maximum response delay    |           Reserved            |  Query (130), version 1 report (131)
    +-------------------------------+-------------------------------+  and done (132)
    |                          Group (16)                           |
    +-------+-+-----+---------------+-------------------------------+
    |   0   |S| QRV |      QQIC     |       Number of sources       |  Query of version 2
    +-------+-+-----+---------------+-------------------------------+

    +-------------------------------+-------------------------------+
    |            Reserved           |       Number of records       |  Version 2 report (143)
    +---------------+---------------+-------------------------------+
    |  Record type  |  Aux words    |      Number of sources        |  then each record
    +---------------+---------------+-------------------------------+
    |                          Group (16)                           |
    +---------------------------------------------------------------+

Sources: RFC 2710 section 3, RFC 3810 section 5. Oddities: a version 2 query is told from a version 1 query only by its
length, 28 bytes or more (RFC 3810 section 8.1), and its delay above 32767 is a floating-point code (section 5.1.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import IPV6, Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

GROUP_DTYPE = np.dtype([("delay", ">u2"), ("reserved", ">u2"), ("group", IPV6)])
SOURCES_DTYPE = np.dtype([("suppress_robustness", "u1"), ("interval_code", "u1"), ("sources", ">u2")])
REPORT_DTYPE = np.dtype([("reserved", ">u2"), ("records", ">u2")])
RECORD_DTYPE = np.dtype([("type", "u1"), ("aux", "u1"), ("sources", ">u2"), ("group", IPV6)])
GROUP_COLUMNS: Columns = {"icmpv6.mld.multicast_address": "group", "icmpv6.mld.maximum_response_delay": "delay"}
QUERY_COLUMNS: Columns = {"icmpv6.mld.multicast_address": "group"}
DELAY: Columns = {"icmpv6.mld.maximum_response_delay": itself}
SOURCES_COLUMNS: Columns = {
    "icmpv6.mld.flag.s": lambda structs: structs["suppress_robustness"] & 0x08,
    "icmpv6.mld.flag.qrv": lambda structs: structs["suppress_robustness"] & 0x07,
    "icmpv6.mld.qqi": "interval_code",
    "icmpv6.mld.nb_sources": "sources",
}
REPORT_COLUMNS: Columns = {"icmpv6.mldr.nb_mcast_records": "records"}
RECORD_COLUMNS: Columns = {
    "icmpv6.mldr.mar.record_type": "type",
    "icmpv6.mldr.mar.nb_sources": "sources",
    "icmpv6.mldr.mar.multicast_address": "group",
}


def after_query(frames: Frames, rest: Work, structs: Array) -> Next:
    """The delay; a version 2 query has more bytes after the group."""
    delay, newer = structs["delay"].astype(np.int64), rest.offsets < rest.ends
    coded = newer & (delay >= 0x8000)
    frames.fill(rest, np.where(coded, (delay & 0x0FFF | 0x1000) << (delay >> 12 & 7) + 3, delay), DELAY)
    return Next("icmpv6.mld.query", 0, rest, newer)


def after_report(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The first record, if there is one."""
    return Next("icmpv6.mldr.mar", 0, rest, structs["records"] > 0)


QUERY = Header("icmpv6.mld", GROUP_DTYPE, {"icmpv6.type": (130,)}, QUERY_COLUMNS, after=after_query, quiet=True)
SOURCES = Header("icmpv6.mld.query", SOURCES_DTYPE, {"icmpv6.mld.query": (0,)}, SOURCES_COLUMNS, quiet=True)
GROUP = Header("icmpv6.mld", GROUP_DTYPE, {"icmpv6.type": (131, 132)}, GROUP_COLUMNS, quiet=True)
REPORT = Header("icmpv6.mldr", REPORT_DTYPE, {"icmpv6.type": (143,)}, REPORT_COLUMNS, after=after_report, quiet=True)
RECORD = Header("icmpv6.mldr.mar", RECORD_DTYPE, {"icmpv6.mldr.mar": (0,)}, RECORD_COLUMNS, quiet=True)
