"""Which frames share one explanation?

Law: frames that agree in every column asked for share a group, exactly: the key is the bytes of the values, not a hash.
So ten million packets cost as many explanations as there are distinct situations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets


def group(
    packets: Packets, names: Sequence[str], extra: Sequence[NDArray[Any]] = (), rows: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], list[int]]:
    """Group frames by the columns `names` and by `extra` arrays of shape (n,).

    Returns the group number of each frame, shape (n,) or that of `rows`, and the row of the first frame of each group.
    """
    count = len(packets) if rows is None else len(rows)
    if not count:
        return np.zeros(0, dtype=np.intp), []
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
    if not pieces:
        return np.zeros(count, dtype=np.intp), [0 if rows is None else int(rows[0])]
    packed = np.ascontiguousarray(np.concatenate(pieces, axis=1))
    numbers: dict[bytes, int] = {}
    firsts: list[int] = []
    codes = np.empty(count, dtype=np.intp)
    width = packed.shape[1]
    blob = packed.tobytes()
    for row in range(count):
        key = blob[row * width : (row + 1) * width]
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(firsts)
            firsts.append(row if rows is None else int(rows[row]))
        codes[row] = number
    return codes, firsts


def steady_columns(packets: Packets) -> list[str]:
    """The columns that occur and do not vary from packet to packet of one flow."""
    return [name for name in packets.columns if not schema.field_of(name).varies]
