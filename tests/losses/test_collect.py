"""Is what a capture shows put together over its batches?"""

from __future__ import annotations

from tests.capture.writers import Frame, write_pcap
from vxlan_dissect import pipeline, read
from vxlan_dissect.explain.places import At
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.losses.collect import Collection

START, SECOND = 1_700_000_000_000_000_000, 1_000_000_000
FRAME = bytes.fromhex("024200000001024200000002") + b"\x08\x00" + bytes(46)


def test_a_capture_of_an_unknown_place_covers_all_its_batches(tmp_path):
    """A capture of which nobody knows where it was taken goes on to the end of its last batch."""
    name = tmp_path / "x.pcap"
    name.write_bytes(write_pcap([Frame(FRAME, START + number * SECOND) for number in range(4)]))
    packets = read(str(name))
    collection = Collection()
    for batch in (packets[:2], packets[2:]):
        collection.learn(pipeline.explain(batch, Inventory()))
    (cover,) = collection.coverage.values()
    assert cover.at == At(None, None)
    assert (cover.begin_ns, cover.end_ns) == (START, START + 3 * SECOND)
