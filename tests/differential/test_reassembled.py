"""Does tshark put the same datagrams together, and read the same from them?"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.differential.compare import compare
from tests.differential.conftest import SETS, capture_files
from tests.differential.frames import Frame
from tests.differential.known import explanation, fewer
from tests.differential.tshark import PREFERENCES, RULES, dissect_file
from vxlan_dissect.decode import read
from vxlan_dissect.errors import CaptureError

AT_MOST = 40  # files of a set, each of which is a run of tshark; no stored capture has a datagram in parts
LARGEST = 65535
WHOLE = PREFERENCES | {"ip.defragment": "TRUE", "ipv6.defragment": "TRUE", "ip.check_checksum": "FALSE"}
# tshark puts nothing together while it checks headers that are wrong, so it checks none here; and near its own time it
# takes the first bytes of an echo for a timestamp and not for data.
OTHERWISE = {"ip.checksum.status", "data.len"}


def with_datagrams(paths):
    """The captures in which datagrams were put together, and the rows of the frames that completed them."""
    for path in paths:
        try:
            packets = read(str(path), decode_as=RULES)
        except CaptureError:
            continue
        rows = np.flatnonzero(packets.column("frame.fragments").valid)
        if len(rows):
            yield path, packets.take(rows), rows.tolist()


def allowed(difference):
    """Whether a difference has a known reason; of copies of a datagram tshark puts only one together."""
    last = difference.answer[-1].name
    copy = bool(fewer(difference)) and last in {"ip", "ipv6.fraghdr", "data"}
    return copy or difference.what in OTHERWISE or explanation(difference) is not None


@pytest.mark.parametrize("name", [name for name in SETS if name != "stored"])
def test_real_datagrams(request, counted, tmp_path, name):
    """Every value of a frame that completes a datagram, also inside a tunnel of which the outer packet was in parts."""
    found, counts = [], Counter()
    chosen = list(with_datagrams(capture_files(request, name)))
    for path, packets, rows in chosen[:: len(chosen) // AT_MOST + 1]:
        answers = list(dissect_file(tmp_path, path, WHOLE))
        frames = [Frame(bytes(LARGEST), LARGEST, 1, f"{path.name} {number + 1}") for number in rows]
        result = compare(frames, packets, [answers[number] for number in rows], placed=False)
        counts.update(files=1, datagrams=len(rows), values=sum(result.fields.values()))
        found += [one for one in result.differences if not allowed(one)]
    counted("tshark, datagrams put together", counts)
    assert counts["datagrams"] > 0
    assert list(map(str, found[:20])) == []
