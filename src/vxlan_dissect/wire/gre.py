"""GRE: which packet is tunnelled here, and in which of the tunnels between these two ends?

Law: version 0 carries what its EtherType names, unless it is routed (RFC 1701), which is refused; version 1 is PPTP,
which is named and not opened, or MikroTik's EoIP, which carries Ethernet.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-----+-+---------+---+-------------------------------+
    |C|R|K|S|0|  0  |A|    0    |Ver|         Protocol type         |
    +-+-+-+-+-+-----+-+---------+---+-------------------------------+
    |     Checksum (with C or R)    |           Offset (R)          |
    +-------------------------------+-------------------------------+
    |  Key (K); NVGRE: virtual subnet (3), flow (1); PPTP: payload length (2), call (2)
    +---------------------------------------------------------------+
    |                      Sequence number (S)                      |
    +---------------------------------------------------------------+
    |               Acknowledgment number (A, PPTP)                 |
    +---------------------------------------------------------------+

Sources: RFC 2784, RFC 2890 (key, sequence number), RFC 7637 section 3.2 (NVGRE), RFC 2637 section 4.1 (PPTP), RFC 8086
(over UDP); for EoIP Wireshark (packet-gre.c). Oddities: Linux's gretap with a key is the same on the wire as NVGRE.
Protocol type 0 is a keepalive of Cisco's and carries nothing. ERSPAN without a sequence number is of type I, which has
no header of its own. EoIP's key is the length of its frame and, lowest byte first, the number of the tunnel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.gather import gather
from vxlan_dissect.wire import erspan
from vxlan_dissect.wire.header import VERSION, Check, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints, Mask
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("flags_version", ">u2"), ("protocol", ">u2")])
WORD = np.dtype([("word", ">u4")])
COLUMNS: Columns = {"gre.flags_and_version": "flags_version", "gre.proto": "protocol"}
CHECKSUM: Columns = {"gre.checksum": lambda structs: structs["word"] >> 16}
KEY: Columns = {"gre.key": "word"}
VIRTUAL_SUBNET: Columns = {
    "nvgre.vsid": lambda structs: structs["word"] >> 8,
    "nvgre.flow_id": lambda structs: structs["word"] & 0xFF,
}
CALL: Columns = {
    "gre.key.payload_length": lambda structs: structs["word"] >> 16,
    "gre.key.call_id": lambda structs: structs["word"] & 0xFFFF,
}
SEQUENCE: Columns = {"gre.sequence_number": "word"}
ACKNOWLEDGMENT: Columns = {"gre.ack_number": "word"}
FLAG_C, FLAG_R, FLAG_K, FLAG_S, FLAG_A, VERSION_BITS = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080, 0x0007
ETHERNET, POINT_TO_POINT, ETHERNET_OVER_IP = 0x6558, 0x880B, 0x6400


def length(structs: Array) -> Ints:
    """4 bytes, and 4 for each optional word; the acknowledgment number is of version 1 only."""
    flags = structs["flags_version"]
    words = np.ones(len(structs), dtype=np.int64)
    for optional in (flags & (FLAG_C | FLAG_R), flags & FLAG_K, flags & FLAG_S):
        words += optional != 0
    words += flags & (FLAG_A | VERSION_BITS) == FLAG_A | 1
    return words * 4


def checks(structs: Array) -> Iterable[Check]:
    """Version 0 or 1."""
    version = structs["flags_version"] & VERSION_BITS
    yield Check(version > 1, 1, version, VERSION)


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """The optional words, and the packet inside."""
    flags, kind = structs["flags_version"], structs["protocol"].astype(np.int64)
    if flags.any():
        _words(frames, rest, structs)
    kind[(kind == erspan.TYPE_II_ETHERTYPE) & (flags & FLAG_S == 0)] = erspan.TYPE_I_VALUE
    over_ip = (kind == ETHERNET_OVER_IP) & (flags & VERSION_BITS == 1)
    kind[over_ip] = ETHERNET
    return Next("tunnel.ethertype", kind, rest, (flags & (FLAG_R | VERSION_BITS) == 0) | over_ip)


def _words(frames: Frames, rest: Work, structs: Array) -> None:
    """Note the optional words, one after the other."""
    flags, at = structs["flags_version"], rest.offsets - length(structs) + DTYPE.itemsize
    enhanced, point_to_point = flags & VERSION_BITS == 1, structs["protocol"] == POINT_TO_POINT
    checked, keyed, counted = flags & FLAG_C != 0, flags & FLAG_K != 0, flags & FLAG_S != 0
    subnet = keyed & ~checked & ~counted & ~enhanced & (structs["protocol"] == ETHERNET)
    _note(frames, rest, at, checked, CHECKSUM)
    at = at + 4 * (checked | (flags & FLAG_R != 0))
    call = keyed & enhanced & point_to_point
    _note(frames, rest, at, keyed & ~call, KEY)
    _note(frames, rest, at, subnet, VIRTUAL_SUBNET)
    _note(frames, rest, at, call, CALL)
    at = at + 4 * keyed
    _note(frames, rest, at, counted, SEQUENCE)
    at = at + 4 * counted
    _note(frames, rest, at, enhanced & (flags & FLAG_A != 0), ACKNOWLEDGMENT)


def _note(frames: Frames, rest: Work, at: Ints, chosen: Mask, columns: Columns) -> None:
    if chosen.any():
        frames.fill(rest.pick(chosen), gather(frames.buffer, at[chosen], WORD), columns)


HEADER = Header(
    name="gre",
    dtype=DTYPE,
    follows={"ip.proto": (47,), "ipv6.nxt": (47,), "udp.dstport": (4754,)},
    columns=COLUMNS,
    length=length,
    checks=checks,
    after=after,
)
