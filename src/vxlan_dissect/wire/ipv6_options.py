"""IPv6 hop-by-hop and destination options: what must each router, or the receiver, know of this packet?

Law: padding is passed over, an unknown option is counted; a packet whose options are damaged ends there. A jumbo
payload length ends the packet as the payload length of IPv6 would.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |  Next header  | Length, 8s -1 |  Options ...                  |  Hop-by-hop (0), destination (60)
    +---------------+---------------+-------------------------------+

    +---------------+---------------+-------------------------------+
    |      Type     |     Length    |  0: padding, this byte alone; 1: padding; 4: tunnel limit (1);
    +---------------+---------------+  5: router alert (2); 0x1b, DSR: address (16), port (2);
                                       0xc2: jumbo payload length (4)

Sources: RFC 8200 section 4.2, RFC 2473 section 4.1.1 (tunnel encapsulation limit, which Linux adds to IPv6 tunnels),
RFC 2711 (router alert), RFC 2675 (jumbo). Type 0x1b is how Cilium tells the node of the backend which service address
and port the client asked for (dsr_opt_v6 in bpf/lib). Oddities: MLD comes after a router alert (RFC 3810 section 5); a
jumbo length counts from this header on, exceeds 65535, and stands where the payload length is 0. Linux writes it into
packets before segmentation offload (BIG TCP).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import options
from vxlan_dissect.wire.header import IPV6, IPV6_PLEN, Columns, Header, Next, Work, itself
from vxlan_dissect.wire.ipv6_ext import DTYPE, length
from vxlan_dissect.wire.options import HEAD, Option, Options

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array
    from vxlan_dissect.wire.walk import Frames

JUMBO_TYPE = 0xC2
LARGEST_PLAIN = 65535

TUNNEL_LIMIT: Columns = {"ipv6.opt.tel": "value"}
ROUTER_ALERT: Columns = {"ipv6.opt.router_alert": "value"}
DSR: Columns = {"ipv6.opt.dsr.addr": "address", "ipv6.opt.dsr.port": "port"}
JUMBO: Columns = {"ipv6.opt.jumbo": "value"}
UNKNOWN: Columns = {"ipv6.opt.unknown": itself}
OPTIONS = Options(padding=0, end=None, uncounted=2, unknown=UNKNOWN, known=(
    Option(1, HEAD),
    Option(4, np.dtype([("head", "V2"), ("value", "u1")]), TUNNEL_LIMIT, 3),
    Option(5, np.dtype([("head", "V2"), ("value", ">u2")]), ROUTER_ALERT, 4),
    Option(0x1B, np.dtype([("head", "V2"), ("address", IPV6), ("port", ">u2")]), DSR),
    Option(JUMBO_TYPE, np.dtype([("head", "V2"), ("value", ">u4")]), JUMBO, 6),
))  # fmt: skip


def after_hop_by_hop(frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header, and where a jumbogram ends."""
    begins = rest.offsets - length(structs)
    sound, seen = options.read(frames, HOP_BY_HOP, rest, begins + DTYPE.itemsize, OPTIONS)
    jumbo = np.zeros(len(begins), dtype=np.int64)
    for option, where, found in seen:
        if option.type == JUMBO_TYPE:
            jumbo[where] = found["value"]
    body = rest.until(begins + jumbo, IPV6_PLEN, jumbo > LARGEST_PLAIN)
    return Next("ipv6.nxt", structs["next_header"], body, None if sound.all() else sound)


def after_destination(frames: Frames, rest: Work, structs: Array) -> Next:
    """The next header."""
    begins = rest.offsets - length(structs) + DTYPE.itemsize
    sound, _ = options.read(frames, DESTINATION, rest, begins, OPTIONS)
    return Next("ipv6.nxt", structs["next_header"], rest, None if sound.all() else sound)


HOP_BY_HOP = Header("ipv6.hopopts", DTYPE, {"ipv6.nxt": (0,)}, length=length, after=after_hop_by_hop)
DESTINATION = Header("ipv6.dstopts", DTYPE, {"ipv6.nxt": (60,)}, length=length, after=after_destination)
