"""RAW: which version of IP begins a frame that has no link-layer header?

Law: the first four bits say; nothing is consumed.

     0 1 2 3 4 5 6 7
    +-------+-------
    |Version|  ...
    +-------+-------

Source: tcpdump.org/linktypes.html (101). TUN devices, such as those of WireGuard and IPIP, are captured so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import Header, Next, Work, no_bytes

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("version", "u1")])


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """IPv4 or IPv6."""
    return Next("raw.version", structs["version"] >> 4, rest)


HEADER = Header("raw", DTYPE, {"linktype": (101,)}, length=no_bytes, after=after)
