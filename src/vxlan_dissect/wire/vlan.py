"""802.1Q and 802.1ad: which VLAN does this frame belong to?

Law: a tag is a header like any other, so a stack of tags is the same header again; the columns are those of the
innermost tag, and `vlan.tags` counts.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-----+-+-----------------------+-------------------------------+
    | PCP |D|        VLAN ID        |   Type of what follows        |
    +-----+-+-----------------------+-------------------------------+

The tag's own type, 0x8100 (customer), 0x88A8 (provider) or 0x9100 (provider, before 802.1ad), stands where the
EtherType would; `eth.type` is the type after all tags. Source: IEEE 802.1Q-2022 clause 9. Oddity: VLAN 0 means priority
only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.ethernet import follow_type
from vxlan_dissect.wire.header import Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("control", ">u2"), ("type", ">u2")])
COLUMNS: Columns = {
    "vlan.id": lambda structs: structs["control"] & 0x0FFF,
    "vlan.priority": lambda structs: structs["control"] >> 13,
}
TAGS: Columns = {"vlan.tags": itself}


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """As after Ethernet."""
    frames.fill(rest, frames.count("vlan", rest), TAGS)
    return follow_type(frames, rest, structs["type"])


TYPES = (0x8100, 0x88A8, 0x9100)
HEADER = Header("vlan", DTYPE, {"eth.type": TYPES}, COLUMNS, {"tunnel.ethertype": TYPES}, after=after)
