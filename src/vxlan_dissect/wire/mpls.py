"""MPLS: by which labels is this packet switched, and what is under them?

Law: labels are passed over, up to the one at the bottom of the stack; the columns are that one's, and `mpls.labels`
counts. Nothing names what follows, so its first bytes have to tell, and only what fits is believed.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------+-----+-+---------------+
    |                 Label                 | TC  |S|      TTL      |
    +---------------------------------------+-----+-+---------------+

    +-------------------------------+-------------------------------+
    |               0               |        Sequence number        |  Control word of a pseudowire
    +-------------------------------+-------------------------------+

Sources: RFC 3032, RFC 5462 (TC, once EXP); RFC 4928 and RFC 4385 (first nibble: 4 and 6 are IP, 0 a control word, 1 an
associated channel); RFC 4448 (Ethernet, with or without a control word); RFC 4023 (in IP and GRE), RFC 7510 (in UDP).
Oddities: a pseudowire without a control word begins with a MAC, whose first nibble may be any; a control word whose
reserved bits are set is not believed. Labels 0 and 2 at the bottom say IPv4 and IPv6, 13 and 14 an associated channel
or OAM (RFC 5586, RFC 3429). On a link the labels are passed over as VLAN tags are; in a tunnel they are a part of it,
and what is under them begins the packet inside.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import plausible
from vxlan_dissect.wire.header import Columns, Header, Next, itself

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vxlan_dissect.wire.header import Array, Work
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("entry", ">u4")])
COLUMNS: Columns = {
    "mpls.label": lambda structs: structs["entry"] >> 12,
    "mpls.exp": lambda structs: structs["entry"] >> 9 & 7,
    "mpls.ttl": lambda structs: structs["entry"] & 0xFF,
}
LABELS: Columns = {"mpls.labels": itself}
CONTROL_DTYPE = np.dtype([("zero", ">u2"), ("sequence", ">u2")])
CONTROL_COLUMNS: Columns = {"pweth.cw.sequence_number": "sequence"}

# What follows, as in the table `tunnel.protocol`; the last two are no protocols.
NOTHING, IPV4, IPV6, ETHERNET, CONTROL_WORD, LABEL = 0, 1, 2, 3, 0x100, 0x101
EXPLICIT_NULL_IPV4, EXPLICIT_NULL_IPV6, ASSOCIATED_CHANNEL, OAM_ALERT = 0, 2, 13, 14


def _after(frames: Frames, rest: Work, structs: Array, *, table: str) -> Next:
    """The next label, or what is under the last one."""
    frames.fill(rest, frames.count("mpls", rest), LABELS)
    entry = structs["entry"]
    bottom = np.flatnonzero(entry & 0x100)
    following = np.full(len(rest.rows), LABEL)
    following[bottom] = _under(frames, rest.pick(bottom), entry[bottom] >> 12)
    return Next(table, following, rest)


def _under(frames: Frames, work: Work, labels: Array) -> Array:
    """What stands under the labels at the bottom, shape (k,)."""
    words = plausible.first_words(frames, work)
    nibble = words >> 28
    found = np.where(nibble == 4, IPV4, np.where(nibble == 6, IPV6, NOTHING))
    fits = plausible.packet(frames, work, np.where(nibble == 4, plausible.IPV4, plausible.IPV6))
    if not fits.all():
        shifted = work._replace(offsets=work.offsets + CONTROL_DTYPE.itemsize)
        found[~fits & (words >> 16 == 0) & plausible.ethernet(frames, shifted)] = CONTROL_WORD
        # A tagged frame looks like a control word and an untagged frame, but hardly the other way round.
        found[~fits & plausible.ethernet(frames, work)] = ETHERNET
    found[labels == EXPLICIT_NULL_IPV4] = IPV4
    found[labels == EXPLICIT_NULL_IPV6] = IPV6
    found[(labels == ASSOCIATED_CHANNEL) | (labels == OAM_ALERT)] = NOTHING
    return found


def _stack(follows: Mapping[str, tuple[int, ...]], table: str) -> tuple[Header, Header]:
    """The first label, and any other, where `table` says what is under them."""
    after = partial(_after, table=table)
    first = Header("mpls", DTYPE, follows, COLUMNS, after=after)
    return first, Header("mpls", DTYPE, {table: (LABEL,)}, COLUMNS, after=after, quiet=True)


ETHERTYPES = (0x8847, 0x8848)
HEADER, MORE = _stack({"eth.type": ETHERTYPES}, "mpls.payload")
IN_TUNNEL, MORE_IN_TUNNEL = _stack(
    {
        "tunnel.ethertype": ETHERTYPES, "tunnel.protocol": (5,), "udp.dstport": (6635,), "ip.proto": (137,),
        "ipv6.nxt": (137,),
    },
    "tunnel.protocol",
)  # fmt: skip
# Named as Wireshark does.
CONTROL = Header(
    name="pwethcw",
    dtype=CONTROL_DTYPE,
    follows={"mpls.payload": (CONTROL_WORD,), "tunnel.protocol": (CONTROL_WORD,)},
    columns=CONTROL_COLUMNS,
    after=lambda _frames, rest, _structs: Next("tunnel.protocol", ETHERNET, rest),
)
