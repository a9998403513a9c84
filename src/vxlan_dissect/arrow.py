"""How do packets become Arrow arrays?

Law: a column has one Arrow type, whatever a batch holds, so that batches follow each other in one table or file.
Numbers are handed over without a copy, and text is made once for each distinct value, never once for each row. An
absent value is null, never zero. Arrays are made from buffers, since `pa.array` imports pandas, which costs half a
second.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP, format_mac

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.packets import Column, Packets, TextColumn

    Array = NDArray[Any]

TIME, TIME_OF_DAY, LAYERS, DAMAGED = "frame.time_epoch", "frame.time_of_day", "frame.layers", "damage.layer"
WORDS = pa.dictionary(pa.int32(), pa.string())
_TYPES = {
    "u1": pa.uint8(), "u2": pa.uint16(), "u4": pa.uint32(), "i8": pa.int64(), "bool": pa.bool_(), "mac": WORDS,
    "ipv4": WORDS, "ipv6": WORDS, "texts": pa.list_(pa.string()),
}  # fmt: skip
_OWN_TYPES = {TIME: pa.timestamp("ns", "UTC"), TIME_OF_DAY: pa.time64("ns"), LAYERS: WORDS, DAMAGED: WORDS}
# What is encoded: addresses as the numbers that they are, codes of texts as they are.
_PLAIN = {"mac": pa.uint64(), "ipv4": pa.uint32(), "ipv6": pa.binary(16), "u2": pa.uint16(), "u4": pa.uint32()}
CACHE = 65536  # addresses whose text is remembered: a scan must not exhaust memory


def type_of(column: str) -> pa.DataType:
    """The Arrow type of a column. Raises KeyError for a name outside the schema."""
    return _OWN_TYPES.get(column) or _TYPES[schema.field_of(column).kind]


def field_of(column: str, name: str | None = None) -> pa.Field:
    """The Arrow field of a column, called `name` where that is given; what the schema says of it is its metadata."""
    field = schema.field_of(column)
    said = {"doc": field.doc, "unit": field.unit, "wireshark": field.wireshark}
    if field.names:
        said["names"] = json.dumps(field.names)
    return pa.field(name or column, type_of(column), metadata={key: text for key, text in said.items() if text})


def array(packets: Packets, name: str, column: Column | TextColumn | None = None) -> pa.Array:
    """One column, derived ones too, as an array of `type_of(name)`; `column` stands for it where it is given."""
    field = schema.field_of(name)
    if column is None:
        column = packets.derived(name) if schema.is_derived(name) else packets.columns.get(name)
    if column is None:
        return _nothing(type_of(name), len(packets))
    if field.kind == "texts":
        return lists(column.texts).take(numbers(column.values, column.valid))  # type: ignore[union-attr]
    if type_of(name) is not WORDS:
        return numbers(column.values, column.valid, type_of(name))
    coded = encoded(column, field.kind)
    return pa.DictionaryArray.from_arrays(coded.indices, strings(words(packets, name, coded.dictionary)))


def encoded(column: Column | TextColumn, kind: str) -> pa.DictionaryArray:
    """A column as indices into its distinct values; those of `ipv6` are 16 bytes, as numpy has them."""
    return numbers(column.values, column.valid, _PLAIN[kind]).dictionary_encode()


def words(packets: Packets, name: str, distinct: pa.Array) -> list[str]:
    """The texts of the distinct values of an address, of layers or of a damaged header."""
    values = distinct.to_pylist()
    if name == LAYERS:
        return [":".join(packets.layer_paths[code]) for code in values]
    if name == DAMAGED:
        return [packets.layer_names[code] for code in values]
    return list(map(_MAKERS[schema.field_of(name).kind], values))


def numbers(values: Array, valid: Array | None = None, kind: pa.DataType | None = None) -> pa.Array:
    """The memory of a numpy array as Arrow's, null where it is not `valid`; `kind` has as many bytes as its dtype."""
    there = None if valid is None or valid.all() else _bits(valid)
    # Truth values are bytes in numpy and bits in Arrow.
    data = _bits(values) if values.dtype == np.bool_ else pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind or pa.from_numpy_dtype(values.dtype), len(values), [there, data])


def strings(texts: Sequence[str]) -> pa.Array:
    """Texts as an Arrow array; a lone surrogate, which UTF-8 does not have, becomes its escape."""
    data = [text.encode("utf-8", "backslashreplace") for text in texts]
    return pa.Array.from_buffers(
        pa.string(), len(data), [None, pa.py_buffer(_offsets(map(len, data))), pa.py_buffer(b"".join(data))]
    )


@lru_cache(maxsize=1024)
def scalar(value: str | int | None) -> pa.Scalar:
    """A text, an integer of 64 bits, or a text that is absent, as an argument of a compute function."""
    if isinstance(value, int):
        return numbers(np.array([value], dtype=np.int64))[0]
    return strings([value])[0] if value is not None else pa.nulls(1, pa.string())[0]


def lists(of_texts: Sequence[Sequence[str]]) -> pa.Array:
    """Several texts each, as a list array."""
    words = strings([text for texts in of_texts for text in texts])
    offsets = pa.py_buffer(_offsets(map(len, of_texts)))
    return pa.Array.from_buffers(pa.list_(pa.string()), len(of_texts), [None, offsets], children=[words])


def _offsets(lengths: Iterable[int]) -> Array:
    return np.fromiter(accumulate(lengths, initial=0), dtype=np.int32)


def _bits(mask: Array) -> pa.Buffer:
    return pa.py_buffer(np.packbits(mask, bitorder="little"))


@lru_cache(maxsize=64)
def _nothing(kind: pa.DataType, rows: int) -> pa.Array:
    return pa.nulls(rows, kind)


def _ipv6(halves: bytes) -> str:
    high, low = np.frombuffer(halves, dtype="<u8").tolist()
    return str(IP(6, high << 64 | low))


_MAKERS: dict[str, Callable[[Any], str]] = {
    "mac": lru_cache(CACHE)(format_mac),
    "ipv4": lru_cache(CACHE)(lambda value: str(IP(4, value))),
    "ipv6": lru_cache(CACHE)(_ipv6),
}


def to_arrow(packets: Packets, columns: Sequence[str]) -> pa.Table:
    """A table of these columns; see Packets.to_arrow."""
    fields = [field_of(schema.column_of(name), name) for name in columns]
    arrays = [array(packets, schema.column_of(name)) for name in columns]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
