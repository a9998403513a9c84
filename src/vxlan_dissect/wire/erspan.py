"""ERSPAN: in which mirroring session, and in which VLAN, was the frame inside seen?

Law: the EtherType of GRE says the type, and the version has to agree; what was mirrored is the packet inside.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------+-----------------------+-----+---+-+-------------------+
    |Version|         VLAN          | COS |En |T|    Session id     |
    +-------+-----------------------+-----+---+-+-------------------+
    |       Reserved        |                 Index                 |  Type II (version 1)
    +-----------------------+---------------------------------------+
    |                           Timestamp                           |  Type III (version 2)
    +-------------------------------+-+---------+-----------+-+---+-+
    |      Security group tag       |P|Frame typ|Hardware id|D|Gra|O|
    +-------------------------------+-+---------+-----------+-+---+-+
    |  Platform specific (8), with O ...
    +---------------------------------------------------------------+

Source: draft-foschiano-erspan sections 4.1 to 4.3. EtherTypes of GRE: 0x88BE types I and II, 0x22EB type III. T: the
frame was cut when it was mirrored. D: it was seen leaving, else coming in. Frame type 0 is Ethernet, 2 an IP packet.
Oddity: type I is type II without the header and without GRE's sequence number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import plausible
from vxlan_dissect.wire.header import VERSION, Check, Columns, Header, Next, no_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vxlan_dissect.wire.header import Array, Ints, Work
    from vxlan_dissect.wire.walk import Frames

_BOTH = [("version_vlan", ">u2"), ("session", ">u2")]
TYPE_I_DTYPE = np.dtype([("first", "u1")])
TYPE_II_DTYPE = np.dtype([*_BOTH, ("index", ">u4")])
TYPE_III_DTYPE = np.dtype([*_BOTH, ("timestamp", ">u4"), ("security_group", ">u2"), ("flags", ">u2")])
_BOTH_COLUMNS: Columns = {
    "erspan.version": lambda structs: structs["version_vlan"] >> 12,
    "erspan.vlan": lambda structs: structs["version_vlan"] & 0x0FFF,
    "erspan.cos": lambda structs: structs["session"] >> 13,
    "erspan.truncated": lambda structs: structs["session"] & 0x0400,
    "erspan.spanid": lambda structs: structs["session"] & 0x03FF,
}
TYPE_II_COLUMNS: Columns = {**_BOTH_COLUMNS, "erspan.index": lambda structs: structs["index"] & 0xFFFFF}
TYPE_III_COLUMNS: Columns = {
    **_BOTH_COLUMNS,
    "erspan.timestamp": "timestamp",
    "erspan.direction": lambda structs: structs["flags"] & 0x0008,
}
# In the table of EtherTypes; type I has no EtherType of its own, and the number that stands for it is none.
TYPE_II_ETHERTYPE, TYPE_III_ETHERTYPE, TYPE_I_VALUE = 0x88BE, 0x22EB, 0x10001
IPV4, IPV6, ETHERNET = 1, 2, 3  # in the table of what a tunnel carries


def _of_version(version: int) -> Callable[[Array], Iterable[Check]]:
    def checks(structs: Array) -> Iterable[Check]:
        found = structs["version_vlan"] >> 12
        yield Check(found != version, version, found, VERSION)

    return checks


def mirrored(_frames: Frames, rest: Work, _structs: Array) -> Next:
    """An Ethernet frame."""
    return Next("tunnel.protocol", ETHERNET, rest)


def after_type_iii(frames: Frames, rest: Work, structs: Array) -> Next:
    """What the frame type says, behind what is specific to the platform."""
    kind, version = structs["flags"] >> 10 & 0x1F, plausible.first_words(frames, rest) >> 28
    carried = np.where(version == 4, IPV4, np.where(version == 6, IPV6, 0))
    return Next("tunnel.protocol", np.where(kind == 0, ETHERNET, np.where(kind == 2, carried, 0)), rest)


def type_iii_length(structs: Array) -> Ints:
    """12 bytes, 8 more with flag O."""
    return TYPE_III_DTYPE.itemsize + 8 * (structs["flags"] & 1).astype(np.int64)


TYPE_I = Header("erspan", TYPE_I_DTYPE, {"tunnel.ethertype": (TYPE_I_VALUE,)}, length=no_bytes, after=mirrored)
TYPE_II = Header(
    name="erspan",
    dtype=TYPE_II_DTYPE,
    follows={"tunnel.ethertype": (TYPE_II_ETHERTYPE,)},
    columns=TYPE_II_COLUMNS,
    checks=_of_version(1),
    after=mirrored,
)
TYPE_III = Header(
    name="erspan",
    dtype=TYPE_III_DTYPE,
    follows={"tunnel.ethertype": (TYPE_III_ETHERTYPE,)},
    columns=TYPE_III_COLUMNS,
    length=type_iii_length,
    checks=_of_version(2),
    after=after_type_iii,
)
