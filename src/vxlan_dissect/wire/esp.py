"""ESP: which security association does this packet belong to, and which of its packets is it?

Law: what it carries is encrypted and stays data. Over UDP its first four bytes tell it from IKE, which has zeros there,
and a single byte of ones is a keepalive.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------------------------------------------------------+
    |                Security parameters index (SPI)                |
    +---------------------------------------------------------------+
    |                        Sequence number                        |
    +---------------------------------------------------------------+

Sources: RFC 4303 section 2; RFC 3948 section 2 (over UDP port 4500, to let it pass address translation). Oddities:
Cilium uses the number of its key as the SPI, 1 to 15 (pkg/datapath/linux/ipsec). Behind a translation one side has
another port than 4500, so that an answer is known by the port that it comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import plausible, udp
from vxlan_dissect.wire.header import Columns, Header, Next, itself, no_bytes

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array, Mask, Work
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("spi", ">u4"), ("sequence", ">u4")])
COLUMNS: Columns = {"esp.spi": "spi", "esp.sequence": "sequence"}
UDP_DTYPE = np.dtype([("first", "u1")])
KEEPALIVE: Columns = {"udpencap.nat_keepalive": itself}
PORT = 4500
NOTHING, ESP, IKE = 0, 1, 2
MARKER = 4  # bytes of zeros before IKE


def from_its_port(frames: Frames, work: Work) -> Mask:
    """An answer to a port that an address translation chose."""
    return np.asarray(udp.source_ports(frames, work) == PORT)


def after_udp(frames: Frames, rest: Work, structs: Array) -> Next:
    """ESP, IKE behind its marker, or nothing in a keepalive."""
    keepalive = (structs["first"] == 0xFF) & (rest.ends - rest.offsets == 1)
    frames.fill(rest, keepalive, KEEPALIVE, keepalive)
    marked = (plausible.first_words(frames, rest) == 0) & (rest.offsets + MARKER <= frames.there(rest))
    content = np.where(keepalive, NOTHING, np.where(marked, IKE, ESP))
    return Next("udpencap", content, rest._replace(offsets=rest.offsets + MARKER * marked))


HEADER = Header("esp", DTYPE, {"ip.proto": (50,), "ipv6.nxt": (50,), "udpencap": (ESP,)}, COLUMNS)
# Nothing is consumed; named as Wireshark does.
OVER_UDP = Header(
    name="udpencap",
    dtype=UDP_DTYPE,
    follows={"udp.dstport": (PORT,)},
    length=no_bytes,
    after=after_udp,
    recognises={"udp.dstport": from_its_port},
)
