"""NULL and LOOP: what did a capture on a BSD loopback or tunnel device see?

Law: the address family is one word, in the byte order of the capturing machine (NULL) or of the network (LOOP).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |                        Address family                         |
    +---------------------------------------------------------------+

Source: tcpdump.org/linktypes.html (0 and 108). A family is a small number, so the order that makes it small is the
right one, and the file's own order, which says nothing about the capturing machine, is not needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import Header, Next, Work

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("family", ">u4")])


def after(_frames: Frames, rest: Work, structs: Array) -> Next:
    """The family, in whichever order is the smaller number."""
    family = structs["family"].astype(np.uint32)
    return Next("null.family", np.minimum(family, family.byteswap()), rest)


HEADER = Header("null", DTYPE, {"linktype": (0, 108)}, after=after)
