"""Do frames share a group exactly where they agree in every column asked for?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explain.made import FAR_IP, POD_IP, echo, packets, tunnelled
from vxlan_dissect import schema
from vxlan_dissect.group import MANY, _counted, _sorted, group, steady_columns
from vxlan_dissect.packets import Column, Packets

NAMES = ("ip.ttl", "vxlan.vni", "ipv6.src", "eth.src", "ip.flags.df", "frame.time_epoch")


def made(columns: dict[str, list[tuple[bool, int]]]) -> Packets:
    """Packets from (present, value) pairs; an absent value holds the garbage that stands beside it."""
    filled = {}
    for name, cells in columns.items():
        dtype = np.dtype(schema.KINDS[schema.field_of(name).kind])
        values = np.array([(value, value) if dtype.names else value for _, value in cells], dtype=dtype)
        filled[name] = Column(values, np.array([present for present, _ in cells], dtype=bool))
    return Packets("made", len(next(iter(columns.values()))), filled)


def cells(rows: int):
    """One column: few distinct values, so that frames meet."""
    return st.lists(st.tuples(st.booleans(), st.integers(0, 1)), min_size=rows, max_size=rows)


@given(st.data())
def test_partition_is_exact(data):
    """Two frames share a number exactly where presence and present values agree, whatever an absent value holds."""
    rows = data.draw(st.integers(1, 12))
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    columns = {name: data.draw(cells(rows)) for name in names}
    codes, firsts = group(made(columns), names)
    keys = [
        tuple(value if present else None for present, value in frame) for frame in zip(*columns.values(), strict=True)
    ]
    seen: dict[object, int] = {}
    assert codes.tolist() == [seen.setdefault(key, len(seen)) for key in keys]
    assert firsts == [keys.index(key) for key in seen]


def test_zero_is_not_absent():
    """A value that is there and zero is another group than no value."""
    codes, firsts = group(made({"ip.ttl": [(True, 0), (False, 0), (True, 0), (False, 9)]}), ["ip.ttl"])
    assert codes.tolist() == [0, 1, 0, 1]
    assert firsts == [0, 1]


def test_halves_of_an_ipv6_address_both_count():
    """Addresses that share their upper or their lower half are different."""
    frames = [{"ipv6.src": text} for text in ("fd00::1", "fd00::2", "fd01::1", "fd00::1")]
    assert group(packets(*frames), ["ipv6.src"])[0].tolist() == [0, 1, 2, 0]


def test_values_do_not_run_into_each_other():
    """The same bytes shifted by one column are another group."""
    frames = [{"icmp.ident": 0x0102, "icmp.seq": 0x0304}, {"icmp.ident": 0x0203, "icmp.seq": 0x0401}]
    assert group(packets(*frames), ["icmp.ident", "icmp.seq"])[0].tolist() == [0, 1]
    shifted = made({"ip.ttl": [(True, 1), (False, 1)], "ip.flags.df": [(False, 1), (True, 1)]})
    assert group(shifted, ["ip.ttl", "ip.flags.df"])[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    "extra",
    [np.array([1, 2, 1], "u1"), np.array([256, 512, 256], "<u2"), np.array([-1, 2**40, -1]), np.array([1, 0, 1], bool)],
)
def test_extra_array_counts(extra):
    """Frames that agree in every column still differ by an array given beside them."""
    codes, firsts = group(packets(echo(), echo(), echo()), ["ipv6.src"], [extra])
    assert codes.tolist() == [0, 1, 0]
    assert firsts == [0, 1]


def test_some_rows():
    """With `rows` only those are numbered, in their order, and first frames are rows of the whole."""
    frames = packets(*({"ip.ttl": ttl} for ttl in (5, 6, 5, 7, 6)))
    codes, firsts = group(frames, ["ip.ttl"], rows=np.array([4, 2, 1, 0], dtype=np.intp))
    assert codes.tolist() == [0, 1, 0, 1]
    assert firsts == [4, 2]


def test_some_rows_with_an_extra_array():
    """An extra array has an entry for every frame, also where only some are numbered."""
    frames = packets(echo(), echo(), echo())
    codes, firsts = group(frames, [], [np.array([3, 4, 4], "u1")], np.array([2, 1], dtype=np.intp))
    assert codes.tolist() == [0, 0]
    assert firsts == [2]


@pytest.mark.parametrize("rows", [None, np.zeros(0, dtype=np.intp)])
def test_no_frames(rows):
    """No frame, no group."""
    frames = packets() if rows is None else packets(echo())
    codes, firsts = group(frames, ["ipv6.src"], rows=rows)
    assert codes.shape == (0,)
    assert firsts == []


def test_no_columns():
    """Frames that nothing tells apart are one group, also where the columns asked for are absent in all."""
    frames = packets(echo(), echo(seq=2))
    for names in ([], ["arp.opcode"]):
        assert group(frames, names)[0].tolist() == [0, 0]
        assert group(frames, names)[1] == [0]
    assert group(frames, [], rows=np.array([1], dtype=np.intp))[1] == [1]


def test_columns_that_are_not_contiguous():
    """A column that is every other value of an array is read as it stands."""
    frames = packets(echo())
    frames.columns["ip.ttl"] = Column(np.array([7, 1, 8, 1, 7, 1], "u1")[::2], np.ones(6, bool)[::2])
    frames = Packets("made", 3, {"ip.ttl": frames.columns["ip.ttl"]})
    assert group(frames, ["ip.ttl"])[0].tolist() == [0, 1, 0]


def test_large_input_is_numbered_by_first_appearance():
    """Numbers count up with the first frame of each group, so that the first frames are in order."""
    values = np.random.default_rng(1).integers(0, 500, 5000)
    frames = Packets("made", 5000, {"vxlan.vni": Column(values.astype("<u4"), np.ones(5000, bool))})
    codes, firsts = group(frames, ["vxlan.vni"])
    assert firsts == sorted(firsts)
    assert [int(values[row]) for row in firsts] == list(dict.fromkeys(values.tolist()))
    assert (values[np.array(firsts)[codes]] == values).all()


def test_steady_columns_leave_out_what_varies():
    """Numbers, times, lengths and checksums are no part of a situation; addresses, hop limits and the VNI are."""
    frames = packets(tunnelled(echo(POD_IP, FAR_IP, **{"frame.len": 168, "ipv6.flow": 5, "ipv6.hlim": 64})))
    steady = steady_columns(frames)
    assert {"ipv6.src", "ipv6.hlim", "outer.ip.src", "outer.vxlan.vni", "frame.tunnels"} <= set(steady)
    assert not {"frame.number", "frame.time_epoch", "frame.len", "ipv6.flow", "outer.udp.checksum"} & set(steady)
    assert "icmpv6.echo.sequence_number" not in steady


def test_many_frames_group_as_few_do():
    """Frames that are grouped by sorting get the numbers that counting gives, in order of appearance."""
    chance = np.random.default_rng(7)
    packed = chance.integers(0, 2, (4 * MANY, 8)).astype(np.uint8)
    codes, firsts = _sorted(packed)
    expected, expected_firsts = _counted(packed)
    assert codes.tolist() == expected.tolist()
    assert firsts == expected_firsts
    frames = [{"icmp.ident": int(value)} for value in chance.integers(0, 5, MANY)]
    seen: dict[int, int] = {}
    assert group(packets(*frames), ["icmp.ident"])[0].tolist() == [
        seen.setdefault(frame["icmp.ident"], len(seen)) for frame in frames
    ]


def test_equal_hashes_of_different_frames():
    """Rows that share a hash are not taken for equal: sorting gives up, and counting tells them apart."""
    # The first word enters as itself; h*M ^ (h*M >> 29) of it can be cancelled by the second word.
    mask, multiplier = 2**64 - 1, 0x9E3779B97F4A7C15
    rows = []
    for first in (1, 2):
        mixed = first * multiplier & mask
        rows.append([first, mixed ^ (mixed >> 29)])
    packed = np.array(rows * MANY, dtype=np.uint64).view(np.uint8)
    assert _sorted(packed) is None
    assert _counted(packed)[0].tolist() == [0, 1] * MANY
