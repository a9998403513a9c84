"""When was a frame captured, in which form?

Law: the forms are those of tshark's -t. They have six decimals, and nine from the first batch on that needs them; times
that a text gives without a date are clock times in every form that names a moment.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.listing.batches import Batch

NANOSECONDS = 1_000_000_000
# Form -> what it is; the short ones come first in help.
FORMS = {
    "r": "seconds since the first frame",
    "d": "seconds since the frame before",
    "dd": "seconds since the frame shown before",
    "e": "seconds since 1970",
    "a": "time of day",
    "ad": "date and time",
    "adoy": "day of the year and time",
    "u": "time of day, UTC",
    "ud": "date and time, UTC",
    "udoy": "day of the year and time, UTC",
}
_DATES = {"": "", "d": "%Y-%m-%d ", "doy": "%Y/%j "}
_CLOCK = "%H:%M:%S"


class Clock:
    """The times of frames in one of FORMS, for the batches of a capture one after the other."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._decimals = 6
        self._forget()

    def _forget(self) -> None:
        self._first: int | None = None
        self._shown: int | None = None
        self._before = 0

    def texts(self, batch: Batch) -> list[str]:
        """The time of each frame of a batch, shape (n,), empty where it has none."""
        whole, rows = batch.whole, batch.rows
        if not len(whole):
            return []
        if int(whole.column("frame.number").values[0]) == 1:  # the next capture begins
            self._forget()
        dated = whole.column("frame.time_epoch").valid
        known = dated | whole.column("frame.time_of_day").valid
        times = whole.times()
        seconds = self._counted(times, known, rows) if self._form in {"r", "d", "dd"} else times[rows]
        if (seconds % 1000).any():
            self._decimals = 9
        texts = self._moments(seconds, dated[rows]) if self._form[0] in "au" else self._plain(seconds)
        return [text if there else "" for text, there in zip(texts, known[rows].tolist(), strict=True)]

    def _counted(self, times: NDArray[np.int64], known: NDArray[np.bool_], rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Nanoseconds since what the form counts from; a frame without a time counts as the one before it."""
        if self._first is None:
            if not known.any():
                return np.zeros(len(rows), dtype=np.int64)
            self._first = self._before = int(times[known][0])
        last = np.maximum.accumulate(np.where(known, np.arange(len(times)), -1))
        filled = np.where(last < 0, self._before, times[last])
        shown = filled[rows]
        if self._form == "r":
            result = shown - self._first
        elif self._form == "d":
            result = np.diff(filled, prepend=self._before)[rows]
        else:
            result = np.diff(shown, prepend=shown[:1] if self._shown is None else self._shown)
        self._before = int(filled[-1])
        self._shown = int(shown[-1]) if len(rows) else self._shown
        return result

    def _plain(self, times: NDArray[np.int64]) -> list[str]:
        """Seconds with a point; a frame may be older than the one before it."""
        wholes, rests = np.divmod(np.abs(times), NANOSECONDS)
        signs = np.where(times < 0, "-", "").tolist()
        digits = self._digits(rests)
        return [f"{s}{whole}.{rest}" for s, whole, rest in zip(signs, wholes.tolist(), digits, strict=True)]

    def _digits(self, nanoseconds: NDArray[np.int64]) -> list[str]:
        if self._decimals == 9:
            return [f"{number:09d}" for number in nanoseconds.tolist()]
        return [f"{number:06d}" for number in (nanoseconds // 1000).tolist()]

    def _moments(self, times: NDArray[np.int64], dated: NDArray[np.bool_]) -> list[str]:
        """Date, as far as wanted and known, and time of day; text is made once for each second."""
        seconds, rests = np.divmod(times, NANOSECONDS)
        pairs = list(zip(seconds.tolist(), dated.tolist(), strict=True))
        texts = {pair: self._moment(*pair) for pair in set(pairs)}
        return [f"{texts[pair]}.{rest}" for pair, rest in zip(pairs, self._digits(rests), strict=True)]

    def _moment(self, second: int, dated: bool) -> str:
        calendar = time.localtime if self._form[0] == "a" and dated else time.gmtime
        try:
            moment = calendar(second)
        except (OverflowError, ValueError, OSError):  # a year that no calendar has
            return str(second)
        return time.strftime(_DATES[self._form[1:]] * dated + _CLOCK, moment)
