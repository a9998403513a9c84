"""Are the trees of single packets those of tshark, header by header at every depth?"""

from __future__ import annotations

import pytest

from tests.differential.compare import Difference
from tests.differential.conftest import MADE, SETS
from tests.differential.frames import decode_frames, kinds
from tests.differential.known import explanation
from tests.differential.layers import COLUMNS, SIZES, known_part, split_quote
from tests.differential.reading import readings
from tests.differential.tshark import dissect
from vxlan_dissect.addresses import IP


def own_fields(layer):
    """Column and value of a header and its options, not of a packet that it quotes, as integers."""
    for field in layer.fields:
        if field.column in COLUMNS and not isinstance(field.value, str):
            yield field.column, field.value.value if isinstance(field.value, IP) else int(field.value)
    for child in layer.children:
        if child.name not in SIZES:
            yield from own_fields(child)


@pytest.mark.parametrize("captures", [*SETS, MADE], indirect=True)
def test_trees(captures, counted, tmp_path):
    """Of one frame of each kind every header is where tshark has it, and every value is one that tshark shows there."""
    frames = [kind[0] for kind in kinds(captures)]
    packets, found, compared = decode_frames(frames), [], 0
    for frame, packet, reading, answer in zip(
        frames, packets, readings(packets), dissect(tmp_path, frames), strict=True
    ):
        theirs = split_quote(known_part(answer)[0])[0]
        places = [(layer.name, layer.offset) for layer in packet.layers if layer.name in SIZES]
        assert places == list(zip(reading.layers, reading.offsets, strict=True)), frame.source
        for mine, their in zip(packet.layers, theirs, strict=False):
            if (mine.name, mine.offset) != (their.name, their.offset):
                break
            for column, value in own_fields(mine):
                if column in their.fields:
                    compared += 1
                    if value not in their.fields[column]:
                        found.append(Difference(frame, "", column, value, their.fields[column][-1], reading, answer))
    counted("tshark, trees", {"frames": len(frames), "values": compared, "differences": len(found)})
    assert compared > 10 * len(frames)
    assert [str(one) for one in found if explanation(one) is None][:20] == []
