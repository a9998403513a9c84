"""Is every column described once, and does its description fit?"""

from __future__ import annotations

import numpy as np
import pytest

from vxlan_dissect import schema


def test_names_are_unique():
    """No column stands twice, and none of the frame is one of a packet."""
    names = [field.name for field in schema.FRAME_FIELDS + schema.PACKET_FIELDS + schema.DERIVED_FIELDS]
    assert len(names) == len(set(names)) == len(schema.FIELDS)


def test_every_field_has_a_dtype_and_one_sentence():
    """Kinds are known, sentences end, and flags have no unit."""
    for field in schema.FIELDS.values():
        np.dtype(schema.KINDS[field.kind])
        assert field.doc.endswith("."), field.name
        assert field.kind != "bool" or not field.unit, field.name


def test_kinds_are_little_endian_and_of_the_width_that_they_name():
    """u4 has four bytes, an address its own length, and a MAC the next integer that holds it."""
    widths = {"u1": 1, "u2": 2, "u4": 4, "i8": 8, "bool": 1, "mac": 8, "ipv4": 4, "ipv6": 16, "texts": 4}
    assert {kind: np.dtype(dtype).itemsize for kind, dtype in schema.KINDS.items()} == widths


def test_named_values_fit_their_dtype():
    """A value that has a name can occur."""
    for field in schema.FIELDS.values():
        if field.names:
            assert max(field.names) <= np.iinfo(schema.KINDS[field.kind]).max, field.name


def test_columns_are_frame_columns_then_each_level():
    """The order in which tables show them."""
    columns = list(schema.columns())
    assert columns[0] == "frame.number"
    levelled = schema.PACKET_FIELDS + schema.DERIVED_FIELDS
    assert len(columns) == len(set(columns)) == len(schema.FRAME_FIELDS) + 3 * len(levelled)
    assert columns.index("eth.dst") < columns.index("outer.eth.dst") < columns.index("quoted.eth.dst")


@pytest.mark.parametrize(
    ("column", "level", "name"),
    [("ip.src", "", "ip.src"), ("outer.ip.src", "outer.", "ip.src"), ("quoted.icmp.type", "quoted.", "icmp.type")],
)
def test_a_level_is_split_off(column, level, name):
    """The prefix and the field behind it."""
    assert schema.split_level(column) == (level, name)
    assert schema.field_of(column) is schema.FIELDS[name]


@pytest.mark.parametrize("column", ["ip.source", "outer.", "outer.outer.ip.src", "quoted.outer.ip.src", ""])
def test_unknown_columns_are_refused(column):
    """A name outside the schema is a KeyError."""
    with pytest.raises(KeyError):
        schema.field_of(column)
