"""TCP: from which port to which, at which place of the stream, and what do the options say?

Law: `tcp.len` is what the IP packet leaves, captured or not. The layouts of options that Linux sends are recognised as
a whole; what is left is read option by option.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          Source port          |       Destination port        |
    +-------------------------------+-------------------------------+
    |                        Sequence number                        |
    +---------------------------------------------------------------+
    |                     Acknowledgment number                     |
    +-------+-------+---------------+-------------------------------+
    | Words | Resvd |C E U A P R S F|            Window             |
    +-------+-------+---------------+-------------------------------+
    |            Checksum           |         Urgent pointer        |
    +-------------------------------+-------------------------------+
    |  Options, while Words > 5 ...
    +-------------------------------------------

    +---------------+---------------+-------------------------------+
    |     Type      |    Length     |  2: MSS (2); 3: shift (1); 4: nothing; 5: SACK blocks (4 + 4 each);
    +---------------+---------------+  8: value (4), echo (4)
                                       one byte: 0 end, 1 padding

Sources: RFC 9293, RFC 7323 (window scale, timestamps), RFC 2018 (SACK), tcp_options_write in Linux (net/ipv4/
tcp_output.c) for the layouts. Oddities: `tcp.flags` is 12 bits wide, the reserved ones included, as Wireshark has it. A
first SACK block below the acknowledgment number is a duplicate that arrived (RFC 2883). Of a segment whose options are
damaged the payload is still read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.wire import options
from vxlan_dissect.wire.header import HEADER_LENGTH, Check, Columns, Header, Work, itself
from vxlan_dissect.wire.options import Option, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vxlan_dissect.wire.header import Array, Ints, Mask
    from vxlan_dissect.wire.walk import Frames

DTYPE = np.dtype(
    [
        ("source", ">u2"), ("destination", ">u2"), ("sequence", ">u4"), ("acknowledgment", ">u4"),
        ("offset_flags", ">u2"), ("window", ">u2"), ("checksum", ">u2"), ("urgent", ">u2"),
    ]
)  # fmt: skip
COLUMNS: Columns = {
    "tcp.srcport": "source",
    "tcp.dstport": "destination",
    "tcp.seq_raw": "sequence",
    "tcp.ack_raw": "acknowledgment",
    "tcp.flags": lambda structs: structs["offset_flags"] & 0x0FFF,
    "tcp.window_size_value": "window",
    "tcp.hdr_len": lambda structs: (structs["offset_flags"] >> 12) * 4,
    "tcp.checksum": "checksum",
    "tcp.urgent_pointer": "urgent",
}
PAYLOAD: Columns = {"tcp.len": itself}

# What Linux sends, with p for padding: p p timestamps; with p p SACK after them; in a SYN MSS, SACK permitted,
# timestamps, p, window scale.
STAMPED_DTYPE = np.dtype([("fixed", ">u4"), ("value", ">u4"), ("echo", ">u4")])
STAMPED: Columns = {"tcp.options.timestamp.tsval": "value", "tcp.options.timestamp.tsecr": "echo"}
SACKED_DTYPE = np.dtype([*STAMPED_DTYPE.descr, ("sack_fixed", ">u4"), ("left", ">u4"), ("right", ">u4")])
SACKED: Columns = {
    **STAMPED,
    "tcp.options.sack.count": lambda structs: (structs["sack_fixed"] & 0xFF) >> 3,
    "tcp.options.sack_le": "left",
    "tcp.options.sack_re": "right",
}
OPENING_DTYPE = np.dtype(
    [
        ("mss_fixed", ">u2"), ("mss", ">u2"), ("fixed", ">u4"), ("value", ">u4"), ("echo", ">u4"),
        ("scale_fixed", ">u2"), ("scale_length", "u1"), ("shift", "u1"),
    ]
)  # fmt: skip
OPENING: Columns = {
    **STAMPED,
    "tcp.options.mss_val": "mss",
    "tcp.options.sack_perm": options.present,
    "tcp.options.wscale.shift": "shift",
}


class Usual(NamedTuple):
    """All options of a segment as one struct, of those for which `fits` gives True, shape (k,)."""

    dtype: np.dtype[Any]
    fits: Callable[[Array], Mask]
    columns: Columns


def is_stamped(structs: Array) -> Mask:
    """Types 1, 1 and 8 with its length."""
    return np.asarray(structs["fixed"] == 0x0101080A)


def is_sacked(blocks: int) -> Callable[[Array], Mask]:
    """The same, then types 1, 1 and 5 with the length of so many blocks."""
    return lambda structs: is_stamped(structs) & (structs["sack_fixed"] == 0x01010502 + 8 * blocks)


def is_opening(structs: Array) -> Mask:
    """Types 2, 4, 8, 1 and 3 with their lengths."""
    scale = (structs["scale_fixed"] == 0x0103) & (structs["scale_length"] == 3)
    return np.asarray((structs["mss_fixed"] == 0x0204) & (structs["fixed"] == 0x0402080A) & scale)


# Bytes of all options -> what they usually are.
USUAL = {12: Usual(STAMPED_DTYPE, is_stamped, STAMPED), 20: Usual(OPENING_DTYPE, is_opening, OPENING)}
USUAL |= {16 + 8 * blocks: Usual(SACKED_DTYPE, is_sacked(blocks), SACKED) for blocks in (1, 2, 3)}

HEAD = ("head", ">u2")
SEGMENT_SIZE: Columns = {"tcp.options.mss_val": "mss"}
SCALE: Columns = {"tcp.options.wscale.shift": "shift"}
SACK_PERMITTED: Columns = {"tcp.options.sack_perm": options.present}
SACK: Columns = {
    "tcp.options.sack.count": lambda structs: (structs["head"] & 0xFF) >> 3,
    "tcp.options.sack_le": "left",
    "tcp.options.sack_re": "right",
}
STAMPS: Columns = {**STAMPED}
UNKNOWN: Columns = {"tcp.options.unknown": itself}
OPTIONS = Options(padding=1, end=0, uncounted=0, unknown=UNKNOWN, known=(
    Option(2, np.dtype([HEAD, ("mss", ">u2")]), SEGMENT_SIZE, 4),
    Option(3, np.dtype([HEAD, ("shift", "u1")]), SCALE, 3),
    Option(4, np.dtype([HEAD]), SACK_PERMITTED, 2),
    Option(5, np.dtype([HEAD, ("left", ">u4"), ("right", ">u4")]), SACK),
    Option(8, np.dtype([HEAD, ("value", ">u4"), ("echo", ">u4")]), STAMPS, 10),
))  # fmt: skip


def length(structs: Array) -> Ints:
    """Header with options, from the data offset."""
    return (structs["offset_flags"] >> 12).astype(np.int64) * 4


def checks(structs: Array) -> Iterable[Check]:
    """At least five words of header."""
    header = length(structs)
    yield Check(header < 20, 20, header, HEADER_LENGTH)


def after(frames: Frames, rest: Work, structs: Array) -> None:
    """The options, and the payload; it may have been cut from the capture."""
    frames.fill(rest, rest.ends - rest.offsets, PAYLOAD)
    more = length(structs) - DTYPE.itemsize
    if more.any():
        _options(frames, rest, more)


def _options(frames: Frames, rest: Work, more: Ints) -> None:
    """Read the last `more` bytes before `rest` as options."""
    odd = more > 0
    for size, usual in USUAL.items():
        where = np.flatnonzero(more == size)
        if len(where):
            chosen = rest if len(where) == len(more) else rest.pick(where)
            structs = frames.structs(chosen.rows, chosen.offsets - size, usual.dtype)
            fits = usual.fits(structs)
            frames.fill(chosen, structs, usual.columns, fits)
            odd[where] = ~fits
    if odd.any():
        work = rest.pick(odd)
        options.read(frames, HEADER, work, work.offsets - more[odd], OPTIONS)


HEADER = Header("tcp", DTYPE, {"ip.proto": (6,), "ipv6.nxt": (6,)}, COLUMNS, length=length, checks=checks, after=after)
