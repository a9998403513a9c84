"""Neighbour discovery: who asks for, or tells, the MAC of an IPv6 address, and what does a router announce?

Law: a message is its fixed part and then options up to the end of the packet; an option is a header like any other, so
all frames' first options are read together, then all second ones.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |  Solicitation (135): 0        Advertisement (136): R S O, 0   |
    +---------------------------------------------------------------+
    |                          Target (16)                          |
    +---------------------------------------------------------------+

    +---------------+---------------+-------------------------------+
    | Cur hop limit |M|O|H|Prf|P|0  |        Router lifetime        |  Router advertisement (134);
    +---------------+---------------+-------------------------------+  a router solicitation (133) is
    |                        Reachable time                         |  one reserved word
    +---------------------------------------------------------------+
    |                         Retrans timer                         |
    +---------------------------------------------------------------+

    +---------------------------------------------------------------+
    |                           Reserved                            |  Redirect (137)
    +---------------------------------------------------------------+
    |                          Target (16)                          |
    +---------------------------------------------------------------+
    |                       Destination (16)                        |
    +---------------------------------------------------------------+

    +---------------+---------------+-------------------------------+
    |     Type      |  Length, 8s   |  1, 2: link-layer address (6) |  Option; 5: reserved (2), MTU (4);
    +---------------+---------------+                               +  4: reserved (6), then the packet
    |                                                               |  that is redirected
    +---------------------------------------------------------------+

Sources: RFC 4861 section 4, RFC 4191 (preference). Oddities: an answer to a unicast probe may lack the target option
(RFC 4861 section 4.4); a link-layer option longer than 8 bytes is not of Ethernet and gives no MAC; an option of length
0 makes the packet invalid (section 4.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire.header import IPV6, MAC, OPTION_LENGTH, Check, Columns, Header, Next, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints
    from vxlan_dissect.wire.walk import Frames

SOLICITATION_DTYPE = np.dtype([("reserved", ">u4"), ("target", IPV6)])
ADVERTISEMENT_DTYPE = np.dtype([("flags", ">u4"), ("target", IPV6)])
ROUTER_SOLICITATION_DTYPE = np.dtype([("reserved", ">u4")])
ROUTER_ADVERTISEMENT_DTYPE = np.dtype(
    [("hop_limit", "u1"), ("flags", "u1"), ("lifetime", ">u2"), ("reachable", ">u4"), ("retrans", ">u4")],
)
REDIRECT_DTYPE = np.dtype([("reserved", ">u4"), ("target", IPV6), ("destination", IPV6)])
OPTION_DTYPE = np.dtype([("type", "u1"), ("length", "u1"), ("address", MAC)])

SOLICITATION_COLUMNS: Columns = {"icmpv6.nd.ns.target_address": "target"}
ADVERTISEMENT_COLUMNS: Columns = {
    "icmpv6.nd.na.flag.r": lambda structs: structs["flags"] >> 31,
    "icmpv6.nd.na.flag.s": lambda structs: structs["flags"] & 0x40000000,
    "icmpv6.nd.na.flag.o": lambda structs: structs["flags"] & 0x20000000,
    "icmpv6.nd.na.target_address": "target",
}
ROUTER_ADVERTISEMENT_COLUMNS: Columns = {
    "icmpv6.nd.ra.cur_hop_limit": "hop_limit",
    "icmpv6.nd.ra.flag": "flags",
    "icmpv6.nd.ra.router_lifetime": "lifetime",
}
REDIRECT_COLUMNS: Columns = {
    "icmpv6.rd.na.target_address": "target",
    "icmpv6.rd.na.destination_address": "destination",
}
SOURCE_LINK: Columns = {"icmpv6.opt.src_linkaddr": "address"}
TARGET_LINK: Columns = {"icmpv6.opt.target_linkaddr": "address"}
MTU: Columns = {"icmpv6.opt.mtu": lambda structs: structs["address"]["lo"]}


def options(_frames: Frames, rest: Work, _structs: Array) -> Next:
    """An option, while bytes are left."""
    return Next("icmpv6.opt", 0, rest, rest.offsets < rest.ends)


def option_length(structs: Array) -> Ints:
    """In units of 8 bytes."""
    return structs["length"].astype(np.int64) * 8


def option_checks(structs: Array) -> Iterable[Check]:
    """Length 0 would never end."""
    length = option_length(structs)
    yield Check(length == 0, 8, length, OPTION_LENGTH)


def after_option(frames: Frames, rest: Work, structs: Array) -> Next:
    """What the option says, and the next one."""
    kind, single = structs["type"], structs["length"] == 1
    frames.fill(rest, structs, SOURCE_LINK, (kind == 1) & single)
    frames.fill(rest, structs, TARGET_LINK, (kind == 2) & single)
    frames.fill(rest, structs, MTU, (kind == 5) & single)
    redirected = (kind == 4) & ~single
    if redirected.any():
        begin = rest.offsets - option_length(structs) + OPTION_DTYPE.itemsize
        quoted = rest.until(rest.offsets, OPTION_LENGTH, redirected)._replace(offsets=begin)
        frames.quote("eth.type", 0x86DD, quoted, redirected)
    return options(frames, rest, structs)


def _message(name: str, kind: int, dtype: np.dtype[np.void], columns: Columns) -> Header:
    return Header(name, dtype, {"icmpv6.type": (kind,)}, columns, after=options, quiet=True)


ROUTER_SOLICITATION = _message("icmpv6.nd.rs", 133, ROUTER_SOLICITATION_DTYPE, {})
ROUTER_ADVERTISEMENT = _message("icmpv6.nd.ra", 134, ROUTER_ADVERTISEMENT_DTYPE, ROUTER_ADVERTISEMENT_COLUMNS)
SOLICITATION = _message("icmpv6.nd.ns", 135, SOLICITATION_DTYPE, SOLICITATION_COLUMNS)
ADVERTISEMENT = _message("icmpv6.nd.na", 136, ADVERTISEMENT_DTYPE, ADVERTISEMENT_COLUMNS)
REDIRECT = _message("icmpv6.rd", 137, REDIRECT_DTYPE, REDIRECT_COLUMNS)
OPTION = Header(
    name="icmpv6.opt",
    dtype=OPTION_DTYPE,
    follows={"icmpv6.opt": (0,)},
    length=option_length,
    checks=option_checks,
    after=after_option,
    quiet=True,
)
