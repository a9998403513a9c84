"""Do dpkt and scapy read the same from real frames, as far as they read them?"""

from __future__ import annotations

import pytest

from tests.differential import dpkt_layers, scapy_layers
from tests.differential.compare import compare
from tests.differential.conftest import MADE, SETS
from tests.differential.frames import decode_frames, kinds

EACH = 30  # frames of a kind that scapy, which is slow, is asked about

pytestmark = pytest.mark.parametrize("captures", [*SETS, MADE], indirect=True)


def test_dpkt(captures, judged):
    """What dpkt has of any frame is what we have."""
    result = compare(captures, decode_frames(captures), map(dpkt_layers.layers, captures), complete=False)
    assert sum(result.fields.values()) > 10 * len(captures)
    assert list(map(str, judged("dpkt", result)[:20])) == []


def test_scapy(captures, judged):
    """What scapy has of some frames of every kind is what we have."""
    frames = [frame for kind in kinds(captures) for frame in kind[:EACH]]
    result = compare(frames, decode_frames(frames), map(scapy_layers.layers, frames), complete=False)
    assert sum(result.fields.values()) > 10 * len(frames)
    assert list(map(str, judged("scapy", result)[:20])) == []
