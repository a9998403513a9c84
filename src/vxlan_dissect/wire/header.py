"""How is one kind of header decoded for thousands of frames at once?

Law: a header is a numpy structured dtype, big-endian, with the RFC's field names. It is read with one gather from the
places where it begins, after every place was checked against the end of its own packet, so that no frame ever reads
another frame's bytes. A header that does not fit is damage, which is a value.

A new protocol is one file that holds a `Header`, and its line in `wire.HEADERS`; nothing else knows protocols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.wire.walk import Frames

    Array = NDArray[Any]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

# The big-endian halves of the two addresses that no integer dtype holds.
MAC = np.dtype([("hi", ">u2"), ("lo", ">u4")])
IPV6 = np.dtype([("hi", ">u8"), ("lo", ">u8")])

# Codes of schema_values.LIMITS: which length ended the bytes, or which value made no sense.
CAPTURED, FRAME, IP_LEN, IPV6_PLEN, UDP_LENGTH, HEADER_LENGTH, OPTION_LENGTH, VERSION, NESTING = range(9)

QUOTE = -1  # level of the packet that an ICMP error quotes


class Work(NamedTuple):
    """Frames that have the same header next, all arrays of shape (k,).

    `rows`: index of the frame in its batch. `offsets`: where the header begins in the buffer. `ends`: where the packet
    ends by its own lengths; a frame that was cut when captured has its bytes end earlier. `limits`: code of
    schema_values.LIMITS, which length put the end there. `level`: 0 for the outermost packet, one more inside each
    tunnel; QUOTE for the packet that an ICMP error quotes. `guessed`: a header test brought the frames here, no number
    did.
    """

    rows: Ints
    offsets: Ints
    ends: Ints
    limits: NDArray[np.uint8]
    level: int
    guessed: bool = False

    def pick(self, chosen: Array) -> Work:
        """The frames that a mask or an index picks."""
        places = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        rows, offsets, ends = self.rows.take(places), self.offsets.take(places), self.ends.take(places)
        return Work(rows, offsets, ends, self.limits.take(places), self.level, self.guessed)

    def until(self, ends: Ints, limit: int, known: Mask | bool = True) -> Work:
        """The frames with their packet ending at `ends` where that is `known` and not later than before."""
        ending = known & (ends <= self.ends)
        if ending.all():
            return self._replace(ends=ends, limits=np.full(len(ends), limit, dtype=np.uint8))
        limits = np.where(ending, np.uint8(limit), self.limits)
        return self._replace(ends=np.where(ending, ends, self.ends), limits=limits)


class Check(NamedTuple):
    """A value that makes no sense: where it is `bad`, the least that it should be, what it is, and its limit code."""

    bad: Mask
    need: Ints | int
    have: Ints
    limit: int


class Next(NamedTuple):
    """What comes after a header: `values` (one a frame, or one for all) looked up in the dispatch table `table`.

    `work` stands after the header. Frames outside `only` end here, as do those whose value no header follows.
    """

    table: str
    values: Array | int
    work: Work
    only: Mask | None = None


# Column of schema -> field of the dtype, or what makes the values of the structs.
Columns = Mapping[str, str | Callable[["Array"], "Array"]]
NO_COLUMNS: Columns = {}


def itself(values: Array) -> Array:
    """For a column whose values were noted as they are, not as structs."""
    return values


def no_bytes(structs: Array) -> Ints:
    """The length of a header that only looks at what follows."""
    return np.zeros(len(structs), dtype=np.int64)


class Header(NamedTuple):
    """One protocol header, or one part of one.

    `name`: Wireshark's name of the protocol; `quiet` parts (an echo's identifiers, an option) are no layer of their
    own. `follows`: dispatch table -> the values after which this header comes; `inside`: the same where it begins a
    packet inside a tunnel. `columns`: what it fills.

    The rest is for what the dtype does not say. `length` (structs -> int64): bytes of the whole header.
    `checks`: values that make no sense. `accepts`: which structs are this header at all; the others end before it.
    `after`: what comes next; None where nothing can. `recognises`: table -> a test of frames for which the table had
    nothing, shape (k,), bool.
    """

    name: str
    dtype: np.dtype[Any]
    follows: Mapping[str, tuple[int, ...]]
    columns: Columns = NO_COLUMNS
    inside: Mapping[str, tuple[int, ...]] = {}
    length: Callable[[Array], Ints] | None = None
    checks: Callable[[Array], Iterable[Check]] | None = None
    accepts: Callable[[Array], Mask] | None = None
    after: Callable[[Frames, Work, Array], Next | None] | None = None
    recognises: Mapping[str, Callable[[Frames, Work], Mask]] = {}
    quiet: bool = False


def mac_value(halves: Array) -> Array:
    """MAC structs as uint64."""
    value = halves["hi"].astype(np.uint64)
    value <<= np.uint64(32)
    value |= halves["lo"]
    return value
