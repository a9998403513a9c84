"""Where do runs of equal rows begin in sorted columns?

Law: by comparing neighbours, so that what is sorted once is not sorted again to be grouped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def begins(*columns: NDArray[Any]) -> NDArray[np.bool_]:
    """A mask, shape (n,), of the rows that differ from the one before in some column; the first always does."""
    new = np.zeros(len(columns[0]), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def sizes(starts: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """How long each of the runs is that begin at `starts`, of `count` rows in all."""
    return np.diff(np.append(starts, count))


def ranks(starts: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """How many rows of its run stand before each row, shape (count,)."""
    return np.arange(count) - np.repeat(starts, sizes(starts, count))
