"""VXLAN: which overlay network does the packet inside belong to?

Law: on its ports it is VXLAN if flag I is set, as Linux wants it too; on any other port only if the whole header is as
RFC 7348 has it and a plausible Ethernet frame follows. Flag P (GPE) says that the last byte of the first word names
what is inside, on any port; without it that is Ethernet.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-------------------------------+
    |G|0|0|0|I|0|0|0|0|D|0|0|A|0|0|0|   Group policy id (with G)    |  RFC 7348; G, D, A: group policy
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+---------------+---------------+
    |0|0|Ver|I|P|B|O|           Reserved            | Next protocol |  GPE
    +-+-+---+-+-+-+-+-------------------------------+---------------+
    |            VXLAN network identifier           |   Reserved    |
    +-----------------------------------------------+---------------+

Sources: RFC 7348 section 5; draft-smith-vxlan-group-policy section 2.1 (G, D: do not learn, A: policy was applied);
draft-ietf-nvo3-vxlan-gpe section 3 (version, P, B, O). Ports: 4789 and, for GPE, 4790 by IANA; 8472 by Linux before
that (drivers/net/vxlan, default of the module) and so by Cilium and flannel. Oddities: the source port is a hash of the
inner flow. Cilium puts the sender's security identity where the VNI is. Linux sends GPE on whatever port its device
has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.gather import gather
from vxlan_dissect.wire import plausible
from vxlan_dissect.wire.header import VERSION, Check, Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Mask
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("flags", ">u2"), ("group_policy", ">u2"), ("vni_reserved", ">u4")])
COLUMNS: Columns = {
    "vxlan.flags": "flags",
    "vxlan.vni": lambda structs: structs["vni_reserved"] >> 8,
}
GROUP: Columns = {"vxlan.gbp": "group_policy"}
NEXT_PROTOCOL: Columns = {"vxlan.next_proto": lambda structs: structs["group_policy"] & 0xFF}
RECOGNISED_BY: Columns = {"vxlan.recognised_by": itself}
FLAG_G, FLAG_I, FLAG_P = 0x8000, 0x0800, 0x0400
ETHERNET = 3  # the next protocol of GPE that plain VXLAN always has


def accepts(structs: Array) -> Mask:
    """The VNI is valid."""
    return np.asarray(structs["flags"] & FLAG_I != 0)


def checks(structs: Array) -> Iterable[Check]:
    """GPE has version 0."""
    gpe, version = structs["flags"] & FLAG_P != 0, structs["flags"] >> 12 & 3
    yield Check(gpe & (version != 0), 0, version, VERSION)


def recognises(frames: Frames, work: Work) -> Mask:
    """Nothing but flag I set, nothing in the reserved bytes, and an Ethernet frame that fits what it carries."""
    found = np.zeros(len(work.rows), dtype=bool)
    maybe = np.flatnonzero(plausible.first_words(frames, work) == FLAG_I << 16)
    if len(maybe):
        clean = work.pick(maybe)
        clean = clean._replace(offsets=clean.offsets + DTYPE.itemsize)
        carries = plausible.ethernet(frames, clean)
        head = gather(frames.buffer, work.offsets[maybe[carries]], DTYPE)
        found[maybe[carries]] = head["vni_reserved"] & 0xFF == 0
    return found


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """What flag P names, else an Ethernet frame."""
    gpe = structs["flags"] & FLAG_P != 0
    frames.fill(rest, structs, GROUP, (structs["flags"] & FLAG_G != 0) & ~gpe)
    frames.fill(rest, np.full(len(rest.rows), rest.guessed, dtype=np.uint8), RECOGNISED_BY)
    if not gpe.any():
        return Next("tunnel.protocol", ETHERNET, rest)
    frames.fill(rest, structs, NEXT_PROTOCOL, gpe)
    return Next("tunnel.protocol", np.where(gpe, structs["group_policy"] & 0xFF, ETHERNET), rest)


HEADER = Header(
    name="vxlan",
    dtype=DTYPE,
    follows={"udp.dstport": (4789, 4790, 8472)},
    columns=COLUMNS,
    checks=checks,
    accepts=accepts,
    after=after,
    recognises={"udp.dstport": recognises},
)
