"""Neighbour discovery: who asks for, or tells, the MAC of an IPv6 address, and what does a router announce?

Law: a message is its fixed part and then options up to the end of the packet; an option is a header like any other, so
all frames' first options are read together, then all second ones. Those that are not read are counted.

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
    |     Type      |  Length, 8s   |  Option; what follows by type, with the offset of each field:
    +---------------+---------------+                               +
    |  1, 2: 2 link-layer address       14: 2 nonce                 |
    |  3: 2 prefix length, 3 L A R, 4 valid lifetime, 8 preferred lifetime, 16 prefix
    |  4: 8 redirected packet           5: 4 MTU
    |  24: 2 prefix length, 3 preference (bits 3 and 4), 4 lifetime, 8 prefix (0, 8 or 16)
    |  25: 4 lifetime, 8 servers        31: 4 lifetime, 8 names
    |  38: 2 lifetime (13 bits), code of the length (3 bits), 4 prefix (12)
    +---------------------------------------------------------------+

Sources: RFC 4861 section 4, RFC 4191 (preference, 24), RFC 3971 section 5.3 (nonce; RFC 7527 has it in every duplicate
address detection), RFC 8106 (25, 31), RFC 8781 (38). Oddities: an answer to a unicast probe may lack the target option
(RFC 4861 section 4.4); a link-layer option longer than 8 bytes is not of Ethernet and gives no MAC; an option of length
0 makes the packet invalid (section 4.6); a lifetime of 0xffffffff never ends. Of several options of one type the last
one stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import options
from vxlan_dissect.wire.header import IPV6, MAC, OPTION_LENGTH, Check, Columns, Header, Next, Work, itself, mac_value
from vxlan_dissect.wire.options import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vxlan_dissect.wire.header import Array, Ints
    from vxlan_dissect.wire.walk import Frames

SOLICITATION_DTYPE = np.dtype([("reserved", ">u4"), ("target", IPV6)])
ADVERTISEMENT_DTYPE = np.dtype([("flags", ">u4"), ("target", IPV6)])
ROUTER_SOLICITATION_DTYPE = np.dtype([("reserved", ">u4")])
ROUTER_ADVERTISEMENT_DTYPE = np.dtype(
    [("hop_limit", "u1"), ("flags", "u1"), ("lifetime", ">u2"), ("reachable", ">u4"), ("retrans", ">u4")],
)
REDIRECT_DTYPE = np.dtype([("reserved", ">u4"), ("target", IPV6), ("destination", IPV6)])
OPTION_DTYPE = np.dtype([("type", "u1"), ("length", "u1"), ("body", "V6")])

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
    "icmpv6.nd.ra.flag.m": lambda structs: structs["flags"] & 0x80,
    "icmpv6.nd.ra.flag.o": lambda structs: structs["flags"] & 0x40,
    "icmpv6.nd.ra.flag.prf": lambda structs: structs["flags"] >> 3 & 3,
    "icmpv6.nd.ra.router_lifetime": "lifetime",
    "icmpv6.nd.ra.reachable_time": "reachable",
    "icmpv6.nd.ra.retrans_timer": "retrans",
}
REDIRECT_COLUMNS: Columns = {
    "icmpv6.rd.na.target_address": "target",
    "icmpv6.rd.na.destination_address": "destination",
}
HEAD = ("head", "V2")
LINK_DTYPE = np.dtype([HEAD, ("address", MAC)])
SOURCE_LINK: Columns = {"icmpv6.opt.src_linkaddr": "address"}
TARGET_LINK: Columns = {"icmpv6.opt.target_linkaddr": "address"}
PREFIX_DTYPE = np.dtype(
    [
        HEAD,
        ("length", "u1"),
        ("flags", "u1"),
        ("valid", ">u4"),
        ("preferred", ">u4"),
        ("reserved", ">u4"),
        ("prefix", IPV6),
    ]
)
PREFIX: Columns = {
    "icmpv6.opt.prefix": "prefix",
    "icmpv6.opt.prefix.length": "length",
    "icmpv6.opt.prefix.flag.l": lambda structs: structs["flags"] & 0x80,
    "icmpv6.opt.prefix.flag.a": lambda structs: structs["flags"] & 0x40,
    "icmpv6.opt.prefix.valid_lifetime": "valid",
    "icmpv6.opt.prefix.preferred_lifetime": "preferred",
}
MTU_DTYPE = np.dtype([HEAD, ("reserved", ">u2"), ("mtu", ">u4")])
MTU: Columns = {"icmpv6.opt.mtu": "mtu"}
NONCE: Columns = {"icmpv6.opt.nonce": lambda structs: mac_value(structs["address"])}
# A route has as many bytes of its prefix as matter (RFC 4191 section 2.3).
ROUTE_DTYPE = np.dtype([HEAD, ("length", "u1"), ("flags", "u1"), ("lifetime", ">u4")])
HALF_ROUTE_DTYPE = np.dtype([*ROUTE_DTYPE.descr, ("prefix", ">u8")])
WHOLE_ROUTE_DTYPE = np.dtype([*ROUTE_DTYPE.descr, ("prefix", IPV6)])
SERVERS_DTYPE = np.dtype([HEAD, ("reserved", ">u2"), ("lifetime", ">u4"), ("server", IPV6)])
SERVERS: Columns = {"icmpv6.opt.rdnss": "server", "icmpv6.opt.rdnss.lifetime": "lifetime"}
NAMES_DTYPE = np.dtype([HEAD, ("reserved", ">u2"), ("lifetime", ">u4")])
NAMES: Columns = {"icmpv6.opt.dnssl.lifetime": "lifetime"}
TRANSLATION_DTYPE = np.dtype([HEAD, ("lifetime_code", ">u2"), ("high", ">u8"), ("low", ">u4")])
TRANSLATION: Columns = {
    "icmpv6.opt.pref64.scaled_lifetime": lambda structs: structs["lifetime_code"] >> 3,
    "icmpv6.opt.pref64.plc": lambda structs: structs["lifetime_code"] & 7,
    "icmpv6.opt.pref64.prefix": lambda structs: _address(structs["high"], structs["low"].astype(np.uint64) << 32),
}
UNKNOWN: Columns = {"icmpv6.opt.unknown": itself}


def _address(high: Array, low: Array | int) -> Array:
    """IPv6 structs of two halves."""
    whole = np.empty(len(high), dtype=IPV6)
    whole["hi"], whole["lo"] = high, low
    return whole


def _route(prefix: Callable[[Array], Array]) -> Columns:
    """What a route says; `prefix` makes addresses of its structs."""
    return {
        "icmpv6.opt.route_info.prefix": prefix,
        "icmpv6.opt.route_info.prefix.length": "length",
        "icmpv6.opt.route_info.flag.route_preference": lambda structs: structs["flags"] >> 3 & 3,
        "icmpv6.opt.route_lifetime": "lifetime",
    }


ROUTE = _route(lambda structs: np.zeros(len(structs), dtype=IPV6))
HALF_ROUTE = _route(lambda structs: _address(structs["prefix"], 0))
WHOLE_ROUTE = _route(lambda structs: structs["prefix"])
REDIRECTED = 4
OPTIONS = (
    Option(1, LINK_DTYPE, SOURCE_LINK, 8),
    Option(2, LINK_DTYPE, TARGET_LINK, 8),
    Option(3, PREFIX_DTYPE, PREFIX, 32),
    Option(REDIRECTED, LINK_DTYPE),
    Option(5, MTU_DTYPE, MTU, 8),
    Option(14, LINK_DTYPE, NONCE),
    Option(24, ROUTE_DTYPE, ROUTE, 8),
    Option(24, HALF_ROUTE_DTYPE, HALF_ROUTE, 16),
    Option(24, WHOLE_ROUTE_DTYPE, WHOLE_ROUTE, 24),
    Option(25, SERVERS_DTYPE, SERVERS),
    Option(31, NAMES_DTYPE, NAMES),
    Option(38, TRANSLATION_DTYPE, TRANSLATION, 16),
)


def follow_options(_frames: Frames, rest: Work, _structs: Array) -> Next:
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
    kind, length = structs["type"], option_length(structs)
    work = rest._replace(offsets=rest.offsets - length)
    unknown, _ = options.note(frames, work, kind, length, OPTIONS)
    if unknown.any():
        strange = rest.pick(unknown)
        frames.fill(strange, frames.count("icmpv6.opt.unknown", strange), UNKNOWN)
    redirected = (kind == REDIRECTED) & (length > LINK_DTYPE.itemsize)
    if redirected.any():
        quoted = rest.until(rest.offsets, OPTION_LENGTH, redirected)
        frames.quote("eth.type", 0x86DD, quoted._replace(offsets=work.offsets + LINK_DTYPE.itemsize), redirected)
    return follow_options(frames, rest, structs)


def _message(name: str, kind: int, dtype: np.dtype[np.void], columns: Columns) -> Header:
    return Header(name, dtype, {"icmpv6.type": (kind,)}, columns, after=follow_options, quiet=True)


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
