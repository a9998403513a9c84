"""VXLAN: which overlay network does the Ethernet frame inside belong to?

Law: on its ports it is VXLAN if flag I is set and the packet does not claim another protocol inside (flag P of GPE); on
any other port only if the whole header is as RFC 7348 wants it and a plausible Ethernet frame follows.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+---------------+-------------------------------+
    |G|0|0|0|I|P|0|0|   Reserved    |  Group policy id (with G)     |
    +-+-+-+-+-+-+-+-+---------------+---------------+---------------+
    |            VXLAN network identifier           |   Reserved    |
    +-----------------------------------------------+---------------+

Sources: RFC 7348 section 5; draft-smith-vxlan-group-policy (G); draft-ietf-nvo3-vxlan-gpe (P). Ports: 4789 by IANA,
8472 by Linux before that (drivers/net/vxlan, default of the module) and so by Cilium and flannel. Oddities: the source
port is a hash of the inner flow. Cilium puts the sender's security identity where the VNI is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import Columns, Header, Next, Work, gather, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array, Mask
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("flags", ">u2"), ("group_policy", ">u2"), ("vni_reserved", ">u4")])
COLUMNS: Columns = {
    "vxlan.flags": "flags",
    "vxlan.vni": lambda structs: structs["vni_reserved"] >> 8,
}
GROUP: Columns = {"vxlan.gbp": "group_policy"}
RECOGNISED_BY: Columns = {"vxlan.recognised_by": itself}
FLAG_G, FLAG_I, FLAG_P = 0x8000, 0x0800, 0x0400
ETHERNET = 3  # the next protocol of GPE that plain VXLAN always has

# VXLAN, Ethernet, and the first 8 bytes after the EtherType (or, with one VLAN tag, the first 4).
GUESS = np.dtype(
    [
        ("flags", ">u4"), ("vni_reserved", ">u4"), ("macs", "V12"), ("type", ">u2"),
        ("first", "u1"), ("second", "u1"), ("word", ">u2"), ("third_word", ">u2"), ("fourth_word", ">u2"),
    ]
)  # fmt: skip
IPV4, ARP, IPV6, VLAN, PROVIDER_VLAN = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8


def accepts(structs: Array) -> Mask:
    """The VNI is valid, and what follows is Ethernet."""
    return np.asarray(structs["flags"] & (FLAG_I | FLAG_P) == FLAG_I)


def recognises(frames: Frames, work: Work) -> Mask:
    """Nothing but flag I set, nothing in the reserved bytes, and an Ethernet frame that fits what it carries."""
    found = np.zeros(len(work.rows), dtype=bool)
    maybe = np.flatnonzero(work.offsets + GUESS.itemsize <= frames.there(work))
    head = gather(frames.buffer, work.offsets[maybe], DTYPE)
    clean = (head["flags"] == FLAG_I) & (head["group_policy"] == 0) & (head["vni_reserved"] & 0xFF == 0)
    if clean.any():
        maybe = maybe[clean]
        found[maybe] = _carries(gather(frames.buffer, work.offsets[maybe], GUESS), work.pick(maybe))
    return found


def _carries(guess: Array, work: Work) -> Mask:
    """Which of the frames behind a clean VXLAN header are Ethernet with something that fits, shape (k,), bool."""
    room = work.ends - work.offsets - 22  # what VXLAN and Ethernet leave
    kind, first, length = guess["type"], guess["first"], guess["word"]
    header = (first & 0x0F).astype(np.int64) * 4
    ipv4 = (first >> 4 == 4) & (header >= 20) & (length >= header) & (length <= room)
    ipv6 = (first >> 4 == 6) & (guess["third_word"].astype(np.int64) + 40 <= room)
    # Hardware type 1 (Ethernet), protocol type IPv4.
    arp = (first == 0) & (guess["second"] == 1) & (length == IPV4)
    tagged = np.isin(length, (IPV4, ARP, IPV6, VLAN))
    tests = ((IPV4, ipv4), (IPV6, ipv6), (ARP, arp), (VLAN, tagged), (PROVIDER_VLAN, tagged))
    return np.asarray(np.logical_or.reduce([(kind == number) & test for number, test in tests]))


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """An Ethernet frame."""
    frames.fill(rest, structs, GROUP, structs["flags"] & FLAG_G != 0)
    frames.fill(rest, np.full(len(rest.rows), rest.guessed, dtype=np.uint8), RECOGNISED_BY)
    return Next("vxlan.next_protocol", ETHERNET, rest)


HEADER = Header(
    name="vxlan",
    dtype=DTYPE,
    follows={"udp.dstport": (4789, 8472)},
    columns=COLUMNS,
    accepts=accepts,
    after=after,
    recognises={"udp.dstport": recognises},
)
