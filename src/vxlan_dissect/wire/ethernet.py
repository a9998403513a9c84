"""Ethernet: who sent this frame to whom on this link, and what does it carry?

Law: a type below 0x0600 is the length of an IEEE 802.3 frame, which is left as data.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |                          Destination                          |
    +                               +-------------------------------+
    |                               |                               |
    +-------------------------------+            Source             |
    |                                                               |
    +-------------------------------+-------------------------------+
    |     Type, or Length (802.3)   |  ...
    +-------------------------------+

Sources: IEEE 802.3 clause 3.2.6 (types begin at 0x0600), RFC 894, RFC 2464, RFC 8986 (Ethernet in IP, protocol 143;
section 10.1). Oddities: short frames are padded to 60 bytes, so bytes may follow the IP packet; inside VXLAN the frame
has no check sequence (RFC 7348 section 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import FRAME, MAC, Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("destination", MAC), ("source", MAC), ("type", ">u2")])
COLUMNS: Columns = {"eth.dst": "destination", "eth.src": "source"}
TYPE: Columns = {"eth.type": itself}
FIRST_TYPE = 0x0600


def follow_type(frames: Frames, rest: Work, types: Array) -> Next:
    """The EtherType says what follows; an 802.3 frame ends with its length."""
    typed = types >= FIRST_TYPE
    frames.fill(rest, types, TYPE, typed)
    if typed.all():
        return Next("eth.type", types, rest)
    return Next("eth.type", types, rest.until(rest.offsets + types, FRAME, ~typed), typed)


HEADER = Header(
    name="eth",
    dtype=DTYPE,
    follows={"linktype": (1,)},
    inside={
        "tunnel.protocol": (3,),
        "tunnel.ethertype": (0x6558,),
        "mpls.payload": (3,),
        "ip.proto": (143,),
        "ipv6.nxt": (143,),
    },
    columns=COLUMNS,
    after=lambda frames, rest, structs: follow_type(frames, rest, structs["type"]),
)
