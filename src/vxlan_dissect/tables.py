"""How do packets become a pandas or an Arrow table?

Law: text is made once for each distinct value, never once for each row. Columns stand in schema order, and only those
that occur. An absent value is missing, never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP, format_mac

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Column, Packets

    Array = NDArray[Any]

_ADDRESSES = ("mac", "ipv4", "ipv6")
TIME, TIME_OF_DAY, LAYERS, DAMAGED = "frame.time_epoch", "frame.time_of_day", "frame.layers", "damage.layer"


def to_pandas(packets: Packets, *, text: bool = True) -> pd.DataFrame:
    """A DataFrame, one row a frame; see Packets.to_pandas.

    `frame.time_epoch` is `datetime64[ns, UTC]`, `frame.time_of_day` `timedelta64[ns]`. `frame.layers` is a categorical
    of `eth:ip:udp`, `damage.layer` of header names; addresses are categoricals of text. Where `text` is false MACs and
    IPv4 addresses are integers; IPv6 addresses, for which pandas has no integer, stay text. Other columns are numpy
    where no value is absent, else nullable.
    """
    import pandas as pd

    return pd.DataFrame({name: _series(packets, name, column, text) for name, column in _occurring(packets)})


def to_arrow(packets: Packets) -> pa.Table:
    """A pyarrow Table, one row a frame; see Packets.to_arrow.

    `frame.time_epoch` is `timestamp[ns, UTC]`, `frame.time_of_day` `time64[ns]`; addresses, `frame.layers` and
    `damage.layer` are dictionaries of text.
    """
    import pyarrow as pa

    types = {TIME: pa.timestamp("ns", "UTC"), TIME_OF_DAY: pa.time64("ns")}
    arrays = {}
    for name, column in _occurring(packets):
        if _is_text(name):
            codes, words = _coded(packets, name, column)
            indices = pa.array(codes.astype(np.int32), mask=codes < 0)
            arrays[name] = pa.DictionaryArray.from_arrays(indices, pa.array(words, type=pa.string()))
        else:
            arrays[name] = pa.array(column.values, type=types.get(name), mask=~column.valid)
    return pa.table(arrays)


def _occurring(packets: Packets) -> Iterator[tuple[str, Column]]:
    """The columns that have a value in some frame, or that every capture has, in schema order."""
    for name in schema.columns():
        column = packets.columns.get(name)
        if column is not None and (column.valid.any() or not len(packets)):
            yield name, column


def _is_text(name: str) -> bool:
    return name in {LAYERS, DAMAGED} or schema.field_of(name).kind in _ADDRESSES


def _series(packets: Packets, name: str, column: Column, text: bool) -> Any:
    """One column as pandas keeps it: a numpy array where every value is there, else an extension array."""
    import pandas as pd

    values, valid = column
    kind = schema.field_of(name).kind
    if _is_text(name) and (text or kind not in {"mac", "ipv4"}):
        codes, words = _coded(packets, name, column)
        return pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))  # type: ignore[arg-type]
    if name == TIME:
        return pd.DatetimeIndex(_with_nat(column, "datetime64[ns]")).tz_localize("UTC").array
    if name == TIME_OF_DAY:
        return _with_nat(column, "timedelta64[ns]")
    if valid.all():
        return values
    return pd.arrays.BooleanArray(values, ~valid) if kind == "bool" else pd.arrays.IntegerArray(values, ~valid)


def _with_nat(column: Column, dtype: str) -> Array:
    times = column.values.astype(dtype)
    times[~column.valid] = np.array("NaT", dtype=dtype)
    return times


def _coded(packets: Packets, name: str, column: Column) -> tuple[Array, Sequence[str]]:
    """Codes, shape (n,), -1 where absent, and the distinct values as text, in the order of the values."""
    codes = np.full(len(packets), -1, dtype=np.intp)
    values = column.values[column.valid]
    kind = schema.field_of(name).kind
    if kind == "ipv6":
        distinct, codes[column.valid] = _distinct_ipv6(values)
        return codes, [str(IP(6, value)) for value in distinct]
    numbers, codes[column.valid] = np.unique(values, return_inverse=True)
    if name == LAYERS:
        return codes, [":".join(packets.layer_paths[code]) for code in numbers.tolist()]
    if name == DAMAGED:
        return _merged(codes, [packets.layer_names[code] for code in numbers.tolist()])
    if kind == "mac":
        return codes, [format_mac(value) for value in numbers.tolist()]
    return codes, [str(IP(4, value)) for value in numbers.tolist()]


def _distinct_ipv6(values: Array) -> tuple[list[int], Array]:
    """Distinct addresses in order as integers of 128 bits, and the code of each value."""
    highs, high_codes = np.unique(values["hi"], return_inverse=True)
    lows, low_codes = np.unique(values["lo"], return_inverse=True)
    pairs, codes = np.unique(high_codes * max(len(lows), 1) + low_codes, return_inverse=True)
    high, low = np.divmod(pairs, max(len(lows), 1))
    wide = zip(highs[high].tolist(), lows[low].tolist(), strict=True)
    return [hi << 64 | lo for hi, lo in wide], codes


def _merged(codes: Array, words: Sequence[str]) -> tuple[Array, Sequence[str]]:
    """The same where two codes have one word (two headers of one name)."""
    distinct = list(dict.fromkeys(words))
    places = np.array([distinct.index(word) for word in words] + [-1], dtype=np.intp)
    return places[codes], distinct
