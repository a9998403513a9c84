"""Does tshark read the same from real frames, field by field?"""

from __future__ import annotations

import random

import pytest

from tests.differential.compare import OURS_ONLY, compare
from tests.differential.conftest import MADE, SETS
from tests.differential.frames import decode_frames, distinct_frames, kinds
from tests.differential.layers import COLUMNS
from tests.differential.tshark import NAMES, SPREAD, dissect, known_fields
from vxlan_dissect import schema

SHARDS = 2  # of each set, so that two processes share them
MUTATED = 6000
SEED = 20240712


def test_every_column_has_a_field_of_tshark(tmp_path):
    """A Wireshark name in the schema is one that tshark knows, or stands in SPREAD under the name that it has there."""
    known = known_fields(tmp_path)
    assert {name: column.name for name, column in NAMES.items() if name not in known} == {}
    assert set(SPREAD) <= set(COLUMNS)


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("captures", [*SETS, MADE], indirect=True)
def test_real_frames(captures, judged, tmp_path, shard):
    """Every value of every level is the same, or the difference is a known one."""
    frames = captures[shard::SHARDS]
    assert frames
    result = compare(frames, decode_frames(frames), dissect(tmp_path, frames))
    assert list(map(str, judged("tshark", result)[:20])) == []
    assert result.wavering() == []


def wrong(column):
    """The column with every value another."""
    values = column.values.copy()
    part = values["lo"] if values.dtype.names else values
    part ^= True if part.dtype == bool else part.dtype.type(1)
    return column._replace(values=values)


def test_every_wrong_value_is_found(captures_dir, tmp_path):
    """Whatever column is made wrong in frames of all kinds, the comparison says so."""
    frames = [kind[0] for kind in kinds(distinct_frames(sorted(captures_dir.rglob("*.pcap"))))]
    answers, packets = list(dissect(tmp_path, frames)), decode_frames(frames)
    for name in list(packets.columns):
        level, base = schema.split_level(name)
        if base in COLUMNS.keys() - OURS_ONLY:
            right, packets.columns[name] = packets.columns[name], wrong(packets.columns[name])
            found = {(one.level, one.what) for one in compare(frames, packets, answers).differences}
            assert (level, base) in found, name
            packets.columns[name] = right


def mutated(frame, source):
    """A frame with some bytes changed, or cut, or both."""
    data = bytearray(frame.data)
    if source.random() < 0.2:
        del data[source.randrange(1, len(data)) :]
    for _ in range(source.choice((0, 1, 1, 1, 2, 3))):
        place = source.randrange(min(len(data), source.choice((40, 80, 150))))
        data[place] = source.choice((0, 1, 0xFF, source.randrange(256), data[place] ^ 1 << source.randrange(8)))
    return frame._replace(data=bytes(data), source=f"{frame.source}, mutated")


def test_mutated_frames(captures_dir, judged, tmp_path):
    """No value is read wrongly of a frame that is cut or damaged; what only one of the two reads is rare."""
    of_kinds = kinds([frame for frame in distinct_frames(sorted(captures_dir.rglob("*.pcap"))) if frame.data])
    source = random.Random(SEED)
    frames = [mutated(source.choice(source.choice(of_kinds)), source) for _ in range(MUTATED)]
    result = compare(frames, decode_frames(frames), dissect(tmp_path, frames))
    unknown = judged("tshark, mutated frames", result)
    both = [one for one in unknown if one.what != "layers" and one.mine is not None and one.theirs is not None]
    assert list(map(str, both)) == []
    assert len({one.frame for one in unknown}) < MUTATED / 200, list(map(str, unknown[:20]))
