"""Which options stand one after the other in a header, and what do they say?

Law: each round reads the next option of every header at once; rounds are bounded by MAX_OPTIONS, and no option reaches
beyond its header. One that is cut or never ends is damage; one that is not in the header's list is counted.

    +---------------+---------------+------------
    |     Type      |    Length     |  ...          or one byte: padding, and in IPv4 and TCP the end of all options
    +---------------+---------------+------------

Sources: RFC 791 section 3.1 and RFC 9293 section 3.1 (the length counts type and length), RFC 8200 section 4.2 (it does
not). A header of IPv4 or TCP has room for 40 bytes of options, hence for 40 options; in IPv6 a receiver may refuse more
than 8 (RFC 8504 section 5.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.wire.header import HEADER_LENGTH, NESTING, NO_COLUMNS, OPTION_LENGTH, QUOTE, Check, Columns
from vxlan_dissect.wire.walk import Damage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.wire.header import Array, Header, Ints, Mask, Work
    from vxlan_dissect.wire.walk import Frames

MAX_OPTIONS = 40
HEAD = np.dtype([("type", "u1"), ("length", "u1")])


class Option(NamedTuple):
    """An option that is read: its `type`, its `dtype` from the type on, and what it fills.

    `length`: bytes of the whole option; None where it may be longer than the dtype.
    """

    type: int
    dtype: np.dtype[Any]
    columns: Columns = NO_COLUMNS
    length: int | None = None


class Options(NamedTuple):
    """How the options of a header are written, and which of them are read.

    `padding`: the type of one byte that is passed over. `end`: the type of one byte after which nothing counts, None
    where there is none. `uncounted`: bytes of an option that its length does not count. `unknown`: filled with the
    number of options that are not among the `known`.
    """

    padding: int
    end: int | None
    uncounted: int
    known: Sequence[Option]
    unknown: Columns


class Seen(NamedTuple):
    """A known option of some headers, arrays of shape (k,): `where`, which headers of all, and the `structs`."""

    option: Option
    where: Ints
    structs: Array


def present(structs: Array) -> Mask:
    """For a column that says that an option is there: its first field is never zero."""
    return np.asarray(structs[(structs.dtype.names or ())[0]] != 0)


def note(frames: Frames, work: Work, types: Array, lengths: Ints, known: Sequence[Option]) -> tuple[Mask, list[Seen]]:
    """Fill what the options say that begin at `work` and have these types and lengths, arrays of shape (k,).

    Every option must fit into its frame. Returns which are not `known`, shape (k,), bool, and those that are.
    """
    unknown = np.ones(len(types), dtype=bool)
    seen = []
    counts = np.bincount(types, minlength=256)
    for option in known:
        if counts[option.type]:
            fits = lengths >= option.dtype.itemsize if option.length is None else lengths == option.length
            where = np.flatnonzero((types == option.type) & fits)
            chosen = work.pick(where)
            structs = frames.structs(chosen.rows, chosen.offsets, option.dtype)
            if option.columns:
                frames.fill(chosen, structs, option.columns)
            seen.append(Seen(option, where, structs))
            unknown[where] = False
    return unknown, seen


def read(frames: Frames, header: Header, rest: Work, begins: Ints, options: Options) -> tuple[Mask, list[Seen]]:
    """Read the options between `begins`, int64 of shape (k,), and `rest`, which stands after the header.

    Returns whose options are all sound, shape (k,), bool, and the known ones; a damage is noted as one of `header`.
    """
    sound = np.ones(len(begins), dtype=bool)
    unknown = np.zeros(len(begins), dtype=np.uint8)
    seen: list[Seen] = []
    where, offsets = np.arange(len(begins)), begins
    for turn in range(MAX_OPTIONS + 1):
        left = np.flatnonzero(offsets < rest.offsets[where])
        where, offsets = where[left], offsets[left]
        types = frames.buffer[offsets]
        if options.end is not None:
            left = np.flatnonzero(types != options.end)
            where, offsets, types = where[left], offsets[left], types[left]
        if not len(where):
            break
        work, room = rest.pick(where)._replace(offsets=offsets), rest.offsets[where] - offsets
        if turn == MAX_OPTIONS:
            sound[where] = False
            _damage(frames, header, work, Check(room > 0, turn + 1, np.full(len(where), turn), NESTING))
            break
        padding = types == options.padding
        # An option whose length is cut off needs the two bytes of type and length.
        counted = frames.buffer[offsets + (room > 1)].astype(np.int64) + options.uncounted
        lengths = np.where(padding, 1, np.where(room > 1, counted, HEAD.itemsize))
        endless = ~padding & (lengths < HEAD.itemsize)
        if endless.any() or (lengths > room).any():
            _damage(frames, header, work, Check(endless, HEAD.itemsize, lengths, OPTION_LENGTH))
            _damage(frames, header, work, Check(lengths > room, lengths, room, HEADER_LENGTH))
            fits = ~endless & (lengths <= room)
            sound[where[~fits]] = False
            work, where, types, lengths = work.pick(fits), where[fits], types[fits], lengths[fits]
        wide = np.flatnonzero(types != options.padding)
        if len(wide):
            strange, known = note(frames, work.pick(wide), types[wide], lengths[wide], options.known)
            unknown[where[wide]] += strange
            seen += [found._replace(where=where[wide[found.where]]) for found in known]
        offsets = work.offsets + lengths
    frames.fill(rest, unknown, options.unknown, unknown > 0)
    return sound, seen


def _damage(frames: Frames, header: Header, work: Work, check: Check) -> None:
    """Note options that cannot be; what a quoted packet lacks is no damage (RFC 792, RFC 4443)."""
    bad, need, have, limit = check
    if work.level != QUOTE and bad.any():
        rows, offsets = work.rows[bad], work.offsets[bad]
        least = need if isinstance(need, int) else need[bad]
        limits = np.full(len(rows), limit, dtype=np.uint8)
        index = frames.dispatch.headers.index(header)
        frames.damages.append(Damage(rows, index, least, have[bad], limits, offsets - frames.starts[rows]))
