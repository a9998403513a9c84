"""What must hold of the Packets of any frames, however hostile they are?

Law: nothing here knows what a frame means. A check is about lengths, places and the independence of frames.
"""

from __future__ import annotations

import numpy as np

from tests.wire.frames import records
from vxlan_dissect import schema
from vxlan_dissect.decode import decode
from vxlan_dissect.derived import MAKERS
from vxlan_dissect.dissect import trace
from vxlan_dissect.packets import TextColumn
from vxlan_dissect.schema_values import LIMITS
from vxlan_dissect.wire.header import VERSION

DERIVED = [level + name for maker in MAKERS for name in maker.FIELDS for level in schema.LEVELS]
# What lies behind a frame, and before the first: what a header that is read too far would show.
POISONS = {
    "zeros": bytes(300),
    "ones": b"\xff" * 300,
    "random": np.random.default_rng(20240712).bytes(300),
    "a frame": bytes.fromhex(
        "0242ac1200030242ac120004080045000062123400004011beefac120004ac120003bb0b2118004e0000080000000028"
        "9e00a279144780b34e5b5745633b86dd6ab12345000c3a40fd0000100244000100000000000047490000000000000000"
    )
    * 3,
}


def decode_between(frames, linktype, neighbour, decode_as=()):
    """Packets of frames that lie between copies of `neighbour`."""
    batch = records([f.data for f in frames], linktype, original=[f.original for f in frames], between=neighbour)
    return decode(batch, "hostile", decode_as=decode_as)


def same(one, other):
    """Whether two Packets are equal in every value, absent ones included."""
    assert one.layer_paths == other.layer_paths
    assert one.columns.keys() == other.columns.keys()
    for name, column in one.columns.items():
        if name == "frame.offset":  # counts in the buffer, which the neighbours make longer
            continue
        assert np.array_equal(column.valid, other.columns[name].valid), name
        assert column.values.tobytes() == other.columns[name].values.tobytes(), name


def same_derived(one, other):
    """The same for every column that is made on first use."""
    for name in DERIVED:
        column, second = one.derived(name), other.derived(name)
        assert np.array_equal(column.valid, second.valid), name
        if isinstance(column, TextColumn):
            rows = np.flatnonzero(column.valid).tolist()
            assert [one.texts(name, row) for row in rows] == [other.texts(name, row) for row in rows], name
        else:
            assert np.array_equal(column.values[column.valid], second.values[column.valid]), name


def same_places(one, other):
    """The same for the places of all headers, counted from where each frame begins."""
    first, second = (list(map(_places, trace(packets))) for packets in (one, other))
    assert first == second


def _places(traced):
    starts = traced.frames.starts
    return [
        (
            place.header,
            place.work.level,
            place.work.rows.tolist(),
            (place.work.offsets - starts[place.work.rows]).tolist(),
            (place.body - starts[place.work.rows]).tolist(),
            place.structs.tobytes(),
        )
        for place in traced.places
    ]


def sound(packets):
    """Lengths lie within the frames, damage is inside and says what is wrong, and columns fit their schema."""
    captured = packets.column("frame.cap_len").values.astype(np.int64)
    for name, column in packets.columns.items():
        field = schema.field_of(name)
        assert len(column.values) == len(column.valid) == len(packets), name
        assert column.values.dtype == np.dtype(schema.KINDS[field.kind]), name
        assert column.valid.dtype == np.bool_, name
    for level in schema.LEVELS:
        begin, length = packets.column(f"{level}data.offset"), packets.column(f"{level}data.len")
        assert np.array_equal(begin.valid, length.valid)
        ends = begin.values.astype(np.int64) + length.values
        assert (ends[begin.valid] <= captured[begin.valid]).all(), level
    damage = {name: packets.column(f"damage.{name}") for name in ("layer", "need", "have", "limit", "offset")}
    there = damage["layer"].valid
    assert all(np.array_equal(column.valid, there) for column in damage.values())
    assert (damage["offset"].values[there] <= captured[there]).all()
    assert (damage["layer"].values[there] < len(packets.layer_names)).all()
    assert set(damage["limit"].values[there].tolist()) <= LIMITS.keys()
    lacking = damage["have"].values.astype(np.int64) < damage["need"].values
    version = damage["limit"].values == VERSION
    assert (lacking | version)[there].all()
    layers = packets.column("frame.layers")
    assert (layers.values[layers.valid] < len(packets.layer_paths)).all()
