"""How are the records of a large file found faster than one after the other?

Law: a record begins where the one before it ends. Many lanes start at places that look like records and go on together;
a lane is believed only if the chain from the first record arrives exactly where the lane started, which proves it. What
cannot be proved is left to the walk one after the other, so a wrong guess costs time and never a record. Where guesses
go wrong often, as in a file made for that, no more are made, so that the time too stays in proportion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.gather import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

SPAN = 32 << 20  # bytes that are walked at once
LANE = 1 << 17  # so that a span has fewer lanes than the 500 from which numpy lets go of the lock at every step
LOOK = 2048  # where a lane's first record is looked for; most frames are shorter
FEWEST = 16  # with fewer lanes, one record after the other is faster
PATIENCE = 1 << 16  # steps of lanes in one file beyond one for each record that they found


class Layout(NamedTuple):
    """How the records of one file look.

    `size`: dtype of the length field, `size_at` its place in the record, `beside` the bytes that it does not count,
    `most` its largest value. `header`: bytes that every record has at least. `marks`: (place, value) of bytes that are
    the same in nearly every record near one whose header is given. `plausible`: which of some places, shape (k,), all
    with `header` bytes, may be records.
    """

    size: np.dtype[Any]
    size_at: int
    beside: int
    most: int
    header: int
    marks: Callable[[Bytes], Sequence[tuple[int, int]]]
    plausible: Callable[[Bytes, Ints], NDArray[np.bool_]]


def walk(data: Bytes, position: int, layout: Layout) -> tuple[Ints, int, int]:
    """The records from `position` on, up to SPAN bytes on or to the first that cannot be proved or is not all there.

    Returns where they begin, int64 of shape (k,), where the last of them ends, and how many steps the lanes took; no
    records where lanes do not pay.
    """
    none = np.zeros(0, dtype=np.int64)
    end = min(position + SPAN, len(data))
    if end - position < FEWEST * LANE:
        return none, position, 0
    starts = _first_records(data, position, end, layout)
    if len(starts) < FEWEST:
        return none, position, 1
    ends = np.append(starts[1:], end)
    places = _together(data, starts, ends, layout)
    within = places < ends
    steps = np.count_nonzero(within, axis=0)
    landing = places[np.minimum(steps, len(places) - 1), np.arange(len(starts))]
    proved = (landing[:-1] == starts[1:]) & (steps[:-1] < len(places))
    lanes = len(starts) if proved.all() else int(proved.argmin()) + 1
    found = places[:, :lanes].T[within[:, :lanes].T]
    found = found[: np.searchsorted(found, len(data) - layout.header, side="right")]
    sizes = _sizes(data, found, layout)
    good = (sizes <= layout.most) & (found + layout.beside + sizes <= len(data))
    count = len(found) if good.all() else int(good.argmin())
    if not count:
        return none, position, len(places)
    return found[:count], int(found[count - 1] + layout.beside + sizes[count - 1]), len(places)


class Lanes:
    """The lanes of one file, span by span, as long as they pay."""

    def __init__(self) -> None:
        self._left = PATIENCE

    def walk(self, data: Bytes, position: int, layout: Layout) -> tuple[Ints, int]:
        """What `walk` finds and where it ends; nothing once lanes took more steps than they are worth."""
        if self._left < 0:
            return np.zeros(0, dtype=np.int64), position
        places, after, steps = walk(data, position, layout)
        self._left += len(places) - steps
        return places, after


def _first_records(data: Bytes, position: int, end: int, layout: Layout) -> Ints:
    """Where the lanes start: the first at `position`, each other at the first record that it may have."""
    count = (end - position - LOOK - layout.header) // LANE
    windows = np.ndarray((count, LOOK + layout.header), np.uint8, data, offset=position, strides=(LANE, 1))
    likely = np.ones((count, LOOK), dtype=bool)
    for place, value in layout.marks(data[position : position + layout.header]):
        likely &= windows[:, place : place + LOOK] == value
    lanes = np.flatnonzero(likely.any(axis=1))
    lanes = lanes[lanes > 0]
    places = position + lanes * LANE + likely.argmax(axis=1)[lanes]
    places = places[layout.plausible(data, places)]
    following = places + layout.beside + _sizes(data, places, layout)
    inside = following + layout.header <= len(data)
    places, following = places[inside], following[inside]
    return np.concatenate([np.array([position], dtype=np.int64), places[layout.plausible(data, following)]])


def _together(data: Bytes, starts: Ints, ends: Ints, layout: Layout) -> Ints:
    """The places that every lane passes, shape (steps, lanes), until all have reached their end or take too long."""
    last = len(data) - layout.header
    longest = 2 * LANE // layout.header
    places = [starts]
    while len(places) < longest and not (len(places) % 8 == 0 and (places[-1] >= ends).all()):
        here = places[-1]
        # A record that claims nothing would stop its lane: the least that it can have is its header.
        taken = np.maximum(_sizes(data, np.minimum(here, last), layout) + layout.beside, layout.header)
        places.append(here + taken)
    return np.stack(places)


def _sizes(data: Bytes, places: Ints, layout: Layout) -> Ints:
    """What the length fields of the records at `places` say."""
    return gather(data, places + layout.size_at, layout.size).astype(np.int64)
