"""Geneve: which overlay network does the packet inside belong to, and what do the options say of it?

Law: on its port it is Geneve of version 0, else damaged; on any other port only if the whole header is as RFC 8926 has
it and a plausible packet follows. Options that do not end where the header says make the packet invalid (section
3.5): the bad option is damage, and nothing after it is read.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---+-----------+-+-+-----------+-------------------------------+
    |Ver| Opt len 4s|O|C| Reserved  |         Protocol type         |
    +---+-----------+-+-+-----------+---------------+---------------+
    |           Virtual network identifier          |   Reserved    |
    +-----------------------------------------------+---------------+

    +-------------------------------+-+-------------+-----+---------+
    |         Option class          |C|    Type     | Res | Len, 4s |  Option, as long as bytes are left
    +-------------------------------+-+-------------+-----+---------+
    |  Cilium (0x014B), type 0x81: service address (4, 16), port (2)  |  Len 2 or 5
    |  OVN (0x0102), type 0x80: ingress port (2), egress port (2)     |  Len 1
    +-----------------------------------------------------------------+

Sources: RFC 8926 section 3. Cilium: bpf/lib/tunnel.h (struct geneve_dsr_opt4, geneve_dsr_opt6): the address and port of
the service that a client asked for, so that the backend's node can answer in its name. OVN: ovn-architecture(7),
"Tunnel Encapsulations": logical ports, and the VNI is the logical datapath. Oddities: the source port is a hash of the
inner flow; Cilium puts the sender's security identity where the VNI is. A bit C says that an option may not be ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect.gather import gather
from vxlan_dissect.wire import plausible
from vxlan_dissect.wire.header import IPV6, OPTION_LENGTH, VERSION, Check, Columns, Header, Next, Work, itself

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.wire.header import Array, Ints, Mask
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype([("version_length", "u1"), ("flags", "u1"), ("protocol", ">u2"), ("vni_reserved", ">u4")])
COLUMNS: Columns = {
    "geneve.flags": "flags",
    "geneve.proto_type": "protocol",
    "geneve.vni": lambda structs: structs["vni_reserved"] >> 8,
    "geneve.option.length": lambda structs: (structs["version_length"] & 0x3F) * 4,
}
RECOGNISED_BY: Columns = {"geneve.recognised_by": itself}
COUNT: Columns = {"geneve.option.count": itself}

OPTION_DTYPE = np.dtype([("class", ">u2"), ("type", "u1"), ("length", "u1")])
FIRST_OPTION: Columns = {"geneve.option.class": "class", "geneve.option.type": "type"}
SERVICE_IPV4: Columns = {"geneve.dsr.ipv4": "address", "geneve.dsr.port": "port"}
SERVICE_IPV6: Columns = {"geneve.dsr.ipv6": "address", "geneve.dsr.port": "port"}
LOGICAL_PORTS: Columns = {"geneve.ovn.ingress_port": "ingress", "geneve.ovn.egress_port": "egress"}
# (class, type, length) -> what the option's own bytes are
KNOWN_OPTIONS: dict[tuple[int, int, int], tuple[np.dtype[Any], Columns]] = {
    (0x014B, 0x81, 2): (np.dtype([("address", ">u4"), ("port", ">u2")]), SERVICE_IPV4),
    (0x014B, 0x81, 5): (np.dtype([("address", IPV6), ("port", ">u2")]), SERVICE_IPV6),
    (0x0102, 0x80, 1): (np.dtype([("ingress", ">u2"), ("egress", ">u2")]), LOGICAL_PORTS),
}
BAD_OPTION = 0x10000  # in the table of EtherTypes: no EtherType, but an option longer than what is left for it

# What an unlisted port may carry, and the first word without the length of the options and flag C, which come and go.
ETHERNET, IPV4, IPV6_TYPE = 0x6558, 0x0800, 0x86DD
STEADY = np.uint32(0xC0BFFFFF)


def length(structs: Array) -> Ints:
    """Header with options."""
    return 8 + (structs["version_length"] & 0x3F).astype(np.int64) * 4


def checks(structs: Array) -> Iterable[Check]:
    """Version 0."""
    version = structs["version_length"] >> 6
    yield Check(version != 0, 0, version, VERSION)


def recognises(frames: Frames, work: Work) -> Mask:
    """Nothing set that is reserved, options that end where they should, and inside a packet that fits its type."""
    found = np.zeros(len(work.rows), dtype=bool)
    steady = plausible.first_words(frames, work) & STEADY
    maybe = np.flatnonzero((steady == ETHERNET) | (steady == IPV4) | (steady == IPV6_TYPE))
    if not len(maybe):
        return found
    maybe = maybe[(work.offsets + DTYPE.itemsize <= frames.there(work))[maybe]]
    head = gather(frames.buffer, work.offsets[maybe], DTYPE)
    clean = head["vni_reserved"] & 0xFF == 0
    clean &= work.offsets[maybe] + length(head) <= frames.there(work)[maybe]
    maybe, head = maybe[clean], head[clean]
    inside = work.pick(maybe)
    begin = inside.offsets + DTYPE.itemsize
    inside = inside._replace(offsets=inside.offsets + length(head))
    whole = _walk_options(frames, inside, begin, None) == inside.offsets
    ethernet = head["protocol"] == ETHERNET
    fits = plausible.ethernet(frames, inside) & ethernet
    fits |= plausible.packet(frames, inside, head["protocol"]) & ~ethernet
    found[maybe] = whole & fits
    return found


def after(frames: Frames, rest: Work, structs: Array) -> Next:
    """What the options say, and the packet inside."""
    frames.fill(rest, np.full(len(rest.rows), rest.guessed, dtype=np.uint8), RECOGNISED_BY)
    counts = np.zeros(len(rest.rows), dtype=np.uint8)
    reached = _walk_options(frames, rest, rest.offsets - length(structs) + DTYPE.itemsize, counts)
    frames.fill(rest, counts, COUNT)
    bad = reached < rest.offsets
    if not bad.any():
        return Next("tunnel.ethertype", structs["protocol"], rest)
    option = rest.until(rest.offsets, OPTION_LENGTH, bad)._replace(offsets=reached)
    return Next("tunnel.ethertype", np.where(bad, BAD_OPTION, structs["protocol"].astype(np.int64)), option)


def _walk_options(frames: Frames, rest: Work, begin: Ints, counts: Array | None) -> Ints:
    """Where the options that begin at `begin` end, shape (k,): before `rest` where one is longer than what is left.

    With `counts`, uint8 of shape (k,), the options are counted there and noted. An option has 4 bytes at least, so
    there are 63 rounds at most.
    """
    reached = begin.copy()
    todo = np.flatnonzero(begin < rest.offsets)
    while len(todo):
        here = reached[todo]
        option = gather(frames.buffer, here, OPTION_DTYPE)
        after_it = here + OPTION_DTYPE.itemsize + (option["length"] & 0x1F).astype(np.int64) * 4
        fits = after_it <= rest.offsets[todo]
        todo, option, here, after_it = todo[fits], option[fits], here[fits], after_it[fits]
        if counts is not None:
            frames.fill(rest.pick(todo), option, FIRST_OPTION, counts[todo] == 0)
            _note(frames, rest.pick(todo), option, here + OPTION_DTYPE.itemsize)
            counts[todo] += 1
        reached[todo] = after_it
        todo = todo[after_it < rest.offsets[todo]]
    return reached


def _note(frames: Frames, work: Work, option: Array, body: Ints) -> None:
    """What the options say that are known; `body` is where their own bytes begin."""
    for (owner, kind, words), (dtype, columns) in KNOWN_OPTIONS.items():
        chosen = (option["class"] == owner) & (option["type"] == kind) & (option["length"] & 0x1F == words)
        if chosen.any():
            frames.fill(work.pick(chosen), gather(frames.buffer, body[chosen], dtype), columns)


def option_length(structs: Array) -> Ints:
    """In units of 4 bytes, the first not counted."""
    return OPTION_DTYPE.itemsize + (structs["length"] & 0x1F).astype(np.int64) * 4


HEADER = Header(
    name="geneve",
    dtype=DTYPE,
    follows={"udp.dstport": (6081,)},
    columns=COLUMNS,
    length=length,
    checks=checks,
    after=after,
    recognises={"udp.dstport": recognises},
)
# Only a bad option is read as a header, for its damage.
OPTION = Header("geneve.option", OPTION_DTYPE, {"tunnel.ethertype": (BAD_OPTION,)}, length=option_length, quiet=True)
