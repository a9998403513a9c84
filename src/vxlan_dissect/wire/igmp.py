"""IGMP: which IPv4 groups does a host listen to, and which router asks?

Law: of a version 3 report the number of records and the first record are read, of every other message the group. What
older multicast protocols put under the same number (DVMRP, PIM version 1, mtrace) keeps its type, and the rest is data.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |      Type     | Max resp code |           Checksum            |
    +---------------+---------------+-------------------------------+
    |     Group;  version 3 report (0x22): reserved (2), records (2)|
    +-------+-+-----+---------------+-------------------------------+
    |   0   |S| QRV |      QQIC     |       Number of sources       |  Query (0x11) of version 3
    +-------+-+-----+---------------+-------------------------------+

    +---------------+---------------+-------------------------------+
    |  Record type  |   Aux words   |       Number of sources       |  then each record of a report
    +---------------+---------------+-------------------------------+
    |                             Group                             |
    +---------------------------------------------------------------+

Sources: RFC 1112 appendix I, RFC 2236 section 2, RFC 3376 section 4. Oddities: the version of a query shows in its
length and its code alone (RFC 3376 section 7.1): 12 bytes or more are version 3, else code 0 is version 1; a code above
127 is a floating-point one in version 3 (section 4.1.1). It counts tenths of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("type", "u1"), ("code", "u1"), ("checksum", ">u2"), ("group", ">u4")])
COLUMNS: Columns = {"igmp.type": "type", "igmp.checksum": "checksum"}
GROUP: Columns = {"igmp.maddr": "group"}
RECORDS: Columns = {"igmp.num_grp_recs": lambda structs: structs["group"] & 0xFFFF}
RESPONSE: Columns = {"igmp.max_resp": itself}
QUERY_DTYPE = np.dtype([("suppress_robustness", "u1"), ("interval_code", "u1"), ("sources", ">u2")])
QUERY_COLUMNS: Columns = {
    "igmp.s": lambda structs: structs["suppress_robustness"] & 0x08,
    "igmp.qrv": lambda structs: structs["suppress_robustness"] & 0x07,
    "igmp.qqic": "interval_code",
    "igmp.num_src": "sources",
}
RECORD_DTYPE = np.dtype([("type", "u1"), ("aux", "u1"), ("sources", ">u2"), ("group", ">u4")])
RECORD_COLUMNS: Columns = {"igmp.record_type": "type", "igmp.num_src": "sources", "igmp.maddr": "group"}
QUERY, REPORT_V1, REPORT_V2, LEAVE, REPORT_V3 = 0x11, 0x12, 0x16, 0x17, 0x22


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """The group and the time to answer, and what version 3 adds."""
    kind, code = structs["type"], structs["code"].astype(np.int64)
    asks, reports = kind == QUERY, kind == REPORT_V3
    newer = asks & (rest.offsets < rest.ends)
    frames.fill(rest, structs, GROUP, np.isin(kind, (QUERY, REPORT_V1, REPORT_V2, LEAVE)))
    frames.fill(rest, structs, RECORDS, reports)
    response = np.where(newer & (code >= 0x80), (code & 0x0F | 0x10) << (code >> 4 & 7) + 3, code)
    frames.fill(rest, response, RESPONSE, asks & (newer | (code > 0)) | (kind == REPORT_V2) | (kind == LEAVE))
    return Next("igmp.type", kind, rest, newer | reports & (structs["group"] & 0xFFFF > 0))


HEADER = Header("igmp", DTYPE, {"ip.proto": (2,)}, COLUMNS, after=after)
SOURCES = Header("igmp.query", QUERY_DTYPE, {"igmp.type": (QUERY,)}, QUERY_COLUMNS, quiet=True)
RECORD = Header("igmp.record", RECORD_DTYPE, {"igmp.type": (REPORT_V3,)}, RECORD_COLUMNS, quiet=True)
