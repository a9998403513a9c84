"""WireGuard: which message is this, and between which two sessions?

Law: what it carries is encrypted and stays data; on its ports it is WireGuard if the type is one of the four, on any
other port only if the length is the type's own as well.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+-----------------------------------------------+
    |     Type      |                   Reserved                    |
    +---------------+-----------------------------------------------+
    |           Sender (1, 2), Receiver (3, 4), lowest byte first   |
    +---------------------------------------------------------------+
    |  Receiver (2); Counter (8 bytes, 4); both lowest byte first ...
    +---------------------------------------------------------------+

Source: wireguard.com/protocol: initiation (1) has 148 bytes, response (2) 92, cookie reply (3) 64, transport data (4)
at least 32, which is a keepalive. Ports: 51820 and, for IPv6, 51821 of Calico and flannel, 51871 of Cilium. Oddity:
this is the only little-endian header here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.gather import gather
from vxlan_dissect.wire import plausible
from vxlan_dissect.wire.header import Columns, Header, Work, itself

if TYPE_CHECKING:
    from vxlan_dissect.wire.header import Array, Mask
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("type_reserved", ">u4"), ("first", ">u4"), ("second", ">u4"), ("third", ">u4")])


def _little(values: Array) -> Array:
    return values.astype(np.uint32).byteswap()


TYPE: Columns = {"wg.type": lambda structs: structs["type_reserved"] >> 24}
SENDER: Columns = {"wg.sender": lambda structs: _little(structs["first"])}
RECEIVER: Columns = {"wg.receiver": lambda structs: _little(structs["first"])}
ANSWERED: Columns = {"wg.receiver": lambda structs: _little(structs["second"])}
COUNTER: Columns = {
    "wg.counter": lambda structs: _little(structs["third"]).astype(np.int64) << 32 | _little(structs["second"]),
}
RECOGNISED_BY: Columns = {"wg.recognised_by": itself}
INITIATION, RESPONSE, COOKIE, DATA = (kind << 24 for kind in (1, 2, 3, 4))  # with the reserved bytes
LENGTHS = {INITIATION: 148, RESPONSE: 92, COOKIE: 64}
SHORTEST_DATA = 32


def accepts(structs: Array) -> Mask:
    """One of the four types, and nothing in the reserved bytes."""
    return np.isin(structs["type_reserved"], (INITIATION, RESPONSE, COOKIE, DATA))


def recognises(frames: Frames, work: Work) -> Mask:
    """A handshake of its exact length, or transport data whose counter is far from its end, as it always is.

    A session ends after three minutes (wireguard.com/protocol), so that the top three bytes of a counter stay zero.
    """
    words, size = plausible.first_words(frames, work), work.ends - work.offsets
    found = np.zeros(len(work.rows), dtype=bool)
    for word, length in LENGTHS.items():
        found |= (words == word) & (size == length)
    data = np.flatnonzero((words == DATA) & (size >= SHORTEST_DATA))
    data = data[work.offsets[data] + DTYPE.itemsize <= frames.there(work)[data]]
    found[data] = gather(frames.buffer, work.offsets[data], DTYPE)["third"] & 0xFFFFFF == 0
    return found


def after(frames: Frames, rest: Work, structs: Array) -> None:
    """The indexes of the sessions; who receives is told by where the answer's sender stood."""
    kind = structs["type_reserved"]
    frames.fill(rest, structs, SENDER, (kind == INITIATION) | (kind == RESPONSE))
    frames.fill(rest, structs, ANSWERED, kind == RESPONSE)
    frames.fill(rest, structs, RECEIVER, (kind == COOKIE) | (kind == DATA))
    frames.fill(rest, structs, COUNTER, (kind == DATA) & (structs["third"] & 0x80 == 0))
    frames.fill(rest, np.full(len(rest.rows), rest.guessed, dtype=np.uint8), RECOGNISED_BY)


HEADER = Header(
    name="wg",
    dtype=DTYPE,
    follows={"udp.dstport": (51820, 51821, 51871)},
    columns=TYPE,
    accepts=accepts,
    after=after,
    recognises={"udp.dstport": recognises},
)
