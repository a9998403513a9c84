"""Which frames share one explanation?

Law: frames that agree in every column asked for share a group, exactly: hashes only say which bytes to compare. So ten
million packets cost as many explanations as there are distinct situations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.packets import Packets

Groups = tuple[NDArray[np.intp], list[int]]  # the group of each row, the first row of each group
MANY = 512  # rows from which sorting is faster than counting
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed (Knuth, TAOCP 6.4: the golden ratio)


def group(
    packets: Packets, names: Sequence[str], extra: Sequence[NDArray[Any]] = (), rows: NDArray[np.intp] | None = None
) -> Groups:
    """Group frames by the columns `names` and by `extra` arrays of shape (n,).

    Returns the group number of each frame, shape (n,) or that of `rows`, and the row of the first frame of each group.
    """
    codes, places, _ = _grouped(packets, names, extra, rows)
    return codes, places if rows is None else rows[places].tolist()


def group_with_keys(
    packets: Packets, names: Sequence[str], extra: Sequence[NDArray[Any]] = (), rows: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], list[int], list[bytes]]:
    """As `group`, with the bytes that tell each group: equal ones of batches with the same columns are one group."""
    codes, places, packed = _grouped(packets, names, extra, rows)
    keys = [packed[place].tobytes() for place in places]
    return codes, places if rows is None else rows[places].tolist(), keys


class Seen:
    """The groups that earlier batches of a capture had: what they teach is known. At most `most` are remembered."""

    def __init__(self, most: int = 1 << 16) -> None:
        self._most = most
        self._known: set[tuple[tuple[str, ...], bytes]] = set()

    def fresh(self, packets: Packets, names: Sequence[str]) -> list[int]:
        """The row of the first frame of each group by the columns `names` that no earlier batch had."""
        _, firsts, keys = group_with_keys(packets, names)
        columns = tuple(name for name in names if name in packets.columns)
        rows = [row for row, key in zip(firsts, keys, strict=True) if (columns, key) not in self._known]
        if len(self._known) + len(keys) > self._most:
            self._known.clear()
        self._known.update((columns, key) for key in keys[: self._most])
        return rows

    def forget(self) -> None:
        """Take every group for a new one again."""
        self._known.clear()


def _grouped(
    packets: Packets, names: Sequence[str], extra: Sequence[NDArray[Any]], rows: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], list[int], NDArray[np.uint8]]:
    """Groups of the chosen rows, counted from the first of these, and the bytes of each row, shape (n, width)."""
    count = len(packets) if rows is None else len(rows)
    if not count:
        return np.zeros(0, dtype=np.intp), [], np.zeros((0, 8), dtype=np.uint8)
    pieces: list[NDArray[np.uint8]] = []
    for name in names:
        column = packets.columns.get(name)
        if column is None:
            continue
        values, valid = (column.values, column.valid) if rows is None else (column.values[rows], column.valid[rows])
        # An absent value may hold anything: blank it, so that only presence counts.
        clean = np.where(valid, values, np.zeros(1, values.dtype))
        pieces += [np.ascontiguousarray(clean).view(np.uint8).reshape(count, -1), valid.view(np.uint8)[:, None]]
    for array in extra:
        taken = array if rows is None else array[rows]
        pieces.append(np.ascontiguousarray(taken).view(np.uint8).reshape(count, -1))
    width = sum(piece.shape[1] for piece in pieces)
    packed = np.zeros((count, max(-(-width // 8), 1) * 8), dtype=np.uint8)
    if pieces:
        np.concatenate(pieces, axis=1, out=packed[:, :width])
    codes, places = (_sorted(packed) if count >= MANY else None) or _counted(packed)
    return codes, places, packed


def _sorted(packed: NDArray[np.uint8]) -> Groups | None:
    """The groups of equal rows by sorting their hashes; None where two rows share a hash and differ."""
    words = packed.view(np.uint64)
    hashes = np.zeros(len(words), dtype=np.uint64)
    for column in range(words.shape[1]):
        hashes = (hashes ^ (hashes >> np.uint64(29)) ^ words[:, column]) * _MULTIPLIER
    _, firsts, codes = np.unique(hashes, return_index=True, return_inverse=True)
    if not np.array_equal(words, words[firsts[codes]]):
        return None
    order = np.argsort(firsts)
    ranks = np.empty(len(order), dtype=np.intp)
    ranks[order] = np.arange(len(order))
    return ranks[codes], firsts[order].tolist()


def _counted(packed: NDArray[np.uint8]) -> Groups:
    """The same groups row by row."""
    numbers: dict[bytes, int] = {}
    firsts: list[int] = []
    codes = np.empty(len(packed), dtype=np.intp)
    width, blob = packed.shape[1], packed.tobytes()
    for row in range(len(packed)):
        key = blob[row * width : (row + 1) * width]
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(firsts)
            firsts.append(row)
        codes[row] = number
    return codes, firsts


def steady_columns(packets: Packets) -> list[str]:
    """The columns that occur and do not vary from packet to packet of one flow."""
    return [name for name in packets.columns if not schema.field_of(name).varies]
