"""How do packets become a pandas table?

Law: text is made once for each distinct value, never once for each row. Columns stand in the order asked for, or in
schema order, and then only those that occur. An absent value is missing, never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Column, Packets, TextColumn

    Array = NDArray[Any]

_ADDRESSES = ("mac", "ipv4", "ipv6")
TIME, TIME_OF_DAY, LAYERS, DAMAGED = "frame.time_epoch", "frame.time_of_day", "frame.layers", "damage.layer"


def occurring(packets: Packets) -> Iterator[str]:
    """The columns that have a value in some frame, in schema order; the derived ones are made only when asked for."""
    for name in schema.columns(derived=False):
        column = packets.columns.get(name)
        if column is not None and (column.valid.any() or not len(packets)):
            yield name


def to_pandas(packets: Packets, columns: Sequence[str], *, text: bool = True) -> pd.DataFrame:
    """A DataFrame of these columns, one row a frame; see Packets.to_pandas."""
    import pandas as pd

    series = {name: _series(packets, schema.column_of(name), text) for name in columns}
    return pd.DataFrame(series, index=pd.RangeIndex(len(packets)))


def _series(packets: Packets, name: str, text: bool) -> Any:
    """One column as pandas keeps it: a numpy array where every value is there, else an extension array."""
    import pandas as pd

    column = packets.derived(name) if schema.is_derived(name) else packets.column(name)
    kind = schema.field_of(name).kind
    if kind == "texts" or name in {LAYERS, DAMAGED} or (kind in _ADDRESSES and (text or kind == "ipv6")):
        codes, words = _coded(packets, name, column)
        return pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))  # type: ignore[arg-type]
    values, valid = column.values, column.valid
    if name == TIME:
        return pd.DatetimeIndex(_with_nat(column, "datetime64[ns]")).tz_localize("UTC").array
    if name == TIME_OF_DAY:
        return _with_nat(column, "timedelta64[ns]")
    if valid.all():
        return values
    return pd.arrays.BooleanArray(values, ~valid) if kind == "bool" else pd.arrays.IntegerArray(values, ~valid)


def _with_nat(column: Column | TextColumn, dtype: str) -> Array:
    times = column.values.astype(dtype)
    times[~column.valid] = np.array("NaT", dtype=dtype)
    return times


def _coded(packets: Packets, name: str, column: Column | TextColumn) -> tuple[Array, Sequence[str]]:
    """Codes, shape (n,), -1 where absent, and the distinct values as text, in the order of the values."""
    from vxlan_dissect import arrow

    kind = schema.field_of(name).kind
    if kind == "texts":
        codes = np.where(column.valid, column.values, -1)
        words = [",".join(texts) for texts in column.texts]  # type: ignore[union-attr]
        return _merged(codes, words)
    found = arrow.encoded(column, kind)
    codes = found.indices.fill_null(-1).to_numpy()
    if kind == "ipv6":
        halves = np.frombuffer(b"".join(found.dictionary.to_pylist()), dtype=schema.KINDS[kind])
        order = np.lexsort((halves["lo"], halves["hi"]))
    else:
        order = np.argsort(found.dictionary.to_numpy())
    ranks = np.full(len(order) + 1, -1, dtype=np.int32)  # one entry more, which the code -1 reaches
    ranks[order] = np.arange(len(order))
    words = arrow.words(packets, name, found.dictionary.take(order))
    return _merged(ranks[codes], words) if name == DAMAGED else (ranks[codes], words)


def _merged(codes: Array, words: Sequence[str]) -> tuple[Array, Sequence[str]]:
    """The same where two codes have one word: two headers of one name, the same texts cut otherwise."""
    places: dict[str, int] = {}
    merged = [places.setdefault(word, len(places)) for word in words]
    return np.array([*merged, -1], dtype=np.int32)[codes], list(places)
